"""The input with what was found in its INFO column: ``PREFIX.vcf.gz`` and its index.

Every record of the input is there as it stood, also those that were not looked at, which say
why. Fields have one value for each ALT.
"""

import gzip
import heapq
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pysam

from engines import __version__
from engines.annotate.stream.message import Json, split_original
from engines.annotate.stream.rows import best_contexts, decisive
from engines.contract.errors import BadData, CannotWrite, Unavailable, is_full

NO_ROOM = "what it said stands above; it needs room for a copy of the input"
FIELDS = {
    "PL_TIER": "Tier after AMP/ASCO/CAP 2017 for the disease that was asked about",
    "PL_CONTEXT": "What the tier is about: therapeutic, resistance, diagnostic or prognostic",
    "PL_ONCOGENICITY": "Class after the ClinGen/CGC/VICC SOP (Horak 2022)",
    "PL_POINTS": "Sum of the points of the oncogenicity SOP",
    "PL_CONFIDENCE": "How sure the tier is, 0 to 1",
    "PL_GENE": "Gene of the consequence by which the variant is told",
    "PL_PROTEIN": "Protein change of that consequence",
    "PL_EVIDENCE": "Items and assertions that decided the tier, joined by &",
    "PL_SKIPPED": "Why the allele was not looked at",
}
_TYPES = {"PL_POINTS": "Integer", "PL_CONFIDENCE": "Float"}
_ESCAPES = {ord(c): f"%{ord(c):02X}" for c in "%;=, &\t\n\r"}


def info(line: int, original: str, told: Json) -> str:
    """One line for :func:`write`: line and ALT of the input, then a value for each field.

    Args:
        told: data of the `variant_update` message.
    """
    return _line(line, original, values_of(told))


def values_of(told: Json) -> tuple[str, ...]:
    """The values of :data:`FIELDS`, empty where there is none."""
    found = told["oncogenicity"]
    confidence = told["confidence"]
    tier = told["tier"] if told["level"] is None else f"{told['tier']}-{told['level']}"
    return (
        tier,
        told["context"] or "",
        escaped(found["class"]) if found else "",
        str(found["points"]) if found else "",
        "" if confidence is None else f"{confidence:.4g}",
        escaped(told["gene"] or ""),
        escaped(told["hgvs_p"] or ""),
        "&".join(escaped(each) for each in decisive(best_contexts(told))),
        "",
    )


def skipped(line: int, original: str, reason: str) -> str:
    """Likewise of an allele that was not looked at."""
    return _line(line, original, ("",) * (len(FIELDS) - 1) + (escaped(reason),))


def _line(line: int, original: str, values: Iterable[str]) -> str:
    alt = split_original(original)[3].replace("\t", " ")
    return "\t".join((str(line), alt, *(value or "." for value in values))) + "\n"


def escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def write(calls: Path, told: Iterable[Iterable[str]], knowledge: list[str], target: Path) -> None:
    """Write the annotated VCF and its index.

    Args:
        calls: the input.
        told: streams of lines of :func:`info` and :func:`skipped`, each in the order of lines.
        knowledge: a text for each source, for the header.
        target: the new file, ``….vcf.gz``.

    Raises:
        BadData: the input cannot be read any more, or cannot be indexed.
        CannotWrite: it cannot be sorted.
        OSError: the disk is full.
    """
    plain = target.with_suffix("")  # .vcf
    is_sorted = True
    last: tuple[str, int] = ("", 0)
    seen: set[str] = set()
    fields = _by_line(heapq.merge(*told, key=_number))
    try:
        with lines_of(calls) as lines, open(plain, "wb") as out:
            waiting = next(fields, None)
            for number, line in enumerate(lines, 1):
                if line.startswith(b"#"):
                    _header_line(line, knowledge, out.write)
                    continue
                while waiting and waiting[0] < number:
                    waiting = next(fields, None)
                alleles = waiting[1] if waiting and waiting[0] == number else {}
                out.write(_annotated(line, alleles))
                chrom, pos = _place(line)
                if chrom != last[0]:
                    is_sorted &= chrom not in seen
                    seen.add(chrom)
                elif pos < last[1]:
                    is_sorted = False
                last = (chrom, pos)
        if not is_sorted:
            _sort(plain)
        pysam.tabix_compress(str(plain), str(target), force=True)
        plain.unlink()
        pysam.tabix_index(str(target), preset="vcf", force=True)
    except (OSError, EOFError) as error:
        if is_full(error):
            raise
        raise BadData(f"calls {calls}: cannot be written with annotations: {error}") from error


@contextmanager
def lines_of(calls: Path) -> Iterator[Iterable[bytes]]:
    """The lines of a VCF, plain, compressed or BCF, as `bcftools view` prints that.

    Raises:
        Unavailable: it is BCF, and there is no bcftools.
    """
    with open(calls, "rb") as file:
        head = file.read(2)
    if head != b"\x1f\x8b":
        with open(calls, "rb") as file:
            yield file
        return
    with gzip.open(calls, "rb") as packed:
        is_bcf = packed.read(3) == b"BCF"
    if not is_bcf:
        with gzip.open(calls, "rb") as packed:
            yield packed
        return
    command = ["bcftools", "view", "--no-version", str(calls)]
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
    except FileNotFoundError:
        raise Unavailable("bcftools: not in PATH", hint="it is needed to read BCF") from None
    with process:
        assert process.stdout
        yield process.stdout
    if process.returncode:
        raise BadData(f"calls {calls}: bcftools view left with {process.returncode}")


def _number(line: str) -> int:
    return int(line.split("\t", 1)[0])


def _by_line(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, list[str]]]]:
    """(line of the input, ALT → values) for lines that are sorted by number."""
    number, alleles = 0, dict[str, list[str]]()
    for line in lines:
        at, alt, *values = line.rstrip("\n").split("\t")
        if int(at) != number:
            if alleles:
                yield number, alleles
            number, alleles = int(at), {}
        alleles.setdefault(alt, values)
    if alleles:
        yield number, alleles


def _header_line(line: bytes, knowledge: list[str], write: Callable[[bytes], object]) -> None:
    if line.startswith((b"##INFO=<ID=PL_", b"##plumbline_")):
        return  # of an earlier time
    if line.startswith(b"#CHROM"):
        for name, text in FIELDS.items():
            kind = _TYPES.get(name, "String")
            write(f'##INFO=<ID={name},Number=A,Type={kind},Description="{text}">\n'.encode())
        write(f"##plumbline_annotate={__version__}; for research use only\n".encode())
        for text in knowledge:
            write(f"##plumbline_knowledge={text}\n".encode())
    write(line if line.endswith(b"\n") else line + b"\n")


def _annotated(line: bytes, alleles: dict[str, list[str]]) -> bytes:
    cells = line.rstrip(b"\r\n").split(b"\t", 8)
    if len(cells) < 8:  # told as an error; it stays as it is
        return line if line.endswith(b"\n") else line + b"\n"
    old = [p for p in cells[7].split(b";") if not p.startswith(b"PL_") and p not in (b".", b"")]
    alts = cells[4].decode("utf-8", "replace").split(",")
    if len(alts) == 1:  # nearly all
        values = alleles.get(alts[0], ())
        told = [f"{name}={v}" for name, v in zip(FIELDS, values, strict=False) if v != "."]
        cells[7] = b";".join([*old, *(each.encode() for each in told)]) or b"."
        return b"\t".join(cells) + b"\n"
    for at, name in enumerate(FIELDS):
        values = [alleles[alt][at] if alt in alleles else "." for alt in alts]
        if any(value != "." for value in values):
            old.append(f"{name}={','.join(values)}".encode())
    cells[7] = b";".join(old) or b"."
    return b"\t".join(cells) + b"\n"


def _place(line: bytes) -> tuple[str, int]:
    chrom, pos, _ = line.split(b"\t", 2)
    return chrom.decode("utf-8", "replace"), int(pos) if pos.isdigit() else 0


def _sort(plain: Path) -> None:
    """Records of a contig together, by position; contigs in the order in which they come."""
    ranks: dict[bytes, int] = {}
    keyed, result = plain.with_suffix(".keyed"), plain.with_suffix(".sorted")
    with open(plain, "rb") as source, open(keyed, "wb") as out, open(result, "wb") as final:
        for line in source:
            if line.startswith(b"#"):
                final.write(line)
                continue
            chrom, pos, _ = line.split(b"\t", 2)
            rank = ranks.setdefault(chrom, len(ranks))
            out.write(b"%d\t%s\t" % (rank, pos) + line)
    command = ["sort", "-s", "-S", "64M", "-t", "\t", "-k1,1n", "-k2,2n", str(keyed)]
    environment = {"LC_ALL": "C", "PATH": "/usr/bin:/bin", "TMPDIR": str(plain.parent)}
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process,
        open(result, "ab") as final,
    ):
        assert process.stdout
        for line in process.stdout:
            final.write(line.split(b"\t", 2)[2])
    if process.returncode:
        raise CannotWrite(f"{plain.parent}: sort left with {process.returncode}", hint=NO_ROOM)
    keyed.unlink()
    result.replace(plain)
