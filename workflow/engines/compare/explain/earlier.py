"""The request of an earlier comparison, as its provenance keeps it."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from engines.compare.case import Request
from engines.compare.limits import Limits
from engines.contract.errors import BadData, InputMissing


def kept(request: Request) -> dict[str, Any]:
    """What the provenance keeps of a request: every option, paths in full."""
    return {
        item.name: _plain(getattr(request, item.name))
        for item in fields(request)
        if item.name not in ("out", "threads")
    } | {"stratification_regions": [_in_full(given) for given in request.stratification_regions]}


def _in_full(given: str) -> str:
    """``NAME:BED`` with the whole path."""
    name, _, bed = given.partition(":")
    return f"{name}:{Path(bed).resolve()}"


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return {"path": str(value.resolve())}
    if isinstance(value, Limits):
        return vars(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def request_of(prefix: Path) -> Request:
    """The request that made the results at ``prefix``.

    Raises:
        InputMissing: there is no provenance, or one of the inputs is gone.
        BadData: it is not of a comparison, of another version, or an input has changed.
    """
    proof = prefix.with_name(f"{prefix.name}.provenance.json")
    if not proof.is_file():
        raise InputMissing(
            f"run {prefix}: no such file: {proof.name}",
            hint="give the --out of an earlier `plumbline compare`, without .summary.json",
        )
    try:
        data = json.loads(proof.read_text(encoding="utf-8"))
        options, inputs = data["request"], data["inputs"]
        names = {item.name for item in fields(Request)}
        values = {name: _value(name, value) for name, value in options.items() if name in names}
        request = Request(out=prefix, **values)
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BadData(
            f"{proof}: does not tell how the comparison was made",
            hint="compare again with this version, or give --truth, --query, --reference",
        ) from error
    for role, known in inputs.items():
        path = Path(known["path"])
        if not path.exists():
            raise InputMissing(f"run {prefix}: its {role} {path} is no longer there")
        if path.stat().st_size != known["bytes"]:
            raise BadData(
                f"run {prefix}: its {role} {path} has changed since",
                hint="compare again, or give the files of that run",
            )
    return request


def _value(name: str, value: Any) -> Any:
    if name == "limits":
        return Limits(**value)
    if isinstance(value, dict) and set(value) == {"path"}:
        return Path(value["path"])
    if isinstance(value, list):
        return tuple(_value("", item) for item in value)
    return value
