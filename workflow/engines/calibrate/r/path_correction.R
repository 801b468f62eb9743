# Path correction: the misclassification matrix is drawn towards the identity until the observed
# fractions can come from fractions of true causes. Rules of vacalibration, R/modular_vacalib_prior.R
# and R/modular_vacalib_fixed.R; where that takes means of random draws, these are exact.
#
# Matrices here are over the calibrated causes only: rows true causes, columns the algorithm's.

# The smallest lambda, going down from `highest` hundredths to 0, before solving
# (lambda I + (1 - lambda) rates)' x = observed gives a negative x (x sums to 1, as rows do).
correct_path <- function(rates, observed, highest) {
  for (hundredths in seq(highest, 0)) {
    x <- tryCatch(
      solve(t(towards_identity(rates, hundredths / 100)), observed),
      error = function(singular) -1
    )
    if (any(x < 0)) return(min(hundredths + 1, highest) / 100)
  }
  0
}

towards_identity <- function(rates, lambda) lambda * diag(nrow(rates)) + (1 - lambda) * rates

# Dirichlet rows after correction. Both rules take the corrected means. "2.0" keeps the sum of
# each row's parameters; "2.2" fits one by maximum likelihood to what the row's own distribution
# becomes when it is drawn towards the identity, every rate raised so that it has a logarithm.
correct_rows <- function(alpha, lambda, rule) {
  concentration <- rowSums(alpha)
  means <- towards_identity(alpha / concentration, lambda)
  if (rule == "2.0") return(concentration * means)
  for (row in seq_len(nrow(alpha))) {
    logs <- vapply(seq_len(ncol(alpha)), function(column) {
      .mean_log(alpha[row, column], concentration[row], lambda, row == column)
    }, numeric(1))
    logs <- logs - log(1 + ncol(alpha) * .nudge)
    means[row, ] <- means[row, ] * .fit_concentration(means[row, ], logs)
  }
  means
}

.nudge <- 1e-5

# E ln(lambda * on_diagonal + (1 - lambda) B + nudge), B ~ Beta(a, concentration - a): the upper
# end of what the logarithm can be, less the integral of its distribution function.
.mean_log <- function(a, concentration, lambda, on_diagonal) {
  least <- lambda * on_diagonal + .nudge
  ends <- stats::qbeta(c(1e-9, 1 - 1e-9), a, concentration - a)
  ends <- log(least + (1 - lambda) * ends)
  logs <- ends[1] + (ends[2] - ends[1]) * (seq_len(400) - 0.5) / 400
  below <- stats::pbeta((exp(logs) - least) / (1 - lambda), a, concentration - a)
  ends[2] - (ends[2] - ends[1]) * mean(below)
}

# Sum of the parameters of a Dirichlet of greatest likelihood, its means and the means of the
# logarithms given; the slope falls all the way. Minka 2000, Estimating a Dirichlet distribution.
.fit_concentration <- function(means, logs) {
  slope <- function(log_sum) {
    sum <- exp(log_sum)
    digamma(sum) - sum(means * (digamma(sum * means) - logs))
  }
  span <- log(c(1e-6, 1e9))
  if (slope(span[2]) > 0) return(exp(span[2])) # rates as good as known
  exp(stats::uniroot(slope, span, tol = 1e-9)$root)
}
