"""`qc judge --each`: a verdict of each sample alone, and the cohort that it has."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from qc_lab import judged, run, schema, write_sample

from engines.contract.provenance import sha256_of
from engines.qc.cohort import read_judged

DEPTH = "Average alignment coverage over genome"
DEPTHS = [33, 34, 34, 35, 35, 35, 36, 36, 37, 20]


@pytest.fixture
def run_of_ten(tmp_path: Path) -> list[Path]:
    """Ten samples of one run, the last of them too shallow."""
    return [
        write_sample(tmp_path / "qc", f"S{n}", [("coverage", DEPTH, depth)], f"2026-01-{n + 1:02}")
        for n, depth in enumerate(DEPTHS)
    ]


@pytest.fixture
def thresholds(tmp_path: Path) -> Path:
    item = {"metric": DEPTH, "category": "coverage", "direction": "low", "reason": "so it is"}
    path = tmp_path / "thresholds.yaml"
    item |= {"warn": {"z": 3.5}, "fail": {"z": 7}}
    path.write_text(yaml.safe_dump({"cohort": {"minimum": 8}, "thresholds": [item]}))
    return path


def verdict(folder: Path, sample: str) -> dict[str, Any]:
    data = json.loads((folder / f"{sample}.verdict.json").read_text())
    schema("qc.verdict").validate(data)
    return dict(data)


def test_each_sample_has_a_verdict_among_the_others(
    run_of_ten: list[Path], thresholds: Path, tmp_path: Path
) -> None:
    out, each = tmp_path / "report" / "qc", tmp_path / "qc"
    data = judged(out, *run_of_ten, "--thresholds", thresholds, "--each", each)
    alone = [verdict(each, sample["sample"]) for sample in data["samples"]]
    assert [one["samples"] for one in alone] == [[sample] for sample in data["samples"]]
    shallow = alone[-1]
    assert shallow["samples"][0]["verdict"] == "fail"
    # nine others: median 35, MAD 1; 0.6745 * (20 - 35)
    assert shallow["samples"][0]["metrics"][0]["cohort"] == {
        **{"n": 9, "median": 35.0, "mad": 1.0, "z": -10.1175, "by": "mad", "rank": 1},
    }
    assert shallow["cohort"]["samples"] == [f"S{n}" for n in range(9)]
    assert len(data["cohort"]["samples"]) == 10
    assert all(one["trends"] == data["trends"] for one in alone)  # one metric, all are dated
    assert shallow["samples"][0]["sha256"] == sha256_of(run_of_ten[-1])
    rows = (each / "S9.verdict.tsv").read_text().splitlines()
    assert [row.split("\t")[0] for row in rows[1:]] == ["S9", "S9"]
    record = json.loads((each / "S9.verdict.provenance.json").read_text())
    assert record["inputs"].keys() == {"thresholds", "sample S9"}


def test_without_each_only_the_cohort_counts(
    run_of_ten: list[Path], thresholds: Path, tmp_path: Path
) -> None:
    data = judged(tmp_path / "o", *run_of_ten, "--thresholds", thresholds)
    assert {sample["verdict"] for sample in data["samples"]} == {"none"}
    assert data["cohort"]["samples"] == []


def test_what_is_judged_counts_more_than_what_was_kept_of_it(
    run_of_ten: list[Path], thresholds: Path, tmp_path: Path
) -> None:
    """S0 is in the cohort as it was before, with a later date; S1 as it is."""
    kept = tmp_path / "kept"
    write_sample(kept, "S0", [("coverage", DEPTH, 99)], "2026-12-01")
    (kept / "S1.copy.qc.json").write_bytes(run_of_ten[1].read_bytes())
    write_sample(kept, "K", [("coverage", DEPTH, 35)])
    options = ["--thresholds", thresholds, "--each", tmp_path / "each"]
    data = judged(tmp_path / "o", *run_of_ten, *options, "--kept", kept)
    assert data["cohort"]["left_out"] == ["S0"]
    ninth = data["samples"][9]["metrics"][0]["cohort"]
    assert (ninth["n"], ninth["median"]) == (10, 35)
    assert verdict(tmp_path / "each", "S0")["cohort"]["left_out"] == []
    again = judged(tmp_path / "p", *run_of_ten[::-1], *options, "--kept", kept)
    assert again == data


def test_the_kept_folder_may_be_empty_or_not_there(
    run_of_ten: list[Path], thresholds: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    for number, kept in enumerate(("empty", "nowhere")):
        options = ["--thresholds", thresholds, "--each", tmp_path / "e", "--kept", tmp_path / kept]
        data = judged(tmp_path / f"o{number}", *run_of_ten, *options)
        assert len(data["cohort"]["samples"]) == 10
    done = run("judge", *run_of_ten, "--kept", thresholds, "--out", tmp_path / "o")
    assert (done.exit_code, "is a file" in done.output) == (2, True)


@pytest.mark.parametrize("in_the_way", ["each/S3.verdict.tsv", "out/o.verdict.json"])
def test_all_or_none(
    run_of_ten: list[Path], thresholds: Path, tmp_path: Path, in_the_way: str
) -> None:
    (tmp_path / in_the_way).mkdir(parents=True)
    options = ["--thresholds", thresholds, "--each", tmp_path / "each", "--no-report"]
    done = run("judge", *run_of_ten, *options, "--out", tmp_path / "out" / "o")
    assert done.exit_code == 73
    assert [path.name for path in tmp_path.glob("*/*.verdict.*")] == [Path(in_the_way).name]


def test_the_names_of_all_and_of_one_differ(
    run_of_ten: list[Path], thresholds: Path, tmp_path: Path
) -> None:
    options = ["--thresholds", thresholds, "--each", tmp_path]
    done = run("judge", *run_of_ten, *options, "--out", tmp_path / "S3")
    assert (done.exit_code, "what the files of S3 alone are called" in done.output) == (64, True)
    odd = write_sample(tmp_path / "odd", "x", [("coverage", DEPTH, 1)])
    odd.write_text(odd.read_text().replace('"sample": "x"', '"sample": "../x"'))
    done = run("judge", odd, *options, "--out", tmp_path / "o")
    assert (done.exit_code, '"../x" cannot be the name of a file' in done.output) == (65, True)
    assert not list(tmp_path.glob("*.verdict.*"))


def test_pages_of_each(run_of_ten: list[Path], thresholds: Path, tmp_path: Path) -> None:
    each = tmp_path / "each"
    options = ["--thresholds", thresholds, "--each", each]
    judged(tmp_path / "o", *run_of_ten[:2], *options, page=True)
    page = (each / "S1.verdict.html").read_text()
    assert "<title>Quality: S1 " in page
    assert "Cohort: 1 samples" in page
    judged(tmp_path / "o", *run_of_ten[:2], *options)
    assert not list(tmp_path.rglob("*.html"))  # of other verdicts than there are now


def test_of_a_judged_sample_only_what_is_looked_at_is_held(tmp_path: Path) -> None:
    """Thousands of contigs, of hundreds of samples at once."""
    rows = [("coverage", DEPTH, 30.0), ("sv", "calls", 9)]
    path = write_sample(tmp_path, "S1", rows)
    data = json.loads(path.read_text())
    place = {"source": "dragen/contig_mean_cov", "category": "contig_coverage", "unit": ""}
    for contig in ("chr1", "HLA-A*01:01"):
        data["metrics"].append({**place, "metric": "coverage", "group": contig, "value": 1.0})
    path.write_text(json.dumps(data))
    member, held = read_judged(path, {"coverage"})
    assert [row["metric"] for row in held["metrics"]] == [DEPTH]
    assert [key[3] for key in member.values] == ["", "", "chr1"]
