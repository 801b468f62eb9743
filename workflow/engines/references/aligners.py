"""What programs want of a genome beside the FASTA file: the plain sequence, and aligners' indexes.

Each is made once and kept in the cache under a key of the bases and of the program that made it::

    ROOT/sequence/SHA256/genome.fa, genome.fa.fai, genome.dict
    ROOT/bwa-mem/0.7.17-r1188/SHA256/genome.bwt, …
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from engines.contract.errors import BadData, BadUsage, EngineError, Transient, Unavailable
from engines.contract.progress import Progress, say, tell
from engines.contract.wording import printable
from engines.formats.fasta import Reference, open_reference
from engines.references.cache import Place
from engines.references.ensure import made_here
from engines.references.link import files_of
from engines.screen.reads.source import open_source

NONE = "none"
SEQUENCE = ("genome.fa", "genome.fa.fai", "genome.dict")
BLOCK = 1 << 22


@dataclass(frozen=True)
class Aligner:
    """A program that needs an index.

    Attributes:
        program: as it is called.
        version: words that make it tell its version.
        index: words that make it write an index; {fasta} and {prefix} stand for files.
        ends: of the files of the index, which begin with ``genome``.
        memory: peak while the index is made, bytes a base of the genome.
    """

    program: str
    version: tuple[str, ...]
    index: tuple[str, ...]
    ends: tuple[str, ...]
    memory: float

    @property
    def products(self) -> tuple[str, ...]:
        """The files of the index."""
        return tuple(f"genome.{end}" for end in self.ends)


# Memory: bwa 0.7.17 on GRCh38 takes 4.5 GB; 28 bytes a base are what the authors of bwa-mem2 say.
ALIGNERS = {
    "bwa-mem": Aligner(
        "bwa",
        (),
        ("index", "-p", "{prefix}", "{fasta}"),
        ("amb", "ann", "bwt", "pac", "sa"),
        1.6,
    ),
    "bwa-mem2": Aligner(
        "bwa-mem2",
        ("version",),
        ("index", "-p", "{prefix}", "{fasta}"),
        ("0123", "amb", "ann", "bwt.2bit.64", "pac"),
        28,
    ),
    # -I: one part, whatever the size of the genome; of several, mapping qualities would be wrong
    "minimap2": Aligner(
        "minimap2",
        ("--version",),
        ("-I", "1000G", "-d", "{prefix}.mmi", "{fasta}"),
        ("mmi",),
        5,
    ),
}
ALTERNATIVE = "_alt"  # what such contigs of UCSC's and of the analysis sets of GRCh38 end with
BWA_STEP = re.compile(r"(\d+) characters processed")


def sequence_place(root: Path, sha256: str) -> Place:
    """Where the plain sequence of a genome lies, by the SHA-256 of its FASTA text."""
    return Place(root, ("sequence", sha256), SEQUENCE, "plain sequence", "making")


def index_place(root: Path, name: str, sha256: str, preset: str | None = None) -> Place:
    """Where the index of an aligner lies, as its installed version makes it.

    Raises:
        Unavailable: the aligner is not there.
    """
    aligner = ALIGNERS[name]
    version = version_of(aligner) + (f"-{preset.replace(':', '_')}" if preset else "")
    return Place(root, (name, version, sha256), aligner.products, f"index of {name}", "making")


def version_of(aligner: Aligner) -> str:
    """What the installed program says of its version.

    Raises:
        Unavailable: it is not on the PATH, or says nothing that is a version.
    """
    if not shutil.which(aligner.program):
        raise Unavailable(
            f"{aligner.program} is not on the PATH",
            hint=f"install it (Debian: {aligner.program}; conda: envs/), or choose another aligner",
        )
    run = subprocess.run(
        [aligner.program, *aligner.version], capture_output=True, text=True, check=False
    )
    # bwa has it in its usage text, which it ends with an error; the others print it alone
    said = run.stdout + run.stderr
    found = re.search(r"^(?:Version: )?(\d[\w.+-]*)$", said, re.MULTILINE)
    if found is None:
        raise Unavailable(
            f"{aligner.program} does not tell its version", hint="is it the program of that name?"
        )
    return found[1]


def prepare(fasta: Path, root: Path) -> Place:
    """The plain sequence of a genome with ``.fai`` and ``.dict``, made where it is not there yet.

    Raises:
        InputMissing: no such file. BadData: it is no FASTA file, or truncated.
    """
    place = sequence_place(root, _sha256_of_text(fasta))
    if not place.faults():
        return place
    with place.locked():
        if place.faults():
            _make_sequence(fasta, place)
    return place


def index(fasta: Path, name: str, preset: str | None, root: Path) -> Place:
    """The index of an aligner for a genome, made where it is not there yet.

    Args:
        preset: of minimap2, which decides on the length of its seeds.

    Raises:
        BadUsage: a preset for another aligner than minimap2.
        Unavailable: the aligner is not there. Transient: it was killed, as for want of memory.
    """
    if preset and name != "minimap2":
        raise BadUsage(f"--preset {preset}: {name} has no presets", hint="leave it away")
    sequence = prepare(fasta, root)
    place = index_place(root, name, sequence.folder.name, preset)
    if not place.faults():
        return place
    with place.locked():
        if place.faults():
            _make_index(sequence.folder / "genome.fa", ALIGNERS[name], preset, place)
    return place


def said_of(place: Place) -> dict[str, Any]:
    """What the receipt beside the links says."""
    kind, *version, sha256 = place.folder.relative_to(place.root).parts
    return {
        "schema": "plumbline/references.prepared/1",
        "kind": kind,
        "version": version[0] if version else None,
        "sha256": sha256,
        "cache": str(place.folder),
        "files": files_of(place),
        "warnings": [] if kind == "sequence" else _alternative(place.root, sha256),
    }


def _alternative(root: Path, sha256: str) -> list[str]:
    """A warning of contigs that stand for other versions of a region that the genome has, too."""
    index = sequence_place(root, sha256).folder / "genome.fa.fai"
    names = [line.split("\t", 1)[0] for line in index.read_text(encoding="utf-8").splitlines()]
    found = [name for name in names if name.endswith(ALTERNATIVE)]
    if not found:
        return []
    some = f"{len(found)}: {printable(found[0])}, …"
    return [
        f"alternative versions of regions are contigs of their own ({some}), which the aligner is "
        "not told (no .alt file): reads that fit a chromosome as well get mapping quality 0, and "
        "variants there are missed; a genome without them (GRCh38's no_alt analysis set) has no "
        "such gaps"
    ]


# --- the sequence -----------------------------------------------------------------


def _read(fasta: Path, progress: Progress, each: Callable[[bytes], object]) -> None:
    """All of the FASTA text, block by block."""
    with open_source(str(fasta), "FASTA") as source:
        while block := source.read(BLOCK):
            each(block)
            progress.advance(source.bytes_read - progress.done)
    progress.finish()


def _sha256_of_text(fasta: Path) -> str:
    digest = hashlib.sha256()
    size = fasta.stat().st_size if fasta.exists() else 0
    _read(fasta, Progress(f"reading {fasta.name}", size, "bytes", 5.0), digest.update)
    return digest.hexdigest()


def _make_sequence(fasta: Path, place: Place) -> None:
    _drop(place)
    plain, dictionary = place.making / "genome.fa", place.making / "genome.dict"
    out: BinaryIO
    with open(plain, "wb") as out:
        title = f"writing the plain sequence of {fasta.name}"
        _read(fasta, Progress(title, fasta.stat().st_size, "bytes"), out.write)
    scratch = place.making / "index"
    scratch.mkdir()
    try:
        reference = open_reference(plain, scratch)
    except BadData as error:  # of a file that the user does not know
        error.message = error.message.replace(str(plain), str(fasta))
        raise
    dictionary.write_text(dictionary_of(reference), encoding="utf-8")
    for name in SEQUENCE:
        staged = place.making / name
        place.publish(staged, made_here(name, staged, f"of FASTA text {place.folder.name}"))


def dictionary_of(reference: Reference) -> str:
    """The header that names each contig, its length in bases, and the MD5 of its bases.

    The MD5 is that of the SAM specification (1.3.2): upper-case letters, nothing else.
    """
    lines = ["@HD\tVN:1.6"]
    progress = Progress("checksums of contigs", sum(reference.lengths.values()), "bases")
    for name, length in reference.lengths.items():
        md5 = hashlib.md5(reference.load(name).data, usedforsecurity=False).hexdigest()
        lines.append(f"@SQ\tSN:{name}\tLN:{length}\tM5:{md5}")
        progress.advance(length)
    progress.finish()
    return "".join(f"{line}\n" for line in lines)


def _drop(place: Place) -> None:
    """What an interrupted run published goes: the files belong together."""
    for product in place.products:
        place.drop(product)


# --- indexes ----------------------------------------------------------------------


def _make_index(fasta: Path, aligner: Aligner, preset: str | None, place: Place) -> None:
    _drop(place)
    files = {"fasta": str(fasta), "prefix": str(place.making / "genome")}
    words = [word.format(**files) for word in aligner.index]
    command = [aligner.program, *(["-x", preset] if preset else []), *words]
    say(f"{aligner.program} indexes the genome")
    _run(command, 2 * os.path.getsize(fasta))
    version = place.folder.parent.name
    for name in aligner.products:
        staged = place.making / name
        place.publish(staged, made_here(name, staged, f"by {aligner.program} {version}"))


def _run(command: list[str], bases: int) -> None:
    """Run an indexer; what it prints of its progress is told, the rest goes to the log.

    Args:
        bases: that it works on, both strands.
    """
    last = ""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as running:
        assert running.stderr is not None
        try:
            for line in running.stderr:
                last = line.strip() or last
                if step := BWA_STEP.search(line):
                    done = min(int(step[1]), bases)
                    share = round(100 * done / bases, 1)
                    tell({"stage": "indexing", "done": done, "total": bases, "unit": "bases",
                          "progress": share})  # fmt: skip
                else:
                    say(line.rstrip())
        except BaseException:
            running.kill()
            raise
    if running.returncode:
        raise _failed(command[0], running.returncode, last)


def _failed(program: str, code: int, last: str) -> EngineError:
    if code < 0:
        return Transient(
            f"{program} was killed by signal {-code} while it made the index",
            hint="it may have had too little memory; the index is made anew next time",
        )
    return Unavailable(f"{program} made no index (exit code {code}): {last}", hint="see its log")
