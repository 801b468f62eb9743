"""JSON as a table: records, columns, or counts by cause."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engines.calibrate.json_keys import once
from engines.calibrate.va_data.problems import Problems, shown
from engines.calibrate.va_data.table import Table
from engines.contract.errors import BadData
from engines.contract.wording import printable, quoted

ROW_NAMES = "_row"  # as R's jsonlite calls them
LARGEST = 100 * 2**20  # bytes: JSON is read as a whole, in about ten times its size
COUNTS = ["cause", "deaths"]
SHAPES = (
    'records [{"id": …, "cause": …}], columns {"id": […], "cause": […]}, '
    'or counts {"pneumonia": 12, …}'
)


def read_json(path: Path) -> Table:
    """The table of a JSON file.

    Raises:
        BadData: it is not JSON, too large, or of another shape.
    """
    content = load(path)
    if not content:
        raise BadData(f"{shown(path)}: is empty", hint=f"expected are {SHAPES}")
    if isinstance(content, list):
        return _records(path, content)
    if all(isinstance(values, list) for values in content.values()):
        return _columns(path, content)
    if any(isinstance(value, list | dict) for value in content.values()):
        raise BadData(f"{shown(path)}: is an object of objects", hint=f"expected are {SHAPES}")
    pairs = [[name, _cell(value)] for name, value in content.items()]
    return _table(path, list(COUNTS), pairs, "entry")


def load(path: Path) -> Any:
    """A JSON list or object in which no name is there twice and every number is one.

    Raises:
        BadData: it is not, or is too large.
    """
    size = path.stat().st_size
    if size > LARGEST:
        said = f"{shown(path)}: is JSON of {size / 2**20:,.0f} MB, more than {LARGEST >> 20}"
        raise BadData(said, hint="write it as CSV, which is read row by row")
    try:
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text, parse_constant=_no_number, object_pairs_hook=once(quoted))
    except json.JSONDecodeError as error:
        said = f"{shown(path)}, line {error.lineno}, column {error.colno}: is not JSON: {error.msg}"
        raise BadData(said, hint=f"expected are {SHAPES}") from error
    except UnicodeDecodeError as error:
        raise BadData(f"{shown(path)}: is not UTF-8 text", hint="save it in UTF-8") from error
    except (ValueError, RecursionError) as error:
        said = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise BadData(f"{shown(path)}: {printable(said)}", hint=f"expected are {SHAPES}") from error


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


def _cell(value: Any) -> str:
    """A value as a cell of text; what is no single value is refused where it is read."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def _records(path: Path, records: list[Any]) -> Table:
    problems = Problems(path)
    names = dict.fromkeys(n for each in records if isinstance(each, dict) for n in each)
    header = sorted(names, key=lambda name: name != ROW_NAMES)
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            said = f"is {quoted(json.dumps(record))}, not an object"
            problems.add(f"record {number}", said, f"expected are {SHAPES}")
        elif any(isinstance(value, list | dict) for value in record.values()):
            said = "holds a list or an object where a value belongs"
            problems.add(f"record {number}", said, f"expected are {SHAPES}")
    problems.stop_if_any()
    return _table(path, header, [[_cell(r.get(name)) for name in header] for r in records])


def _columns(path: Path, columns: dict[str, list[Any]]) -> Table:
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise BadData(
            f"{shown(path)}: columns differ in length: {printable(said)}",
            hint="every column needs a value for each death; null where there is none",
        )
    cells = [[_cell(value) for value in values] for values in columns.values()]
    return _table(path, list(columns), [list(row) for row in zip(*cells, strict=True)])


def _table(path: Path, header: list[str], rows: list[list[str]], word: str = "record") -> Table:
    if not rows:
        raise BadData(f"{shown(path)}: has no deaths", hint=f"expected are {SHAPES}")

    def read() -> Iterator[tuple[int, list[str]]]:
        yield from enumerate(rows, 1)

    names = ["" if name == ROW_NAMES else name.strip() for name in header]
    return Table(path, names, read, word)
