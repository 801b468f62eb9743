"""Screened samples on the terminal, for programs and in the history: known answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from screen_summaries import clean_summary, screen_summary

from engines.charts.cli import results
from engines.charts.holdings import holdings
from engines.charts.listing import as_text
from engines.charts.summaries import SCREEN, read_summary, sample_names
from engines.contract.errors import BadData
from engines.history.gather import gather
from engines.history.origin import results_folder
from engines.history.show import as_text as history_text

SCHEMA = Path(__file__).parents[3] / "workflow" / "schemas" / "results.schema.json"


def write(folder: Path, *summaries: dict[str, Any]) -> Path:
    """As a run leaves them: each sample in a folder of its own."""
    for summary in summaries:
        name = summary["sample"]
        file = folder / "results" / "screen" / name / f"{name}.summary.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(summary))
    return folder / "results"


LISTED = """\
Screened reads (2 samples)
Sample      Reads  Genes     Mutations  Resistant                                                                           Inconclusive  Not assessed  Organism
EC958   2,000,000      5             2  Aminoglycoside; Beta-lactam; Quinolone; Folate pathway antagonist; Tetracycline  Polymyxin     0 E. coli EC958 88.6 %, relative of K. pneumoniae HS11286 5.3 %
K12     2,000,000      0  not assessed  –                                                                                   – 1 not assessed
Mutations with too few reads to tell: EC958 1
Parts that were not assessed: EC958 1, K12 2"""  # noqa: E501


def test_each_sample_stands_with_its_classes_and_what_nobody_looked_at(tmp_path: Path) -> None:
    folder = write(tmp_path, screen_summary(), clean_summary())
    for place in (folder, folder / "screen"):
        found = [" ".join(line.split()) for line in as_text(holdings([place], ""), 999).split("\n")]
        assert found == [" ".join(line.split()) for line in LISTED.split("\n")]


def test_for_programs_what_was_not_looked_for_is_null(tmp_path: Path) -> None:
    folder = write(tmp_path, screen_summary(), clean_summary())
    told = json.loads(CliRunner().invoke(results, [str(folder), "--json"]).stdout)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(told)
    ill, clean = told["screen"]
    assert ill["genes"]["blaTEM-1B_1_AY458016"] == {
        "identity": 99.88,
        "coverage": 100.0,
        "depth": 61.4,
    }
    assert ill["mutations"] == {"gyrA p.Ser83Leu": 0.978261, "parC p.Ser80Ile": 0.775}
    assert ill["organisms"] == {"E. coli EC958": 0.886, "relative of K. pneumoniae HS11286": 0.0529}
    assert (clean["genes"], clean["mutations"], clean["organisms"]) == ({}, None, None)
    assert clean["not_assessed"][0] == "mutations: the species is not known (--species)"


def test_a_sample_without_a_result_is_named_with_its_log(tmp_path: Path) -> None:
    folder = write(tmp_path, screen_summary())
    sheet = "sample\tvariants\nEC958\tscreen\nLOST\tscreen\n"
    (folder / "samples.tsv").write_text(sheet)
    log = tmp_path / "logs" / "screen" / "LOST.log"
    log.parent.mkdir(parents=True)
    log.write_text(json.dumps({"error_class": "permanent", "message": "R2 ends early"}) + "\n")
    (missing,) = holdings([folder], "").missing
    assert missing.named == "LOST (screened reads)"
    assert missing.why.endswith("LOST.log: R2 ends early")


def test_a_summary_that_does_not_fit_is_refused_by_its_key(tmp_path: Path) -> None:
    folder = write(tmp_path, screen_summary(classes=[{"class": "A", "verdict": "susceptible"}]))
    for _ in range(2):  # what fits is remembered; what does not is refused again
        with pytest.raises(BadData, match=r"EC958.summary.json: classes.0"):
            read_summary(folder / "screen" / "EC958" / "EC958.summary.json", SCREEN)


def test_samples_of_one_name_are_told_apart_by_their_runs(tmp_path: Path) -> None:
    places = [Path(f"/x/{run}/S1/S1.summary.json") for run in "ab"]
    assert sample_names(places) == ["a/S1", "b/S1"]


def test_the_history_tells_which_class_has_another_verdict(tmp_path: Path) -> None:
    import pyarrow as pa

    tables = []
    for run, summary in {"a": screen_summary("S1"), "b": clean_summary("S1")}.items():
        folder = write(tmp_path / run, summary)
        assert results_folder(folder / "screen" / "S1" / "S1.summary.json") == folder
        (found,) = gather(folder).found
        assert found.entry.kind == "screen"
        tables.append(found.table)
    rows = tables[0].to_pylist()
    (frequency,) = [r for r in rows if r["metric_group"] == "parC p.Ser80Ile"]
    assert (frequency["value"], frequency["low"], frequency["high"]) == (0.775, 0.625, 0.877)
    (polymyxin,) = [r for r in rows if r["metric_group"] == "Polymyxin"]
    assert (polymyxin["value"], polymyxin["text"]) == (None, "inconclusive")
    text = history_text(pa.concat_tables(tables), None)
    assert "Screened reads (1 sample)" in text
    assert "Beta-lactam was resistant" in text
