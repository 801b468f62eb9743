"""What results depend on: a run goes on behind its checkpoint only where all of it is the same."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import pysam

from engines import __version__
from engines.annotate.case import Request
from engines.contract.errors import BadUsage, InputMissing
from engines.contract.provenance import sha256_of

# Too large to be read before the first variant; who changes them changes size or time.
LARGE = ("fasta", "gff", "population")
SMALL = ("calls", "knowledge", "callable", "transcripts")
OPTIONS = (
    *("disease", "build", "tumour", "vaf_tag", "depth_tag", "scores", "population_tag"),
    *("tumour_only", "strict", "msi"),
)


def inputs_of(request: Request) -> dict[str, Path | None]:
    """Role → file.

    Raises:
        BadUsage: the calls come as a stream.
        InputMissing: one of them is not there.
    """
    files: dict[str, Path | None] = {role: getattr(request, role) for role in (*SMALL, *LARGE)}
    if str(request.calls) == "-" or str(request.calls).startswith(("/dev/", "/proc/")):
        raise BadUsage(
            "--calls: a stream cannot be read again, which a run that goes on after a break needs",
            hint="write the calls to a file, and give that",
        )
    for role, path in files.items():
        if path is not None and not path.is_file():
            raise InputMissing(f"--{role} {path}: no such file", hint="check the path")
    return files


def options_of(request: Request) -> dict[str, Any]:
    """Everything that was asked and is no file."""
    found = {name: getattr(request, name) for name in OPTIONS}
    return {key: list(v) if isinstance(v, tuple) else v for key, v in found.items()}


def key_of(request: Request, digests: dict[str, str]) -> str:
    """A digest of everything that the results depend on.

    Args:
        digests: sha256 of small files, by role.
    """
    large = {}
    for role in LARGE:
        path: Path | None = getattr(request, role)
        if path is not None:
            state = path.stat()
            large[role] = [str(path.resolve()), state.st_size, state.st_mtime_ns]
    parts = {
        "files": digests,
        "large": large,
        "templates": _folder(request.templates),
        "options": options_of(request),
        "programs": [__version__, _code(), pysam.__version__],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def digests_of(request: Request) -> dict[str, str]:
    """sha256 of the small files, by role."""
    found = {role: getattr(request, role) for role in SMALL}
    return {role: sha256_of(path) for role, path in found.items() if path is not None}


def _folder(folder: Path | None) -> list[list[str]]:
    if folder is None:
        return []
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [[str(path.relative_to(folder)), sha256_of(path)] for path in files]


@cache
def _code() -> str:
    """Digest of this engine's own code."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parents[1].rglob("*")):
        if file.suffix in (".py", ".jinja", ".json", ".tsv", ".yaml"):
            digest.update(file.read_bytes())
    return digest.hexdigest()
