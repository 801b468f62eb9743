# Fits of problems that were drawn from the model itself, for check_sampler.py.
# Arguments: folder of the engine, number of data sets, seed. A line for each data set: its kind,
# then for each cause the rank of the true fraction among the draws, from 0 to 1.
#
# The truth and the draws have one distribution, given the counts, if and only if the sampler is
# right: ranks are then uniform. Talts et al. 2018, Validating Bayesian inference algorithms with
# simulation-based calibration, arXiv 1804.06788.

arguments <- commandArgs(TRUE)
fail <- function(kind, ...) stop(paste0(...))
for (file in c("model.R", "sampler.R", "diagnostics.R", "builtin.R")) source(file.path(arguments[1], file))
compiler::enableJIT(0)
options(matprod = "internal")

dirichlet <- function(alpha) {
  drawn <- stats::rgamma(length(alpha), alpha)
  drawn / sum(drawn)
}

# Rows lean to the truth, as misclassification matrices do.
random_rows <- function(causes) {
  matrix(stats::rgamma(causes^2, 2), causes) + diag(stats::rgamma(causes, 20), causes)
}

one_data_set <- function(number, seed) {
  set.seed(seed + number)
  causes <- 4
  algorithms <- 1 + number %% 2
  fixed <- number %% 4 >= 2
  weight <- rep(1 + number %% 3, causes)
  alphas <- lapply(seq_len(algorithms), function(k) random_rows(causes))
  truth <- dirichlet(weight)
  rows <- lapply(alphas, function(alpha) t(apply(alpha, 1, dirichlet)))
  counts <- t(vapply(rows, function(phi) {
    stats::rmultinom(1, sample(50:1500, 1), as.vector(truth %*% phi))[, 1]
  }, numeric(causes)))
  settings <- .settings(list())
  model <- if (fixed) {
    fixed_model(counts, weight, rows, settings$chains)
  } else {
    prior_model(counts, weight, alphas, settings$chains)
  }
  draws <- matrix(.run(model, settings, rounds = 4)$p, causes)
  kind <- paste0(if (fixed) "fixed" else "prior", "-", algorithms)
  cat("RANKS", kind, format((rowSums(draws < truth) + 0.5) / (ncol(draws) + 1), digits = 8), "\n")
}

for (number in seq_len(as.integer(arguments[2]))) one_data_set(number, as.integer(arguments[3]))
