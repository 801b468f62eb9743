"""The chunks of a sample's calls in one file: filtered, indexed, with its checksum."""

import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engines.calling.chunks import read_pieces
from engines.calling.costs import costs_of
from engines.calling.filters import NAME
from engines.contract.errors import BadData, InputMissing, Unavailable
from engines.contract.output import staging
from engines.contract.progress import say, warn
from engines.contract.provenance import as_json, provenance


@dataclass(frozen=True)
class Asked:
    """What is done with the calls.

    Attributes:
        chunks: VCF files, in the order of the genome.
        regions: BED files of their cores.
        expression: calls for which it is true are marked; None to leave the caller's marks.
        gvcf: whether there are blocks of what is like the reference, which are not marked.
        measured: of each job of the caller what it took, as :func:`costs_of` reads it.
    """

    chunks: Sequence[Path]
    regions: Sequence[Path]
    expression: str | None
    gvcf: bool
    out: Path
    measured: Sequence[Path] = ()


def run_gather(asked: Asked, started: datetime) -> None:
    """Write ``OUT.vcf.gz`` with ``.tbi`` and ``.md5``, and ``OUT.provenance.json``.

    Raises:
        InputMissing: a chunk is not there.
        BadData: bcftools cannot read a chunk, or cannot understand the expression.
        Unavailable: there is no bcftools.
    """
    for chunk in asked.chunks:
        if not chunk.is_file():
            raise InputMissing(f"calls {chunk}: no such file")
    with staging(asked.out) as staged:
        calls = staged.with_name(f"{staged.name}.vcf.gz")
        listed = staged.with_name(f"{staged.name}.chunks")
        listed.write_text("".join(f"{chunk}\n" for chunk in asked.chunks), encoding="utf-8")
        concat = ["bcftools", "concat", "--no-version", "--file-list", str(listed)]
        if asked.expression is None:
            _run([*concat, "--output-type", "z", "--output", str(calls)])
        else:
            _pipe([*concat, "--output-type", "u"], _filter(asked, asked.expression, calls))
        listed.unlink()
        _run(["bcftools", "index", "--tbi", str(calls)])
        digest, name = _md5_of(calls), f"{asked.out.name}.vcf.gz"
        calls.with_name(f"{name}.md5").write_text(f"{digest}  {name}\n", encoding="utf-8")
        count = int(_run(["bcftools", "index", "--nrecords", str(calls)]))
        inputs: dict[str, Path | None] = {
            f"chunk {number}": chunk for number, chunk in enumerate(asked.chunks, 1)
        }
        told: dict[str, Any] = {"records": count, "expression": asked.expression}
        if costs := costs_of(asked.measured):
            told["costs"] = costs
        proof = provenance(inputs, started, threads=1, **told)
        staged.with_name(f"{staged.name}.provenance.json").write_text(as_json(proof))
    _tell(asked, count)


def _md5_of(path: Path) -> str:
    """Read in pieces: with the blocks of a whole genome a file has gigabytes."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _tell(asked: Asked, count: int) -> None:
    bases = sum(piece.bases for bed in asked.regions for piece in read_pieces(bed))
    say(f"{asked.out}.vcf.gz: {count:,} calls in {bases:,} bases")
    if not count:
        warn(
            f"{asked.out}.vcf.gz: no variant was called in {bases:,} bases: are there reads in "
            "them, and is the target of this genome?"
        )


def _filter(asked: Asked, expression: str, out: Path) -> list[str]:
    """Marks are added to those of the caller; what has none passes."""
    if asked.gvcf:
        expression = f'TYPE!="ref" && ({expression})'
    command = ["bcftools", "filter", "--no-version", "--soft-filter", NAME, "--mode", "+"]
    return [*command, "--exclude", expression, "--output-type", "z", "--output", str(out)]


def _run(command: list[str]) -> str:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise Unavailable("bcftools is not on the PATH", hint="install bcftools") from error
    if ended.returncode:
        raise BadData(_said(command, ended.stderr))
    return ended.stdout


def _pipe(first: list[str], second: list[str]) -> None:
    try:
        with subprocess.Popen(
            first, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as one:
            ended = subprocess.run(
                second, stdin=one.stdout, stderr=subprocess.PIPE, text=True, check=False
            )
            if one.stdout:
                one.stdout.close()
            said = one.stderr.read() if one.stderr else ""
    except FileNotFoundError as error:
        raise Unavailable("bcftools is not on the PATH", hint="install bcftools") from error
    if ended.returncode:  # first: when it fails, the other has nobody to write for
        raise BadData(_said(second, ended.stderr))
    if one.returncode:
        raise BadData(_said(first, said))


def _said(command: list[str], text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return f"{' '.join(command[:2])}: {lines[-1] if lines else 'failed without a word'}"
