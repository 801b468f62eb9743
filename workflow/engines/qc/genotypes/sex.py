"""Male or female, by what is heterozygous on X, and by the depth of X and Y."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engines.qc.genotypes.calls import Snv

MINIMUM = 50  # diploid SNVs on X, below which its heterozygosity says nothing
# Share of heterozygous SNVs on X by that on the autosomes: a male has next to none (errors,
# paralogues), a female about as many as elsewhere. Our own bounds, between the two.
FEW, MANY = 0.25, 0.6
# Depth by that of the autosomes. X: one copy is 0.5, two are 1; what is far from both is another
# thing than copies (a target that nobody named). Y: much of its length is unknown or hard to map
# to, so that one copy has 0.1 to 0.5, and none 0 to 0.05. Our own bounds.
ONE_X, TWO_X = (0.35, 0.65), (0.8, 1.3)
NO_Y, SOME_Y = 0.06, 0.1

MALE, FEMALE, UNDETERMINED = "male", "female", "undetermined"


@dataclass(frozen=True)
class Told:
    """What one of the two says; ``sex`` is None where it could not be assessed."""

    sex: str | None
    reason: str


def by_heterozygosity(x: Sequence[Snv], autosomal: float | None) -> Told:
    """By the SNVs of X outside of what it shares with Y.

    Args:
        autosomal: share of the diploid SNVs of the autosomes that are heterozygous.
    """
    diploid = [snv for snv in x if snv.is_diploid]
    haploid = len(x) - len(diploid)
    if haploid > len(diploid):
        return Told(None, f"X was called as haploid ({haploid} SNVs), which is no evidence")
    if len(diploid) < MINIMUM:
        return Told(None, f"too few: {len(diploid)} SNVs on X, {MINIMUM} are needed")
    if not autosomal:
        return Told(None, "no heterozygous SNVs on the autosomes to compare with")
    share = sum(snv.is_heterozygous for snv in diploid) / len(diploid)
    ratio = share / autosomal
    said = f"{100 * share:.1f} % of {len(diploid)} SNVs on X are heterozygous"
    said += f", {100 * autosomal:.1f} % on the autosomes"
    return Told(MALE if ratio <= FEW else FEMALE if ratio >= MANY else UNDETERMINED, said)


def by_depth(x: float | None, y: float | None) -> Told:
    """By the mean depths of X and Y, as multiples of that of the autosomes."""
    if x is None:
        return Told(None, "no depth of X and of autosomes is known")
    said = f"depth of X is {x:.2f} of the autosomes'"
    said += f", of Y {y:.2f}" if y is not None else ", Y is not there"
    copies = next((n for n, (a, b) in ((1, ONE_X), (2, TWO_X)) if a <= x <= b), None)
    has_y = None if y is None or NO_Y < y < SOME_Y else y >= SOME_Y
    if copies == 1 and has_y is not False:
        return Told(MALE, said)
    if copies == 2 and has_y is not True:
        return Told(FEMALE, said)
    return Told(UNDETERMINED, said)


def together(genotypes: Told, depth: Told, said: str) -> dict[str, Any]:
    """Both, and whether they agree with what the sheet says (male, female, auto)."""
    told = {each.sex for each in (genotypes, depth) if each.sex}
    sex = told.pop() if len(told) == 1 else UNDETERMINED if told else None
    agrees = None if said == "auto" or sex in (None, UNDETERMINED) else sex == said
    return {
        "sex": sex,
        "said": None if said == "auto" else said,
        "agrees": agrees,
        "by_heterozygosity": _data(genotypes),
        "by_depth": _data(depth),
    }


def _data(told: Told) -> Mapping[str, Any]:
    return {"sex": told.sex, "reason": told.reason}
