# Misclassification matrices in a file of R (.rda, .RData, .rds) as JSON, with their names.
#
#   Rscript rda.R FILE OUTPUT [COUNTRY]
# OUTPUT gets {"r": version, "version": text or null, "not_read": [place], "matrices": tree}. The tree
# has the names of the file's own lists; a matrix in it is {"rows", "columns", "values"}, and
# an array of samples has its values as samples x rows x columns.
# Of posterior samples only those of COUNTRY are read, and none without it: they are large.

read_rda <- function(request) {
  found <- rda_tree(rda_objects(request$file), character(), request$samples_of)
  list(
    r = as.character(getRversion()), version = found$version,
    not_read = as.list(found$not_read), matrices = found$tree
  )
}

# What the file holds; a single object without the name that it was saved under. Where there are
# several, their names are those of algorithms.
rda_objects <- function(file) {
  if (grepl("[.]rds$", file, ignore.case = TRUE)) {
    return(readRDS(file))
  }
  space <- new.env(parent = emptyenv())
  load(file, envir = space)
  objects <- mget(sort(ls(space, all.names = TRUE)), envir = space)
  if (length(objects) == 1) objects[[1]] else objects
}

rda_tree <- function(x, path, samples_of) {
  if (is.data.frame(x) || is.array(x)) {
    return(rda_matrix(x, path))
  }
  if (!is.list(x) || is.null(names(x))) {
    return(list(tree = NULL, not_read = rda_place(path)))
  }
  version <- if (length(path) == 0 && is.character(x$version)) x$version[1]
  parts <- x[!names(x) %in% c("version", "postsumm", if (is.null(samples_of)) "postsamples")]
  if (identical(tail(path, 1), "postsamples") && samples_of %in% names(parts)) {
    parts <- parts[samples_of]
  }
  below <- Map(function(part, name) rda_tree(part, c(path, name), samples_of), parts, names(parts))
  trees <- lapply(below, `[[`, "tree")
  not_read <- unlist(lapply(below, `[[`, "not_read"), use.names = FALSE)
  list(tree = trees[lengths(trees) > 0], not_read = not_read, version = version)
}

rda_matrix <- function(x, path) {
  values <- if (is.data.frame(x)) as.matrix(x) else x
  size <- dim(values)
  if (!is.numeric(values) || !length(size) %in% 2:3) {
    return(list(tree = NULL, not_read = rda_place(path)))
  }
  names <- tail(dimnames(values), 2)
  tree <- list(rows = as.list(names[[1]]), columns = as.list(names[[2]]))
  list(tree = c(tree, list(values = unname(array(as.numeric(values), size)))))
}

rda_place <- function(path) if (length(path)) paste(path, collapse = "$") else "the file"

rda_main <- function(arguments) {
  told <- tryCatch(
    {
      country <- if (length(arguments) > 2) arguments[3]
      found <- read_rda(list(file = arguments[1], samples_of = country))
      text <- jsonlite::toJSON(found, auto_unbox = TRUE, digits = NA, na = "string", null = "null")
      writeLines(enc2utf8(text), arguments[2], useBytes = TRUE)
      NULL
    },
    error = conditionMessage
  )
  if (!is.null(told)) {
    cat("PLUMBLINE-R", told, "\n")
    quit(status = 65)
  }
}

if (sys.nframe() == 0) rda_main(commandArgs(trailingOnly = TRUE))
