"""What one caller missed and wrongly called, out of its annotated VCF (OUT.vcf.gz), in order.

Read line by line: memory is that of one superlocus.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from isal import igzip

from engines.contract.errors import BadData, InputMissing

ALL, PASS = 1, 2  # bits: of all calls, and of those that passed their filters
FILTERS = {"ALL": ALL, "PASS": PASS}
MISSED, WRONG = "missed", "wrong"
TRUTH, QUERY = 9, 10  # columns
CONFIDENT = "CONF"
UNASSESSED = (["UNK"], ["."])


class Error(NamedTuple):
    """A truth variant that was missed, or a call that is wrong; they sort by place.

    Attributes:
        contig: its number in the reference.
        pos: 1-based, as the record has it.
        what: ``missed`` or ``wrong``.
        alts: the called alleles, sorted, with commas.
        type: SNP or INDEL.
        regions: names of the stratifications that it is in, with commas.
        filters: bits: whether it is one among all calls, and among those that passed.
    """

    contig: int
    pos: int
    what: str
    ref: str
    alts: str
    type: str
    regions: str
    filters: int


class _Line(NamedTuple):
    """A line of the annotated VCF, as far as it is needed."""

    contig: int
    pos: int
    ref: str
    alts: list[str]
    passes: bool
    superlocus: str
    regions: str
    truth: dict[str, str]
    query: dict[str, str]


def contigs_of(path: Path) -> list[str]:
    """The contigs that an annotated VCF names, in their order.

    Raises:
        InputMissing: it is not there.
        BadData: it is damaged.
    """
    names = []
    for line in _lines(path):
        if not line.startswith("##"):
            break
        if line.startswith("##contig=<"):
            names.append(line.partition("ID=")[2].split(",")[0].rstrip(">\n"))
    return names


def errors_of(path: Path, contigs: Sequence[str]) -> Iterator[Error]:
    """Every error of a caller, in the order of the reference.

    Whether a truth variant is found also by calls that passed: a call on its own line decides
    that alone, else all calls of the superlocus that match and have lines of their own.

    Args:
        contigs: in the order of the reference.

    Raises:
        InputMissing: it is not there.
        BadData: it is no annotated VCF, damaged, or not sorted.
    """
    rank = {name: number for number, name in enumerate(contigs)}
    last = (-1, 0)
    lines = (line for line in _lines(path) if line[0] != "#" and not _says_nothing(line))
    parsed = (_parsed(line, rank, path) for line in lines)
    for _, group in groupby(parsed, key=lambda line: (line.contig, line.superlocus)):
        for error in sorted(_of_superlocus(list(group))):
            if error[:2] < last:
                where = f"{contigs[error.contig]}:{error.pos}"
                raise BadData(f"{path}: {where}: not sorted", hint="compare again")
            last = error[:2]
            yield error


def _lines(path: Path) -> Iterator[str]:
    try:
        with igzip.open(path, "rt", encoding="utf-8") as lines:
            yield from lines
    except FileNotFoundError as error:
        raise InputMissing(
            f"{path}: no such file", hint="compare with the annotated VCF (--write-vcf)"
        ) from error
    except (gzip.BadGzipFile, EOFError, zlib.error, UnicodeError) as error:
        raise BadData(f"{path}: damaged: {error}", hint="compare again") from error


def _says_nothing(line: str) -> bool:
    """Whether a line is no error, nor decides on one: nearly all are, so they are not parsed.

    That is a truth variant found by a call on its own line that passed, and what is not assessed.
    """
    head, _, rest = line.partition("\tGT:BD:")
    samples = rest.rstrip("\n").split("\t")[1:]
    if len(samples) != 2:
        return False  # of another form, or no line at all: told when it is parsed
    truth, query = (sample.split(":", 2)[1:2] for sample in samples)
    if truth == query == ["TP"]:
        return head.split("\t", 7)[6:7] == ["PASS"]
    return truth in UNASSESSED and query in UNASSESSED


def _parsed(text: str, rank: dict[str, int], path: Path) -> _Line:
    cells = text.rstrip("\n").split("\t")
    try:
        chrom, pos, _, ref, alts, _, failed, info, form, truth, query = cells
        keys = form.split(":")
        at_bs = info.find("BS=")
        superlocus = info[at_bs:].partition(";")[0] if at_bs >= 0 else pos
        return _Line(
            rank[chrom],
            int(pos),
            ref,
            alts.split(","),
            failed in ("PASS", "."),
            superlocus,
            _strata(info.partition("Regions=")[2].partition(";")[0]),
            dict(zip(keys, truth.split(":"), strict=False)),
            dict(zip(keys, query.split(":"), strict=False)),
        )
    except (ValueError, KeyError) as error:
        raise BadData(
            f"{path}: no line of an annotated VCF: {text[:80]!r}",
            hint="give comparisons of `plumbline compare`, or of hap.py",
        ) from error


@cache
def _strata(regions: str) -> str:
    """Without what is no place of the genome."""
    names = regions.split(",")
    return ",".join(n for n in names if n and n != CONFIDENT and not n.startswith("TS_"))


def _of_superlocus(lines: list[_Line]) -> Iterator[Error]:
    decided = [(line, line.truth.get("BD"), line.query.get("BD")) for line in lines]
    others_pass = all(
        line.passes for line, truth, query in decided if query == "TP" and truth != "TP"
    )
    for line, truth, query in decided:
        if truth == "FN":
            yield _error(line, MISSED, line.truth, ALL | PASS)
        elif truth == "TP" and not (line.passes if query == "TP" else others_pass):
            yield _error(line, MISSED, line.truth, PASS)
        if query == "FP":
            yield _error(line, WRONG, line.query, ALL | PASS * line.passes)


def _error(line: _Line, what: str, call: dict[str, str], filters: int) -> Error:
    alts = _called(line.alts, call.get("GT", ""))
    kind = call.get("BVT", "")
    return Error(line.contig, line.pos, what, line.ref, alts, kind, line.regions, filters)


def _called(alts: Sequence[str], genotype: str) -> str:
    """The alternate alleles of a genotype, whichever others the line has."""
    numbers: Iterable[str] = genotype.replace("|", "/").split("/")
    called = {alts[int(n) - 1] for n in numbers if n.isdigit() and 0 < int(n) <= len(alts)}
    return ",".join(sorted(called or alts))
