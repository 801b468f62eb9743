"""Many samples in one process: a GPU keeps its context, and one bad sample stops no other."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engines.contract.errors import BadData, EngineError, InputMissing, Transient
from engines.contract.progress import say
from engines.contract.wording import did_you_mean, either, quoted
from engines.screen.case import Request
from engines.screen.device import opened_device
from engines.screen.session import run_on

COLUMNS = ("sample", "reads_1", "reads_2", "species")


def run_samples(request: Request, table: Path) -> str:
    """Screen every row of a table, each into a folder of its name below ``out``.

    Args:
        request: what all samples have in common.

    Raises:
        InputMissing, BadData: the table cannot be used; nothing is screened then.
        BadData: samples failed; Transient where all of them may pass when tried again.
    """
    requests = list(read_samples(request, table))
    failed: dict[str, EngineError] = {}
    with opened_device(request) as device:
        for number, each in enumerate(requests, 1):
            say(f"sample {number} of {len(requests)}: {each.sample}")
            try:
                say(run_on(device, each))
            except EngineError as error:
                failed[each.sample] = error
                say(f"error: {each.sample}: {error.message}")
    if failed:
        raise _failure(failed, len(requests))
    return f"{len(requests)} samples screened"


def read_samples(request: Request, table: Path) -> Iterator[Request]:
    """A request for each row; columns as in the sample sheet of a workflow.

    Raises:
        InputMissing, BadData: see :func:`run_samples`.
    """
    try:
        lines = table.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise InputMissing(f"{table}: no such file", hint="check the path") from error
    except UnicodeDecodeError as error:
        raise BadData(f"{table}: is not UTF-8 text", hint="a table with tabs is needed") from error
    rows = [(n, line.split("\t")) for n, line in enumerate(lines, 1) if line.strip()]
    if len(rows) < 2:
        raise BadData(f"{table}: has no samples", hint=f"a header ({either(COLUMNS)}) and rows")
    header = [name.strip() for name in rows[0][1]]
    _check_header(table, header)
    seen: dict[str, int] = {}
    for number, cells in rows[1:]:
        row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        yield _request(request, f"{table}, row {number}", row, seen)
        seen[row["sample"]] = number


def _check_header(table: Path, header: list[str]) -> None:
    for name in header:
        if name not in COLUMNS:
            raise BadData(
                f"{table}: unknown column {quoted(name)}{did_you_mean(name, COLUMNS)}",
                hint=f"columns are {', '.join(COLUMNS)}, with tabs between them",
            )
    for name in ("sample", "reads_1"):
        if name not in header:
            raise BadData(f"{table}: column {name} is missing", hint="its header is the first line")


def _request(request: Request, where: str, row: dict[str, str], seen: dict[str, int]) -> Request:
    name, forward, reverse = (row.get(key, "") for key in ("sample", "reads_1", "reads_2"))
    if not name or "/" in name or name.startswith(".") or not name.isprintable():
        raise BadData(f"{where}: {quoted(name)} cannot be the name of a sample")
    if name in seen:
        raise BadData(f"{where}: {name} is in row {seen[name]} too", hint="each sample once")
    if not forward:
        raise BadData(f"{where} (sample {name}): reads_1 is empty", hint="name a FASTQ file")
    return replace(
        request,
        sample=name,
        r1=_lanes(forward),
        r2=_lanes(reverse),
        species=row.get("species") or request.species,
        out=request.out / name,
    )


def _lanes(cell: str) -> tuple[Path, ...]:
    return tuple(Path(file.strip()) for file in cell.split(",") if file.strip())


def _failure(failed: dict[str, EngineError], count: int) -> EngineError:
    shown = "; ".join(f"{name}: {error.message}" for name, error in list(failed.items())[:5])
    more = f"; and {len(failed) - 5} more" if len(failed) > 5 else ""
    may_pass = all(error.error_class == "transient" for error in failed.values())
    kind = Transient if may_pass else BadData
    return kind(
        f"{len(failed)} of {count} samples failed: {shown}{more}",
        hint="the others are done; mend these, and screen them again",
    )
