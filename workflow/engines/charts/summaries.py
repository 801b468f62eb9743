"""Read what `compare`, `compare-sv`, `calibrate` and `qc judge` leave, and check it.

The checks of the comparisons are written out here, not run from the JSON schema: with
stratifications a cohort has some hundred thousand rows, and the general validator needs
minutes for them. A calibration is small, and is held against its schema.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from engines.charts import extras_check
from engines.charts.wording import MAKE_AGAIN
from engines.contract.errors import BadData

SUFFIX = ".summary.json"
VERDICT_SUFFIX = ".verdict.json"
SMALL_VARIANTS = "plumbline/small_variants.summary/1"
STRUCTURAL_VARIANTS = "plumbline/structural_variants.summary/1"
CALIBRATION = "plumbline/calibration.summary/1"
QC = "plumbline/qc.verdict/1"
ANNOTATION = "plumbline/annotation.summary/1"
SCREEN = "plumbline/screen.summary/1"
KINDS = (SMALL_VARIANTS, STRUCTURAL_VARIANTS, CALIBRATION, QC, ANNOTATION, SCREEN)
COMMANDS = {
    SMALL_VARIANTS: "small-variants",
    STRUCTURAL_VARIANTS: "structural-variants",
    CALIBRATION: "calibration",
}
ENGINES = {SMALL_VARIANTS: "compare", STRUCTURAL_VARIANTS: "compare-sv", CALIBRATION: "calibrate"}
ENGINES |= {QC: "qc judge", ANNOTATION: "annotate", SCREEN: "screen"}

METRICS = ("recall", "precision", "f1")
COUNTS = {
    SMALL_VARIANTS: (
        *("truth_total", "truth_tp", "truth_fn", "query_total", "query_tp", "query_fp"),
        *("query_unk", "fp_gt", "fp_al"),
    ),
    STRUCTURAL_VARIANTS: (
        *("truth_total", "truth_tp", "truth_fn", "query_total", "query_tp", "query_fp"),
    ),
}
ROW_FRACTIONS = {SMALL_VARIANTS: (*METRICS, "frac_na"), STRUCTURAL_VARIANTS: METRICS}
LABELS = {
    SMALL_VARIANTS: ("type", "subtype", "subset", "filter"),
    STRUCTURAL_VARIANTS: ("type", "size"),
}
INTERVALS = ("recall_low", "recall_high", "precision_low", "precision_high")
"""Ends of 95 % intervals; a row of a small-variant summary may have them."""
FRACTIONS = (*METRICS, *INTERVALS, "frac_na", "gt_concordance")  # of rows and outcomes
RATIOS = ("truth_ti_tv", "query_ti_tv", "truth_het_hom", "query_het_hom")
VERDICTS = ("fail", "warn", "pass", "none")  # as `qc judge` orders them
METRIC_TEXTS = ("category", "metric", "group", "unit", "reason")
OUTCOME_COUNTS = ("truth_tp", "truth_fn", "query_tp", "query_fp")

LARGEST = 2**53 - 1
"""A larger whole number not every reader of JSON keeps exactly; charts and sums fail at it."""
_AGAIN = "run it again for this sample or data set"
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")  # of a pair, or alone
_LARGE = re.compile(rb"[0-9]{16}|[eE]\+?[0-9]{3}")


@dataclass(frozen=True)
class Summary:
    """One sample's comparison or verdict of quality, or one data set's calibration.

    Attributes:
        sample: its name here.
        path: its file.
        data: what the engine wrote.
    """

    sample: str
    path: Path
    data: dict[str, Any]

    @property
    def kind(self) -> str:
        """Which of the schemas it follows."""
        return str(self.data["schema"])


def sample_names(paths: Sequence[Path]) -> list[str]:
    """Give each file the name of its sample: `HG002.summary.json` is HG002.

    Files of one name in several folders (two callers, say) get as much of the
    folder before it as tells them apart: `bwa/HG002`, `dragen/HG002`.
    """
    parts = [(*_folders(path), own_name(path)) for path in paths]
    names = [path[-1] for path in parts]
    depth = 1
    while len(set(names)) < len(names) and depth < max(map(len, parts)):
        depth += 1
        times = Counter(names)
        names = [
            "/".join(path[-depth:]) if times[name] > 1 else name
            for name, path in zip(names, parts, strict=True)
        ]
    return names


def _folders(path: Path) -> tuple[str, ...]:
    """Those above a file; without the one that is called as its sample, as a screen has it."""
    folder = path.resolve().parent
    return (folder.parent if folder.name == own_name(path) else folder).parts


def own_name(path: Path) -> str:
    """The sample as its run calls it, whatever else is shown beside it."""
    name = path.name.removesuffix(SUFFIX).removesuffix(VERDICT_SUFFIX)
    return name.removesuffix(".json")


def read_summary(path: Path, kind: str | None = None) -> dict[str, Any]:
    """Read and check one summary, of the ``kind`` asked for or of any.

    Raises:
        BadData: it is empty, not JSON, of another kind, or a key is missing or impossible.
        FileNotFoundError: it is not there.
    """
    return summary_of(path, path.read_bytes(), kind)


def summary_of(path: Path, text: bytes, kind: str | None = None) -> dict[str, Any]:
    """The same of a file whose content is at hand; ``path`` is only what it is called.

    Raises:
        BadData: as :func:`read_summary`.
    """
    data = parsed(path, text)
    schema = data.get("schema")
    if schema not in KINDS or (kind and schema != kind):
        _report_other_kind(path, schema, kind)
    if schema == CALIBRATION:
        # imported here: the validator takes its time, and the comparisons do without
        from engines.charts import calibration_check

        calibration_check.check(path, data)
    elif schema in (ANNOTATION, SCREEN):
        from engines.charts import schema_check

        schema_check.check(path, text, data, ENGINES[schema])
    elif schema == QC:
        _Check(path, schema).verdicts(data)
    else:
        _Check(path, schema).whole(data)
    return data


def parsed(path: Path, text: bytes) -> dict[str, Any]:
    """A JSON object, whatever it holds.

    Raises:
        BadData: it is empty or no JSON object, or has a number or text that no reader could keep.
    """
    if not text.strip():
        raise BadData(f"{path}: empty file", hint=_AGAIN)
    try:
        # called for every number, so only where one could be too large
        odd = _LARGE.search(text)
        data = json.loads(
            text.decode("utf-8-sig"),
            parse_constant=_no_constant,
            parse_int=_exact if odd else None,
            parse_float=_finite if odd else None,
        )
        if _HALF.search(text):
            json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadData(
            f"{path}: {where}: not JSON: {error.msg}",
            hint="truncated or not a summary? run it again for this sample or data set",
        ) from error
    except UnicodeEncodeError as error:
        raise BadData(f"{path}: half a character in a text", hint=_AGAIN) from error
    except ValueError as error:
        raise BadData(f"{path}: not JSON: {error}", hint="is this a summary.json?") from error
    if not isinstance(data, dict):
        raise BadData(f"{path}: not a JSON object", hint="is this a summary.json?")
    return data


def of_schema(path: Path, text: bytes, schema: str, hint: str) -> dict[str, Any]:
    """A JSON object that says it is of a schema.

    Raises:
        BadData: it is empty, not JSON, or of another schema; with ``hint``.
    """
    data = parsed(path, text)
    if data.get("schema") != schema:
        found = str(data.get("schema"))[:80]
        raise BadData(f"{path}: schema: {found}, expected {schema}", hint=hint)
    return data


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _exact(number: str) -> int:
    if len(number) > 20 or abs(value := int(number)) > LARGEST:
        raise ValueError(f"{number[:20]}… is too large a number")
    return value


def _finite(number: str) -> float:
    if math.isinf(value := float(number)):
        raise ValueError(f"{number[:20]} is too large a number")
    return value


def _report_other_kind(path: Path, schema: object, kind: str | None) -> NoReturn:
    kinds = KINDS if kind is None else (kind,)
    wanted = " or ".join(kinds)
    engines = [f"`plumbline {ENGINES[each]}`" for each in kinds]
    hint = f"give a summary.json made by {' or '.join(engines)}"
    if isinstance(schema, str) and schema in COMMANDS:
        hint = f"give it to `plumbline chart {COMMANDS[schema]}`"
    elif schema == QC:
        hint = "give it to `plumbline results`; its page is OUT.verdict.html"
    elif schema in (ANNOTATION, SCREEN):
        hint = "give it to `plumbline results`; its report is beside it and ends in .html"
    raise BadData(f"{path}: schema: {schema!r}, expected {wanted}", hint=hint)


class _Check:
    """The checks of one file; every failure names the file and the key."""

    def __init__(self, path: Path, kind: str) -> None:
        self.path, self.kind = path, kind

    def whole(self, data: dict[str, Any]) -> None:
        self.text(data, "", "engine", "version")
        if "called" in data:
            self.text(self.nested(data, "called"), "called.", "sample", "caller")
        for side in ("truth", "query"):
            self.call_set(data, side)
        if self.kind == SMALL_VARIANTS:
            self.text(self.nested(data, "reference"), "reference.", "name")
            self.regions(data, "confident", "target")
            self.entries(data, "capped_clusters", ("contig",), ("start", "end", "truth_records"))
            extras_check.check(self, data)
        else:
            if not isinstance(data.get("reference", 0), str | None):
                self.fail("reference", "missing, or neither a text nor null")
            self.outcome(data, "bench")
            if data.get("refine", self) is not None:
                self.outcome(data, "refine")
        self.nested(data, "options")
        self.rows(data)
        self.entries(data, "set_aside", ("side", "reason"), ("records",))
        self.warnings(data)

    def verdicts(self, data: dict[str, Any]) -> None:
        self.text(data, "", "version")
        samples = self.listed(data, "samples")
        if not samples:
            self.fail("samples", "is empty")
        for number, sample in enumerate(samples):
            where = f"samples[{number}]"
            if not isinstance(sample, dict):
                self.fail(where, "not an object")
            self.text(sample, f"{where}.", "sample")
            self.verdict(sample, where)
            counts = self.nested(sample, "counts", f"{where}.")
            self.counts(counts, f"{where}.counts.", *VERDICTS)
            for place, metric in enumerate(self.listed(sample, "metrics", f"{where}.")):
                self.judged(metric, f"{where}.metrics[{place}]")
        self.warnings(data)

    def judged(self, metric: Any, where: str) -> None:
        if not isinstance(metric, dict):
            self.fail(where, "not an object")
        self.text(metric, f"{where}.", *METRIC_TEXTS)
        self.verdict(metric, where)
        for key in ("value", "source"):
            if not isinstance(metric.get(key, self), int | float | str | None):
                self.fail(f"{where}.{key}", self.found(metric, key, "a number, a text or null"))
        if metric.get("cohort", self) is not None:
            cohort = self.nested(metric, "cohort", f"{where}.")
            self.counts(cohort, f"{where}.cohort.", "n", "rank")

    def verdict(self, data: dict[str, Any], where: str) -> None:
        if data.get("verdict") not in VERDICTS:
            wanted = "fail, warn, pass or none"
            self.fail(f"{where}.verdict", self.found(data, "verdict", wanted))

    def warnings(self, data: dict[str, Any]) -> None:
        for number, warning in enumerate(self.listed(data, "warnings")):
            if not isinstance(warning, str):
                self.fail(f"warnings[{number}]", "not a text")

    def rows(self, data: dict[str, Any]) -> None:
        rows = self.listed(data, "rows")
        labels, counts, fractions = LABELS[self.kind], COUNTS[self.kind], ROW_FRACTIONS[self.kind]
        for number, row in enumerate(rows):
            where = f"rows[{number}]."
            if not isinstance(row, dict):
                self.fail(where[:-1], "not an object")
            self.text(row, where, *labels)
            self.counts(row, where, *counts)
            for key in fractions:
                self.fraction(row, where, key)
            for key in RATIOS:
                if key in row and not _is_ratio(row[key]):
                    self.fail(where + key, f"{row[key]!r} is no ratio")
            for key in INTERVALS:
                if key in row:
                    self.fraction(row, where, key)
        repeated = Counter(tuple(row[key] for key in labels) for row in rows)
        for row_labels, times in repeated.items():
            if times > 1:
                self.fail("rows", f"{' '.join(row_labels)} is there {times} times")
        if self.kind == SMALL_VARIANTS and not any(
            row["subtype"] == row["subset"] == "*" for row in rows
        ):
            self.fail("rows", "no row of subtype * and subset *")

    def call_set(self, data: dict[str, Any], side: str) -> None:
        call_set = self.nested(data, side)
        self.text(call_set, f"{side}.", "name")
        if not isinstance(call_set.get("sample", 0), str | None):
            self.fail(f"{side}.sample", "missing, or neither a text nor null")
        if call_set.get("records", self) is not None:
            self.counts(call_set, f"{side}.", "records")

    def outcome(self, data: dict[str, Any], key: str) -> None:
        outcome = self.nested(data, key)
        self.counts(outcome, f"{key}.", *OUTCOME_COUNTS)
        for metric in (*METRICS, "gt_concordance"):
            self.fraction(outcome, f"{key}.", metric)

    def regions(self, data: dict[str, Any], *keys: str) -> None:
        for key in keys:
            if data.get(key, self) is not None:
                self.text(self.nested(data, key), f"{key}.", "name")

    def entries(
        self,
        data: dict[str, Any],
        key: str,
        texts: Iterable[str],
        counts: Iterable[str],
        above: str = "",
    ) -> None:
        for number, entry in enumerate(self.listed(data, key, above)):
            where = f"{above}{key}[{number}]"
            if not isinstance(entry, dict):
                self.fail(where, "not an object")
            self.text(entry, f"{where}.", *texts)
            self.counts(entry, f"{where}.", *counts)

    def nested(self, data: dict[str, Any], key: str, where: str = "") -> dict[str, Any]:
        value = data.get(key)
        if not isinstance(value, dict):
            self.fail(where + key, "missing, or not an object")
        return value

    def listed(self, data: dict[str, Any], key: str, where: str = "") -> list[Any]:
        value = data.get(key)
        if not isinstance(value, list):
            self.fail(where + key, "missing, or not a list")
        return value

    def text(self, data: dict[str, Any], where: str, *keys: str) -> None:
        for key in keys:
            if not isinstance(data.get(key), str):
                self.fail(where + key, "missing, or not a text")

    def counts(self, data: dict[str, Any], where: str, *keys: str) -> None:
        for key in keys:
            value = data.get(key)
            if type(value) is not int or value < 0:
                self.fail(where + key, self.found(data, key, "a count"))

    def fraction(self, data: dict[str, Any], where: str, key: str) -> None:
        if key not in data or not (_is_ratio(data[key]) and (data[key] or 0) <= 1):
            self.fail(where + key, self.found(data, key, "null or a number from 0 to 1"))

    def found(self, data: dict[str, Any], key: str, wanted: str) -> str:
        return f"{data[key]!r} is not {wanted}" if key in data else "missing"

    def fail(self, key: str, problem: str) -> NoReturn:
        raise BadData(f"{self.path}: {key}: {problem}", hint=MAKE_AGAIN.format(ENGINES[self.kind]))


def _is_ratio(value: object) -> bool:
    """Null, or a number from 0 up; true and false are no numbers."""
    return value is None or (type(value) in (int, float) and value >= 0)  # type: ignore[operator]
