"""A submission on its way to a run: checked, then laid out as the run directory that it will be."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from control.record.lines import timestamp
from control.record.request import Request
from control.record.run_dir import RunDir
from control.runs import command, executors, launch
from control.runs.analyses import read_workflow
from control.runs.inputs import Inputs
from control.runs.sample_sheet import SampleSheet
from control.runs.validation import (
    CONFIGURATION,
    SHEET,
    Report,
    check_configuration,
    check_needs,
    check_sheet,
)
from control.settings import LOCAL, Settings
from engines.contract.errors import CannotWrite, EngineError

LAID_OUT = ".submit-"
"""How folders are called in which a run directory is laid out."""
LARGEST_SHEET = 20_000_000  # bytes
DEEPEST = 20  # groups of keys inside each other


def _shallow(tree: dict[str, Any]) -> dict[str, Any]:
    level: list[Any] = [tree]
    for _ in range(DEEPEST):
        groups = [each.values() if isinstance(each, dict) else each for each in level]
        level = [v for group in groups for v in group if isinstance(v, dict | list)]
        if not level:
            return tree
    raise ValueError(f"nested more than {DEEPEST} times")


Tree = Annotated[dict[str, Any], AfterValidator(_shallow)]
"""Keys and values; what is read by recursion has an end."""
Tags = Annotated[
    dict[
        Annotated[str, Field(min_length=1, max_length=100)], Annotated[str, Field(max_length=1000)]
    ],
    Field(max_length=50),
]


class Submission(BaseModel):
    """What somebody wants to run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("", max_length=200, description="What people call the run")
    analysis: str = Field("", max_length=100, description="By name, see /analyses")
    targets: list[str] = Field(
        default_factory=list,
        max_length=1000,
        description="Rules or files to make; empty: those of the analysis",
    )
    config: Tree = Field(
        default_factory=dict,
        description="Configuration as in config/README.md. A file is upload:<id>, a path inside of"
        " an open folder (relative ones start at the workflow's folder), or an address",
    )
    samples: str | list[dict[str, str | None]] | None = Field(
        None,
        description="The sample sheet: its text, or its rows. Without it the configuration names a"
        " file; with it, what the configuration names is not used",
    )
    profile: str = Field("default", max_length=1000, description="Where and how jobs run")
    options: Tree = Field(default_factory=dict, description="Of Snakemake: cores …")
    launcher: str = Field(
        LOCAL, max_length=64, description="Where its driver lives, see /analyses; local: here"
    )
    idempotency_key: str | None = Field(
        None, min_length=1, max_length=200, description="The same key gives the same run"
    )
    tags: Tags = Field(default_factory=dict, description="For your own use: kept with the run")


class Proposal:
    """A submission that is being checked.

    Args:
        settings: of the service.
        user: who submits.
        submission: what.
        earlier: the run that is run again; what it holds as inputs may be used.

    Attributes:
        request: for ``request.json``.
        report: what is wrong with it.

    Raises:
        InputMissing, BadData: the workflow does not say what can be submitted.
    """

    def __init__(
        self, settings: Settings, user: str, submission: Submission, earlier: RunDir | None = None
    ) -> None:
        self._settings, self._submission = settings, submission
        self._workflow = read_workflow(settings.workflow)
        held = earlier.inputs if earlier else None
        self._inputs = Inputs(settings, self._workflow, user, held)
        self._config: dict[str, Any] = {}
        self._sheet: SampleSheet | None = None
        self.request = Request(
            user=user,
            name=submission.name.strip(),
            analysis=submission.analysis,
            targets=submission.targets,
            profile=submission.profile,
            options=submission.options,
            launcher=submission.launcher,
            idempotency_key=submission.idempotency_key,
            tags=submission.tags,
            rerun_of=earlier.run_id if earlier else None,
            created=timestamp(time.time()),
        )
        self.report = Report()

    def check(self) -> None:
        """Check all that takes no time; ``report`` has what is wrong."""
        self._check_request()
        key, given = self._workflow.sheet, self._submission.config
        config = {k: v for k, v in given.items() if k not in (key, *self._workflow.row)}
        self._config = check_configuration(config, self._workflow, self._inputs, self.report)
        self._config[key] = f"../{SHEET}"
        with self.report.noting(file=SHEET):
            self._sheet = self._read_sheet(given.get(key), self._row_of(given))
        if self._sheet:
            check_sheet(self._sheet, self._workflow, self._inputs, self.report)
            if analysis := self._workflow.analyses.get(self.request.analysis):
                check_needs(self._sheet, analysis.needs, self.report)

    @contextmanager
    def laid_out(self) -> Iterator[RunDir]:
        """The run directory in a hidden folder; what is still there in the end is removed.

        Raises:
            CannotWrite: the folder of runs cannot be written.
            InputMissing: an input was deleted meanwhile.
        """
        runs = self._settings.runs[0]
        try:
            runs.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=LAID_OUT, dir=runs))
        except OSError as error:
            raise _cannot_write(runs, error) from None
        try:
            self._lay_out(RunDir(folder))
            yield RunDir(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _lay_out(self, run_dir: RunDir) -> None:
        texts = {
            run_dir.request: self.request.to_json(),
            run_dir.config: yaml.safe_dump(self._config, sort_keys=False, allow_unicode=True),
            run_dir.samples: self._sheet.text() if self._sheet else "",
        }
        try:
            for file, text in texts.items():
                _write(file, text)
            self._inputs.place(run_dir.inputs)
            run_dir.work.mkdir(mode=0o700)
        except OSError as error:
            raise _cannot_write(run_dir.path.parent, error) from None

    def _check_request(self) -> None:
        request, settings, note = self.request, self._settings, self.report
        if not request.name.isprintable():
            note.add("a name is one line of text", key="name")
        if not request.analysis and not request.targets:
            known = ", ".join(self._workflow.analyses)
            note.add("say what to run", f"an analysis ({known}), or targets", key="analysis")
        if request.analysis:
            with note.noting(key="analysis"):
                self._workflow.analysis(request.analysis)
        with note.noting(key="targets"):
            command.check_targets(request.targets)
        with note.noting(key="profile"):
            profile = command.profile_of(settings, request.profile)
            launcher = settings.launchers.get(request.launcher)
            if launcher is None or launcher.kind != "ssh":  # that host may have other plugins
                executors.check(request.profile, profile)
        with note.noting(key="launcher"):
            launch.check(settings, request.launcher)
        with note.noting(key="options"):
            command.options_of(request)
        if not note.problems:
            self._check_limits()

    def _check_limits(self) -> None:
        """Refuse at once what could never start."""
        demand = command.demand_of(self._settings, self.request)
        hours = command.options_of(self.request).run_hours or 0
        asked = {"cores": demand.cores, "mem_mb": demand.mem_mb, "run_hours": hours}
        whose = {"your": self._settings.limits_per_user, "the service's": self._settings.limits}
        for name, amount in asked.items():
            for owner, limits in whose.items():
                limit = getattr(limits, name)
                if limit is not None and amount > limit:
                    message = f"{amount:g} asked for, and {owner} limit is {limit:g}"
                    self.report.add(message, "ask for less", key=f"options.{name}")

    def _row_of(self, config: dict[str, Any]) -> dict[str, str | None]:
        """The one sample that the configuration names in place of a sheet, if it does."""
        row: dict[str, str | None] = {}
        for key in self._workflow.row:
            value = config.get(key)
            if isinstance(value, str) and value:
                row[key] = value
            elif value not in (None, ""):
                self.report.add("is no text", file=CONFIGURATION, key=key)
        return row

    def _read_sheet(self, named: object, row: dict[str, str | None]) -> SampleSheet | None:
        samples = self._submission.samples
        if row and samples is not None:
            key = next(iter(row))
            hint = "name samples in one of the two"
            self.report.add("and a sample sheet too", hint, file=CONFIGURATION, key=key)
            return None
        samples = [row] if row else samples  # in place of what the configuration names
        if samples is None and isinstance(named, str) and named:
            return SampleSheet(self._inputs.read(named, LARGEST_SHEET))
        if samples is None:
            self.report.add("no sample sheet", "send it as `samples`", key="samples")
            return None
        sheet = SampleSheet(samples) if isinstance(samples, str) else SampleSheet.of(samples)
        try:
            if len(sheet.text().encode("utf-8")) > LARGEST_SHEET:
                self.report.add(f"more than {LARGEST_SHEET / 1e6:g} MB", file=SHEET)
        except UnicodeEncodeError:
            self.report.add("half of a character, which no file can hold", file=SHEET)
        return sheet


def _write(file: Path, text: str) -> None:
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(fd, "w", encoding="utf-8", newline="") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())


def _cannot_write(folder: Path, error: OSError) -> EngineError:
    what = error.strerror or str(error)
    return CannotWrite(f"{folder}: {what}", hint="the administrator has to make room, or allow it")
