"""The machine's verdict on each sample of a run: ``results/qc/SAMPLE.verdict.json``.

The files are a run's, so anything may be in them. They are opened step by step inside
the working directory, never through a link, only when they belong to the run's owner and are
no larger than ``LARGEST``; one that is damaged is told, and raises nothing.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ValidationError

from control.record.plain_text import visible
from control.record.run_dir import RunDir
from control.runs.inside import names_inside, open_inside
from control.runs.results import FOLDER, owner_of, workdir
from control.verdicts.words import MachineWord
from engines.contract.errors import InputMissing, NotPermitted

PLACE = "qc"
"""Folder of the files, below the results."""
ENDING, PAGE_ENDING = ".verdict.json", ".verdict.html"
LARGEST = 8 << 20
"""Bytes of the largest file that is read; one of a sample has some 50 kB."""
LONGEST_NAME = 200
"""Characters of a sample's name."""
REASONS, LONGEST_REASON = 3, 300


@dataclass(frozen=True)
class MachineVerdict:
    """What the machine said of a sample.

    Attributes:
        verdict: None where the file cannot be used.
        sha256: of the file as it is; "" where it cannot be read.
        reasons: of the worst metrics, in words; the first few.
        counts: verdict → how many metrics have it.
        problem: why the file cannot be used; else empty.
    """

    verdict: MachineWord | None
    sha256: str
    reasons: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Files:
    """Which samples of a run have a file.

    Attributes:
        samples: by name.
        pages: those of them that have a page for people, too.
        left_out: files with a name that no sample can have; neither read nor shown.
    """

    samples: list[str]
    pages: frozenset[str]
    left_out: int


class _Metric(BaseModel):
    verdict: MachineWord
    metric: str
    reason: str


class _Sample(BaseModel):
    sample: str
    verdict: MachineWord
    counts: dict[MachineWord, int]
    metrics: list[_Metric]


class _File(BaseModel):
    """The part of ``qc.verdict.schema.json`` that is used here."""

    schema_: Literal["plumbline/qc.verdict/1"]
    samples: list[_Sample]


def find(run_dir: RunDir) -> Files:
    """The samples of a run that the machine has judged."""
    names = names_inside(workdir(run_dir), f"{FOLDER}/{PLACE}")
    ours = [name.removesuffix(ENDING) for name in names if name.endswith(ENDING)]
    samples = [name for name in ours if is_name(name)]
    pages = {name.removesuffix(PAGE_ENDING) for name in names if name.endswith(PAGE_ENDING)}
    return Files(sorted(samples), frozenset(pages.intersection(samples)), len(ours) - len(samples))


def read(run_dir: RunDir, sample: str) -> MachineVerdict | None:
    """What the machine says of one sample now; None where it says nothing.

    Raises:
        FileNotFoundError: the run was deleted.
    """
    try:
        content = _content(run_dir, sample)
    except _NotTaken as error:
        return _unusable(str(error))
    return None if content is None else understood(content, sample)


def digest(run_dir: RunDir, sample: str) -> str:
    """SHA-256 of a sample's file as it is; "" where it is not there, or is not taken.

    Raises:
        FileNotFoundError: the run was deleted.
    """
    try:
        content = _content(run_dir, sample)
    except _NotTaken:
        return ""
    return "" if content is None else hashlib.sha256(content).hexdigest()


class _NotTaken(Exception):
    """A file that is not read, with the reason."""


def _content(run_dir: RunDir, sample: str) -> bytes | None:
    if not is_name(sample):
        return None
    path = f"{FOLDER}/{PLACE}/{sample}{ENDING}"
    owner = owner_of(run_dir)
    try:
        with open_inside(workdir(run_dir), path, owner) as file:
            if file.size > LARGEST:
                raise _NotTaken(f"larger than {LARGEST >> 20} MB ({file.size} bytes)")
            return b"".join(file.chunks())
    except InputMissing:
        return None
    except NotPermitted as error:
        raise _NotTaken(error.message.removeprefix(f"{path}: ")) from None
    except OSError as error:
        raise _NotTaken(f"cannot be read ({error.strerror})") from None


def understood(content: bytes, sample: str) -> MachineVerdict:
    """What a file says of ``sample``, or why it cannot be used."""
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        data = json.loads(content)
        data = {**data, "schema_": data["schema"]}
        samples = _File.model_validate(data).samples
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        return _unusable(f"no plumbline/qc.verdict/1 ({_first(error)})", sha256)
    if [each.sample for each in samples] != [sample]:
        names = ", ".join(visible(each.sample)[:60] for each in samples[:3]) or "no sample"
        return _unusable(f"is about {names}, not about this sample alone", sha256)
    (found,) = samples
    counts = {word.value: number for word, number in found.counts.items() if number}
    return MachineVerdict(found.verdict, sha256, _reasons(found.metrics), counts)


def is_name(sample: str) -> bool:
    """Whether a sample can be called so: a plain file name on one line."""
    return (
        0 < len(sample) <= LONGEST_NAME
        and sample.isprintable()
        and not sample.startswith(".")
        and not {"/", "\\"}.intersection(sample)
    )


def _reasons(metrics: Iterable[_Metric]) -> tuple[str, ...]:
    bad = [each for each in metrics if each.verdict in (MachineWord.FAIL, MachineWord.WARN)]
    bad.sort(key=lambda each: each.verdict is MachineWord.WARN)
    said = [f"{visible(each.metric)}: {visible(each.reason)}" for each in bad[:REASONS]]
    return tuple(text[:LONGEST_REASON] for text in said)


def _unusable(problem: str, sha256: str = "") -> MachineVerdict:
    return MachineVerdict(None, sha256, problem=problem)


def _first(error: Exception) -> str:
    """The first thing that is wrong, in a few words."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return visible(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")[:200]
    if isinstance(error, KeyError | TypeError):
        return "no object with a schema"
    return visible(str(error))[:200]
