# Calibration by the R package vacalibration, whose versions 2.0, 2.1 and 2.2 differ in the
# names of their arguments, in what they return and in what they print.
#
#   calibrate_with_package(spec)   the result of the request "calibrate", as a list
#   package_matrices(request)      the matrices that are installed with the package
#   package_example(request)       its example deaths: ids and causes
#
# It is given counts and matrices, never asked for its own: the matrices used are those named
# in the result, whatever the version. One chain always: more of them end in an error of 2.2.
# Sourced by main.R, whose fail() and .load() it uses.

.load("package_result.R", "package_data.R")

# The argument that only one version has tells which it is.
package_apis <- list(
  missmat_type = list(
    version = "2.2", type = "missmat_type", matrices = c("missmat", "missmat"), learn = "donotcalib_type",
    correct = "path_correction", shrink = "pshrink_strength", refresh = "refresh_stan"
  ),
  Mmat_type = list(
    version = "2.1", type = "Mmat_type", matrices = c("Mmat", "Mmat"), learn = "donotcalib_type",
    correct = "path_correction", shrink = "shrink_strength", refresh = "refresh.stan"
  ),
  calibmodel.type = list(
    version = "2.0", type = "calibmodel.type", matrices = c("Mmat.asDirich", "Mmat.fixed"),
    learn = "donot.calib_type", correct = "stable", shrink = "pss", refresh = "refresh.stan"
  )
)

calibrate_with_package <- function(spec) {
  api <- package_api()
  given <- package_given(spec, api)
  arguments <- package_arguments(spec, api, given)
  package_compile(spec, api)
  if (!arguments$verbose) {
    cat("vacalibration 2.2 needs the R package knitr to tell how far it is: it will be silent\n")
  }
  set.seed(spec$seed) # the path correction of 2.2 draws from R's own generator, `seed` is Stan's
  out <- package_run(api, arguments)
  package_result(spec, api, given, arguments, out)
}

# --- which version ---

package_api <- function() {
  loaded <- tryCatch(loadNamespace("vacalibration"), error = identity)
  if (inherits(loaded, "error")) {
    fail("unavailable", "R cannot load its package vacalibration: ", package_last(conditionMessage(loaded)))
  }
  has <- names(formals(loaded$vacalibration))
  found <- as.character(utils::packageVersion("vacalibration"))
  marker <- intersect(names(package_apis), has)
  if (length(marker) == 1) {
    api <- package_apis[[marker]]
    needed <- unlist(api[-1])
  }
  if (length(marker) != 1 || !all(needed %in% has)) {
    known <- paste(vapply(rev(package_apis), `[[`, "", "version"), collapse = ", ")
    fail("unavailable", "vacalibration ", found, " has other arguments than the versions known here, ", known)
  }
  c(api, list(installed = found, defaults = formals(loaded$vacalibration), call = loaded$vacalibration))
}

# --- what it is given ---

# A matrix for each algorithm in the form that the type asks for, with the causes as names.
package_given <- function(spec, api) {
  causes <- unlist(spec$causes)
  read <- switch(spec$mmat_type,
    prior = function(each) package_rows(each$dirichlet),
    fixed = function(each) package_simplex(package_rows(each$mean))
  )
  given <- lapply(spec$algorithms, function(each) {
    values <- read(each)
    dimnames(values) <- list(causes, causes)
    values
  })
  stats::setNames(given, package_algorithms(spec))
}

package_algorithms <- function(spec) vapply(spec$algorithms, `[[`, "", "name")

package_rows <- function(rows) if (is.matrix(rows)) rows else do.call(rbind, lapply(rows, unlist))

# The package wants rows that sum to 1 within 1.5e-8, more than a file of decimals may keep.
package_simplex <- function(rows) rows / rowSums(rows)

package_arguments <- function(spec, api, given) {
  causes <- unlist(spec$causes)
  counts <- lapply(spec$algorithms, function(each) stats::setNames(as.integer(unlist(each$counts)), causes))
  prior <- spec$mmat_type != "fixed"
  type <- if (api$version == "2.0") c("Mmatfixed", "Mmatprior")[prior + 1] else spec$mmat_type
  own <- list(given, type, if (isTRUE(spec$learn_not_calibrated)) "learn" else "fixed", isTRUE(spec$path_correction))
  names(own) <- c(api$matrices[2 - prior], api$type, api$learn, api$correct)
  arguments <- c(own, list(
    va_data = stats::setNames(counts, names(given)), age_group = spec$age_group, country = spec$country,
    donotcalib = package_left_out(spec), nocalib.threshold = spec$threshold,
    ensemble = isTRUE(spec$ensemble) && length(counts) > 1, # 2.1 ends in an error for one algorithm
    nBurn = spec$warmup %or% api$defaults$nBurn, nMCMC = spec$iterations %or% api$defaults$nMCMC,
    seed = spec$seed, verbose = api$version != "2.2" || requireNamespace("knitr", quietly = TRUE),
    saveoutput = FALSE
  ))
  if (!is.null(spec$shrink_strength)) arguments[[api$shrink]] <- spec$shrink_strength
  # About every 2 % a line: 2.2 takes the fraction, the others the number of iterations.
  every <- 0.02 * (arguments$nBurn + arguments$nMCMC)
  arguments[[api$refresh]] <- if (api$version == "2.2") 0.02 else max(round(every), 1)
  optional <- list(nChain = 1, plot_it = FALSE)
  c(arguments, optional[names(optional) %in% names(api$defaults)])
}

`%or%` <- function(value, otherwise) if (is.null(value)) otherwise else value

# A list with NULL where everything is calibrated: an empty vector is an error for 2.0.
package_left_out <- function(spec) {
  left <- lapply(package_algorithms(spec), function(name) {
    causes <- unlist(spec$not_calibrated[[name]])
    if (length(causes)) causes
  })
  stats::setNames(left, package_algorithms(spec))
}

# --- Stan ---

# Compile the model before it is needed, which takes 40 s and 2.5 GB of memory, so that this
# can be said, and its failure too. rstan keeps it beside its source: 2.0 reads it there, and
# what 2.0 ships is of another platform. Where that folder cannot be written, rstan takes a
# model with the same source that it finds in the global environment; spec$cache, a folder,
# keeps it for the next process.
package_compile <- function(spec, api) {
  name <- if (spec$mmat_type == "fixed") "seqcalib_mmat" else "seqcalib"
  source <- system.file("stan", paste0(name, ".stan"), package = "vacalibration")
  if (!nzchar(source)) {
    return(invisible())
  }
  rstan::rstan_options(boost_lib = package_boost())
  file <- package_model_file(source, spec$cache, api)
  if (!package_compiled(file)) {
    if (api$version == "2.0" && file != source) {
      fail(
        "unavailable", "the models that vacalibration 2.0 came with are of another platform, and ", dirname(source),
        " cannot be written to compile them here: install it into a folder of your own, or take version 2.2"
      )
    }
    cat("PROGRESS: 0.0% - Compiling model\n")
    package_build(file)
  }
  if (file != source) {
    assign(paste0("vacalibration_", name), rstan::stan_model(file, auto_write = TRUE), envir = globalenv())
  }
}

# In a process of its own: a model cannot be read from its file by the process that compiled it,
# as 2.0 would, and one that runs out of memory does not take this process with it.
package_build <- function(file) {
  code <- sprintf(
    "rstan::rstan_options(boost_lib = %s); rstan::stan_model(%s, auto_write = TRUE)",
    deparse(rstan::rstan_options("boost_lib")), deparse(file)
  )
  rscript <- file.path(R.home("bin"), "Rscript")
  said <- suppressWarnings(system2(rscript, c("--no-init-file", "-e", shQuote(code)), stdout = TRUE, stderr = TRUE))
  if (!package_compiled(file)) {
    cat(said, sep = "\n")
    reason <- grep("not found|error:|[Kk]illed|No space|annot allocate", said, value = TRUE)
    fail(
      "unavailable", "the Stan model of vacalibration was not compiled, which takes g++ and 3 GB of memory: ",
      package_last(if (length(reason)) reason else said, 2)
    )
  }
}

# Debian keeps the headers outside of the R package that rstan looks for.
package_boost <- function() {
  own <- rstan::rstan_options("boost_lib")
  if (!dir.exists(file.path(own, "boost")) && dir.exists("/usr/include/boost")) "/usr/include" else own
}

package_model_file <- function(source, cache, api) {
  if (file.access(dirname(source), 2) == 0) {
    return(source)
  }
  versions <- c(api$installed, as.character(utils::packageVersion("rstan")), as.character(getRversion()))
  folder <- file.path(cache %or% tempdir(), paste0("vacalibration-", paste(versions, collapse = "-")))
  dir.create(folder, recursive = TRUE, showWarnings = FALSE)
  file <- file.path(folder, basename(source)) # Stan calls a model by its file
  if (!file.exists(file) && !file.copy(source, file)) {
    fail("unavailable", folder, ": no compiled model can be written here")
  }
  file
}

package_compiled <- function(file) {
  built <- sub("stan$", "rds", file)
  model <- if (file.exists(built)) tryCatch(readRDS(built), error = function(e) NULL)
  methods::is(model, "stanmodel") && identical(model@dso@system, R.version$system)
}

# --- the call ---

# The package tells why it stops in messages and stops with an empty text; Stan's own
# refusals are shown by try() and followed by an error that has nothing to do with them.
package_run <- function(api, arguments) {
  said <- character()
  alone <- character() # algorithms that it cannot calibrate
  listen <- function(m) {
    text <- trimws(conditionMessage(m))
    if (startsWith(text, "** Cannot calibrate ")) alone <<- c(alone, sub("[.]?$", "", substring(text, 21)))
    # whatever came before a stage has been dealt with
    said <<- if (startsWith(text, "*")) character() else c(said, text[nzchar(text)])
  }
  withCallingHandlers(
    tryCatch(do.call(api$call, arguments), error = function(e) package_failed(e, said, alone, api, arguments)),
    message = listen
  )
}

package_failed <- function(e, said, alone, api, arguments) {
  if (length(alone) && arguments$ensemble) {
    fail(
      "data", "vacalibration ", api$installed, " makes no ensemble with ", paste(alone, collapse = ", "),
      ", where at most one cause can be calibrated: leave it out, or ask for no ensemble"
    )
  }
  if (any(grepl("sampling not done", said, fixed = TRUE))) {
    said <- geterrmessage() # rstan's own try() keeps the reason there
  } else if (nzchar(conditionMessage(e))) {
    said <- c(said, conditionMessage(e))
  }
  if (!length(said)) said <- "it gave no reason"
  fail("package", "vacalibration ", api$installed, ": ", package_last(said))
}

# The last words of a long text, in one line.
package_last <- function(text, lines = 4) {
  parts <- trimws(unlist(strsplit(text, "\n", fixed = TRUE)))
  paste(utils::tail(parts[nzchar(parts)], lines), collapse = " ")
}
