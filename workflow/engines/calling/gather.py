"""The chunks of a sample's calls in one file: filtered, indexed, with its checksum."""

import hashlib
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from engines.calling.chunks import read_pieces
from engines.calling.costs import costs_of
from engines.calling.filters import NAME
from engines.contract.errors import BadData, InputMissing, Unavailable
from engines.contract.output import staging
from engines.contract.progress import say, warn
from engines.contract.provenance import as_json, provenance

# An allele of the genotype that is not the reference's; `GT="alt"` leaves out ./1.
_ALTERNATIVE = 'GT~"[1-9]"'
_UNCALLED = ["bcftools", "query", "--exclude", _ALTERNATIVE, "--format", r"%POS\n"]


@dataclass(frozen=True)
class Asked:
    """What is done with the calls.

    Attributes:
        chunks: VCF files, in the order of the genome.
        regions: BED files of their cores.
        expression: calls for which it is true are marked; None to leave the caller's marks.
        gvcf: whether there are blocks of what is like the reference, which are not marked.
        called: whether records without an alternative allele in the genotype go: some callers
            write what they looked at and did not call.
        measured: of each job of the caller what it took, as :func:`costs_of` reads it.
    """

    chunks: Sequence[Path]
    regions: Sequence[Path]
    expression: str | None
    gvcf: bool
    out: Path
    called: bool = False
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
        stages = [[*concat, "--output-type", "u"], *_stages(asked)]
        stages[-1] += ["--output-type", "z", "--output", str(calls)]
        _pipe(stages)
        left_out = _pipe([stages[0], _UNCALLED]).count("\n") if asked.called else 0
        listed.unlink()
        _run(["bcftools", "index", "--tbi", str(calls)])
        digest, name = _md5_of(calls), f"{asked.out.name}.vcf.gz"
        calls.with_name(f"{name}.md5").write_text(f"{digest}  {name}\n", encoding="utf-8")
        count = int(_run(["bcftools", "index", "--nrecords", str(calls)]))
        inputs: dict[str, Path | None] = {
            f"chunk {number}": chunk for number, chunk in enumerate(asked.chunks, 1)
        }
        told: dict[str, Any] = {"records": count, "expression": asked.expression}
        if asked.called:
            told["without_alternative_allele"] = left_out
        if costs := costs_of(asked.measured):
            told["costs"] = costs
        proof = provenance(inputs, started, threads=1, **told)
        staged.with_name(f"{staged.name}.provenance.json").write_text(as_json(proof))
    _tell(asked, count, left_out)


def _md5_of(path: Path) -> str:
    """Read in pieces: with the blocks of a whole genome a file has gigabytes."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _tell(asked: Asked, count: int, left_out: int) -> None:
    bases = sum(piece.bases for bed in asked.regions for piece in read_pieces(bed))
    if left_out:
        say(f"{left_out:,} records without an alternative allele in the genotype are left out")
    say(f"{asked.out}.vcf.gz: {count:,} calls in {bases:,} bases")
    if not count:
        warn(
            f"{asked.out}.vcf.gz: no variant was called in {bases:,} bases: are there reads in "
            "them, and is the target of this genome?"
        )


def _stages(asked: Asked) -> Iterator[list[str]]:
    """Through what the calls go. Marks are added to the caller's; what has none passes."""
    if asked.called:
        yield ["bcftools", "view", "--no-version", "--include", _ALTERNATIVE, "--output-type", "u"]
    if asked.expression is not None:
        told = f'TYPE!="ref" && ({asked.expression})' if asked.gvcf else asked.expression
        marked = ["bcftools", "filter", "--no-version", "--soft-filter", NAME, "--mode", "+"]
        yield [*marked, "--exclude", told, "--output-type", "u"]


def _run(command: list[str]) -> str:
    return _pipe([command])


def _pipe(commands: Sequence[list[str]]) -> str:
    """What the last command prints; each reads what the one in front of it writes.

    What they say goes to files: a pipe that nobody reads yet would stop one that says much.
    """
    running: list[subprocess.Popen[str]] = []
    with ExitStack() as open_files:
        said = [open_files.enter_context(TemporaryFile("w+")) for _ in commands]
        try:
            for command, words in zip(commands, said, strict=True):
                source = running[-1].stdout if running else None
                started = subprocess.Popen(
                    command, stdin=source, stdout=subprocess.PIPE, stderr=words, text=True
                )
                running.append(started)
                if source:
                    source.close()
        except FileNotFoundError as error:
            raise Unavailable("bcftools is not on the PATH", hint="install bcftools") from error
        printed, _ = running[-1].communicate()
        # the last one first: when it fails, the others have nobody to write for
        for command, words, one in reversed(list(zip(commands, said, running, strict=True))):
            if one.wait():
                words.seek(0)
                raise BadData(_said(command, words.read()))
        return printed


def _said(command: list[str], text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return f"{' '.join(command[:2])}: {lines[-1] if lines else 'failed without a word'}"
