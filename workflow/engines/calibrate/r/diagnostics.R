# Convergence of chains: rank-normalised split R-hat and bulk effective sample size.
# Vehtari, Gelman, Simpson, Carpenter, Buerkner 2021, doi:10.1214/20-BA1221; as Stan has them.

# p: (causes and chains) x iterations. The worst R-hat and the smallest bulk ESS over causes.
diagnose <- function(p, causes, chains) {
  draws <- aperm(array(p, c(causes, chains, ncol(p))), c(3, 2, 1))
  of_cause <- vapply(seq_len(causes), function(cause) {
    halves <- .split(draws[, , cause, drop = FALSE], chains)
    ranked <- .normal_scores(halves)
    folded <- .normal_scores(abs(halves - stats::median(halves)))
    c(max(.rhat(ranked), .rhat(folded)), .effective_size(ranked))
  }, numeric(2))
  list(rhat = max(of_cause[1, ]), ess = min(of_cause[2, ]))
}

# Iterations x chains to half as many iterations of twice as many chains.
.split <- function(draws, chains) {
  draws <- matrix(draws, ncol = chains)
  half <- nrow(draws) %/% 2
  cbind(draws[seq_len(half), , drop = FALSE], draws[nrow(draws) - half + seq_len(half), , drop = FALSE])
}

.normal_scores <- function(draws) {
  ranks <- rank(draws, ties.method = "average")
  matrix(stats::qnorm((ranks - 3 / 8) / (length(draws) + 1 / 4)), nrow(draws))
}

.column_variances <- function(draws) {
  colSums((draws - rep(colMeans(draws), each = nrow(draws)))^2) / (nrow(draws) - 1)
}

.rhat <- function(draws) {
  within <- mean(.column_variances(draws))
  between <- stats::var(colMeans(draws))
  sqrt((nrow(draws) - 1) / nrow(draws) + between / within)
}

# Draws over autocorrelation time. The correlations by lag, of all chains together, are summed in
# pairs as long as a pair is positive, none more than the one before (Geyer's monotone sequence);
# then Stan adds what the next lag alone has.
.effective_size <- function(draws) {
  iterations <- nrow(draws)
  covariance <- .autocovariance(draws)
  within <- covariance[1] * iterations / (iterations - 1)
  correlation <- 1 - (within - covariance) / (covariance[1] + stats::var(colMeans(draws)))
  correlation[1] <- 1
  even <- correlation[seq(1, iterations - 1, by = 2)]
  pairs <- even + correlation[seq(2, iterations, by = 2)]
  last <- match(TRUE, pairs[-1] < 0, nomatch = length(pairs))
  time <- -1 + 2 * sum(cummin(pairs[seq_len(last)])) + max(0, even[last + 1], na.rm = TRUE)
  length(draws) / max(time, 1 / log10(length(draws)))
}

# By lag from 0 on, the mean over chains; through the power spectrum, padded against wrapping.
.autocovariance <- function(draws) {
  iterations <- nrow(draws)
  centred <- draws - rep(colMeans(draws), each = iterations)
  padded <- rbind(centred, matrix(0, stats::nextn(2 * iterations) - iterations, ncol(draws)))
  power <- rowMeans(Mod(stats::mvfft(padded))^2)
  Re(stats::fft(power, inverse = TRUE))[seq_len(iterations)] / length(power) / iterations
}
