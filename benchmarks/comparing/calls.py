"""A truth and a query on a made-up chromosome, in the densities of a real genome."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from comparing.sequence import Chromosome

Numbers = npt.NDArray[np.int64]

PER_BASE = 4_150_000 / 2_890_000_000  # places on known bases; some are too close to be used
EXTRA = 0.2  # query records beside the truth, most of them outside the confident regions
INDELS, IN_REPEATS = 1 / 7, 0.6
HOMOZYGOUS, HET_ALT = 0.4, 0.006
CLUSTERED = 0.12  # of the records stand within 30 bases of the one before
MISSED, WRONG_GENOTYPE, WRONG_ALLELE = 0.012, 0.002, 0.001
REWRITTEN = 0.015  # of the records another spelling in the query
FAILED = 0.03

# (position from 0, REF, ALT, genotype)
Record = tuple[int, str, str, str]


@dataclass(frozen=True)
class Calls:
    """Records of both sides, sorted."""

    truth: list[Record]
    query: list[Record]


def make_calls(chromosome: Chromosome, rng: np.random.Generator, share: Numbers) -> Calls:
    """Truth records, and the query of a good caller.

    Args:
        share: bounds of the stretches without confidence, where the query has its extra calls.
    """
    text = chromosome.bases.tobytes().upper().decode()
    truth = list(_records(text, *_sites(chromosome, rng), rng))
    query = list(_queried(text, truth, rng))
    query += _extra(text, truth, rng, share)
    query.sort(key=lambda record: record[0])
    return Calls(truth, query)


def _sites(chromosome: Chromosome, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Positions, and for each one the unit of the repeat that it begins, 0 where none."""
    positions = []
    for begin, end in chromosome.known:
        count = round((end - begin) * PER_BASE)
        gaps = rng.exponential(1 / PER_BASE / (1 - CLUSTERED), count)
        close = rng.random(count) < CLUSTERED
        gaps[close] = rng.integers(1, 31, int(close.sum()))
        positions.append(
            begin + np.cumsum(gaps * ((end - begin - 100) / gaps.sum())).astype(np.int64)
        )
    sites = np.concatenate(positions)
    units = np.zeros(len(sites), dtype=np.int64)
    moved = np.flatnonzero(rng.random(len(sites)) < INDELS * IN_REPEATS)
    nearest = np.searchsorted(chromosome.starts, sites[moved]).clip(max=len(chromosome.starts) - 1)
    sites[moved] = chromosome.starts[nearest] - 1  # an indel is written before the repeat
    units[moved] = chromosome.units[nearest]
    sites, first = np.unique(sites, return_index=True)
    known = np.zeros(len(sites), dtype=bool)
    for begin, end in chromosome.known:
        known |= (sites > begin) & (sites < end - 2000)
    return sites[known], units[first][known]


def _records(
    text: str, sites: Numbers, units: Numbers, rng: np.random.Generator
) -> Iterator[Record]:
    count = len(sites)
    indel = (rng.random(count) < INDELS * (1 - IN_REPEATS)) | (units > 0)
    sizes = np.where(
        rng.random(count) < 0.9, rng.geometric(0.35, count), rng.integers(6, 50, count)
    )
    sizes = np.where(units > 0, units * rng.geometric(0.7, count), sizes)
    grows = rng.random(count) < 0.48
    zygosity, turn, spelled = rng.random(count), rng.integers(1, 4, count), rng.random(count)
    inserted = rng.integers(0, 4, (count, 6))
    free = 0
    columns = (sites, units, indel, sizes, grows, zygosity, turn, spelled)
    for number, (at, unit, is_indel, size, growing, kind, step, how) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        if at < free:
            continue
        genotype = "1/1" if kind < HOMOZYGOUS else "0/1" if kind < 0.7 else "0|1"
        ref = text[at]
        if not is_indel:
            alt = _other(ref, step)
            if how < 0.004:  # two substitutions in one record
                ref += text[at + 1]
                alt += _other(ref[1], 4 - step)
            free = at + len(ref)
            yield at, ref, alt, genotype
            continue
        piece = text[at + 1 : at + 1 + size]
        if growing:
            bases = (
                piece if unit else "".join("ACGT"[n] for n in inserted[number]) * (size // 6 + 1)
            )
            ref, alt = ref, ref + bases[:size]
        else:
            ref, alt = ref + piece, ref
        if kind > 1 - HET_ALT * 7 and unit:  # both alleles change the repeat
            longer = ref + text[at + len(ref) : at + len(ref) + unit]
            ref, alt = longer, f"{alt}{longer[len(ref) :]},{longer[:-unit]}"
            if len(set([ref, *alt.split(",")])) < 3:
                continue
            genotype = "1/2"
        free = at + len(ref)
        yield at, ref, alt, genotype


def _other(base: str, step: int) -> str:
    return "ACGT"[("ACGT".index(base) + (2, 2, 1, 3)[step]) % 4]


def _queried(text: str, truth: list[Record], rng: np.random.Generator) -> Iterator[Record]:
    """The truth as a caller reports it: some missed, some wrong, some spelled otherwise."""
    fate, step = rng.random(len(truth)).tolist(), rng.integers(1, 4, len(truth)).tolist()
    for record, chance, turn in zip(truth, fate, step, strict=True):
        at, ref, alt, genotype = record
        if chance < MISSED:
            continue
        if (chance := chance - MISSED) < WRONG_GENOTYPE and genotype != "1/2":
            yield at, ref, alt, "0/1" if genotype == "1/1" else "1/1"
        elif (chance := chance - WRONG_GENOTYPE) < WRONG_ALLELE and len(ref) == len(alt) == 1:
            yield at, ref, _other(ref, turn), genotype
        elif (chance - WRONG_ALLELE) < REWRITTEN or (len(ref) == len(alt) == 2 and turn == 1):
            yield from _rewritten(text, record)
        else:
            yield at, ref, alt, genotype.replace("|", "/")


def _rewritten(text: str, record: Record) -> list[Record]:
    """The same haplotypes in another spelling."""
    at, ref, alt, genotype = record
    if "," in alt:  # one record for each allele
        return [(at, ref, one, "0/1") for one in alt.split(",")]
    if len(ref) == len(alt) == 2:  # one for each base
        return [(at + n, ref[n], alt[n], genotype) for n in (0, 1)]
    if len(ref) == len(alt):  # with bases around it
        return [
            (at - 1, text[at - 1] + ref + text[at + 1], text[at - 1] + alt + text[at + 1], genotype)
        ]
    longer = max(ref, alt, key=len)[1:]
    shift = 0
    while text[at + 1 + shift] == longer[shift % len(longer)] and shift < 40:
        shift += 1
    if len(ref) > len(alt):  # a deletion can go as far as what stands behind its bases agrees
        shift = 0
        while shift < 40 and text[at + 1 + shift] == text[at + len(ref) + shift]:
            shift += 1
        return [(at + shift, text[at + shift : at + shift + len(ref)], text[at + shift], genotype)]
    turned = longer[shift % len(longer) :] + longer[: shift % len(longer)]
    return [(at + shift, text[at + shift], text[at + shift] + turned, genotype)]


def _extra(
    text: str, truth: list[Record], rng: np.random.Generator, share: Numbers
) -> list[Record]:
    """Calls that the truth does not have: 1 % anywhere, the others without confidence."""
    taken = {record[0] for record in truth}
    count = round(len(truth) * EXTRA)
    within = rng.integers(0, len(share), count)
    width = share[within, 1] - share[within, 0]
    places = share[within, 0] + (rng.random(count) * width).astype(np.int64)
    anywhere = rng.random(count) < 0.01 / EXTRA
    places[anywhere] = rng.integers(0, len(text) - 10, int(anywhere.sum()))
    steps, kinds = rng.integers(1, 4, count), rng.random(count)
    found = []
    for at, step, kind in zip(places.tolist(), steps.tolist(), kinds.tolist(), strict=True):
        if at in taken or "N" in text[at : at + 6]:
            continue
        taken.add(at)
        ref = text[at]
        if kind < 0.8:
            found.append((at, ref, _other(ref, step), "0/1" if kind < 0.6 else "1/1"))
        elif kind < 0.9:
            found.append((at, text[at : at + 1 + step], ref, "0/1"))
        else:
            found.append((at, ref, ref + "ACGT"[step] * step, "0/1"))
    return found


PLATFORMS = ("PacBio", "Illumina", "10X", "CG", "Ion", "Solid")
CALLSETS = (
    "CCS15kb_20kbGATK4", "HiSeqPE300xSentieon", "CCS15kb_20kbDV", "10XLRGATK",
    "HiSeqPE300xfreebayes", "HiSeq250x250Sentieon", "HiSeq250x250freebayes",
    "HiSeqMatePairSentieon", "HiSeqMatePairfreebayes", "CGnormal", "IonExomeTVC", "SolidSE75GATKHC",
)  # fmt: skip


def _truth_infos(rng: np.random.Generator) -> list[str]:
    """INFO columns as long as GIAB's."""
    texts = []
    for _ in range(64):
        sets = [CALLSETS[n] for n in rng.permutation(len(CALLSETS))[: rng.integers(3, 12)]]
        names = [PLATFORMS[n] for n in rng.permutation(len(PLATFORMS))[: rng.integers(1, 5)]]
        filters = ",".join(f"CS_{name}_filt" for name in sets)
        texts.append(
            f"platforms={len(names)};platformnames={','.join(names)};datasets={len(sets)};"
            f"datasetnames={','.join(sets)};callsets={len(sets)};callsetnames={','.join(sets)};"
            f"datasetsmissingcall=CGnormal,IonExome,SolidSE75bp;callable=CS_{sets[0]}_callable;"
            f"filt={filters}"
        )
    return texts


def truth_lines(name: str, records: list[Record], rng: np.random.Generator) -> list[bytes]:
    """GIAB's columns."""
    infos, choice = _truth_infos(rng), rng.integers(0, 64, len(records)).tolist()
    depth = rng.integers(100, 900, len(records)).tolist()
    return [
        f"{name}\t{at + 1}\t.\t{ref}\t{alt}\t50\tPASS\t{infos[which]}\tGT:PS:DP:ADALL:AD:GQ\t"
        f"{genotype}:.:{dp}:{dp // 4},{dp // 4}:{dp // 8},{dp // 8}:{dp // 2}\n".encode()
        for (at, ref, alt, genotype), which, dp in zip(records, choice, depth, strict=True)
    ]


def query_lines(name: str, records: list[Record], rng: np.random.Generator) -> list[bytes]:
    """A caller's columns: QUAL, DP, GQ, AD, PL."""
    count = len(records)
    quality = np.round(rng.gamma(3.0, 130.0, count) + 10, 2).tolist()
    failed, depth = (rng.random(count) < FAILED).tolist(), rng.poisson(35, count).tolist()
    return [
        f"{name}\t{at + 1}\t.\t{ref}\t{alt}\t{qual}\t{'LowQual' if bad else 'PASS'}\t"
        f"AC=1;AF=0.500;AN=2;DP={dp};FS=0.000;MQ=60.00;QD={qual / 30:.2f};SOR=0.693\t"
        f"GT:AD:DP:GQ:PL\t{genotype}:{dp - dp // 2},{dp // 2}:{dp}:{min(99, dp * 3)}:"
        f"{dp * 20},0,{dp * 19}\n".encode()
        for (at, ref, alt, genotype), qual, bad, dp in zip(
            records, quality, failed, depth, strict=True
        )
    ]
