# The built-in engine: the spec of a "calibrate" request to its result, in base R alone.
#
# The result is list(engine, package, rstan, r, fits), a fit for each algorithm and one of all of
# them together, "ensemble", where that is asked for:
#   name, calibrated (FALSE: at most one cause could be), not_calibrated (names of causes)
#   uncalibrated, mean, lower, upper   fractions, one a cause; lower and upper hold 95 % of the draws
#   deaths                             whole numbers with the sum of the counts
#   lambda, stalled                    of the path correction
#   matrix                             input and used (means), concentration (sum of the Dirichlet
#                                      parameters of each row used, none where not calibrated)
#   diagnostics                        rhat, ess, divergences, draws, chains, warmup, iterations, acceptance

calibrate_builtin <- function(spec) {
  RNGkind("Mersenne-Twister", "Inversion", "Rejection")
  options(matprod = "internal") # the same sums whatever BLAS is installed, with any number of threads
  jit <- compiler::enableJIT(0) # whole vectors are worked on: compiling takes longer than it saves
  on.exit(compiler::enableJIT(jit))
  cat("* Preparing misclassification for calibration\n")
  members <- lapply(spec$algorithms, .member, spec = spec)
  if (isTRUE(spec$ensemble)) .check_together(members)
  fits <- lapply(members, function(member) {
    cat("* Calibrating ", member$name, "\n", sep = "")
    .fit(member$name, list(member), spec)
  })
  if (isTRUE(spec$ensemble) && length(members) > 1) {
    cat("* Ensemble calibration\n")
    fits <- c(fits, list(.fit("ensemble", members, spec)))
  }
  cat("* VA-Calibration complete\n")
  list(engine = "builtin", package = NULL, rstan = NULL, r = as.character(getRversion()), fits = fits)
}

# As in vacalibration: what one of them says would count as the truth, and hold the others.
.check_together <- function(members) {
  alone <- !vapply(members, function(member) any(member$free), NA)
  if (!any(alone) || all(alone)) return()
  fail(
    "data", "there is no ensemble with ", members[[which(alone)[1]]]$name,
    ", where at most one cause can be calibrated: leave it out, or ask for no ensemble"
  )
}

# One calibration. The causes that no member calibrates keep their observed fractions; without
# them the model is the same (their counts say nothing of the others' proportions).
.fit <- function(name, members, spec) {
  counts <- do.call(rbind, lapply(members, `[[`, "counts"))
  pooled <- colSums(counts)
  free <- Reduce(`|`, lapply(members, `[[`, "free"))
  result <- .uncalibrated(name, members, pooled, free, spec)
  .tell_free(name, free, spec)
  if (!any(free)) return(result)
  set.seed(spec$seed) # for each fit, so that it does not depend on which others there are
  settings <- .settings(spec)
  model <- .model(members, counts[, free, drop = FALSE], free, spec, settings$chains)
  run <- .run(model, settings, rounds = if (is.null(spec$iterations)) 4 else 1)
  drawn <- matrix(run$p, sum(free)) * (sum(pooled[free]) / sum(pooled))
  result$mean[free] <- rowMeans(drawn)
  bounds <- apply(drawn, 1, stats::quantile, probs = c(0.025, 0.975), names = FALSE)
  result$lower[free] <- bounds[1, ]
  result$upper[free] <- bounds[2, ]
  result$deaths[free] <- .whole(result$mean[free] * sum(pooled), sum(pooled[free]))
  result$diagnostics <- run$diagnostics
  result
}

.uncalibrated <- function(name, members, pooled, free, spec) {
  observed <- pooled / sum(pooled)
  alone <- if (length(members) == 1) members[[1]]
  list(
    name = name, calibrated = any(free), not_calibrated = I(unlist(spec$causes)[!free]),
    uncalibrated = observed, mean = observed, lower = observed, upper = observed, deaths = pooled,
    lambda = alone$lambda,
    stalled = isTRUE(spec$path_correction) && isTRUE(alone$lambda >= 0.99),
    matrix = if (!is.null(alone)) .matrices(alone, spec),
    diagnostics = NULL
  )
}

.matrices <- function(member, spec) {
  used <- diag(length(member$free))
  rows <- member$rows[member$free, member$free, drop = FALSE]
  used[member$free, member$free] <- rows / rowSums(rows)
  concentration <- if (spec$mmat_type != "fixed") ifelse(member$free, rowSums(member$rows), NA)
  list(input = member$input, used = used, concentration = concentration)
}

.tell_free <- function(name, free, spec) {
  left <- unlist(spec$causes)[!free]
  if (!any(free)) {
    cat("** Cannot calibrate ", name, "\n", sep = "")
  } else if (length(left)) {
    cat("** Not calibrating: ", paste(left, collapse = ", "), "\n", sep = "")
  }
}

# p's prior draws it towards the observed fractions: not with path correction, unless asked for.
# In fixed mode vacalibration has the calibrated causes alone in it.
.model <- function(members, counts, free, spec, chains) {
  observed <- Reduce(`+`, lapply(members, `[[`, "counts"))
  observed <- observed[free] / sum(observed)
  strength <- spec$shrink_strength
  if (is.null(strength)) strength <- if (isTRUE(spec$path_correction)) 0 else 4
  rows <- lapply(members, function(member) member$rows[free, free])
  if (spec$mmat_type != "fixed") {
    return(prior_model(counts, 1 + length(free) * strength * observed, rows, chains))
  }
  for (k in seq_along(members)) {
    never <- counts[k, ] > 0 & colSums(rows[[k]]) == 0
    if (any(never)) {
      fail(
        "data", "the fixed matrix of ", members[[k]]$name, " never gives ",
        unlist(spec$causes)[free][never][1], ", but deaths have it"
      )
    }
  }
  fixed_model(counts, 1 + sum(free) * strength * observed / sum(observed), rows, chains)
}

# Chains and iterations of a fit where nothing else is asked for.
.settings <- function(spec) {
  settings <- list(chains = 16, warmup = 300, iterations = 500)
  asked <- Filter(Negate(is.null), spec[names(settings)])
  settings[names(asked)] <- lapply(asked, as.numeric)
  least <- c(chains = 1, warmup = 20, iterations = 20)
  for (name in names(least)) {
    if (!isTRUE(settings[[name]] >= least[[name]])) fail("request", name, " must be at least ", least[[name]])
  }
  settings
}

# Draws of p with what the chains say of themselves. While they do not agree, or have seen too
# little, they go on: warmed up anew from where they are and sampled, each time twice as long, and
# what came before is given up. `warmup` counts it all.
.run <- function(model, settings, rounds) {
  warmup <- settings$warmup
  iterations <- settings$iterations
  discarded <- 0
  progress <- .progress()
  tuned <- start_chains(model)
  for (round in seq_len(rounds)) {
    progress$expect(warmup + iterations)
    run <- sample_chains(model, warm_up(model, tuned, warmup, progress$tick), iterations, progress$tick)
    seen <- diagnose(run$p, model$causes, model$chains)
    discarded <- discarded + warmup
    if (round == rounds || isTRUE(seen$rhat <= 1.02 && seen$ess >= 1000)) break
    cat(sprintf("chains not good yet (R-hat %.3f, ESS %.0f): going on twice as long\n", seen$rhat, seen$ess))
    tuned <- run$tuned
    discarded <- discarded + iterations
    warmup <- 2 * warmup
    iterations <- 2 * iterations
  }
  list(p = run$p, diagnostics = list(
    rhat = seen$rhat, ess = seen$ess, divergences = run$divergences, draws = model$chains * iterations,
    chains = model$chains, warmup = discarded, iterations = iterations, acceptance = run$acceptance
  ))
}

# Tells each 5 % of the iterations of a fit.
.progress <- function() {
  total <- 0
  done <- 0
  told <- 0
  expect <- function(iterations) {
    total <<- total + iterations
    told <<- floor(20 * done / total)
  }
  tick <- function(phase) {
    done <<- done + 1
    part <- floor(20 * done / total)
    if (part > told) cat(sprintf("PROGRESS: %.1f%% - %s\n", 5 * part, phase))
    told <<- part
  }
  list(expect = expect, tick = tick)
}

# Whole numbers that sum to `total`: largest remainders are rounded up.
.whole <- function(values, total) {
  whole <- floor(values)
  up <- order(values - whole, decreasing = TRUE)[seq_len(total - sum(whole))]
  whole[up] <- whole[up] + 1
  whole
}
