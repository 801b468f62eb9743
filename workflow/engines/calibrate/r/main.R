# The R process of a calibration: requests come in on standard input, one JSON object a line with
# "do"; what it does is told in lines on standard output, freely. Of each request the last line is
#   PLUMBLINE-R {"done": {...}}   or   PLUMBLINE-R {"error": {"kind": ..., "message": ...}}
# and at start there is one line PLUMBLINE-R {"hello": {...}}. End of input ends the process.
#
# Kinds of errors: request (it cannot be understood), data (it cannot be calibrated), unavailable
# (something that has to be installed), package (a package failed), r (anything else R stops with).

# Rscript writes the spaces of a path as ~+~.
.here <- grep("^--file=", commandArgs(FALSE), value = TRUE)[1]
.here <- dirname(gsub("~+~", " ", sub("^--file=", "", .here), fixed = TRUE))

# What a request needs is read when it is first asked for: the start stays short.
.load <- function(...) {
  for (file in c(...)) {
    if (is.null(.loaded[[file]])) sys.source(file.path(.here, file), globalenv())
    .loaded[[file]] <- TRUE
  }
}
.loaded <- new.env()

fail <- function(kind, ...) {
  reason <- list(message = paste0(...), call = NULL, kind = kind)
  stop(structure(reason, class = c("plumbline", "error", "condition")))
}

# A line of its own, whatever a package or a profile of the site has left without an end.
tell <- function(json) cat("\nPLUMBLINE-R ", json, "\n", sep = "")

# The file is there when it is whole.
write_json <- function(what, path) {
  text <- jsonlite::toJSON(what, auto_unbox = TRUE, null = "null", na = "null", digits = NA)
  part <- paste0(path, ".tmp")
  writeLines(enc2utf8(text), part, useBytes = TRUE)
  if (!file.rename(part, path)) fail("r", "cannot write ", path)
}

# Versions, with no package loaded; written by hand, for it has to be told too that there is no jsonlite.
.hello <- function() {
  version <- function(package) {
    found <- suppressWarnings(utils::packageDescription(package, fields = "Version"))
    sprintf('"%s": %s', package, if (is.na(found)) "null" else sprintf('"%s"', found))
  }
  packages <- vapply(c("jsonlite", "vacalibration", "rstan", "knitr"), version, "")
  sprintf('{"hello": {"r": "%s", "packages": {%s}}}', getRversion(), paste(packages, collapse = ", "))
}

.calibrate <- function(request) {
  if (identical(request$engine, "vacalibration")) {
    .load("package.R")
    return(calibrate_with_package(request))
  }
  .load("path_correction.R", "members.R", "model.R", "sampler.R", "diagnostics.R", "builtin.R")
  calibrate_builtin(request)
}

.requests <- list(
  calibrate = function(request) write_json(.calibrate(request), request$output),
  package_matrices = function(request) {
    .load("package.R")
    write_json(package_matrices(request), request$output)
  },
  package_example = function(request) {
    .load("package.R")
    write_json(package_example(request), request$output)
  }
)

.answer <- function(line) {
  request <- tryCatch(
    jsonlite::fromJSON(line, simplifyVector = FALSE),
    error = function(e) fail("request", "not a JSON object: ", conditionMessage(e))
  )
  if (!is.list(request) || is.null(names(request))) fail("request", "not a JSON object")
  work <- if (is.character(request$do)) .requests[[request$do]]
  if (is.null(work)) fail("request", "unknown \"do\"; known are ", paste(names(.requests), collapse = ", "))
  if (!is.character(request$output)) fail("request", "no \"output\"")
  work(request)
  list(done = list(output = request$output))
}

# Packages tell why they stop in messages and then stop with an empty text.
.guarded <- function(line) {
  said <- character()
  tryCatch(
    withCallingHandlers(
      .answer(line),
      message = function(m) said <<- utils::tail(c(said, trimws(conditionMessage(m))), 8),
      warning = function(w) {
        cat("warning: ", conditionMessage(w), "\n", sep = "")
        invokeRestart("muffleWarning")
      }
    ),
    error = function(e) {
      text <- trimws(conditionMessage(e))
      if (!nzchar(text)) text <- paste(said[nzchar(said)], collapse = " ")
      list(error = list(kind = if (is.null(e$kind)) "r" else e$kind, message = text))
    }
  )
}

tell(.hello())
.input <- file("stdin", open = "r", encoding = "UTF-8")
while (length(.line <- readLines(.input, 1, warn = FALSE)) == 1) {
  if (nzchar(trimws(.line))) {
    tell(jsonlite::toJSON(.guarded(.line), auto_unbox = TRUE, null = "null"))
  }
}
