"""``plumbline qc multiqc``: what MultiQC makes of a sample's files, and of which nothing."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engines.contract.errors import BadData, BadUsage, Transient, Unavailable
from engines.contract.output import staging
from engines.contract.progress import say, tell_result, warn
from engines.contract.provenance import as_json, provenance
from engines.contract.wording import printable, quoted
from engines.qc import checks, dragen, fastp, mosdepth, multiqc_environment
from engines.qc.collection import File, collect

# stands between the sample and the kind of file in the names that MultiQC sees
_END = "@@"
_REPORT = "report.html"
# of these MultiQC reads the file of each region; of others only what fits one name
_ANY_REGION = ("dragen/coverage_metrics", "dragen/overall_mean_cov")
# by these names it knows the files of other programs; others by what is in them
_NAMES = {
    fastp.KIND: ".fastp.json",
    mosdepth.SUMMARY: ".mosdepth.summary.txt",
    mosdepth.GLOBAL: ".mosdepth.global.dist.txt",
    mosdepth.REGION: ".mosdepth.region.dist.txt",
}
# nothing is sent or asked anywhere; names come from our file names and from nothing else
_SETTINGS = {
    "no_version_check": True,
    "no_ai": True,
    "megaqc_upload": False,
    "show_analysis_paths": False,
    "use_filename_as_sample_name": True,
    "fn_clean_exts": [{"type": "truncate", "pattern": _END}],
    "fn_clean_trim": [],
    "data_dump_file": True,
    "data_dump_file_write_raw": False,
}


@dataclass(frozen=True)
class Given:
    """A file as it is given to MultiQC.

    Attributes:
        label: what the report calls it: the sample, with more behind it where there are several
            files of one ending.
        ending: of its name, by which MultiQC knows it.
        kind: files of one kind are read by the same part of MultiQC.
    """

    path: Path
    label: str
    ending: str
    kind: str

    @property
    def name(self) -> str:
        """Its name in the folder that MultiQC reads."""
        return f"{self.label}{_END}{self.ending}"


def run(
    places: Sequence[Path], sample: str, aliases: Sequence[str], out: Path, started: datetime
) -> None:
    """Write the report of one sample.

    Raises:
        InputMissing, BadUsage, BadData: as :func:`collect`; or MultiQC can use none of the files,
            or breaks at one.
        Unavailable, CannotWrite: there is no MultiQC, or it does not start.
    """
    if re.search(r"[<>&\"'\\]", sample) or _END in sample:
        raise BadUsage(f"{quoted(sample)} cannot stand in MultiQC's page", hint="rename it")
    given, left_out = chosen(collect(places, sample, aliases).files, sample, aliases)
    for path, why in left_out:
        say(f"not given to MultiQC: {printable(path.name)}: {why}")
    command = multiqc_environment.command()
    with staging(out) as staged, tempfile.TemporaryDirectory(prefix="plumbline-multiqc-") as folder:
        data = _multiqc(command, given, sample, Path(folder))
        shutil.copyfile(
            Path(folder, "out", _REPORT), staged.with_name(f"{staged.name}.multiqc.html")
        )
        unseen = not_shown(given, data)
        record = provenance(
            {f"file {number}": file.path for number, file in enumerate(given, 1)},
            started,
            1,
            sample=sample,
            multiqc={"version": data["config_short_version"], "command": command},
            shown=[file.path.name for file in given if file not in unseen],
            not_shown=[file.path.name for file in unseen],
            not_given={printable(path.name): why for path, why in left_out},
        )
        beside = staged.with_name(f"{staged.name}.multiqc.provenance.json")
        beside.write_text(as_json(record), encoding="utf-8")
    _tell(given, unseen, sample, data["config_short_version"], out)


def _tell(
    given: Sequence[Given], unseen: Sequence[Given], sample: str, version: str, out: Path
) -> None:
    if unseen:
        names = ", ".join(file.path.name for file in unseen)
        warn(f"MultiQC shows nothing of {len(unseen)} files: {names}")
    page, shown = f"{out}.multiqc.html", len(given) - len(unseen)
    say(f"{sample}: MultiQC {version} shows {shown} of {len(given)} files -> {page}")
    tell_result({"path": page, "sample": sample, "files": len(given), "shown": shown})


def chosen(
    files: Iterable[File], sample: str, aliases: Collection[str]
) -> tuple[list[Given], list[tuple[Path, str]]]:
    """The files for MultiQC, and those that it does not get, with the reason.

    Those that ``collect`` reads, and those of DRAGEN that only MultiQC reads.
    """
    files = list(files)
    own = {sample, *aliases, *(f.prefix for f in files if f.prefix and not f.reason)}
    found: list[tuple[Path, str, str]] = []  # file, ending, kind
    left_out, seen = [], set()
    for file in files:
        name, elsewhere = file.path.name, dragen.ELSEWHERE.search(file.path.name)
        prefix = max((p for p in own if name.startswith(f"{p}.")), key=len, default="")
        if file.reason and not (elsewhere and prefix):
            left_out.append((file.path, file.reason))
        elif file.content.remarks["other_sample"]:
            left_out.append((file.path, "has rows of other samples too"))
        elif file.reason:
            content = (name, hashlib.sha256(file.path.read_bytes()).hexdigest())
            if content in seen:
                left_out.append((file.path, "is there twice with the same content"))
            else:
                seen.add(content)
                found.append((file.path, name[len(prefix) :], name[len(prefix) :]))
        elif file.kind.startswith("dragen/"):
            ending = name[len(file.prefix or "") :]
            found.append((file.path, ending, file.kind if file.kind in _ANY_REGION else ending))
        elif file.kind in (checks.GENOTYPES, checks.COVERAGE):
            left_out.append((file.path, "is of Plumbline; MultiQC has no part for it"))
        else:
            ending = _NAMES.get(file.kind, f".{file.kind.replace('/', '.')}")
            found.append((file.path, ending, file.kind))
    return _labelled(found, sample), left_out


def _labelled(found: Sequence[tuple[Path, str, str]], sample: str) -> list[Given]:
    """Several files of one ending are told apart: MultiQC would show the last of them only."""
    times = Counter(ending for _, ending, _ in found)
    count: Counter[str] = Counter()
    given = []
    for path, ending, kind in found:
        count[ending] += 1
        label = sample if times[ending] == 1 else f"{sample} ({count[ending]})"
        if label != sample:
            say(f"in the report {label} is {path}")
        given.append(Given(path, label, ending, kind))
    return given


def _multiqc(
    command: Sequence[str], given: Sequence[Given], sample: str, folder: Path
) -> dict[str, Any]:
    """Run MultiQC; the page is ``FOLDER/out/report.html`` then.

    Returns:
        Its ``multiqc_data.json``.
    """
    inside, settings = folder / "in", folder / "settings.yaml"
    inside.mkdir()
    for file in given:
        (inside / file.name).symlink_to(file.path.resolve())
    settings.write_text(json.dumps({**_SETTINGS, "title": sample}))
    arguments = [str(inside), "--config", str(settings), "--outdir", str(folder / "out")]
    arguments += ["--filename", _REPORT, "--force", "--no-ansi", "--no-megaqc-upload"]
    say(f"MultiQC reads {len(given)} files")
    code, words = _said([*command, *arguments], folder)
    page = folder / "out" / _REPORT
    if code < 0:
        raise Transient(f"MultiQC was ended by signal {-code}", hint="out of memory? try it again")
    broken = re.search(r"The '(.+?)' MultiQC module broke", words)
    if broken:
        raise BadData(
            f"MultiQC's module {broken[1]} broke at the files of {sample}",
            hint="its traceback is in the log; `plumbline qc collect` needs no MultiQC",
        )
    if (not code or "No analysis results" in words) and not page.is_file():
        names = ", ".join(printable(file.path.name) for file in given[:5])
        raise BadData(
            f"MultiQC knows none of the {len(given)} files of {sample} ({names})",
            hint="see docs/qc.md for what it reads",
        )
    if code or not page.is_file():
        last = (words.strip().splitlines() or ["it said nothing"])[-1]
        raise Unavailable(
            f"{command[0]} ended with {code}: {printable(last)[:200]}",
            hint="all that it said is above; does `multiqc --version` work?",
        )
    return _data(folder / "out" / "report_data" / "multiqc_data.json", command)


def _data(path: Path, command: Sequence[str]) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
        if not isinstance(data["config_short_version"], str):
            raise TypeError
        return {**data, "report_data_sources": dict(data["report_data_sources"])}
    except (OSError, ValueError, KeyError, TypeError):
        raise Unavailable(
            f"{command[0]} does not say which files it read",
            hint="MultiQC 1.27 or newer is needed (envs/multiqc.yaml)",
        ) from None


def _said(command: Sequence[str], folder: Path) -> tuple[int, str]:
    """Run a program, every line of it a line of the log.

    Its settings are ours alone: those of the user, which might send data to a service, are not
    read.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MULTIQC_")}
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    packages = {"PYTHONUSERBASE": os.environ.get("PYTHONUSERBASE", os.path.expanduser("~/.local"))}
    plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "160"}
    lines: deque[str] = deque(maxlen=200)
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**kept, **packages, **home, **plain},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        hint = "reinstall it, or take it off the PATH"
        raise Unavailable(f"{command[0]}: {error.strerror}", hint=hint) from error
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip():
                lines.append(line)
                say(printable(line.rstrip()))
        return process.wait(), "".join(lines)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def not_shown(given: Sequence[Given], data: Mapping[str, Any]) -> list[Given]:
    """The files of which MultiQC read nothing.

    Args:
        data: its ``multiqc_data.json``; of the files of several regions it names one only.
    """
    read = {
        Path(path).name
        for section in data["report_data_sources"].values()
        for by_sample in section.values()
        for path in by_sample.values()
    }
    seen = {(file.kind, file.label) for file in given if file.name in read}
    return [file for file in given if (file.kind, file.label) not in seen]
