"""What knowledge exists and where users get it: resources/knowledge.yaml as objects."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.contract.wording import did_you_mean

ROOT = Path(__file__).resolve().parents[4]
FILE = ROOT / "resources/knowledge.yaml"
SCHEMA = ROOT / "workflow/schemas/knowledge.schema.yaml"


@dataclass(frozen=True, slots=True)
class Offer:
    """A source that users can fetch themselves.

    Attributes:
        option: of ``plumbline knowledge compile`` that takes it.
        files: name → address; empty where it cannot be fetched without signing up.
        note: what to know before using it.
    """

    name: str
    title: str
    option: str
    licence: str
    page: str
    files: dict[str, str]
    note: str


@functools.cache
def offers() -> dict[str, Offer]:
    """All of the catalogue by name, checked against its schema.

    Raises:
        InputMissing, BadData: the catalogue is not there or not right.
    """
    import jsonschema  # slow to import

    data = _read(FILE)
    mistake = jsonschema.exceptions.best_match(
        jsonschema.Draft202012Validator(_read(SCHEMA)).iter_errors(data)
    )
    if mistake:
        where = "/".join(map(str, mistake.absolute_path))
        raise BadData(f"{FILE}: {where}: {mistake.message}", hint="repair the file")
    return {
        name: Offer(
            name,
            values["title"],
            values["option"],
            values["licence"],
            values["page"],
            values.get("files", {}),
            values.get("note", ""),
        )
        for name, values in data["sources"].items()
    }


def offer(name: str) -> Offer:
    """The source of this name.

    Raises:
        BadUsage: there is none, with the nearest that there is.
    """
    found = offers().get(name)
    if found is None:
        raise BadUsage(
            f"unknown source {name!r}{did_you_mean(name, offers())}",
            hint="known: " + ", ".join(offers()),
        )
    return found


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputMissing(
            f"{path}: {error.strerror}", hint="plumbline needs the resources/ of its own folder"
        ) from error
    except yaml.YAMLError as error:
        raise BadData(f"{path}: {' '.join(str(error).split())}", hint="repair the file") from error
