"""Reading summaries: what is accepted follows the schemas, what is not is named by file and key."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from calibration_summary import THREE, calibration_summary
from jsonschema import Draft202012Validator
from summary_files import small_rows, small_summary, sv_summary, write

from engines.charts.summaries import (
    CALIBRATION,
    SMALL_VARIANTS,
    STRUCTURAL_VARIANTS,
    read_summary,
    sample_names,
)
from engines.contract.errors import BadData

SCHEMAS = Path(__file__).parents[3] / "workflow" / "schemas"


def schema(name: str) -> dict[str, Any]:
    text = (SCHEMAS / f"{name}.summary.schema.json").read_text()
    return dict(json.loads(text))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("small_variants", small_summary(rows=small_rows(strata=2, seed=3))),
        ("structural_variants", sv_summary()),
        ("structural_variants", sv_summary(refined=False)),
        ("calibration", calibration_summary()),
        ("calibration", calibration_summary("child", THREE, sensitivity=True, example="x")),
        ("calibration", calibration_summary(algorithms=THREE, stalled=["eava"])),
        ("calibration", calibration_summary(untouched=["insilicova"])),
        ("calibration", calibration_summary(mmat_type="fixed")),
    ],
)
def test_what_the_schema_allows_is_read(name: str, data: dict[str, Any], tmp_path: Path) -> None:
    Draft202012Validator(schema(name)).validate(data)
    (path,) = write(tmp_path, HG002=data)
    assert read_summary(path) == data


@pytest.mark.parametrize("name", ["small_variants", "structural_variants"])
def test_every_required_key_is_missed(name: str, tmp_path: Path) -> None:
    whole = small_summary() if name == "small_variants" else sv_summary()
    for key in sorted(set(schema(name)["required"]) - {"genotype_concordance", "confident"}):
        data = {k: v for k, v in whole.items() if k != key}
        (path,) = write(tmp_path, HG002=data)
        with pytest.raises(BadData, match=f"^{path}: {key}: "):
            read_summary(path)


@pytest.mark.parametrize("name", ["small_variants", "structural_variants"])
def test_every_required_key_of_a_row_is_missed(name: str, tmp_path: Path) -> None:
    whole = small_summary() if name == "small_variants" else sv_summary()
    spec = schema(name)
    row = spec["$defs"]["row"] if name == "small_variants" else spec["properties"]["rows"]["items"]
    for key in row["required"]:
        rows = [dict(row) for row in whole["rows"]]
        del rows[1][key]
        (path,) = write(tmp_path, HG002={**whole, "rows": rows})
        with pytest.raises(BadData, match=rf"^{path}: rows\[1\]\.{key}: missing"):
            read_summary(path)


def first_row(**changed: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: data["rows"][0].update(changed)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (first_row(truth_tp=-1), "rows[0].truth_tp: -1 is not a count"),
        (first_row(truth_tp=True), "rows[0].truth_tp: True is not a count"),
        (first_row(query_fp=3.0), "rows[0].query_fp: 3.0 is not a count"),
        (first_row(recall=1.2), "rows[0].recall: 1.2 is not null or a number from 0 to 1"),
        (first_row(recall="1"), "rows[0].recall: '1' is not null or a number from 0 to 1"),
        (first_row(query_ti_tv=-2), "rows[0].query_ti_tv: -2 is no ratio"),
        (lambda data: data["rows"].append(data["rows"][0]), "rows: SNP * * ALL is there 2 times"),
        (lambda data: data["rows"].clear(), "rows: no row of subtype * and subset *"),
        (lambda data: data.update(warnings=[3]), "warnings[0]: not a text"),
        (lambda data: data.update(truth=None), "truth: missing, or not an object"),
        (
            lambda data: data["set_aside"].append({"side": "truth", "reason": "x"}),
            "set_aside[0].records: missing",
        ),
        (lambda data: data.update(schema="plumbline/small_variants.summary/9"), "schema: "),
    ],
)
def test_what_cannot_be_is_refused(
    spoil: Callable[[dict[str, Any]], None], message: str, tmp_path: Path
) -> None:
    data = small_summary()
    spoil(data)
    (path,) = write(tmp_path, HG002=data)
    with pytest.raises(BadData) as caught:
        read_summary(path)
    assert caught.value.message.startswith(f"{path}: {message}")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty file"),
        (json.dumps(small_summary())[:500], "line 1, column "),
        ("[]", "not a JSON object"),
        ('{"a": NaN}', "not JSON: NaN is no JSON number"),
        ('{"a": 9007199254740992}', "not JSON: 9007199254740992… is too large a number"),
        ('{"a": 1%s}' % ("0" * 5000), "not JSON: 10000000000000000000… is too large"),
        ('{"a": -1e999}', "not JSON: -1e999 is too large a number"),
        ('{"a": "\\ud800"}', "half a character"),
        ("\udcff", "not JSON: "),
    ],
)
def test_what_is_no_summary_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "HG002.summary.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BadData) as caught:
        read_summary(path)
    assert caught.value.message.startswith(f"{path}: {message}")


def test_the_other_kind_is_sent_to_its_command(tmp_path: Path) -> None:
    (path,) = write(tmp_path, HG002=sv_summary())
    with pytest.raises(BadData) as caught:
        read_summary(path, SMALL_VARIANTS)
    assert caught.value.hint == "give it to `plumbline chart structural-variants`"
    assert read_summary(path, STRUCTURAL_VARIANTS)["bench"]


def test_samples_are_named_by_their_files(tmp_path: Path) -> None:
    paths = ["bwa/HG002.summary.json", "dragen/HG002.summary.json", "bwa/NA1.2.summary.json"]
    names = sample_names([tmp_path / path for path in paths])
    assert names == ["bwa/HG002", "dragen/HG002", "NA1.2"]


def test_every_required_key_of_a_calibration_is_missed(tmp_path: Path) -> None:
    whole = calibration_summary()
    spec = schema("calibration")
    for key in sorted(set(spec["required"]) - {"schema"}):
        (path,) = write(tmp_path, demo={k: v for k, v in whole.items() if k != key})
        with pytest.raises(BadData, match=f"^{path}: {key}: missing$"):
            read_summary(path)
    for key in spec["$defs"]["fit"]["required"]:
        data = calibration_summary()
        del data["fits"][0][key]
        (path,) = write(tmp_path, demo=data)
        with pytest.raises(BadData, match=rf"^{path}: fits\[0\]\.{key}: missing$"):
            read_summary(path)


def fit(key: str, value: Any, cause: str = "") -> Callable[[dict[str, Any]], None]:
    def spoil(data: dict[str, Any]) -> None:
        place = data["fits"][0]
        if cause:
            place, at = place[key], cause
        else:
            at = key
        place[at] = value

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (fit("mean", 1.2, "ipre"), "fits[0].mean.ipre: 1.2 is greater than the maximum of 1"),
        (fit("mean", 0.9, "ipre"), "fits[0].mean: adds up to "),
        (fit("mean", {"ipre": 1}), "fits[0].mean.congenital_malformation: missing"),
        (fit("uncalibrated", 0, "rabies"), "fits[0].uncalibrated.rabies: none of the causes"),
        (fit("lower_ci", None, "ipre"), "fits[0].lower_ci.ipre: an interval with one end only"),
        (fit("deaths_calibrated", -1, "ipre"), "fits[0].deaths_calibrated.ipre: -1 is less than"),
        (fit("lambda", "x"), "fits[0].lambda: 'x' is not of type 'number', 'null'"),
        (fit("matrix", [[1]], "input"), "fits[0].matrix.input: not 5"),
        (fit("matrix", [1], "concentration"), "fits[0].matrix.concentration: not 5 numbers"),
        (fit("matrix", ["rabies"], "causes"), "fits[0].matrix.causes: 'rabies' is none of"),
        (lambda data: data["fits"].append(data["fits"][0]), "fits: a fit is there twice"),
        (lambda data: data["causes"].append("ipre"), "causes: a cause is there twice"),
        (lambda data: data.update(extra=1), "the whole: Additional properties are not allowed"),
    ],
)
def test_a_calibration_that_cannot_be_is_refused(
    spoil: Callable[[dict[str, Any]], None], message: str, tmp_path: Path
) -> None:
    data = calibration_summary()
    spoil(data)
    (path,) = write(tmp_path, demo=data)
    with pytest.raises(BadData) as caught:
        read_summary(path, CALIBRATION)
    assert caught.value.message.startswith(f"{path}: {message}")
    assert caught.value.hint == "make it again with the `plumbline calibrate` of this version"


def test_a_calibration_is_sent_to_its_command(tmp_path: Path) -> None:
    (path,) = write(tmp_path, demo=calibration_summary())
    with pytest.raises(BadData) as caught:
        read_summary(path, SMALL_VARIANTS)
    assert caught.value.hint == "give it to `plumbline chart calibration`"
