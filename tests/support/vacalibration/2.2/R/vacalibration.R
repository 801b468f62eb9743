vacalibration <- function(va_data = NULL, age_group = NULL, country = NULL,
                          missmat_type = c("prior", "fixed", "samples")[1], studycause_map = NULL,
                          missmat = NULL, donotcalib = NULL,
                          donotcalib_type = c("learn", "fixed")[1], nocalib.threshold = 0.1,
                          path_correction = TRUE, ensemble = NULL, pshrink_strength = NULL,
                          nMCMC = 5000, nBurn = 5000, nThin = 1, nChain = 1, nCore = 1,
                          adapt_delta_stan = .9, refresh_stan = NULL, seed = 1, verbose = TRUE,
                          saveoutput = FALSE, output_filename = NULL, output_dir = NULL) {
  standin_note(as.list(environment()))
  say <- function(...) if (verbose) message(...)
  if (nChain > 1) stop("number of items to replace is not a multiple of replacement length")
  refresh <- if (verbose) max(round((nBurn + nMCMC) * refresh_stan), 1) else 0
  say("* Preparing VA data for calibration\n")
  matrices <- missmat
  if (missmat_type == "samples") matrices <- lapply(missmat, function(each) 50 * apply(each, 2:3, mean))
  say("* Using the user-specified misclassification matrix for calibration\n")
  standin_check(va_data, matrices)
  say("* Preparing misclassification for calibration\n")
  members <- standin_members(va_data, matrices, donotcalib, donotcalib_type == "learn", nocalib.threshold, path_correction)
  model <- if (missmat_type == "fixed") "seqcalib_mmat" else "seqcalib"
  for (name in names(members)) {
    if (!members[[name]]$fits) {
      say("** Cannot calibrate ", name, "\n")
      next
    }
    say("* Calibrating ", name)
    standin_stan(model, nBurn, nMCMC, refresh)
  }
  if (ensemble) {
    say("* Ensemble calibration")
    if (!all(sapply(members, `[[`, "fits"))) {
      try(stop("Stan does not support NA (in Mmatprior_asDirich) in data"))
      message("failed to preprocess the data; sampling not done")
      stop("dim(X) must have a positive length")
    }
    standin_stan(model, nBurn, nMCMC, refresh)
  }
  result <- standin_result(members, matrices, ensemble, nMCMC)
  say("* VA-Calibration complete\n")
  if (verbose) print(knitr::kable(round(100 * result$p), caption = "Uncalibrated estimate"))
  fits <- rownames(result$p)
  able <- c(unname(sapply(members, `[[`, "fits")), if (ensemble) c(ensemble = TRUE))
  lambda <- unname(sapply(members, function(member) if (member$fits) member$lambda else NA))
  run <- function(fit) if (able[[match(fit, fits)]]) list(mcmc.diagnostic = standin_diagnostic) else list()
  given <- aperm(simplify2array(matrices), c(3, 1, 2))
  structure(class = "vacalibration", list(
    calib_MCMCout = sapply(fits, run, simplify = FALSE), p_uncalib = result$p, pcalib_postsumm = result$summary,
    Mmat_input = given, Mmat_study = given, Mmat_tomodel = result$used, donotcalib_tomodel = !result$free,
    calibrated = able, lambda_calibpath = lambda
  ))
}
