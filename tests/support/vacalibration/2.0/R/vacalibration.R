vacalibration <- function(va_data = NULL, age_group = NULL, country = NULL,
                          calibmodel.type = c("Mmatprior", "Mmatfixed")[1],
                          Mmat.asDirich = NULL, Mmat.fixed = NULL, donotcalib = NULL,
                          donot.calib_type = c("learn", "fixed")[1], nocalib.threshold = 0.1,
                          stable = TRUE, ensemble = NULL, pss = NULL,
                          nMCMC = 5000, nBurn = 5000, nThin = 1,
                          adapt_delta_stan = .9, refresh.stan = NULL, seed = 1, verbose = TRUE,
                          saveoutput = FALSE, output_filename = NULL, plot_it = TRUE) {
  standin_note(as.list(environment()))
  if (plot_it) stop("a plot was asked for")
  prior <- calibmodel.type == "Mmatprior"
  matrices <- if (prior) Mmat.asDirich else Mmat.fixed
  for (name in names(va_data)) {
    if (!is.null(donotcalib[[name]]) && !any(names(va_data[[1]]) %in% donotcalib[[name]])) {
      stop("'donotcalib' for algorithm ", name, "  doesn't match with causes named in 'va_unlabeled' and 'Mmat.asDirich'")
    }
  }
  message("Calibrating ...")
  standin_check(va_data, matrices)
  members <- standin_members(va_data, matrices, donotcalib, donot.calib_type == "learn", nocalib.threshold, stable)
  result <- standin_result(members, matrices, ensemble, nMCMC)
  run <- function(fit) {
    fits <- fit == "ensemble" || members[[fit]]$fits
    if (!fits) return(list(calibrated = FALSE, lambda = 1))
    standin_stan(if (prior) "seqcalib" else "seqcalib_mmat", nBurn, nMCMC, refresh.stan)
    message(standin_diagnostic)
    c(list(calibrated = TRUE, mcmc.diagnostic = standin_diagnostic), if (fit != "ensemble") list(lambda = members[[fit]]$lambda))
  }
  runs <- sapply(rownames(result$p), run, simplify = FALSE)
  message("Done.")
  out <- list(calib_MCMCout = runs, p_uncalib = result$p, pcalib_postsumm = result$summary, donotcalib = !result$free)
  out[[if (prior) "Mmat.asDirich" else "Mmat.fixed"]] <- result$used
  out
}
