"""The score and the allele fraction that were asked for: whether the calls have them at all."""

import re

from engines.compare.case import Inputs, Request, Result
from engines.compare.roc import without_score
from engines.compare.somatic import without_fraction
from engines.contract.errors import BadUsage
from engines.contract.wording import did_you_mean
from engines.formats.vcf import Vcf

_DECLARED = re.compile(r"##(INFO|FORMAT)=<ID=([^,>]+)(.*?,Type=(?:Integer|Float)\b)?")


def check(request: Request, inputs: Inputs, result: Result) -> list[str]:
    """Empty curves and strata are no result; some calls without the field are worth a word.

    A query without QUAL is taken, since nobody may have asked for it, and a truth without allele
    fractions, since the query's precision by its own is a result.

    Returns:
        Warnings.

    Raises:
        BadUsage: no query call has the score (other than QUAL), or is in a stratum of its
            allele fraction.
    """
    texts = []
    total = result.tally.whole()
    if request.write_roc and (count := without_score(result.tally)):
        if request.score != "QUAL" and count == total.query_total:
            raise _lacking("--roc", request.score, inputs.query, "--no-roc goes without levels")
        texts.append(
            f"query: {count:,} calls have no {request.score}: no level of the score counts them"
        )
    if not request.fraction_bounds:
        return texts
    truth, query = without_fraction(result.tally, request.fraction_bounds)
    if query and query == total.query_total:
        raise _lacking(
            "--af-field", request.query_fraction, inputs.query,
            "--af-field TRUTH,QUERY names one for each; check --af-strata too",
            " inside the strata",
        )  # fmt: skip
    if truth:
        none = truth == total.truth_total
        more = _not_declared(request.truth_fraction, inputs.truth) if none else ""
        texts.append(f"truth: {truth:,} calls {_NO_STRATUM}{more}")
    if query:
        texts.append(f"query: {query:,} calls {_NO_STRATUM}")
    return texts


_NO_STRATUM = "have no allele fraction, or one outside the strata; they are in no stratum"


def _lacking(option: str, field: str, vcf: Vcf, hint: str, where: str = "") -> BadUsage:
    return BadUsage(
        f"{option} {field}: no call of {vcf.what} has it{where}{_not_declared(field, vcf)}",
        hint=f"name another field of its calls; {hint}",
    )


def _not_declared(field: str, vcf: Vcf) -> str:
    """That the header does not know the field, and which one was probably meant."""
    field = field.replace("/", ".", 1)
    found = [match for line in vcf.header if (match := _DECLARED.match(line))]
    declared = [f"{match[1]}.{match[2]}" for match in found]
    numbers = [name for name, match in zip(declared, found, strict=True) if match[3]]
    if field in declared:
        return ""
    key = field.partition(".")[2]
    namesakes = [name for name in declared if name.partition(".")[2] == key]
    meant = f"; did you mean {namesakes[0]}?" if namesakes else did_you_mean(field, numbers)
    return f", and its header does not declare {field}{meant}"
