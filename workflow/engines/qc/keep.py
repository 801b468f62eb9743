"""``plumbline qc keep``: good samples join the cohort of those that come later."""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from engines.contract.errors import BadData, InputMissing
from engines.contract.output import staging
from engines.contract.progress import say, tell_result, warn
from engines.contract.provenance import sha256_of
from engines.contract.wording import either, printable, quoted
from engines.qc.outcome import SCHEMA
from engines.qc.summary import read_hashed
from engines.qc.verdict import VERDICTS

DIGITS = 12  # of the SHA-256 in the name of a kept file
_HINT = "give what `plumbline qc judge` of this version wrote"


def keep(verdicts: Sequence[Path], tables: Path, folder: Path, wanted: Collection[str]) -> None:
    """Copy the ``.qc.json`` of good samples as ``FOLDER/SAMPLE.DIGEST.qc.json``.

    All verdicts are checked before the first file is copied. What is there already stays, so any
    number of runs may keep samples at the same time.

    Args:
        verdicts: files that ``plumbline qc judge`` wrote.
        tables: the folder with ``SAMPLE.qc.json``.
        wanted: the verdicts of samples that are kept.

    Raises:
        InputMissing: a file is not there.
        BadData: a file is no verdict, or the verdict is of another ``.qc.json``.
    """
    found = [(path, entry) for path in verdicts for entry in _entries(path)]
    checked = [
        (_checked(path, entry, tables), entry)
        for path, entry in found
        if entry["verdict"] in wanted
    ]
    counts = Counter(_copy(table, entry, folder) for table, entry in checked)
    for _, entry in found:
        if entry["verdict"] not in wanted:
            why = f"its verdict is {entry['verdict']}, not {either(sorted(set(wanted)))}"
            say(f"not kept: {printable(entry['sample'])}: {why}")
    rest = len(found) - len(checked)
    say(f"kept: {counts['kept']}, there already: {counts['there']}, not kept: {rest} -> {folder}")
    tell_result(
        {"path": str(folder), **{k: counts[k] for k in ("kept", "there")}, "not_kept": rest}
    )


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    """What a verdict file says of each of its samples."""
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputMissing(f"{path}: is not there", hint="check the path") from None
    except (ValueError, RecursionError):
        raise BadData(f"{path}: is not JSON", hint=_HINT) from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        said = data.get("schema") if isinstance(data, dict) else None
        raise BadData(f"{path}: its schema is {said!r}, not {SCHEMA!r}", hint=_HINT)
    for entry in data.get("samples") or [None]:
        texts = ("sample", "sha256", "verdict")
        if not isinstance(entry, dict) or not all(isinstance(entry.get(k), str) for k in texts):
            raise BadData(f"{path}: is not complete", hint=_HINT)
        if entry["verdict"] not in VERDICTS:
            raise BadData(f"{path}: the verdict {quoted(entry['verdict'])} is none", hint=_HINT)
        if "/" in entry["sample"] or entry["sample"].startswith("."):
            raise BadData(f"{path}: {quoted(entry['sample'])} is no name of a file", hint=_HINT)
        yield entry


def _checked(verdict: Path, entry: dict[str, Any], tables: Path) -> Path:
    """The table that was judged."""
    table = tables / f"{entry['sample']}.qc.json"
    data, digest = read_hashed(table, contigs_of=())
    if data["sample"] != entry["sample"]:
        raise BadData(
            f"{table}: is of {quoted(data['sample'])}", hint="collect it under its own name"
        )
    if digest != entry["sha256"]:
        raise BadData(f"{verdict}: is of another {table}", hint="judge it again, then keep it")
    return table


def _copy(table: Path, entry: dict[str, Any], folder: Path) -> str:
    """Copy a table with its date, which is in its provenance; say what was done."""
    stem = f"{entry['sample']}.{entry['sha256'][:DIGITS]}.qc"
    target = folder / f"{stem}.json"
    if target.is_file():
        if sha256_of(target) == entry["sha256"]:
            return "there"
        warn(f"{target}: is not what its name says, and is replaced")
    content = table.read_bytes()
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise BadData(f"{table}: changed while it was copied", hint="keep it again")
    beside = table.with_name(table.name.removesuffix(".json") + ".provenance.json")
    if beside.is_file():
        with staging(folder / f"{stem}.provenance.json") as staged:
            shutil.copyfile(beside, staged)
    with staging(target) as staged:
        staged.write_bytes(content)
    return "kept"
