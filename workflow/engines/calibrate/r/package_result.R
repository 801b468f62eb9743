# What vacalibration returns, in the form of the result of main.R, whatever its version.
#
# Everything is taken by the names of fits and causes. Means and bounds are those of its
# summary: where nothing was calibrated the draws of 2.2 are not in order.

package_result <- function(spec, api, given, arguments, out) {
  told <- package_told(spec, api, given, out)
  fits <- lapply(rownames(out$p_uncalib), function(name) package_fit(name, spec, given, arguments, out, told))
  if (api$version == "2.0") {
    cat("vacalibration 2.0 keeps no chain in order: its R-hat and ESS are of shuffled draws\n")
  }
  list(
    engine = "vacalibration", package = api$installed, r = as.character(getRversion()),
    rstan = tryCatch(as.character(utils::packageVersion("rstan")), error = function(e) NULL), fits = fits
  )
}

# What the versions keep in different places: left (fits x causes: not calibrated), calibrated
# and lambda (by fit), sums (of the rows as given) and used (algorithms x causes x causes).
package_told <- function(spec, api, given, out) {
  names <- rownames(out$p_uncalib)
  if (api$version == "2.0") {
    runs <- out$calib_MCMCout[names]
    lambda <- lapply(runs, function(run) if (isTRUE(run$calibrated) && !is.null(run$lambda)) round(run$lambda, 6))
    return(list(
      left = out$donotcalib, calibrated = vapply(runs, function(run) isTRUE(run$calibrated), NA),
      lambda = stats::setNames(lambda, names), sums = lapply(given, rowSums),
      used = if (spec$mmat_type == "fixed") out$Mmat.fixed else out$Mmat.asDirich
    ))
  }
  lambda <- lapply(seq_along(given), function(k) {
    value <- out$lambda_calibpath[[k]]
    if (!is.na(value)) round(value, 6) # steps of 0.01
  })
  list(
    left = out$donotcalib_tomodel, calibrated = stats::setNames(as.logical(out$calibrated), names),
    lambda = stats::setNames(lambda, names(given)), used = out$Mmat_tomodel,
    sums = lapply(stats::setNames(nm = names(given)), function(name) rowSums(out$Mmat_study[name, , ]))
  )
}

package_fit <- function(name, spec, given, arguments, out, told) {
  causes <- unlist(spec$causes)
  summary <- function(what) unname(out$pcalib_postsumm[name, what, causes])
  left <- unname(told$left[name, causes])
  members <- if (name %in% names(given)) name else names(given)
  lambda <- told$lambda[[name]]
  calibrated <- told$calibrated[[name]]
  list(
    name = name, calibrated = calibrated, not_calibrated = as.list(causes[left]),
    uncalibrated = unname(out$p_uncalib[name, causes]),
    mean = summary("postmean"), lower = summary("lowcredI"), upper = summary("upcredI"),
    deaths = package_whole(summary("postmean"), sum(unlist(arguments$va_data[members]))),
    lambda = lambda, stalled = isTRUE(spec$path_correction) && isTRUE(lambda >= 0.99 - 1e-9),
    matrix = if (name %in% names(given)) package_matrix(name, !left, calibrated, spec, given, told),
    diagnostics = if (calibrated) package_diagnostics(out$calib_MCMCout[[name]], which(!left), arguments)
  )
}

# Whole numbers that sum to `total`, by largest remainder as 2.2 does; the older ones correct
# the largest cause instead.
package_whole <- function(fractions, total) {
  exact <- fractions * total / sum(fractions)
  whole <- floor(exact)
  lacking <- total - sum(whole)
  more <- utils::head(order(whole - exact), lacking)
  whole[more] <- whole[more] + 1
  whole
}

# The mean rates that it was given and those after the path correction, which are the identity
# where a cause is not calibrated.
package_matrix <- function(name, free, calibrated, spec, given, told) {
  rows <- given[[name]]
  if (length(dim(rows)) == 3) rows <- apply(rows, 2:3, mean)
  used <- diag(length(free))
  sums <- unname(told$sums[[name]])
  if (calibrated) {
    block <- told$used[name, free, free]
    sums[free] <- rowSums(block)
    used[free, free] <- block / rowSums(block)
  }
  list(
    input = unname(rows / rowSums(rows)), used = used,
    concentration = if (spec$mmat_type != "fixed") sums
  )
}

# Of the calibrated causes' draws in the order of the chain where they are kept (`run$stanfit`).
# The package's own R-hat and ESS are of draws that rstan has shuffled, and its ESS is
# a share of the draws.
package_diagnostics <- function(run, free, arguments) {
  own <- run$mcmc.diagnostic
  if (is.null(own)) {
    return(NULL)
  }
  of_chain <- list(rhat = own[["max_Rhat"]], ess = own[["min_ess_bulk"]] * arguments$nMCMC, acceptance = NULL)
  if (methods::is(run$stanfit, "stanfit")) of_chain <- package_chain(run$stanfit, free)
  list(
    rhat = of_chain$rhat, ess = of_chain$ess, divergences = own[["num_divergent"]], draws = arguments$nMCMC,
    chains = 1, warmup = arguments$nBurn, iterations = arguments$nMCMC, acceptance = of_chain$acceptance
  )
}

package_chain <- function(stanfit, free) {
  draws <- rstan::extract(stanfit, "p_calib", permuted = FALSE)[, 1, ]
  if (ncol(draws) > length(free)) draws <- draws[, free] # fixed: only those were in the model
  steps <- rstan::get_sampler_params(stanfit, inc_warmup = FALSE)[[1]]
  list(
    rhat = max(apply(draws, 2, rstan::Rhat)), ess = min(apply(draws, 2, rstan::ess_bulk)),
    acceptance = mean(steps[, "accept_stat__"])
  )
}
