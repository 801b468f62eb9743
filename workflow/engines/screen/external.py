"""A screen by another program that has the command line of ``bio_gpu_pipeline``.

Its progress is told as ours is. That it ended well is believed only with an exit code of 0, no
stage that failed, and results: the earlier program ended with 0 after its own parts had failed.
"""

import json
import os
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engines import __version__
from engines.contract.errors import BadData, BadUsage, EngineError, InputMissing, Transient
from engines.contract.progress import say, tell
from engines.contract.provenance import sha256_of
from engines.contract.wording import printable
from engines.screen.case import Request

SCHEMA = "plumbline/screen.summary/1"
RESULTS = ("taxonomy_results.json", "resistance_mutations.json", "quality_metrics.json")
"""What the earlier service loads of the program's folder."""
LAST_LINES = 20
STOP_SECONDS = 10.0
KILLED = {9: "killed, most often for lack of memory", 15: "ended by a signal", 11: "crashed"}


def arguments(request: Request, out: Path, gpu: int | None) -> list[str]:
    """The command line that the earlier service gives.

    Raises:
        BadUsage: reads that the program cannot take.
    """
    if len(request.r1) != 1 or len(request.r2) != 1 or request.interleaved:
        raise BadUsage(
            f"{request.executable}: takes one file of forward and one of reverse reads",
            hint="join the lanes first (cat works for gzip), or screen without --executable",
        )
    if request.reference is None:
        raise BadUsage(
            f"{request.executable}: needs --reference-db", hint="name the folder that it reads"
        )
    named = {
        "--r1": request.r1[0],
        "--r2": request.r2[0],
        "--output-dir": out,
        "--reference-db": request.reference,
        "--resistance-db": request.resistance,
        "--sample-id": request.sample,
        "--threads": request.threads,
        # it sees one GPU only, and counts from 0 what it sees
        **({"--gpu-device": 0} if gpu is not None else {}),
    }
    assert request.executable is not None  # or nobody asks
    words = [str(request.executable.absolute()), "--progress-json"]
    return words + [str(word) for pair in named.items() for word in pair]


def run(request: Request, out: Path, gpu: int | None = None) -> list[Path]:
    """Let the program screen into ``out``; gives what it wrote, in order of name.

    Args:
        gpu: the only one that it sees; None leaves that to the program.

    Raises:
        InputMissing: there is no such program. BadData, Transient, EngineError: it failed.
    """
    command = arguments(request, out, gpu)
    environment = dict(os.environ)
    if gpu is not None:
        environment["CUDA_VISIBLE_DEVICES"] = str(gpu)
    with _started(command, environment) as program:
        last: deque[str] = deque(maxlen=LAST_LINES)
        errors = threading.Thread(target=_forward, args=(program, last), daemon=True)
        errors.start()
        failed = _follow(program, last)
        code = program.wait()
        errors.join()
    if code or failed:
        raise _failure(command[0], code, failed, last)
    written = sorted(path for path in out.rglob("*") if path.is_file())
    missing = [name for name in RESULTS if not (out / name).is_file()]
    if len(missing) == len(RESULTS):
        raise BadData(
            f"{command[0]}: ended without {', '.join(RESULTS)}",
            hint="a program with its command line has to write them; look at its log",
        )
    for name in missing:
        say(f"warning: {command[0]}: has not written {name}")
    for name in set(RESULTS) - set(missing):
        _check_json(out / name)
    return written


@contextmanager
def _started(command: list[str], environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    try:
        program = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise InputMissing(
            f"{command[0]}: {error.strerror}", hint="name a program that may be run: --executable"
        ) from error
    try:
        yield program
    finally:
        if program.poll() is None:
            program.terminate()
            try:
                program.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


def _follow(program: "subprocess.Popen[str]", last: deque[str]) -> str:
    """Tell its stages; gives what the one that failed says, or nothing. Reads to the end always."""
    failed = ""
    assert program.stdout is not None
    for line in program.stdout:
        told = _stage(line)
        if told is None:
            last.append(line.rstrip("\n"))
            say(printable(line.rstrip("\n")))
        elif float(told["progress"]) < 0:
            failed = printable(f"{told['stage']}: {told.get('message', '')}".rstrip(": "))
        else:
            words = printable(str(told.get("message") or told["stage"]))
            tell({"stage": words, "progress": min(float(told["progress"]), 100.0)})
    return failed


def _stage(line: str) -> dict[str, Any] | None:
    """The stage that a line tells, whatever its name; None where it tells none."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("stage"), str):
        return None
    share = found.get("progress")
    return found if isinstance(share, int | float) and not isinstance(share, bool) else None


def _forward(program: "subprocess.Popen[str]", last: deque[str]) -> None:
    assert program.stderr is not None
    for line in program.stderr:
        last.append(line.rstrip("\n"))
        say(printable(line.rstrip("\n")))


def _failure(name: str, code: int, failed: str, last: deque[str]) -> EngineError:
    """What its end means: its own last line as ours is written, else signal, code and stage."""
    own = _own_words(last)
    if own is not None:
        return own
    signal = -code if code < 0 else code - 128 if 128 < code < 160 else 0
    what = failed or (printable(last[-1]) if last else "it says nothing")
    if signal:
        how = KILLED.get(signal, f"ended by signal {signal}")
        return Transient(f"{name}: {how}: {what}", hint="more memory, or fewer jobs at once")
    if "out of memory" in " ".join(last).lower():
        return Transient(f"{name}: out of memory: {what}", hint="fewer jobs on the GPU at once")
    if code in (69, 75, 124):
        return Transient(f"{name}: ended with {code}: {what}", hint="try again")
    return BadData(
        f"{name}: ended with {code or 'a stage that failed'}: {what}", hint="look at its log"
    )


def _own_words(last: deque[str]) -> EngineError | None:
    try:
        told = json.loads(last[-1]) if last else None
    except ValueError:
        return None
    if not isinstance(told, dict) or "error_class" not in told:
        return None
    kind = Transient if told["error_class"] == "transient" else BadData
    return kind(printable(str(told.get("message", ""))), hint=printable(str(told.get("hint", ""))))


def summary(request: Request, out: Path, written: list[Path]) -> dict[str, Any]:
    """Our summary of a screen by another program: what it left, as it stands.

    Args:
        out: folder that it wrote into.
    """
    results = {
        name.removesuffix(".json"): json.loads((out / name).read_bytes())
        for name in RESULTS
        if (out / name).is_file()
    }
    files = [{"name": str(path.relative_to(out)), "sha256": sha256_of(path)} for path in written]
    why = f"screened by {request.executable}, whose results stand as they are"
    empty: dict[str, Any] = {
        **{key: None for key in ("reads", "genes", "mutations", "taxa")},
        **{key: [] for key in ("databases", "unplaced", "classes", "antimicrobials")},
        **{key: {} for key in ("options", "programs", "screen")},
    }
    return empty | {
        "schema": SCHEMA,
        "engine": {"name": "plumbline screen", "version": __version__},
        "sample": request.sample,
        "species": request.species,
        "mode": request.mode,
        "external": {"program": str(request.executable), "files": files, "results": results},
        "not_assessed": [{"what": "genes, mutations and taxa", "why": why}],
        "warnings": [f"{name} was not written" for name in RESULTS if not (out / name).is_file()],
    }


def publish(out: Path, written: list[Path], target: Path) -> None:
    """Move what the program wrote to where it belongs, each file in one step."""
    for path in written:
        place = target / path.relative_to(out)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, place)


def _check_json(path: Path) -> None:
    try:
        json.loads(path.read_bytes())
    except ValueError as error:
        raise BadData(
            f"{path.name}: is not JSON: {error}", hint="it was cut off, or is of another kind"
        ) from None
