# What the parts of the built-in engine give, in JSON for test_parts.py. Argument: their folder.
folder <- commandArgs(TRUE)[1]
fail <- function(kind, ...) stop(paste0(...))
for (file in c("model.R", "path_correction.R", "diagnostics.R", "members.R", "sampler.R", "builtin.R")) {
  source(file.path(folder, file))
}

# Largest difference between the gradient and what the log posterior does, over the free coordinates.
gradient_error <- function(model) {
  x <- model$start()
  at <- model$evaluate(x)
  worst <- 0
  for (b in seq_along(x)) {
    chain <- rep(rep(seq_len(model$chains), each = model$causes), length.out = length(x[[b]]))
    for (k in which(model$free[[b]] == 1)) {
      value <- function(step) {
        x[[b]][k] <- x[[b]][k] + step
        model$log_posterior(x, model$evaluate(x))[chain[k]]
      }
      slope <- (value(1e-4) - value(-1e-4)) / 2e-4
      worst <- max(worst, abs(slope - at$gradient[[b]][k]) / (1 + abs(slope)))
    }
  }
  worst
}

set.seed(7)
counts <- rbind(c(31, 0, 12, 5), c(22, 8, 3, 40))
whole <- matrix(stats::rgamma(16, 2) + 0.3, 4)
part <- whole
part[2, ] <- part[, 2] <- 0 # not calibrated by the second algorithm
known <- part / rowSums(part)
known[2, ] <- c(0, 1, 0, 0)
weight <- c(1, 1.5, 2, 1)
gradients <- list(
  prior = gradient_error(prior_model(counts, weight, list(whole, part), 3)),
  one = gradient_error(prior_model(counts[1, , drop = FALSE], weight, list(whole), 2)),
  fixed = gradient_error(fixed_model(counts, weight, list(whole / rowSums(whole), known), 3))
)

# Means of logarithms against draws of the quantile function at equal steps.
mean_log <- function(a, concentration, lambda, on_diagonal) {
  rate <- stats::qbeta((seq_len(1e5) - 0.5) / 1e5, a, concentration - a)
  exact <- mean(log(lambda * on_diagonal + (1 - lambda) * rate + 1e-5))
  .mean_log(a, concentration, lambda, on_diagonal) - exact
}
logs <- c(
  mean_log(0.4, 17, 0.3, FALSE), mean_log(5, 21, 0.3, TRUE), mean_log(0.05, 3, 0, FALSE),
  mean_log(300, 9000, 0.99, TRUE), mean_log(2e4, 1e5, 0.5, FALSE)
)

waves <- outer(1:200, 1:4, function(i, j) sin(1.7 * i * j) + 0.3 * cos(i / 7 + j))
apart <- sweep(waves, 2, c(0, 0, 0, 2), `+`)
known_time <- apply(matrix(stats::rnorm(64000), 2000), 2, function(e) stats::filter(e, 0.6, "recursive"))
diagnosed <- lapply(list(waves = waves, apart = apart, known_time = known_time), function(draws) {
  diagnose(t(draws), 1, ncol(draws))
})

cat(jsonlite::toJSON(list(
  gradients = gradients, logs = logs, diagnosed = diagnosed,
  whole = list(.whole(c(1.5, 2.5, 3), 7), .whole(c(0.2, 0.2, 0.6), 1), .whole(c(4, 0), 4))
), auto_unbox = TRUE, digits = NA))
