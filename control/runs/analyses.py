"""What can be submitted, as the workflow itself says in ``workflow/analyses.yaml``."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from control.settings import Allow
from engines.contract.errors import BadData, BadUsage, InputMissing, nearest

FILE = "workflow/analyses.yaml"

Value = TypeVar("Value")
Place = tuple[str, ...]
"""A key of the configuration, part by part: the name of a genome may hold dots."""
FileKind = Literal[
    "file", "files", "folder", "data", "source", "destination", "table", "executable"
]
"""What a key or column names: see the comments in the file."""
_SIGNED = {"endpoint": "AWS_ENDPOINT_URL_S3", "profile": "AWS_PROFILE"}
_PAID = "requester_pays"


class Analysis(BaseModel):
    """One thing that can be asked for by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    description: str = ""
    targets: list[str] = Field(description="Rules or files that are made")
    needs: list[str] = Field(
        default_factory=list, description="Columns of the sample sheet, one of which has values"
    )
    settings: list[str] = Field(
        default_factory=list, description="Keys of the configuration that matter; empty: all"
    )


class Example(BaseModel):
    """A configuration to begin with: to try with the project's own data, or for a usual case."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    configuration: str = Field(description="File, seen from the workflow's folder")
    analysis: str = Field("", description="What it is for; empty: whatever is chosen")
    columns: list[str] = Field(
        default_factory=list, description="Of the sheet, where the configuration names none"
    )


class _Schemas(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    configuration: str
    samples: str


class _Files(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    configuration: dict[str, FileKind] = {}
    samples: dict[str, FileKind] = {}


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    configuration: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}


class _Listing(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    analyses: dict[str, Analysis]
    schemas: _Schemas
    sheet: str
    row: list[str] = ["sample", "source"]
    data: list[str] = []
    examples: dict[str, Example] = {}
    files: _Files = _Files()
    words: _Words = _Words()
    endings: dict[str, list[str]] = {}
    arguments: dict[str, str] = {}
    reserved: dict[str, str] = {}
    apart: dict[str, str] = {}
    along: dict[str, list[str]] = {}


class Workflow:
    """A workflow as the service sees it.

    Args:
        folder: holds ``workflow/Snakefile``; relative paths of submissions start here.

    Attributes:
        analyses: by name.
        sheet: key of the configuration that names the sample sheet.
        row: keys of the configuration that stand in its place: one row of it.
        data: folders of the project's own data.
        apart: keys that may be set only where another one is an empty list, and that one.
        along: columns of the sheet that are asked for where there is one of others.
        configuration_schema, samples_schema: JSON schemas (2020-12).

    Raises:
        InputMissing: the folder has no ``workflow/analyses.yaml``, or a schema is not there.
        BadData: one of them says nothing that can be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self._listing = _Listing.model_validate(read_yaml(folder / FILE))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise BadData(f"{folder / FILE}: {place}: {first['msg']}") from None
        self.analyses: Mapping[str, Analysis] = self._listing.analyses
        self.sheet = self._listing.sheet
        self.row = self._listing.row
        self.data = [folder / path for path in self._listing.data]
        self.apart: Mapping[str, str] = self._listing.apart
        self.along: Mapping[str, list[str]] = self._listing.along
        schemas = self._listing.schemas
        self.configuration_schema: dict[str, Any] = read_yaml(folder / schemas.configuration)
        self.samples_schema: dict[str, Any] = read_yaml(folder / schemas.samples)

    def analysis(self, name: str) -> Analysis:
        """The analysis of this name.

        Raises:
            BadUsage: there is none.
        """
        if name in self.analyses:
            return self.analyses[name]
        near = nearest(name, self.analyses)
        known = ", ".join(self.analyses)
        hint = f"did you mean {near}?" if near else f"there is {known}"
        raise BadUsage(f"there is no analysis {name[:60]!r}", hint=hint)

    def form(self, name: str) -> dict[str, dict[str, Any]]:
        """The schemas from which a page makes the form of an analysis.

        Returns:
            ``configuration`` (the keys that matter to it; the sample sheet's is not among
            them, because the sheet is sent with the submission) and ``samples`` (one row).

        Raises:
            BadUsage: there is no such analysis.
        """
        wanted = self.analysis(name).settings
        keys = self.configuration_schema["properties"]
        sheet = (self.sheet, *self.row)
        shown = {key: keys[key] for key in wanted or keys if key not in sheet}
        configuration = {**self.configuration_schema, "properties": shown}
        return {"configuration": configuration, "samples": self.samples_schema}

    def examples(self) -> dict[str, dict[str, Any]]:
        """What one can begin with: name → ``title``, ``analysis``, ``config`` and ``samples``.

        ``samples`` is the text of the sheet; of one that has to be filled in, its columns.
        """
        found = {}
        for name, example in self._listing.examples.items():
            config = read_yaml(self.folder / example.configuration)
            sheet = config.pop(self.sheet, None)
            columns = "\t".join(example.columns) + "\n" if example.columns else ""
            samples = (self.folder / sheet).read_text(encoding="utf-8") if sheet else columns
            found[name] = {
                "title": example.title,
                "analysis": example.analysis,
                "config": config,
                "samples": samples,
            }
        return found

    def file_kind(self, key: Place) -> FileKind | None:
        """What kind of file a key of the configuration names; None when it names none."""
        kind = _of_key(key, self._listing.files.configuration)
        return "executable" if kind is None and key[-1] == "executable" else kind

    def column_kind(self, column: str) -> FileKind | None:
        """What kind of file a column of the sample sheet names; None when it names none."""
        return self._listing.files.samples.get(column)

    def endings(self, key: Place) -> list[str] | None:
        """The endings that the file of a key may have; None where it may have any."""
        return _of_key(key, self._listing.endings)

    def is_word(self, key: Place, value: str) -> bool:
        """Whether a key that names a file, or is reserved, has a value that may stand there too."""
        return value in (_of_key(key, self._listing.words.configuration) or ())

    def is_word_of_column(self, column: str, text: str) -> bool:
        """Whether a cell of a column that names a file has a text that stands for none."""
        return text in self.words_of_column(column)

    def words_of_column(self, column: str) -> list[str]:
        """What may stand in a column that names a file, in place of one."""
        return self._listing.words.samples.get(column, [])

    def argument_form(self, key: Place) -> str | None:
        """Regular expression of a text that becomes part of a command; None for other keys."""
        return _of_key(key, self._listing.arguments)

    def reserved(self, key: Place, value: Any, allow: Allow) -> str | None:
        """Why a submission may not give this value to a key; None where it may.

        Where requests go that are signed with the service's credentials, with which of them,
        and whether its account pays, is the administrator's in every workflow.
        """
        if value in (None, ""):
            return None
        if key[-1] in _SIGNED:
            return f"it comes from the service's environment ({_SIGNED[key[-1]]})"
        if key[-1] == _PAID and value is not False and not allow.requester_pays:
            return "the service's account would pay (your administrator: allow.requester_pays)"
        return None if self.is_word(key, value) else _of_key(key, self._listing.reserved)


def with_leaves(value: Any, change: Callable[[Place, Any], Any], place: Place = ()) -> Any:
    """A configuration with every value changed that is neither a group of keys nor a list.

    Args:
        change: from the place of a value, and the value, to the new one.
    """
    if isinstance(value, Mapping):
        return {k: with_leaves(each, change, (*place, str(k))) for k, each in value.items()}
    if isinstance(value, list):
        return [with_leaves(each, change, (*place, str(n))) for n, each in enumerate(value)]
    return change(place, value)


class _Loader(yaml.SafeLoader):
    """Refuses a key that is there twice, of which YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        content = super().construct_mapping(node, deep)
        if len(content) < len(node.value):
            seen: set[str] = set()
            for key, _ in node.value:
                if key.value in seen:
                    message = f"key {key.value!r} is there twice"
                    raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
                seen.add(key.value)
        return content


def read_yaml(file: Path) -> Any:
    """The content of a YAML file that the workflow brings.

    Raises:
        InputMissing: it is not there.
        BadData: it is no YAML, or not a group of keys, or has a key twice.
    """
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (a safe one)
    except OSError as error:
        hint = "check `workflow` in the settings: the folder that holds workflow/Snakefile"
        raise InputMissing(f"{file}: {error.strerror}", hint=hint) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadData(f"{file}: not YAML: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(content, dict):
        raise BadData(f"{file}: not a group of keys")
    return content


def read_workflow(folder: Path) -> Workflow:
    """The workflow in ``folder``; read again only when its files have changed.

    Raises:
        InputMissing, BadData: as :class:`Workflow` does.
    """
    try:
        files = [folder / FILE, *sorted((folder / "workflow/schemas").glob("*.yaml"))]
        return _read_workflow(folder, tuple(file.stat().st_mtime_ns for file in files))
    except OSError:
        return Workflow(folder)  # which says what is missing


@lru_cache(maxsize=4)
def _read_workflow(folder: Path, changed: tuple[int, ...]) -> Workflow:
    return Workflow(folder)


def _of_key(place: Place, table: Mapping[str, Value]) -> Value | None:
    """The entry of a table whose pattern fits the key; ``*`` is any one part of it."""
    for pattern, value in table.items():
        parts = pattern.split(".")
        if len(parts) == len(place) and all(
            part in ("*", given) for part, given in zip(parts, place, strict=True)
        ):
            return value
    return None
