"""One variant at a time: right, missed, invented, of the wrong genotype, or filtered."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from config.demo.generator.cases import Call, Case, Record
from config.demo.generator.site import SPAN, Site


@dataclass(frozen=True)
class Plan:
    """How many of a kind of case to plant, by type of variant."""

    kind: str
    snps: int
    indels: int


AUTOSOMES = [
    Plan("match", 690, 120),
    Plan("missed", 45, 16),
    Plan("invented", 22, 12),
    Plan("het_called_hom", 7, 5),
    Plan("hom_called_het", 6, 4),
    Plan("wrong_allele", 7, 5),
    Plan("filtered_match", 12, 6),
    Plan("filtered_invented", 18, 9),
    Plan("filtered_het_called_hom", 3, 2),
    Plan("called_reference", 4, 3),
    Plan("not_called", 3, 2),
    Plan("filtered_in_truth", 2, 1),
]

# On chrX of a male: one allele in the truth, written 1; the query writes 1, 1/1 or wrongly 0/1.
CHR_X = [
    Plan("match", 66, 14),
    Plan("hom_for_haploid", 10, 4),
    Plan("missed", 6, 3),
    Plan("invented", 4, 2),
    Plan("het_for_haploid", 3, 2),
    Plan("wrong_allele", 2, 1),
    Plan("filtered_match", 2, 1),
    Plan("filtered_invented", 2, 1),
]

# Outside the confident regions nothing counts but QUERY.UNK.
OUTSIDE = [
    Plan("match", 32, 8),
    Plan("missed", 7, 3),
    Plan("invented", 8, 4),
    Plan("filtered_match", 3, 1),
    Plan("filtered_invented", 3, 2),
]

OUTSIDE_CHR_X = [Plan("match", 7, 2), Plan("missed", 2, 1), Plan("invented", 2, 1)]

HET_SHARE = 0.6
PHASED_SHARE = 0.15  # of the query's heterozygous calls


def build(kind: str, indel: bool, site: Site) -> Case:
    """Plant one case of ``kind`` and say what must become of it."""
    draw: Callable[[str], Record] = site.random_indel if indel else site.random_snp
    filtered = kind.startswith("filtered_") and kind != "filtered_in_truth"
    base = kind.removeprefix("filtered_") if filtered else kind
    truth_gt, query_gt = genotypes(base, site)
    found = draw(truth_gt)
    truth = Call(found, "TP")
    query = Call(replace(found, gt=query_gt), "TP")
    wrong = Call(query.record, "FP", wrong_genotype=True)
    missed = Call(found, "FN")
    sides: dict[str, tuple[tuple[Call, ...], tuple[Call, ...]]] = {
        "match": ((truth,), (query,)),
        "hom_for_haploid": ((truth,), (query,)),
        "missed": ((missed,), ()),
        "invented": ((), (Call(query.record, "FP"),)),
        "het_called_hom": ((missed,), (wrong,)),
        "hom_called_het": ((missed,), (wrong,)),
        "het_for_haploid": ((missed,), (wrong,)),
        "called_reference": ((missed,), (Call(query.record, "", set_aside="hom_ref"),)),
        "not_called": ((missed,), (Call(query.record, "", set_aside="no_call"),)),
        "filtered_in_truth": (
            (Call(found, "", set_aside="filtered"),),
            (Call(query.record, "FP"),),
        ),
    }
    if base == "wrong_allele":
        sides[base] = ((missed,), (Call(another(query.record, site), "FP"),))
    in_truth, in_query = sides[base]
    return Case(
        name=kind,
        contig=site.contig,
        start=site.start,
        end=site.start + SPAN,
        truth=in_truth,
        query=in_query,
        passes=not filtered,
    )


def genotypes(kind: str, site: Site) -> tuple[str, str]:
    """Genotypes of truth and query, as they are written."""
    if site.haploid:
        return "1", {"hom_for_haploid": "1/1", "het_for_haploid": "0/1"}.get(kind, "1")
    het = ["0|1", "1|0"][site.rng.randint(2)]
    called = ["0|1", "1|0"][site.rng.randint(2)] if site.rng.rand() < PHASED_SHARE else "0/1"
    is_het = site.rng.rand() < HET_SHARE
    fixed = {
        "het_called_hom": (het, "1/1"),
        "hom_called_het": ("1|1", "0/1"),
        "called_reference": (het, "0/0"),
        "not_called": (het, "./."),
    }
    return fixed.get(kind, (het, called) if is_het else ("1|1", "1/1"))


def another(record: Record, site: Site) -> Record:
    """The same place with another allele: another base, or a longer indel that cannot move."""
    alt = record.alts[0]
    if len(record.ref) == len(alt):
        rest = [base for base in "ACGT" if base not in (record.ref, alt)]
        return replace(record, alts=(rest[site.rng.randint(2)],))
    if len(alt) > len(record.ref):
        longer = [replace(record, alts=(alt + base * 2,)) for base in "ACGT"]
    else:
        more = range(len(record.ref) + 1, len(record.ref) + 20)
        longer = [site.deletion(record.start, length, record.gt) for length in more]
    return next(other for other in longer if not site.can_move(other))


def second_caller(case: Case, rng: np.random.RandomState) -> Case:
    """The same case as a weaker caller sees it: the truth is untouched, the calls are fewer.

    It finds single variants only, writes two alleles on chrX too, and filters nothing.
    """
    simple = len(case.truth) == 1 and case.name in {plan.kind for plan in (*AUTOSOMES, *CHR_X)}
    usable = [call.record for call in case.truth if not call.set_aside]
    missed = tuple(replace(c, verdict=c.verdict and "FN") for c in case.truth)
    weak = replace(case, truth=missed, query=(), counted=(), passes=True)
    draw = rng.rand()
    if not case.truth and case.name == "invented" and draw < 0.5:
        return replace(weak, query=tuple(called_by_two(call, "FP") for call in case.query))
    if not simple or not usable or draw > (0.85 if usable[0].type == "SNP" else 0.70):
        return weak
    record, sure = usable[0], replace(case.truth[0], verdict="TP")
    if draw < 0.04:
        gt = "0/1" if len(set(record.alleles)) == 1 else "1/1"
        wrong = Call(replace(record, gt=gt), "FP", wrong_genotype=True)
        return replace(weak, query=(wrong,))
    if draw < 0.06:
        gt = "0/0"
        return replace(weak, query=(Call(replace(record, gt=gt), "", set_aside="hom_ref"),))
    return replace(weak, truth=(sure,), query=(called_by_two(Call(record, "TP"), "TP"),))


def called_by_two(call: Call, verdict: str) -> Call:
    """The record with an unphased genotype of two alleles."""
    gt = "1/1" if len(set(call.record.alleles)) == 1 else "0/1"
    return Call(replace(call.record, gt=gt), verdict)
