CCVA_missmat <- local({
  causes <- c("ipre", "other", "prematurity")
  rows <- matrix(c(8, 1, 2, 3, 4, 5, 1, 2, 9), 3, byrow = TRUE, dimnames = list(causes, causes))
  of <- function(rows) list(postmean = list(Kenya = rows / rowSums(rows)), asDirich = list(Kenya = rows, other = 2 * rows))
  list(neonate = list(eava = of(rows), interva = of(3 * rows)), version = "20990101")
})
