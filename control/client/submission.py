"""What `plumbline submit` and `rerun` send: put together from files and options."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from control.client.api import Api, Json
from control.client.uploading import Uploader
from engines.contract.errors import BadData, BadUsage, InputMissing


@dataclass(frozen=True)
class Wanted:
    """What the options of ``submit`` and ``rerun`` say; see options.py for each.

    Attributes:
        key: the idempotency key.
        sample, source, columns: the one row that takes the place of a sheet.
        settings, options, columns: each ``key=value``.
    """

    name: str | None
    targets: tuple[str, ...]
    config: Path | None
    samples: Path | None
    sample: str | None
    source: str | None
    columns: tuple[str, ...]
    settings: tuple[str, ...]
    profile: str | None
    launcher: str | None
    cores: int | None
    options: tuple[str, ...]
    upload: bool
    key: str | None
    follow: bool
    as_json: bool


def content_of(wanted: Wanted, api: Api) -> Json:
    """Configuration, sample sheet and options as they are sent; local files are uploaded first.

    Raises:
        EngineError: a file cannot be read or sent, or an option is not of its form.
    """
    config = apply_settings(read_config(wanted.config), wanted.settings)
    content: Json = {
        "samples": sheet_of(wanted, config),
        "config": config,
        "options": read_options(wanted.cores, wanted.options),
    }
    return with_uploads(content, Uploader(api)) if wanted.upload else content


def content(
    config: Mapping[str, Any] | str | Path | None,
    samples: Iterable[Mapping[str, str | None]] | str | Path | None,
    options: Mapping[str, Any],
) -> Json:
    """The same from values of a script; a path may stand for configuration and sheet.

    Raises:
        InputMissing, BadData: a file cannot be read.
    """
    if isinstance(config, Mapping):
        config = dict(config)
    else:
        config = read_config(Path(config) if config is not None else None)
    sheet: str | list[Json] | None
    if samples is None or isinstance(samples, Path):
        sheet = read_sheet(samples, config)
    elif isinstance(samples, str):
        sheet = samples if "\n" in samples else read_sheet(Path(samples), config)
    else:
        sheet = [dict(row) for row in samples]
    return {"samples": sheet, "config": config, "options": dict(options)}


def send(api: Api, asked: Json, key: str | None) -> Json:
    """Submit a run; with a key of its own where none is given, so that it is made once only.

    Raises:
        EngineError: what the service says, or that it does not.
    """
    # it lets us ask again when the answer is lost on its way
    asked = asked | {"idempotency_key": key or f"plumbline-submit-{uuid.uuid4()}"}
    return api.post("/runs", asked, repeat=True)


def sheet_of(wanted: Wanted, config: dict[str, Any]) -> str | None:
    """The sample sheet: one row of the options, or a file.

    Raises:
        BadUsage: both, a row without its sample, or a cell that cannot be.
        InputMissing, BadData: the file cannot be read.
    """
    row = one_row(wanted.sample, wanted.source, wanted.columns)
    if row is None:
        return read_sheet(wanted.samples, config)
    if wanted.samples is not None:
        raise BadUsage("--sample and --samples", hint="give one sample, or a sheet")
    config.pop("samples", None)
    return row


def one_row(sample: str | None, source: str | None, columns: Iterable[str]) -> str | None:
    """A sample sheet of one row; None where the options name none.

    Raises:
        BadUsage: there is no sample, or a column is not of its form.
    """
    row = {"sample": sample or "", "source": source or ""}
    for column in columns:
        name, sign, value = column.partition("=")
        if not sign or not name:
            raise BadUsage(f"--column {column}: not like giab=HG004")
        if row.get(name):
            raise BadUsage(f"--column {column}: {name} is given twice")
        row[name] = value
    row = {name: value for name, value in row.items() if value}
    if row and "sample" not in row:
        raise BadUsage("a sample without a name", hint="give --sample too")
    if odd := next((text for pair in row.items() for text in pair if not text.isprintable()), None):
        raise BadUsage(f"{odd!r}: a tab or a new line inside of a cell")
    return "\t".join(row) + "\n" + "\t".join(row.values()) + "\n" if row else None


def read_config(file: Path | None) -> dict[str, Any]:
    """The configuration in a YAML file; empty without one.

    Raises:
        InputMissing, BadData: it cannot be read, or is no list of keys and values.
    """
    if file is None:
        return {}
    try:
        content = yaml.safe_load(_text(file))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise BadData(f"{file}{where}: not YAML", hint="check quotes and indents") from None
    if not isinstance(content, dict | None):
        raise BadData(f"{file}: not a list of keys and values", hint="see config/README.md")
    return content or {}


def read_sheet(file: Path | None, config: dict[str, Any]) -> str | None:
    """The sample sheet: the given one, else what the configuration names where it lies here.

    A sheet that is read goes along, so the configuration does not name it any more.

    Raises:
        InputMissing, BadData: it cannot be read.
    """
    named = config.get("samples")
    if file is None and isinstance(named, str) and Path(named).is_file():
        file = Path(named)
    if file is None:
        return None
    text = _text(file)
    config.pop("samples", None)
    return text


def apply_settings(config: dict[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """Put ``--set key.key=value`` into a configuration; values are YAML (``true``, ``3``).

    Raises:
        BadUsage: one is not of that form.
    """
    for setting in settings:
        path, sign, value = setting.partition("=")
        keys = path.split(".")
        if not sign or not all(keys):
            raise BadUsage(f"--set {setting}: not like small_variants.engine=builtin")
        group = config
        for key in keys[:-1]:
            inner = group.setdefault(key, {})
            if not isinstance(inner, dict):
                raise BadUsage(f"--set {setting}: {key} is no group of keys")
            group = inner
        group[keys[-1]] = _value(value, f"--set {setting}")
    return config


def read_options(cores: int | None, options: Iterable[str]) -> dict[str, Any]:
    """Options of the run, from ``--cores`` and ``--option name=value``.

    Raises:
        BadUsage: one is not of that form.
    """
    found: dict[str, Any] = {} if cores is None else {"cores": cores}
    for option in options:
        name, sign, value = option.partition("=")
        if not sign or not name:
            raise BadUsage(f"--option {option}: not like mem_mb=16000")
        found[name.replace("-", "_")] = _value(value, f"--option {option}")
    return found


def with_uploads(content: Json, uploader: Uploader) -> Json:
    """A submission in which local files are replaced by uploads of them.

    Raises:
        EngineError: a file cannot be read or sent.
    """
    sheet = content["samples"]
    replaced = uploader.in_sheet if isinstance(sheet, str) else uploader.in_config
    return content | {
        "config": uploader.in_config(content["config"]),
        "samples": replaced(sheet),
    }


def _value(text: str, where: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise BadUsage(f"{where}: its value is not YAML", hint="put it into quotes") from None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputMissing(f"{file}: {error.strerror}", hint="check the path") from error
    except UnicodeDecodeError:
        raise BadData(f"{file}: no text in UTF-8", hint="save it as UTF-8") from None
