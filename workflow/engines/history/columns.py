"""The columns of the history, and what each says: one number or word of one summary a row."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

VERSION = 1
SCHEMA = f"plumbline/history/{VERSION}"
METADATA = b"plumbline.history"  # key in the metadata of a Parquet file

Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        type: key (a text, never null, empty where it does not apply), text, number, day or time.
        says: what it holds, for people; in the Parquet metadata too.
    """

    name: str
    type: str
    says: str


COLUMNS = (
    Column("run", "key", "id of the run; empty where nobody knows it"),
    Column("sample", "key", "sample, or data set of a calibration, as the run calls it"),
    Column(
        "kind",
        "key",
        "small_variants, structural_variants, calibration, qc, qc_metrics, annotation or screen",
    ),
    Column("date", "day", "when it was measured (UTC), as far as that is known: see dated"),
    Column("dated", "key", "how the date is known: given, file (newest QC file), made, modified"),
    Column(
        "made", "time", "when the summary was made (UTC); with dated = modified its file's time"
    ),
    Column("build", "key", "genome build"),
    Column("truth", "key", "what it was compared with: truth, matrices, knowledge, databases"),
    Column("engine", "key", "what measured it"),
    Column("engine_version", "key", "its version"),
    Column("type", "key", "SNP, INDEL, DEL, INS, ...; * is all"),
    Column("subtype", "key", "hap.py's subtype; * is all"),
    Column("size", "key", "size of structural variants in bases; * is all"),
    Column("subset", "key", "stratification; * is everything"),
    Column("filter", "key", "ALL or PASS"),
    Column("comparison", "key", "of structural variants: bench or refine"),
    Column("category", "key", "of a QC metric: mapping, coverage, vc, ..."),
    Column(
        "metric_group",
        "key",
        "of a QC metric: read group, contig, region; class, gene, taxon; side: reason",
    ),
    Column("source", "key", "kind of file that a QC metric is from"),
    Column("age_group", "key", "of a calibration"),
    Column("country", "key", "of a calibration"),
    Column("fit", "key", "of a calibration: the algorithm, or ensemble"),
    Column("cause", "key", "of a calibration: cause of death"),
    Column("metric", "key", "what was measured"),
    Column("value", "number", "the number; null where there is none, which is no zero"),
    Column("low", "number", "lower end of the 95 % interval"),
    Column("high", "number", "upper end of the 95 % interval"),
    Column("z", "number", "of a judged QC metric: robust z-score among the cohort"),
    Column("verdict", "text", "of a judged QC metric, or of the sample: pass, warn, fail, none"),
    Column("text", "text", "the value where it is no number, or a remark on it"),
    Column("unit", "key", "of value, low and high; empty for fractions, ratios and counts"),
    Column("reason", "text", "of a QC verdict, in words"),
    Column("sha256", "key", "of the file that says so"),
)
NAMES = tuple(column.name for column in COLUMNS)
GROUPS = NAMES[NAMES.index("type") : NAMES.index("metric")]
_TYPES = {
    "key": pa.string(),
    "text": pa.string(),
    "number": pa.float64(),
    "day": pa.date32(),
    "time": pa.timestamp("ms", tz="UTC"),
}


@dataclass(frozen=True, order=True)
class Entry:
    """One summary in the history: a sample's result, and the SHA-256 of its file."""

    kind: str
    sample: str
    sha256: str


def arrow_schema(entries: Iterable[Entry] = ()) -> pa.Schema:
    """The schema with what each column says, and which summaries the rows are of."""
    fields = [
        pa.field(c.name, _TYPES[c.type], nullable=c.type != "key", metadata={"says": c.says})
        for c in COLUMNS
    ]
    told = {
        "schema": SCHEMA,
        "columns": {column.name: column.says for column in COLUMNS},
        "summaries": [vars(entry) for entry in sorted(entries)],
    }
    return pa.schema(fields, {METADATA: json.dumps(told, ensure_ascii=False).encode()})


_PLAIN = arrow_schema()


def as_table(rows: Iterable[Mapping[str, Any]], entries: Iterable[Entry] = ()) -> pa.Table:
    """Rows as a table; what a row does not say is empty in a key, else null."""
    rows = list(rows)
    arrays = [
        pa.array([row.get(c.name, "" if c.type == "key" else None) for row in rows], _TYPES[c.type])
        for c in COLUMNS
    ]
    return pa.Table.from_arrays(arrays, schema=arrow_schema(entries))


def fitted(table: pa.Table) -> pa.Table:
    """A table of this or an older version in the columns of this one.

    Columns that an older version did not have are empty; unknown ones are passed over.

    Raises:
        pa.ArrowInvalid: a column is of a type that cannot be read as this one's.
    """
    if table.schema.equals(_PLAIN):  # but for the metadata
        return table
    arrays = []
    for column in COLUMNS:
        kind = _TYPES[column.type]
        if column.name in table.column_names:
            array = table[column.name].cast(kind)
        else:
            array = pa.nulls(len(table), kind)
        arrays.append(array.fill_null("") if column.type == "key" else array)
    return pa.Table.from_arrays(arrays, schema=_PLAIN)
