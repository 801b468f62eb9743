kable <- function(x, caption = NULL) paste0("\n\nTable: ", caption)
