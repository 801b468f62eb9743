"""Whose truth a sample is compared with: its own files, else GIAB's, else an explained error."""

import functools
from typing import Any

from engines.configuration.plan import LINKS, Truth
from engines.configuration.problems import ConfigurationError, Problems
from engines.configuration.sheet import Row
from engines.contract.errors import EngineError
from engines.contract.wording import did_you_mean, quoted
from engines.references import catalogue
from engines.references.own_truth import own_truth
from engines.references.samples import Identity, identify

SHEET = "column sex"


class NoTruthError(ConfigurationError):
    """Nobody has a truth for these calls, which is no mistake of the sheet.

    Attributes:
        why: the reason, where the calls are left out for it.
    """

    def __init__(self, message: str, hint: str, why: str) -> None:
        self.why = why
        super().__init__(message, hint=hint)


def find_truth(
    row: Row,
    kind: str,
    build: str,
    references: dict[str, Any],
    problems: Problems,
    left_out: dict[str, str] | None = None,
) -> Truth | None:
    """The truth for one kind of variant of one sample, or a line in ``problems``.

    The sheet's own files come first, then ``truth_dir``, then GIAB's truth of the
    sample that column giab names, or else that the sample's name begins with.

    Args:
        left_out: takes the reason where nobody has a truth; without it that is a problem.
    """
    vcf, confident = row.get(f"truth_{kind}"), row.get(f"confident_{kind}")
    if vcf:
        return Truth(vcf, confident, f"its own truth, column truth_{kind}")
    if confident:
        what = f"is given without truth_{kind}; to restrict a comparison with GIAB use target"
        problems.add(row.where(f"confident_{kind}"), what)
        return None
    try:
        return _laid_out(row, kind, references["truth_dir"]) or _giab(row, kind, build, references)
    except EngineError as error:
        if isinstance(error, NoTruthError) and left_out is not None:
            left_out[kind] = error.why
            return None
        hint = f"; {error.hint}" if error.hint else ""
        problems.add(row.where(_column(row)), f"{error.message}{hint}")
        return None


def _laid_out(row: Row, kind: str, truth_dir: str | None) -> Truth | None:
    """The truth in the site's folder, where it has one for this sample."""
    found = getattr(own_truth(truth_dir, row.sample), kind) if truth_dir else None
    return (
        Truth(str(found.vcf), str(found.bed), "its own truth, found in truth_dir")
        if found
        else None
    )


def _giab(row: Row, kind: str, build: str, references: dict[str, Any]) -> Truth:
    identity = _identity(row, kind)
    giab, said = identity.sample, _who_says(row, identity)
    if build not in catalogue.load().builds:
        what = f"there is no GIAB truth on {build}, a genome of your own"
        raise NoTruthError(what, f"name the truth in column truth_{kind}", what)
    version = _available(kind, build, giab, references["versions"][kind])
    folder = f"{LINKS}/{giab}.{build}.{kind}"
    origin = f"GIAB {giab} {version}, {said}"
    return Truth(f"{folder}/truth.vcf.gz", f"{folder}/confident.bed", origin, giab)


@functools.cache
def _available(kind: str, build: str, giab: str, version: str | None) -> str:
    """The version that will be used, asked of the catalogue once for all samples."""
    if not catalogue.load().select(kind, build, giab):
        try:
            catalogue.load().choose(kind, build, giab)
        except EngineError as error:
            raise NoTruthError(error.message, error.hint, error.message) from None
    return catalogue.load().choose(kind, build, giab, version).version


def _identity(row: Row, kind: str) -> Identity:
    named = row.get("giab")
    identity = identify(named or row.sample)
    known = _known()
    if identity is None and named:
        raise ConfigurationError(_no_giab(named))
    if identity is None:
        what = "does not begin with one GIAB name"
        raise NoTruthError(
            f"whose truth? {row.sample[:60]} {what}",
            hint=f"fill column giab ({known[0]} to {known[-2]}) or truth_{kind}",
            why=f"no truth is known, as the name {what}",
        )
    return identity


def sex_of(row: Row) -> tuple[str, str]:
    """Sex of the sample of a row (male, female, or auto), and who says so, or would have to.

    Where the sheet leaves it open, that of the GIAB sample, if it is one.
    """
    said = row.get("sex") or "auto"
    identity = identify(row.get("giab") or row.sample) if said == "auto" else None
    if identity is None:
        return said, SHEET
    giab = identity.sample
    return catalogue.load().samples[giab].sex, f"GIAB {giab}, {_who_says(row, identity)}"


def check_giab(row: Row, problems: Problems) -> None:
    """A misspelt column giab is a mistake, also where another truth is taken or none is needed."""
    named = row.get("giab")
    if named and identify(named) is None:
        problems.add(row.where("giab"), _no_giab(named))


def _no_giab(named: str) -> str:
    return f"{quoted(named)} is not a GIAB sample{did_you_mean(named, _known())}"


def _known() -> list[str]:
    return [name for s in catalogue.load().samples.values() for name in (s.name, s.also_called)]


def _column(row: Row) -> str:
    return "giab" if row.get("giab") else ""


def _who_says(row: Row, identity: Identity) -> str:
    if row.get("giab"):
        return "as column giab says"
    return f"because its name begins with {identity.matched}"
