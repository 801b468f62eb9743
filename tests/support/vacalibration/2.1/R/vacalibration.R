vacalibration <- function(va_data = NULL, age_group = NULL, country = NULL,
                          Mmat = NULL, Mmat_type = c("prior", "fixed", "samples")[1],
                          studycause_map = NULL, donotcalib = NULL,
                          donotcalib_type = c("learn", "fixed")[1], nocalib.threshold = 0.1,
                          path_correction = TRUE, ensemble = NULL,
                          shrink_strength = NULL, lambda_eBayes = 0,
                          nMCMC = 5000, nBurn = 5000, nThin = 1, nChain = 1, nCore = 1,
                          adapt_delta_stan = .9, refresh.stan = NULL, seed = 1, verbose = TRUE,
                          saveoutput = FALSE, output_filename = NULL, output_dir = NULL,
                          plot_it = TRUE) {
  standin_note(as.list(environment()))
  if (plot_it) stop("a plot was asked for")
  message("Preparing 'va_data' for calibration ...")
  message("Preparing 'va_data' for calibration ... Done.\n")
  matrices <- Mmat
  if (Mmat_type == "samples") matrices <- lapply(Mmat, function(each) 50 * apply(each, 2:3, mean))
  standin_check(va_data, matrices)
  message("Calibrating ...")
  members <- standin_members(va_data, matrices, donotcalib, donotcalib_type == "learn", nocalib.threshold, path_correction)
  if (ensemble && length(members) == 1) {
    message("Nothing to ensemble. 'va_data' is provided for one algorithm provided.")
    stop("")
  }
  result <- standin_result(members, matrices, ensemble, nMCMC)
  fits <- rownames(result$p)
  for (fit in fits) {
    standin_stan(if (Mmat_type == "fixed") "seqcalib_mmat" else "seqcalib", nBurn, nMCMC, refresh.stan)
    message("MCMC Diagnostic:")
    print(standin_diagnostic)
  }
  message("Done.")
  given <- aperm(simplify2array(matrices), c(3, 1, 2))
  structure(class = "vacalibration", list(
    calib_MCMCout = sapply(fits, function(fit) list(mcmc.diagnostic = standin_diagnostic), simplify = FALSE),
    p_uncalib = result$p, pcalib_postsumm = result$summary, Mmat_input = given, Mmat_study = given,
    Mmat_tomodel = result$used, donotcalib_tomodel = !result$free, calibrated = rep(TRUE, length(fits)),
    lambda_calibpath = unname(sapply(members, `[[`, "lambda"))
  ))
}
