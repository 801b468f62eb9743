"""Verdicts by bounds and by z-score, with their reasons; the cohort; the thresholds file."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from dragen_files import write_cohort, write_dragen
from qc_lab import collected, judged, run, write_sample

DEPTH = "Average alignment coverage over genome"
LOW = {"metric": DEPTH, "category": "coverage", "direction": "low", "reason": "so it is"}


def thresholds(folder: Path, *each: dict[str, Any], minimum: int = 8) -> Path:
    path = folder / "thresholds.yaml"
    path.write_text(yaml.safe_dump({"cohort": {"minimum": minimum}, "thresholds": list(each)}))
    return path


def cohort_of(folder: Path, depths: list[float]) -> Path:
    for number, depth in enumerate(depths):
        write_sample(folder / "cohort", f"C{number}", [("coverage", DEPTH, depth)])
    return folder / "cohort"


def one(data: dict[str, Any]) -> tuple[str, str]:
    """The verdict and reason of the only metric of the only sample."""
    [sample] = data["samples"]
    [metric] = sample["metrics"]
    assert sample["verdict"] == metric["verdict"]
    return metric["verdict"], metric["reason"]


BOUNDS = {"warn": {"value": 30}, "fail": {"value": 15}}


@pytest.mark.parametrize(
    ("more", "value", "verdict", "reason"),
    [
        (BOUNDS, 30.0, "pass", "30 is within its bounds"),
        (BOUNDS, 29.5, "warn", "29.5 is less than 30"),
        (BOUNDS, 14.99, "fail", "14.99 is less than 15"),
        ({"direction": "high", "warn": {"value": 3}}, 3.5, "warn", "3.5 is more than 3"),
        ({"direction": "high", "warn": {"value": 3}}, -9, "pass", "-9 is within its bounds"),
        ({"direction": "both", "warn": {"value": [1, 2]}}, 0.5, "warn", "0.5 is less than 1"),
        ({"direction": "both", "warn": {"value": [1, 2]}}, 2.5, "warn", "2.5 is more than 2"),
        (BOUNDS, None, "none", "not available (NA)"),
        ({**BOUNDS, "missing": "fail"}, None, "fail", "not available (NA)"),
        (BOUNDS, "inf", "none", "inf cannot be compared with a number"),
        ({"direction": None, "allowed": ["XX", "XY"]}, "XY", "pass", "XY is XX or XY"),
        ({"direction": None, "allowed": ["XX", "XY"]}, "X0", "warn", "X0 is not XX or XY"),
        (
            {"direction": None, "allowed": ["XX"], "otherwise": "fail"},
            *("XY", "fail", "XY is not XX"),
        ),
    ],
)
def test_bounds(
    tmp_path: Path, more: dict[str, Any], value: Any, verdict: str, reason: str
) -> None:
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, value)])
    path = thresholds(tmp_path, {k: v for k, v in {**LOW, **more}.items() if v is not None})
    data = judged(tmp_path / "o", sample, "--thresholds", path)
    assert one(data) == (verdict, reason)


@pytest.mark.parametrize(
    ("value", "verdict", "reason"),
    [
        (34.0, "pass", "z -0.67 (median 35 of 9 samples)"),
        (29.0, "warn", "z -4.05 (median 35 of 9 samples), beyond -3.5"),
        (20.0, "fail", "z -10.12 (median 35 of 9 samples), beyond -7"),
        (60.0, "pass", "z 16.86 (median 35 of 9 samples)"),
    ],
)
def test_z_scores(tmp_path: Path, value: float, verdict: str, reason: str) -> None:
    """Nine samples with median 35 and MAD 1; only the low side is bad."""
    cohort = cohort_of(tmp_path, [33, 34, 34, 35, 35, 35, 36, 36, 37])
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, value)])
    path = thresholds(tmp_path, {**LOW, "warn": {"z": 3.5}, "fail": {"z": 7}})
    data = judged(tmp_path / "o", sample, "--cohort", cohort, "--thresholds", path)
    assert one(data) == (verdict, reason)
    place = data["samples"][0]["metrics"][0]["cohort"]
    assert (place["median"], place["mad"], place["n"]) == (35, 1, 9)


def test_a_value_and_a_z_score_together(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, [33, 34, 34, 35, 35, 35, 36, 36, 37])
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, 29.0)])
    path = thresholds(tmp_path, {**LOW, "warn": {"value": 30, "z": 3.5}, "fail": {"value": 15}})
    verdict, reason = one(judged(tmp_path / "o", sample, "--cohort", cohort, "--thresholds", path))
    assert verdict == "warn"
    assert reason == "29 is less than 30; z -4.05 (median 35 of 9 samples), beyond -3.5"


def test_too_small_a_cohort_gives_no_verdict_and_says_so(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, [35, 36, 37])
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, 1.0)])
    path = thresholds(tmp_path, {**LOW, "warn": {"z": 3.5}})
    data = judged(tmp_path / "o", sample, "--cohort", cohort, "--thresholds", path)
    assert one(data) == ("none", "no verdict by z-score: 3 other samples, fewer than 8")
    assert data["warnings"] == [
        "S1: no verdict by z-score: a cohort of 3 other samples is smaller than 8"
    ]
    alone = judged(tmp_path / "p", sample, "--thresholds", path)
    assert one(alone) == ("none", "no verdict by z-score: no other sample has it")


def test_others_that_are_all_the_same(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, [35.0] * 9)
    path = thresholds(tmp_path, {**LOW, "warn": {"z": 3.5}})
    other = write_sample(tmp_path, "S1", [("coverage", DEPTH, 1.0)])
    data = judged(tmp_path / "o", other, "--cohort", cohort, "--thresholds", path)
    assert one(data) == ("none", "no z-score: all 9 others are 35, and this one is not")
    same = write_sample(tmp_path, "S2", [("coverage", DEPTH, 35.0)])
    data = judged(tmp_path / "p", same, "--cohort", cohort, "--thresholds", path)
    assert one(data) == ("pass", "z 0.00 (median 35 of 9 samples)")


def test_mean_deviation_is_said(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, [0.0] * 8 + [1.0, 3.0])
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, 5)])
    path = thresholds(tmp_path, {**LOW, "direction": "high", "warn": {"z": 3.5}})
    verdict, reason = one(judged(tmp_path / "o", sample, "--cohort", cohort, "--thresholds", path))
    assert verdict == "warn"
    assert "by the mean deviation, as the MAD is 0" in reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"group": "rg1"}, "not measured with this source and group; there are the groups ''"),
        ({"source": "a/b"}, "not measured with this source and group; there are the groups ''"),
        (
            {"metric": "Average alignment coverage over region"},
            f"not measured: not in the files of coverage; did you mean {DEPTH}?",
        ),
    ],
)
def test_what_was_not_measured(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, 30.0)])
    path = thresholds(tmp_path, {**LOW, **BOUNDS, **change})
    data = judged(tmp_path / "o", sample, "--thresholds", path)
    assert one(data) == ("none", reason)


def test_what_nothing_was_collected_of_is_told_once(tmp_path: Path) -> None:
    """Whoever has DRAGEN's files has none of fastp, and the other way round."""
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, 30.0)])
    sv = {**LOW, **BOUNDS, "category": "sv", "metric": "a"}
    of_a_file = {**LOW, **BOUNDS, "metric": "c", "source": "mosdepth/summary"}
    items = ({**LOW, **BOUNDS}, sv, {**sv, "metric": "b"}, of_a_file)
    data = judged(tmp_path / "o", sample, "--thresholds", thresholds(tmp_path, *items), page=True)
    (found,) = data["samples"]
    assert [each["metric"] for each in found["metrics"]] == [DEPTH]
    assert sum(found["counts"].values()) == 1
    assert found["not_measured"] == [
        {"of": "sv", "metrics": ["a", "b"]},
        {"of": "mosdepth/summary", "metrics": ["c"]},
    ]
    why = "not measured: nothing was collected of sv (a, b); mosdepth/summary (c)"
    last = (tmp_path / "o.verdict.tsv").read_text().splitlines()[-1].split("\t")
    assert (last[1], last[3], last[12]) == ("none", "3 metrics", why)
    assert why in (tmp_path / "o.verdict.html").read_text()
    wanted = thresholds(tmp_path, {**sv, "missing": "fail"})
    (found,) = judged(tmp_path / "p", sample, "--thresholds", wanted)["samples"]
    assert (found["verdict"], found["not_measured"]) == ("fail", [])
    assert found["metrics"][0]["reason"] == "not measured: nothing of sv was collected"


def test_a_threshold_for_each_group(tmp_path: Path) -> None:
    folder = write_dragen(tmp_path / "in", "S1")
    collected(tmp_path / "S1", folder)
    item = {**LOW, "metric": "Mapped reads (%)", "category": "mapping", "group": "*"}
    path = thresholds(tmp_path, {**item, "warn": {"value": 99.5}})
    data = judged(tmp_path / "o", tmp_path / "S1.qc.json", "--thresholds", path)
    found = {each["group"]: each["reason"] for each in data["samples"][0]["metrics"]}
    assert found == dict.fromkeys(["", "S1.1", "S1.2"], "99 % is less than 99.5 %")


def test_a_sample_of_the_cohort_is_not_compared_with_itself(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, [33, 34, 34, 35, 35, 35, 36, 36, 37])
    path = thresholds(tmp_path, {**LOW, "warn": {"z": 3.5}})
    data = judged(tmp_path / "o", cohort / "C0.qc.json", "--cohort", cohort, "--thresholds", path)
    assert data["samples"][0]["metrics"][0]["cohort"]["n"] == 8


def test_of_a_sample_that_is_there_twice_the_newest_counts(tmp_path: Path) -> None:
    path = thresholds(tmp_path, {**LOW, "warn": {"z": 3.5}}, minimum=3)
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, 30.0)])
    for folder, day, depth in (("a", "2026-02-01", 40.0), ("b", "2026-01-01", 50.0)):
        write_sample(tmp_path / "cohort" / folder, "C", [("coverage", DEPTH, depth)], day)
    data = judged(tmp_path / "o", sample, "--cohort", tmp_path / "cohort", "--thresholds", path)
    assert data["cohort"] == {
        **{"samples": ["C"], "left_out": ["C"]},
        "dated": {"given": 1, "file": 0, "none": 0},
    }
    assert data["samples"][0]["metrics"][0]["cohort"]["median"] == 40.0
    assert "samples that are there with a newer one: C" in data["warnings"][0]


def test_skipped_files_are_named_with_the_reason(tmp_path: Path) -> None:
    folder = write_dragen(tmp_path / "S1", "S1")
    (folder / "S1.sv_metrics.csv").write_text("nonsense\n")
    collected(tmp_path / "S1", folder)
    data = judged(
        tmp_path / "o",
        tmp_path / "S1.qc.json",
        "--thresholds",
        thresholds(tmp_path, LOW | {"warn": {"value": 1}}),
    )
    (told,) = [text for text in data["warnings"] if "skipped" in text]
    assert told.startswith("S1: skipped: S1.sv_metrics.csv (")


def test_a_mistake_is_told_once(tmp_path: Path) -> None:
    path = thresholds(tmp_path, {"metric": DEPTH})
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, 30.0)])
    done = run("judge", sample, "--thresholds", path, "--out", tmp_path / "o")
    assert done.exit_code == 65
    assert done.output.splitlines()[0].count("category: is missing") == 1


def test_a_trend_is_told(tmp_path: Path) -> None:
    for day in range(1, 13):
        row = [("coverage", DEPTH, 40.0 - day)]
        write_sample(tmp_path / "cohort", f"C{day}", row, f"2026-01-{day:02}")
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, 27.0)], "2026-01-13")
    path = thresholds(tmp_path, {**LOW, **BOUNDS})
    data = judged(tmp_path / "o", sample, "--cohort", tmp_path / "cohort", "--thresholds", path)
    [trend] = data["trends"]
    assert (trend["n"], trend["slope_30_days"], trend["drifts"]) == (13, -30.0, True)
    assert (trend["first"], trend["last"]) == ("2026-01-01", "2026-01-13")


def test_far_metrics_without_a_threshold_are_listed(tmp_path: Path) -> None:
    for number in range(9):
        rows = [("coverage", DEPTH, 30.0), ("sv", "calls", 100 + number)]
        write_sample(tmp_path / "cohort", f"C{number}", rows)
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, 31.0), ("sv", "calls", 900)])
    path = thresholds(tmp_path, {**LOW, **BOUNDS})
    data = judged(tmp_path / "o", sample, "--cohort", tmp_path / "cohort", "--thresholds", path)
    [strange] = data["samples"][0]["unusual"]
    assert (strange["metric"], strange["value"]) == ("calls", 900)
    assert data["samples"][0]["verdict"] == "pass"


def test_the_default_thresholds_on_dragen_files(tmp_path: Path) -> None:
    """Ten samples of one machine; one has half the depth and another karyotype."""
    folders = write_cohort(tmp_path / "in", 10)
    bad = folders[3]
    for path in bad.iterdir():
        text = path.read_text().replace("Ploidy estimation,XX", "Ploidy estimation,X0")
        path.write_text(text)
    coverage = bad / f"{bad.name}.wgs_coverage_metrics.csv"
    lines = coverage.read_text().splitlines()
    lines[2] = "COVERAGE SUMMARY,,Average alignment coverage over genome,14.20"
    coverage.write_text("\n".join(lines) + "\n")
    for folder in folders:
        collected(tmp_path / "qc" / folder.name, folder, sample=folder.name)
    files = sorted((tmp_path / "qc").glob("*.qc.json"))
    data = judged(tmp_path / "o", *files, "--cohort", tmp_path / "qc")
    verdicts = {sample["sample"]: sample["verdict"] for sample in data["samples"]}
    assert verdicts == {folder.name: "fail" if folder == bad else "warn" for folder in folders}
    worst = {
        metric["metric"]: metric["reason"]
        for metric in data["samples"][3]["metrics"]
        if metric["verdict"] in ("fail", "warn")
    }
    assert worst == {
        DEPTH: "14.2 x is less than 15 x",
        "Ploidy estimation": "X0 is not XX or XY",
        "Q30 bases (excl. dups & clipped bases)": worst["Q30 bases (excl. dups & clipped bases)"],
    }
    random.Random(1).shuffle(files)
    judged(tmp_path / "again", *files, "--cohort", *[files[0]], "--cohort", tmp_path / "qc")
    for ending in (".verdict.json", ".verdict.tsv"):
        assert (tmp_path / f"o{ending}").read_bytes() == (tmp_path / f"again{ending}").read_bytes()
    rows = [line.split("\t") for line in (tmp_path / "o.verdict.tsv").read_text().splitlines()]
    assert {len(row) for row in rows} == {14}
    assert sum(row[2] == "all" for row in rows) == 10
    known = json.loads((tmp_path / "o.verdict.provenance.json").read_text())
    assert len(known["inputs"]) == 21


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"metrik": "x"}, f"threshold 1 ({DEPTH}), metrik: unknown key; did you mean metric?"),
        ({"category": "vcs"}, '"vcs" is not mapping'),
        ({"reason": None}, "reason: is missing"),
        ({"warn": None, "fail": None}, "says nothing: give warn or fail, or for a text allowed"),
        ({"direction": None}, "direction is missing; say which side is bad"),
        ({"warn": {"value": [1, 2]}}, "direction low needs one number"),
        ({"direction": "both"}, "direction both needs [lowest, highest]"),
        ({"direction": "both", "warn": {"value": [2, 1]}, "fail": None}, "2 is more than 1"),
        ({"warn": {"value": 10}}, "what fails would not even warn"),
        ({"warn": {"z": 9}, "fail": {"z": 3}}, "what fails would not even warn"),
        ({"warn": {"z": 0}}, "warn.z: 0 must be more than 0"),
        ({"warn": {"value": "x"}}, "warn.value: "),
        ({"warn": {"value": float("nan")}}, "warn: a bound that is not finite"),
        ({"allowed": ["XX"]}, "is of texts (allowed) and of numbers (warn, fail)"),
    ],
)
def test_mistakes_in_the_thresholds(tmp_path: Path, item: dict[str, Any], text: str) -> None:
    given = {k: v for k, v in {**LOW, **BOUNDS, **item}.items() if v is not None}
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, 30.0)])
    path = thresholds(tmp_path, given)
    done = run("judge", sample, "--thresholds", path, "--out", tmp_path / "o")
    assert done.exit_code == 65
    assert text in done.output
    assert f"{path}: threshold 1" in done.output


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a: [", "is not YAML"),
        ("[]", "is not a group of keys"),
        ("thresholds: []", "thresholds"),
        ("{}", "thresholds: is missing"),
    ],
)
def test_no_thresholds_file(tmp_path: Path, content: str, text: str) -> None:
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, 30.0)])
    path = tmp_path / "t.yaml"
    path.write_text(content)
    done = run("judge", sample, "--thresholds", path, "--out", tmp_path / "o")
    assert done.exit_code == 65
    assert text in done.output


def test_the_same_threshold_twice(tmp_path: Path) -> None:
    sample = write_sample(tmp_path, "S1", [("coverage", DEPTH, 30.0)])
    path = thresholds(tmp_path, {**LOW, **BOUNDS}, {**LOW, **BOUNDS})
    done = run("judge", sample, "--thresholds", path, "--out", tmp_path / "o")
    assert f"threshold 2 ({DEPTH}): is there already as 1" in done.output


def test_samples_that_cannot_be_read(tmp_path: Path) -> None:
    good = write_sample(tmp_path, "S1", [("coverage", DEPTH, 30.0)])
    (tmp_path / "cut.qc.json").write_text(good.read_text()[:-9])
    (tmp_path / "other.qc.json").write_text('{"schema": "x"}')
    (tmp_path / "half.qc.json").write_text(good.read_text().replace('"unit"', '"unity"'))
    (tmp_path / "empty").mkdir()
    for arguments, code, text in (
        ([tmp_path / "no.qc.json"], 66, "no.qc.json: is not there"),
        ([tmp_path / "cut.qc.json"], 65, "is not JSON"),
        ([tmp_path / "other.qc.json"], 65, "its schema is 'x'"),
        ([tmp_path / "half.qc.json"], 65, "is not complete"),
        ([good, "--cohort", tmp_path / "empty"], 65, "has no *.qc.json in it"),
        ([good, "--cohort", tmp_path / "no"], 66, "no: is not there"),
        ([good, "--thresholds", tmp_path / "no.yaml"], 66, "no.yaml: is not there"),
    ):
        done = run("judge", *arguments, "--out", tmp_path / "out" / "o")
        assert done.exit_code == code, done.output
        assert text in done.output
    assert not (tmp_path / "out").exists()
