comsamoz_CCVAoutput <- list(
  neonate = list(
    eava = data.frame(ID = 1:3, cause = c("Intrapartum", "Unspecified", "Preterm")),
    interva = data.frame(ID = c("a", "b"), cause1 = factor(c("Birth asphyxia", "Prematurity")))
  ),
  version = "20990101"
)
