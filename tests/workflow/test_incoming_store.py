"""A sample from a store, in the real workflow, by one command: fetched, compared, judged, sent."""

import json

import incoming_runs
import pytest
from incoming_runs import COUNTED, DEMO, OPTIONS, configure, said_by, verdict, write_truth
from s3_store import s3_admin, s3_store, use_store
from workflow_folder import jobs


@pytest.fixture
def reached(tmp_path, monkeypatch):
    with s3_store() as address:
        incoming_runs.put_run(s3_admin(address), tmp_path / "runs", "demo1")
        use_store(monkeypatch, address, "me")
        monkeypatch.delenv("PLUMBLINE_COHORT", raising=False)
        monkeypatch.delenv("PLUMBLINE_HISTORY", raising=False)
        yield address


def test_one_command_from_the_store_to_the_pages(snakemake, folder, reached, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_FETCHED", str(folder / "shared"))
    uploaded = f"upload: {{to: 'file://{folder}/uploaded', include: ['qc/*.json']}}"
    wanted = f"fetch: {{roles: [small_variants, metrics]}}\n{COUNTED}"
    configure(folder, f"{wanted}{uploaded}\n")
    write_truth(folder / "own", "demo1")
    one = ("--config", "sample=demo1", "source=s3://runs/{sample}/")
    ended = snakemake(*OPTIONS, *one)
    said = said_by(ended)
    assert ended.returncode == 0, said
    results = folder / "results"
    truth = json.loads((DEMO / "expected.json").read_text())["small_variants"]["query.vcf.gz"]
    summary = json.loads((results / "small_variants/demo1.summary.json").read_text())
    (row,) = [
        row
        for row in summary["rows"]
        if (row["type"], row["subtype"], row["filter"], row["subset"]) == ("SNP", "*", "ALL", "*")
    ]
    assert row["truth_tp"] == truth["counts"]["SNP"]["ALL"]["TRUTH.TP"]
    assert verdict(folder, "demo1") == "warn", "the demo's metrics are of a small genome"
    for page in ("small_variants", "qc.verdict"):
        assert (results / f"report/{page}.html").exists()
        assert f"Charts and tables: {results}/report/{page}.html" in said
    (kept,) = (folder / "shared").rglob("demo1.hard-filtered.vcf.gz")
    assert kept.samefile(results / "fetched/demo1/small_variants.vcf.gz")
    assert not (results / "fetched/demo1/files").exists()
    plan = (results / "samples.tsv").read_text()
    assert plan.count("\ts3://runs/demo1/\n") == 2
    assert [file.suffix for file in (results / "history").glob("[0-9]*")] == [".parquet"]
    assert (folder / "uploaded/qc/demo1.verdict.json").exists()
    assert not (folder / "uploaded/fetched").exists()
    again = snakemake(*OPTIONS, *one)
    assert "Nothing to be done" in said_by(again)

    configure(folder, wanted)
    (results / "report/qc.verdict.provenance.json").unlink()  # as after a failed run
    (results / "samples.tsv").write_text("as another version of the workflow wrote it\n")
    again = snakemake(*OPTIONS, *one)
    assert again.returncode == 0, said_by(again)
    ran = jobs(said_by(again))
    assert ran["judge_qc"] == 1 and "chart_small_variants" not in ran
    report = snakemake("--report", "report.html", "--quiet", "rules", "progress", *one)
    assert report.returncode == 0, said_by(report)
    assert "Small variants" in (folder / "report.html").read_text(), "its page is of this run, too"

    summary = "results/fetched/demo1/small_variants.summary.json"
    forced = snakemake(summary, *OPTIONS, *one, "--forcerun", "fetch_calls")
    assert forced.returncode == 0, said_by(forced)
    totals = json.loads((folder / summary).read_text())["totals"]
    assert (totals["fetched"], totals["here_already"]) == (0, 2), "although Snakemake touched it"
