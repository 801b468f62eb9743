# What the package vacalibration brings with it: matrices, and deaths as an example.
# 2.2 has them as CCVA_missmat and comsamoz_CCVAoutput, older versions as Mmat_champs and
# comsamoz_public_openVAout (neonates, InSilicoVA).

# {"version", "orientation", age group: {"causes", algorithm: {country: {"asDirich": rows}}}}
package_matrices <- function(request) {
  inventory <- package_dataset(c("CCVA_missmat", "Mmat_champs"))
  if (is.null(inventory)) fail("unavailable", "the installed vacalibration has no matrices")
  version <- if (is.character(inventory$version)) inventory$version[1] else ""
  of_country <- function(rows) list(asDirich = unname(rows))
  of_age <- function(algorithms) {
    causes <- colnames(algorithms[[1]]$asDirich[[1]])
    c(list(causes = causes), lapply(algorithms, function(each) lapply(each$asDirich, of_country)))
  }
  c(
    list(version = version, orientation = "rows = true cause, columns = VA cause"),
    lapply(Filter(is.list, inventory), of_age)
  )
}

# [{"id", "cause"}, ...]
package_example <- function(request) {
  deaths <- package_dataset("comsamoz_CCVAoutput")[[request$age_group]][[request$algorithm]]
  if (is.null(deaths)) {
    older <- package_dataset("comsamoz_public_openVAout")
    if (identical(c(older$age_group, older$va_algo), c(request$age_group, request$algorithm))) deaths <- older$data
  }
  if (is.null(deaths)) {
    fail(
      "unavailable", "the installed vacalibration has no example of ", request$algorithm,
      " for age group ", request$age_group
    )
  }
  data.frame(id = as.character(deaths[[1]]), cause = as.character(deaths[[2]]))
}

# The first of these data sets that is there, else NULL.
package_dataset <- function(names) {
  space <- new.env()
  for (name in names) {
    suppressWarnings(utils::data(list = name, package = "vacalibration", envir = space))
    if (exists(name, envir = space, inherits = FALSE)) {
      return(get(name, envir = space))
    }
  }
}
