"""What a sample that somebody asks the GIAB dashboard's way for becomes here."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from web_lab import WebLab, body

from control.events.index_writer import IndexWriter
from control.record.run_dir import RunDir, State
from control.runs import imports, submit
from control.settings import Settings

SAMPLE = "NA24143_Lib3_Rep1"
DEMO = {"build": "demo", "genomes": {"demo": {"fasta": "config/demo/genome.fa.gz"}}}
SOURCE = "s3://sequenced/{sample}/"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Submissions are not asked of Snakemake, and no index is waited for: nobody writes it."""
    monkeypatch.setattr(submit, "dry_run", lambda *_: None)
    monkeypatch.setattr(imports, "LISTED_SECONDS", 0)


@pytest.fixture
def store(tmp_path: Path, quick: None) -> WebLab:
    """A service that imports."""
    return WebLab(tmp_path, documented={"aws": {"source": SOURCE, "config": DEMO}})


def post(lab: WebLab, user: str = "ada", **asked: Any) -> Any:
    return lab.client(user).post("/api/v1/upload/aws", json={"sample_id": SAMPLE, **asked})


def imported(lab: WebLab, user: str = "ada", **asked: Any) -> RunDir:
    answer = post(lab, user, **asked)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return RunDir(lab.runs / body(answer)["run_id"])


FETCHED = [
    f"results/fetched/{SAMPLE}/{role}.summary.json"
    for role in ("small_variants", "structural_variants", "metrics")
]


@pytest.mark.parametrize(
    ("asked", "targets", "roles"),
    [
        ({"benchmarking": "happy"}, [], ["small_variants"]),
        ({"benchmarking": "truvari"}, [], ["structural_variants"]),
        ({"benchmarking": "csv"}, [], ["metrics"]),
        (
            {"benchmarking": " csv, happy,stratified "},
            [],
            ["metrics", "small_variants"],
        ),
        ({}, FETCHED, ["small_variants", "structural_variants", "metrics"]),
        (
            {"benchmarking": "csv", "auto_process": False},
            FETCHED,
            ["small_variants", "structural_variants", "metrics"],
        ),
    ],
)
def test_options_become_targets_and_what_is_fetched(
    store: WebLab, asked: dict[str, Any], targets: list[str], roles: list[str]
) -> None:
    run = imported(store, **asked)
    request = json.loads(run.request.read_text())
    assert (request["name"], request["user"], request["targets"]) == (SAMPLE, "ada", targets)
    assert request["analysis"] == ("" if targets else "all"), "all that can be done with these"
    config = yaml.safe_load(run.config.read_text())
    assert config["fetch"]["roles"] == roles and config["build"] == "demo"
    assert run.samples.read_text() == f"sample\tsource\n{SAMPLE}\ts3://sequenced/{SAMPLE}/\n"


def test_what_is_left_out_is_told(store: WebLab, monkeypatch: pytest.MonkeyPatch) -> None:
    why = f"structural variants of {SAMPLE}: nobody has a truth"
    monkeypatch.setattr(submit, "dry_run", lambda *asked: asked[3].left_out.append(why))
    answer = body(post(store, benchmarking="csv,truvari"))
    said = f"{SAMPLE} is imported by run {answer['run_id']}; left out: {why}"
    assert answer["message"] == said


def test_stratified_asks_for_the_stratifications(store: WebLab) -> None:
    plain = yaml.safe_load(imported(store, benchmarking="happy").config.read_text())
    assert "small_variants" not in plain
    run = imported(store, sample_id="HG002", benchmarking="stratified")
    config = yaml.safe_load(run.config.read_text())
    assert config["small_variants"] == {"stratifications": "giab"}


def test_what_cannot_be_imported(store: WebLab, tmp_path: Path) -> None:
    unknown = post(store, benchmarking="csv,gatk")
    assert unknown.status_code == 400
    assert body(unknown)["detail"] == "benchmarking: there is no option 'gatk'"
    assert body(unknown)["hint"] == "of happy, stratified, truvari, csv"
    assert post(store, "vera").status_code == 403
    assert post(store, sample_id="../other").status_code == 422
    (tmp_path / "other").mkdir()
    without = body(post(WebLab(tmp_path / "other")))
    assert without["status"] == 403 and "documented.aws.source is not set" in without["detail"]
    (tmp_path / "closed").mkdir()
    allow = {"sources": ["s3://elsewhere/"]}
    closed = WebLab(tmp_path / "closed", documented={"aws": {"source": SOURCE}}, allow=allow)
    assert "runs may not read from there" in body(post(closed))["detail"]
    assert not list(store.runs.glob("2*"))


@pytest.mark.parametrize("source", ["s3://sequenced/", "file:///{sample}/", "s3://a b/{sample}/"])
def test_a_store_is_set_with_the_place_of_the_sample(source: str) -> None:
    with pytest.raises(ValueError, match=r"documented\.aws\.source\s.*needs {sample}, like s3://"):
        Settings.model_validate({"documented": {"aws": {"source": source}}})


def test_a_sample_is_imported_once_at_a_time(store: WebLab) -> None:
    runs: list[RunDir] = []
    typed = [threading.Thread(target=lambda: runs.append(imported(store))) for _ in range(3)]
    for each in typed:
        each.start()
    for each in typed:
        each.join(60)
    assert len({run.run_id for run in runs}) == 1 and len(runs) == 3
    other = body(post(store, benchmarking="csv"))
    assert other["status"] == 409 and runs[0].run_id in other["detail"]
    assert imported(store, sample_id="HG002").run_id != runs[0].run_id
    store.end(runs[0])
    again = imported(store, benchmarking="csv")
    assert again.run_id != runs[0].run_id
    store.end(again, State.FAILED)
    assert store.client().delete(f"/api/v1/runs/{again.run_id}").status_code == 204
    IndexWriter(store.state.index).forget(again.run_id)
    assert imported(store, benchmarking="csv").run_id not in (runs[0].run_id, again.run_id)


def test_nobody_elses_run_takes_a_name_over(store: WebLab) -> None:
    def status(user: str) -> tuple[str, str]:
        told = body(store.client(user).get("/api/v1/download/status/HG003"))
        return told["status"], told["run_id"]

    own = store.run(State.COMPLETED, "root", name="HG003").run_id
    other = store.run(State.FAILED, "bob", name="HG003").run_id
    assert status("root") == ("completed", own), "though an admin sees all runs"
    assert status("bob") == ("error", other)


def test_a_run_of_the_sample_that_was_submitted_otherwise_counts_too(store: WebLab) -> None:
    store.run(State.RUNNING, "bob", name=SAMPLE)
    store.run(State.COMPLETED, name=SAMPLE)
    own = store.run(State.RUNNING, name=SAMPLE)
    refused = body(post(store))
    said = f"{SAMPLE} is being imported with other options by run {own.run_id}"
    assert (refused["status"], refused["detail"]) == (409, said)
    assert refused["hint"] == "wait until that run has ended, or cancel it"
    assert imported(store, "root").run_id != own.run_id, "each user has their own"
