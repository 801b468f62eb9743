setClass("dso", slots = c(system = "character"))
setClass("stanmodel", slots = c(dso = "dso"))

.options <- new.env()
rstan_options <- function(...) {
  given <- list(...)
  if (length(names(given))) list2env(given, .options) else mget(given[[1]], .options, ifnotfound = "")[[1]]
}

# Fails as it does where there is no compiler: the file without a word in it stands for that.
stan_model <- function(file, auto_write = FALSE) {
  if (length(readLines(file)) == 0) stop("Compilation ERROR, function(s)/method(s) not created!\ng++: not found")
  model <- new("stanmodel", dso = new("dso", system = R.version$system))
  if (auto_write) saveRDS(model, sub("stan$", "rds", file))
  invisible(model)
}
