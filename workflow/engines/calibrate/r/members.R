# A member is what the built-in engine makes of one algorithm before any sampling:
#   name, counts
#   free        of each cause: whether it is calibrated; none is where that leaves only one
#   input       mean misclassification matrix
#   rows        what the model gets: Dirichlet parameters, 0 outside of the free causes; in fixed
#               mode rates, the identity outside of them
#   lambda      of the path correction, NULL where nothing is calibrated

.member <- function(algorithm, spec) {
  prior <- spec$mmat_type != "fixed"
  counts <- .counts(algorithm, spec)
  matrix <- .matrix(algorithm, spec)
  member <- list(name = algorithm$name, counts = counts, input = matrix / rowSums(matrix))
  free <- !(unlist(spec$causes) %in% unlist(spec$not_calibrated[[member$name]]))
  if (isTRUE(spec$learn_not_calibrated)) free <- free & .told_apart(member$input, spec$threshold)
  if (sum(free) < 2 || sum(counts[free]) == 0) free[] <- FALSE
  member$free <- free
  member$rows <- if (prior) 0 * matrix else diag(length(counts))
  if (!any(free)) return(member)
  rows <- matrix[free, free]
  rates <- rows / rowSums(rows)
  if (anyNA(rates)) fail("data", "a row of the matrix of ", member$name, " is 0 for every calibrated cause")
  member$lambda <- 0
  if (isTRUE(spec$path_correction)) {
    member$lambda <- correct_path(rates, counts[free] / sum(counts[free]), if (prior) 99 else 100)
    rates <- towards_identity(rates, member$lambda)
    if (prior) rows <- correct_rows(rows, member$lambda, spec$compat)
  }
  member$rows[free, free] <- if (prior) rows else rates
  member
}

# Causes that the algorithm says equally often whatever the true cause cannot be calibrated.
.told_apart <- function(rates, threshold) {
  apply(rates, 2, function(rate) max(rate) - min(rate)) > threshold + 1e-12
}

.counts <- function(algorithm, spec) {
  counts <- as.numeric(unlist(algorithm$counts))
  if (length(counts) != length(spec$causes) || anyNA(counts) || any(counts < 0)) {
    fail("data", "counts of ", algorithm$name, " are not one number of deaths for each cause")
  }
  if (sum(counts) == 0) fail("data", "no deaths of ", algorithm$name)
  counts
}

.matrix <- function(algorithm, spec) {
  matrix <- switch(spec$mmat_type,
    prior = do.call(rbind, lapply(algorithm$dirichlet, as.numeric)),
    fixed = do.call(rbind, lapply(algorithm$mean, as.numeric)),
    fail("request", "mmat_type is neither prior nor fixed")
  )
  causes <- length(spec$causes)
  right <- identical(dim(matrix), c(causes, causes)) && !anyNA(matrix) && all(rowSums(matrix) > 0) &&
    if (spec$mmat_type == "fixed") all(matrix >= 0) else all(matrix > 0)
  if (!right) {
    fail("data", "the matrix of ", algorithm$name, " is not ", causes, " x ", causes, " positive numbers")
  }
  matrix
}
