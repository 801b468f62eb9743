# What the stand-ins of the three versions share: the arithmetic is a simple rule, the
# structure of what comes out and the lines that are printed are those of the real package.

# Which causes are left out of each algorithm, and lambda from R's own generator as in 2.2.
standin_members <- function(va_data, matrices, left, learn, threshold, correct) {
  sapply(names(va_data), function(name) {
    counts <- va_data[[name]]
    rates <- matrices[[name]] / rowSums(matrices[[name]])
    free <- !(names(counts) %in% left[[name]])
    if (learn) free <- free & apply(rates, 2, function(rate) diff(range(rate))) > threshold
    lambda <- if (!correct) 0 else if (any(counts[free] == 0)) 0.99 else round(0.2 + 0.1 * runif(1), 2)
    list(counts = counts, p = counts / sum(counts), free = free, fits = sum(free) > 1, lambda = lambda)
  }, simplify = FALSE)
}

# The square roots of the fractions, which are told from the fractions and from each other.
standin_calibrated <- function(p, free) {
  mean <- p
  mean[free] <- sum(p[free]) * sqrt(p[free]) / sum(sqrt(p[free]))
  width <- ifelse(free, 0.5, 0)
  rbind(postmean = mean, lowcredI = mean * (1 - width), upcredI = mean * (1 + width))
}

standin_stan <- function(model, warmup, draws, refresh) {
  if (refresh == 0) return(invisible())
  total <- warmup + draws
  cat("\nSAMPLING FOR MODEL '", model, "' NOW (CHAIN 1).\nChain 1: \n", sep = "")
  for (i in sort(unique(c(1, seq(refresh, total, by = refresh), total)))) {
    phase <- if (i <= warmup) "Warmup" else "Sampling"
    cat(sprintf("Chain 1: Iteration: %4d / %d [%3d%%]  (%s)\n", i, total, floor(100 * i / total), phase))
  }
  cat("Chain 1: \nChain 1:  Elapsed Time: 2.04538 seconds (Warm-up)\n")
}

# What was asked, for a test to see: the file that STANDIN_ARGUMENTS names.
standin_note <- function(arguments) {
  file <- Sys.getenv("STANDIN_ARGUMENTS")
  if (nzchar(file)) writeLines(jsonlite::toJSON(arguments, auto_unbox = TRUE, null = "null", digits = NA), file)
}

# Reasons in messages, and an empty error: so it is in the real package.
standin_check <- function(va_data, matrices) {
  for (name in names(va_data)) {
    if (sum(va_data[[name]]) == 0) stop("missing value where TRUE/FALSE needed")
    if (any(matrices[[name]] <= 0)) {
      message("Row index in misclassification matrix: 2.")
      message("Each row of the matrix must be strictly positive.")
      stop("")
    }
  }
}

standin_result <- function(members, matrices, ensemble, draws) {
  causes <- names(members[[1]]$counts)
  fits <- c(names(members), if (ensemble) "ensemble")
  by_fit <- function(of) t(sapply(c(members, if (ensemble) list(ensemble = standin_ensemble(members))), of))
  p <- by_fit(function(member) member$p)
  free <- by_fit(function(member) member$free)
  dimnames(p) <- dimnames(free) <- list(fits, causes)
  summary <- array(dim = c(length(fits), 3, length(causes)), dimnames = list(fits, c("postmean", "lowcredI", "upcredI"), causes))
  for (fit in fits) summary[fit, , ] <- standin_calibrated(p[fit, ], free[fit, ] & sum(free[fit, ]) > 1)
  used <- simplify2array(sapply(names(members), function(name) standin_used(members[[name]], matrices[[name]]), simplify = FALSE))
  list(p = p, free = free, summary = summary, used = aperm(used, c(3, 1, 2)))
}

standin_ensemble <- function(members) {
  counts <- Reduce(`+`, lapply(members, `[[`, "counts"))
  list(p = counts / sum(counts), free = Reduce(`|`, lapply(members, `[[`, "free")))
}

standin_used <- function(member, matrix) {
  if (!member$fits) return(matrix * NA)
  block <- matrix[member$free, member$free]
  shrunk <- (1 - member$lambda) * block / rowSums(block) + member$lambda * diag(nrow(block))
  matrix[member$free, member$free] <- rowSums(block) * shrunk
  matrix
}

standin_diagnostic <- c(max_Rhat = 1.001, min_ess_bulk = 0.9, num_divergent = 2, num_max_treedepth = 0)
