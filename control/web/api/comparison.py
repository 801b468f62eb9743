"""Two runs side by side: what they were asked for, made with, and what they measured."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from flask import Response
from pydantic import Field

from control.events.index_rows import RunRow
from control.record.run_dir import RunDir
from control.runs import comparison
from control.runs.comparison import OnlyIn, Scalar
from control.runs.measured import Measured, measured
from control.web import comparison_table as table
from control.web.api.resource import Answer, Query, RunId, answer, disposition, raw
from control.web.api.run import links
from control.web.api.runs import api
from control.web.aside import aside
from control.web.comparison_table import Line
from control.web.service import run_dir, service
from engines.contract.errors import EngineError, InputMissing


class ComparedRun(Answer):
    """One of the two."""

    run_id: str
    name: str
    analysis: str
    state: str
    start: str | None
    command: str
    link: str
    problems: list[str] = Field(description="What of it could not be compared, a line each")


class Different(Answer):
    """A value that is not the same."""

    key: str = Field(description="Of nested values with dots, of lists with [0]")
    a: Scalar = Field(description="Null also where it is not there")
    b: Scalar
    only_in: OnlyIn = Field(description="`a` or `b` where it is in one only")


class DifferentSample(Answer):
    """A row of the sample sheets that is not the same."""

    sample: str = Field(description="First column; one that comes again as `A (2)`")
    only_in: OnlyIn
    columns: list[Different] = Field(description="Of a sample that is in both")


class ComparedValue(Answer):
    """One value of both runs."""

    name: str
    a: Scalar
    b: Scalar
    difference: float | None = Field(description="b - a, of numbers")


class ComparedRow(Answer):
    """One row of the results, as `plumbline results --json` has it."""

    kind: str = Field(
        description="small_variants, structural_variants, calibration, qc, annotation or screen"
    )
    sample: str
    row: str = Field(description="Which row of the sample: `SNP PASS` …; empty: the sample itself")
    only_in: OnlyIn
    values: list[ComparedValue]


class Comparison(Answer):
    """Two runs side by side."""

    a: ComparedRun
    b: ComparedRun
    config: list[Different] = Field(description="Keys of the configuration that are not the same")
    samples: list[DifferentSample]
    version: list[Different]
    results: list[ComparedRow] = Field(description="Also those that are the same")


class CompareQuery(Query):
    """Which two runs."""

    a: RunId
    b: RunId
    same: bool = Field(False, description="Also what is the same in what was asked for")


class CompareExportQuery(Query):
    """Which two runs."""

    a: RunId
    b: RunId


@api.get("/runs/compare", responses={200: Comparison})
def compare_runs(query: CompareQuery) -> Response:
    """Two runs side by side: what differs in what was asked, and what both measured."""
    return answer(compared(query.a, query.b, also_same=query.same))


_EXPORTED = raw("A line a value, under a line of headings", table.MEDIA_TYPE)


@api.get("/runs/compare/export", responses={200: _EXPORTED})
def export_comparison(query: CompareExportQuery) -> Response:
    """The same as one table (TSV), with what is the same, for spreadsheets and scripts."""
    found = compared(query.a, query.b, also_same=True)
    made = Response(
        table.written(lines_of(found)), content_type=f"{table.MEDIA_TYPE}; charset=utf-8"
    )
    disposition(made, "attachment", f"{query.a}_{query.b}.tsv")
    return made


def compared(a: str, b: str, *, also_same: bool) -> Comparison:
    """What there is to tell of two runs.

    Args:
        a, b: their ids.
        also_same: of what was asked for also what is the same in both.

    Raises:
        InputMissing: there is no such run (any more).
        NotPermitted: one is somebody else's.
    """
    rows = [service().seen(run_id) for run_id in (a, b)]
    dirs = [run_dir(row) for row in rows]
    asked = aside(lambda: [_asked(each) for each in dirs])
    found = aside(lambda: [_measured(each) for each in dirs])
    (config_a, samples_a, problems_a), (config_b, samples_b, problems_b) = asked
    versions = [comparison.flat(row.version) for row in rows]
    samples = comparison.sample_differences(samples_a, samples_b, also_same=also_same)
    return Comparison(
        a=_side(rows[0], [*problems_a, *found[0].problems]),
        b=_side(rows[1], [*problems_b, *found[1].problems]),
        config=_all(comparison.differences(config_a, config_b, also_same=also_same)),
        samples=[
            DifferentSample(sample=each.sample, only_in=each.only_in, columns=_all(each.columns))
            for each in samples
        ],
        version=_all(comparison.differences(*versions, also_same=also_same)),
        results=_side_by_side(found[0], found[1]),
    )


def lines_of(found: Comparison) -> Iterator[Line]:
    """Everything that is compared, a line a value."""
    for part, listed in (("configuration", found.config), ("version", found.version)):
        for each in listed:
            yield Line(part, "", "", each.key, each.a, each.b, None, each.only_in)
    for sample in found.samples:
        if sample.only_in:
            yield Line("samples", sample.sample, "", "", None, None, None, sample.only_in)
        for each in sample.columns:
            yield Line("samples", sample.sample, "", each.key, each.a, each.b, None, each.only_in)
    for row in found.results:
        for value in row.values:
            yield Line(
                *(row.kind, row.sample, row.row, value.name),
                *(value.a, value.b, value.difference, row.only_in),
            )


def _asked(
    found: RunDir,
) -> tuple[dict[str, Scalar], dict[str, dict[str, Scalar]], list[str]]:
    """Configuration and sample sheet of a run, and why one of them is not compared."""
    problems: list[str] = []
    config: dict[str, Scalar] = {}
    samples: dict[str, dict[str, Scalar]] = {}
    try:
        config = comparison.read_config(found)
    except EngineError as error:
        problems.append(f"configuration: {error.message}")
    try:
        samples = comparison.read_samples(found)
    except EngineError as error:
        problems.append(f"sample sheet: {error.message}")
    return config, samples, problems


def _measured(found: RunDir) -> Measured:
    try:
        return measured(found)
    except FileNotFoundError:
        raise InputMissing(f"run {found.run_id}: was deleted") from None


def _side(row: RunRow, problems: list[str]) -> ComparedRun:
    names = ("run_id", "name", "analysis", "state", "start", "command")
    fields: dict[str, Any] = {name: getattr(row, name) for name in names}
    return ComparedRun(**fields, link=links(row.run_id).self, problems=problems)


def _all(found: list[comparison.Difference]) -> list[Different]:
    return [Different(**asdict(each)) for each in found]


def _side_by_side(a: Measured, b: Measured) -> list[ComparedRow]:
    rows = []
    for key in dict.fromkeys([*a.values, *b.values]):
        only_in: OnlyIn = None
        if not (key in a.values and key in b.values):
            only_in = "a" if key in a.values else "b"
        values = _values(a.values.get(key, {}), b.values.get(key, {}))
        kind, sample, row = key
        rows.append(ComparedRow(kind=kind, sample=sample, row=row, only_in=only_in, values=values))
    return rows


def _values(a: Mapping[str, Scalar], b: Mapping[str, Scalar]) -> list[ComparedValue]:
    return [
        ComparedValue(
            name=name, a=a.get(name), b=b.get(name), difference=_minus(b.get(name), a.get(name))
        )
        for name in dict.fromkeys([*a, *b])
    ]


def _minus(one: Scalar, other: Scalar) -> float | None:
    for value in (one, other):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
    assert isinstance(one, int | float) and isinstance(other, int | float)
    return round(one - other, 12)
