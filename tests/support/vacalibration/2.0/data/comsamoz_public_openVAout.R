comsamoz_public_openVAout <- list(
  data = data.frame(ID = c("x", "y"), cause = c("Prematurity", "Tetanus")),
  age_group = "neonate", va_algo = "insilicova", version = "20990101"
)
