#!/usr/bin/env bash
# Run by Snakemake when the environment vacalibration.yaml has been made: its R packages of CRAN,
# vacalibration in the one version whose answers Plumbline knows. Ends with an error, and with it
# the making of the environment, when it cannot be loaded afterwards.
set -euo pipefail

Rscript --no-init-file - <<'R'
version <- "2.2"
utils::chooseCRANmirror(graphics = FALSE, ind = 1)
utils::install.packages(c("LaplacesDemon", "openVA"))
offered <- utils::available.packages()
if (version %in% offered[rownames(offered) == "vacalibration", "Version"]) {
  utils::install.packages("vacalibration")
} else { # CRAN keeps earlier versions apart
  archive <- utils::contrib.url(getOption("repos")[["CRAN"]], "source")
  file <- paste0("vacalibration_", version, ".tar.gz")
  utils::install.packages(
    paste(archive, "Archive/vacalibration", file, sep = "/"), repos = NULL, type = "source"
  )
}
stopifnot(utils::packageVersion("vacalibration") == version)
loadNamespace("vacalibration")
R
