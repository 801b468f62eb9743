"""What keeps a wrong comparison from becoming a result."""

from collections.abc import Mapping, Sequence

from engines.compare.case import Inputs, Result
from engines.compare.intake import Intake
from engines.compare.tally import Counts
from engines.contract.errors import BadData, BadUsage
from engines.contract.wording import did_you_mean
from engines.formats.contigs import other_spelling
from engines.formats.vcf import Vcf

# A share of REF alleles that differ from the reference above this means another build.
WRONG_REFERENCE = 0.01

# Truth and query of one person agree on the genotype of nearly all alleles that both
# have (0.98 in two HG002 assemblies on chr20), those of two unrelated people on 0.52 to 0.63
# (HG002, NA12878 and HG00733, same assembly pipeline, first Mb of chr20).
SAME_PERSON = 0.80
ENOUGH_SHARED = 200
WORTH_A_WORD = 20

# Reasons to set a record aside: by what the user asked for, for want of a call, by its contig.
NO_GENOTYPE = "no genotype (GT)"
POLYPLOID = "more than two alleles called (polyploid)"
WRONG_REF = "REF differs from the reference"
ASKED_FOR = {"failed a filter", "outside the target regions"}
NO_CALLS = {
    "homozygous reference",
    "no call",
    "no call of the gVCF",
    "reference block or site without ALT",
}
NOT_IN_REFERENCE = "contig not in the reference"
NOT_ASKED_FOR = "contig that was not asked for"
WITHOUT_TRUTH = "contig without truth calls or confident regions"
OTHER_CONTIGS = {NOT_IN_REFERENCE, NOT_ASKED_FOR, WITHOUT_TRUTH}


def check_has_records(vcf: Vcf) -> None:
    """An empty call set is no call set.

    Raises:
        BadData: the file has no record.
    """
    if not vcf.occupied():
        raise BadData(
            f"{vcf.what}: no records after the header",
            hint="an empty call set is most often a failed or truncated step before this one",
        )


def check_contigs(asked: Sequence[str], reference: Mapping[str, int]) -> None:
    """The contigs that are asked for (``-l``) must be the reference's.

    Raises:
        BadUsage: one is not; a part of a contig is one too.
    """
    for name in asked:
        if name in reference:
            continue
        if name.rpartition(":")[0] in reference:
            raise BadUsage(
                f"--location {name}: a part of a contig",
                hint="give the part as a BED file with -R",
            )
        other = other_spelling(name)
        near = f"; did you mean {other}?" if other in reference else did_you_mean(name, reference)
        raise BadUsage(f"--location {name}: no such contig in the reference{near}")


def check_regions(inputs: Inputs) -> None:
    """Confident and target regions must lie where calls are.

    Raises:
        BadData: an empty file, or no base on any contig that has truth calls.
    """
    occupied = set(inputs.truth_contigs.names.values())
    for role, regions in (("confident", inputs.confident), ("target", inputs.target)):
        if regions is None:
            continue
        if not regions.by_contig:
            raise BadData(f"{role} {regions.path}: no regions in the file")
        if not occupied & set(regions.by_contig):
            raise BadData(
                f"{role} {regions.path}: no region on a contig that has truth calls "
                f"({', '.join(sorted(occupied)[:3])})",
                hint="give the BED file that belongs to this truth set",
            )
    confident, target = inputs.confident, inputs.target
    if confident and target:
        shared = sum(
            intervals.shared(target.on(contig)) for contig, intervals in confident.by_contig.items()
        )
        if not shared:
            raise BadData(
                f"target {target.path}: shares no base with the confident regions {confident.path}",
                hint="give a target and confident regions of the same build",
            )


def check_reference_bases(what: str, intake: Intake) -> None:
    """REF alleles must be the reference's bases.

    Raises:
        BadData: more than 1 % of them differ.
    """
    if intake.checked and intake.mismatched / intake.checked > WRONG_REFERENCE:
        raise BadData(
            f"{what}: REF differs from the reference at {intake.mismatched:,} of "
            f"{intake.checked:,} records, first {intake.first_mismatch}",
            hint="give the reference that the calls were made with",
        )


def check_something_compared(inputs: Inputs, result: Result) -> list[str]:
    """A table of zeros is no result, unless the user's own filters and regions made it one.

    Returns:
        A warning, where they left no query call: every truth call is FN then, as hap.py has it.

    Raises:
        BadData: no truth call, or no query call at all, could be compared.
    """
    counts = result.tally.whole()
    if not counts.truth_total:
        raise BadData(
            f"{inputs.truth.what}: no truth call to compare within the regions"
            + _main_reason(result.truth),
            hint="check that truth, confident and target regions belong together",
        )
    if counts.query_total:
        return []
    aside = result.query.set_aside
    if aside.keys() & ASKED_FOR and aside.keys() <= ASKED_FOR | NO_CALLS | OTHER_CONTIGS:
        reasons = ", ".join(f"{count:,} {reason}" for reason, (count, _) in aside.items())
        return [
            f"{inputs.query.what}: filters and regions left no query call to compare: "
            f"{result.query.records:,} records left out ({reasons}); every truth call is FN, "
            "recall is 0"
        ]
    why = {reason: left for reason, left in aside.items() if reason not in ASKED_FOR} or aside
    reason = max(why, key=lambda reason: why[reason][0], default="")
    raise BadData(
        f"{inputs.query.what}: no query call to compare{_main_reason(result.query, reason)}",
        hint=_hint(reason),
    )


def _hint(reason: str) -> str:
    """What to do where this kept the query's records from being compared."""
    if reason == NO_GENOTYPE:
        return "--squash-ploidy compares the alleles of records without genotypes"
    if reason == POLYPLOID:
        return "call with ploidy 2; --squash-ploidy compares alleles, whatever the ploidy"
    if reason in OTHER_CONTIGS:
        return "check the contigs of the query"
    if reason in NO_CALLS:
        return "check the sample of the query"
    if reason == WRONG_REF:
        return "give the reference that the calls were made with"
    return "only calls with alleles of A, C, G, T and N can be compared; check what the query holds"


def _main_reason(intake: Intake, reason: str = "") -> str:
    if not intake.set_aside:
        return ""
    reason = reason or max(intake.set_aside, key=lambda reason: intake.set_aside[reason][0])
    return f" ({intake.set_aside[reason][0]:,} of {intake.records:,} records: {reason})"


def check_same_sample(counts: Counts, on_mismatch: str) -> list[str]:
    """Truth and query must be of one person.

    Args:
        counts: of everything that was compared.
        on_mismatch: ``error`` or ``warn``.

    Returns:
        A warning, when ``on_mismatch`` is ``warn``.

    Raises:
        BadData: the genotypes agree so rarely that they cannot be.
    """
    same, shared = counts.query_tp, counts.query_tp + counts.fp_gt
    if shared < WORTH_A_WORD or same / shared >= SAME_PERSON:
        return []
    if shared < ENOUGH_SHARED:
        return [
            f"truth and query may not belong together: of {shared} alleles that both have, the "
            f"genotype agrees at {same / shared:.1%}; too few to be sure"
        ]
    text = (
        f"truth and query do not belong together: of {shared:,} alleles that both have, the "
        f"genotype agrees at {same / shared:.1%}"
    )
    if on_mismatch == "error":
        raise BadData(
            text,
            hint="check the sample of the query; if this is meant, --on-sample-mismatch warn",
        )
    return [text]


def warnings_of(inputs: Inputs, result: Result) -> list[str]:
    """What a reader of the numbers has to know."""
    texts = []
    for vcf, intake in ((inputs.truth, result.truth), (inputs.query, result.query)):
        if intake.mismatched:
            texts.append(
                f"{vcf.what}: REF differs from the reference at {intake.mismatched:,} of "
                f"{intake.checked:,} records, first {intake.first_mismatch}; left out"
            )
        if intake.unknown:
            texts.append(
                f"{vcf.what}: the reference is N at {intake.unknown:,} of {intake.checked:,} "
                "records; compared as written"
            )
    for role, regions in (
        ("confident", inputs.confident),
        ("target", inputs.target),
        *inputs.subsets.items(),
    ):
        if regions and regions.renamed:
            texts.append(
                f"{role} {regions.path}: names of {regions.renamed} contigs were mapped to the "
                "reference's (20 is chr20); a BED file does not tell its build"
            )
        if regions and regions.ignored:
            texts.append(f"{role} {regions.path}: {regions.ignored:,} rows without a base ignored")
        if regions and regions.absent:
            texts.append(
                f"{role} {regions.path}: {len(regions.absent)} contigs are not in the reference "
                f"({', '.join(regions.absent[:3])})"
            )
    truth, query = (set(m.names.values()) for m in (inputs.truth_contigs, inputs.query_contigs))
    if truth - query:
        names = sorted(truth - query)
        texts.append(
            f"{inputs.query.what}: no records on {len(names)} contigs that the truth has "
            f"({', '.join(names[:5])}{', …' if len(names) > 5 else ''}): all its calls there are FN"
        )
    if inputs.confident is None:
        texts.append(
            "no confident regions were given: every query call that is not in the truth "
            "counts as a false positive"
        )
    if result.capped:
        texts.append(
            f"clusters too dense for the full search: {len(result.capped):,}; in them a larger "
            "match may exist; each is listed with its place"
        )
    return texts
