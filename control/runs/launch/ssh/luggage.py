"""What a run takes along to another host: what was asked, and every file that it names.

A file is put into ``sent/<n>/<name>`` there: ``n`` counts the folders that files come from. So
two of one name do not meet, and what lies beside a file here (its index, what a table
names) lies beside it there. The configuration and the sheet are changed to say so.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import yaml

from control.record.index_names import index_names
from control.record.run_dir import RunDir
from control.runs.analyses import FileKind, Place, Workflow, with_leaves
from control.runs.inputs import SEEN_FROM_WORK
from control.runs.launch.ssh.parcels import Parcel, parcel_of
from control.runs.sample_sheet import SampleSheet
from engines.contract.errors import BadData, InputMissing

SENT = "sent"
"""Folder of the run directory there that holds the files."""


class Luggage:
    """The files of one run, packed.

    Args:
        run_dir: of the run, here.
        workflow: says what names a file.
        scratch: folder for what is written anew.

    Attributes:
        files: path in the run directory there → file here.

    Raises:
        InputMissing: a file that the run names is not there.
        BadData: what was asked cannot be read.
    """

    def __init__(self, run_dir: RunDir, workflow: Workflow, scratch: Path) -> None:
        self._workflow, self._scratch = workflow, scratch
        self._work = run_dir.work
        self._folders: dict[Path, int] = {}
        self.files: dict[str, Path] = {}
        for file in _files_below(run_dir.inputs):
            self.files[f"inputs/{file.relative_to(run_dir.inputs)}"] = file
        self._pack_configuration(run_dir)
        self._pack_sheet(run_dir)

    def parcels(self) -> Iterator[Parcel]:
        """Every file with size and checksum; it is read for that.

        Raises:
            InputMissing: one cannot be read.
        """
        for path, file in self.files.items():
            try:
                yield parcel_of(file, path)
            except OSError as error:
                raise InputMissing(f"{file}: {error.strerror}") from None

    def _pack_configuration(self, run_dir: RunDir) -> None:
        try:
            config = yaml.safe_load(run_dir.config.read_text("utf-8"))
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise BadData(f"{run_dir.config}: cannot be read: {error}"[:300]) from None
        changed = with_leaves(config, self._changed_value)
        text = yaml.safe_dump(changed, sort_keys=False, allow_unicode=True)
        self.files["config.yaml"] = self._write("config.yaml", text)

    def _changed_value(self, place: Place, value: object) -> object:
        kind = self._workflow.file_kind(place) if place else None
        if kind is None or not isinstance(value, str) or self._workflow.is_word(place, value):
            return value
        return self._changed(value, kind)

    def _pack_sheet(self, run_dir: RunDir) -> None:
        try:
            sheet = SampleSheet(run_dir.samples.read_text("utf-8"))
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            raise BadData(f"{run_dir.samples}: cannot be read: {error}"[:300]) from None
        for row in sheet.rows:
            for column, cell in sheet.cells(row).items():
                kind = self._workflow.column_kind(column)
                if kind and not self._workflow.is_word_of_column(column, cell):
                    sheet.replace(row, column, self._changed(cell, kind))
        self.files["samples.tsv"] = self._write("samples.tsv", sheet.text())

    def _changed(self, text: str, kind: FileKind) -> str:
        """What stands there in place of what names a file here."""
        if not text or kind in ("executable", "destination"):
            return text
        if kind == "files":
            return ",".join(self._changed(each.strip(), "file") for each in text.split(","))
        if text.startswith("file://"):
            text = unquote(text.removeprefix("file://"))
        if "://" in text:
            return text
        if text.startswith(SEEN_FROM_WORK) and kind != "table":
            return text  # the run holds it, and all that it holds goes
        return f"../{self._pack(Path(os.path.normpath(self._work / text)), kind)}"

    def _pack(self, file: Path, kind: FileKind) -> str:
        """Take a file or folder along; its path in the run directory there."""
        number = self._folders.setdefault(file.parent, len(self._folders) + 1)
        path = f"{SENT}/{number}/{file.name}"
        if path in self.files:
            return path
        if file.is_dir():
            for inner in _files_below(file):
                self.files[f"{path}/{inner.relative_to(file)}"] = inner
        elif not file.is_file():
            raise InputMissing(f"{file}: no such file", hint="it was there when it was asked for")
        elif kind == "table":
            self.files[path] = file  # before its rows, which may name it
            self.files[path] = self._write(f"{number}-{file.name}", self._table(file, path))
        else:
            self.files[path] = file
            self._pack_beside(file, path)
        return path

    def _pack_beside(self, file: Path, path: str) -> None:
        for beside in index_names(file.name):
            index = file.with_name(beside)
            if index.is_file():
                self.files[str(Path(path).with_name(beside))] = index

    def _table(self, table: Path, path: str) -> str:
        """A table whose rows name files, with the names that they have there."""
        lines = []
        for line in table.read_text("utf-8-sig").splitlines():
            name, tab, file = line.strip().partition("\t")
            if file.strip():
                there = self._pack(Path(os.path.normpath(table.parent / file.strip())), "file")
                line = name + tab + os.path.relpath(there, Path(path).parent)
            lines.append(line + "\n")
        return "".join(lines)

    def _write(self, name: str, text: str) -> Path:
        file = self._scratch / name
        file.write_text(text, encoding="utf-8")
        return file


def _files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder, links to files and folders included, each folder once."""
    seen = set()
    for here, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(here)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        yield from (Path(here, name) for name in sorted(files) if Path(here, name).is_file())
