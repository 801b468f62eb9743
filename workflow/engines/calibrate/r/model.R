# The calibration model, for many chains at once.
#
# One vector p of cause fractions, and for each algorithm k a matrix phi_k whose row i says
# what the algorithm calls a death of cause i:  counts_k ~ Multinomial(N_k, phi_k' p).
# A cause that an algorithm does not calibrate has the row of the identity.
# p ~ Dirichlet(weight); the rows are known (fixed_model) or Dirichlet themselves (prior_model).
# Pramanik et al. 2025, doi:10.1214/24-AOAS2006; densities as in the Stan models of vacalibration.
#
# Every coordinate is the logarithm of a gamma variable and fractions are their softmax: exactly
# Dirichlet, nothing constrained, and gradients in closed form.
#
# A model is a list of
#   causes, chains        how many
#   start()               coordinates: a list of blocks, one draw for each chain
#   free                  for each block: 0 where a coordinate is a constant, else 1
#   evaluate(x)           list(gradient = blocks, p = [cause, chain], ...)
#   log_posterior(x, at)  up to a constant, one number a chain; `at` is evaluate(x)
# Blocks are plain vectors, [cause, chain] and [cause, chain, algorithm, column]: what belongs to
# causes and chains recycles over the rest, and sums run over the first or the last index.
#
# counts: algorithms x causes; weight: one a cause; matrices: one an algorithm, causes x causes.

.start_fractions <- function(counts, weight, chains) {
  seen <- colSums(counts) + weight
  shape <- length(seen) * seen / sum(counts)
  log(stats::rgamma(length(seen) * chains, shape) + 1e-3)
}

# Where a coordinate is a constant, its value: 0 and -1000, of which exp makes 1 and 0.
.start_rows <- function(alpha, constant) {
  ifelse(alpha > 0, log(stats::rgamma(length(alpha), pmax(alpha, 1))), constant)
}

# [cause, column, algorithm] to the layout of a block.
.spread <- function(values, causes, algorithms, chains) {
  as.vector(aperm(array(values, c(causes, causes, algorithms, chains)), c(1, 4, 3, 2)))
}

fixed_model <- function(counts, weight, matrices, chains) {
  causes <- ncol(counts)
  total <- sum(counts)
  seen <- as.vector(t(counts))
  columns <- do.call(cbind, matrices)[, seen > 0, drop = FALSE]
  seen <- seen[seen > 0]
  list(
    causes = causes, chains = chains,
    start = function() list(.start_fractions(counts, weight, chains)),
    free = list(rep(1, causes * chains)),
    evaluate = function(x) {
      mass <- exp(x[[1]])
      p <- mass / rep(.colSums(mass, causes, chains), each = causes)
      expected <- crossprod(columns, matrix(p, causes))
      of_cause <- p * as.vector(columns %*% (seen / expected))
      list(gradient = list(weight - mass + of_cause - total * p), mass = mass, p = p, expected = expected)
    },
    log_posterior = function(x, at) {
      .colSums(weight * x[[1]] - at$mass, causes, chains) + colSums(seen * log(at$expected))
    }
  )
}

# matrices: Dirichlet parameters, 0 outside of the causes that the algorithm calibrates.
prior_model <- function(counts, weight, matrices, chains) {
  causes <- ncol(counts)
  algorithms <- nrow(counts)
  total <- sum(counts)
  cells <- causes * chains
  rows <- cells * algorithms
  columns <- chains * algorithms * causes
  alpha <- .spread(unlist(matrices), causes, algorithms, chains)
  constant <- .spread(ifelse(diag(causes) == 1, 0, -1e3), causes, algorithms, chains)
  seen <- rep(as.vector(counts), each = chains) # [chain, algorithm, column]
  widen <- rep(seq_len(columns), each = causes)
  list(
    causes = causes, chains = chains,
    start = function() {
      rows <- .start_rows(alpha, constant)
      list(.start_fractions(counts, weight, chains), rows)
    },
    free = list(rep(1, cells), as.numeric(alpha > 0)),
    evaluate = function(x) {
      mass_p <- exp(x[[1]])
      p <- mass_p / rep(.colSums(mass_p, causes, chains), each = causes)
      mass <- exp(x[[2]])
      of_row <- .rowSums(mass, rows, causes)
      joint <- mass * (p / of_row) # of true cause and column: p_i phi_kij
      expected <- .colSums(joint, causes, columns)
      shared <- joint * (seen / expected)[widen] # the deaths of each column, over true causes
      of_cause <- .rowSums(shared, rows, causes)
      gradient <- list(
        weight - mass_p + .rowSums(of_cause, cells, algorithms) - total * p,
        alpha + shared - mass * (1 + of_cause / of_row)
      )
      list(gradient = gradient, mass_p = mass_p, mass = mass, p = p, expected = expected)
    },
    log_posterior = function(x, at) {
      of_columns <- .colSums(alpha * x[[2]] - at$mass, causes, columns) + seen * log(at$expected)
      .colSums(weight * x[[1]] - at$mass_p, causes, chains) +
        .rowSums(of_columns, chains, algorithms * causes)
    }
  )
}
