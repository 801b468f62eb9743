"""Samples from a source, in the real workflow: what is planned, and runs against a store."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import incoming_runs
import pytest
import workflow_folder
from incoming_runs import DEMO, write_truth
from s3_store import s3_admin, s3_store, use_store
from workflow_folder import jobs

NO_TRUTH = "no truth is known, as patient7 does not begin with one GIAB name"
OPTIONS = ("--cores", "2", "--keep-going", "--quiet", "rules")
FILES = f"""\
samples: samples.tsv
build: demo
genomes: {{demo: {{fasta: {DEMO}/genome.fa.gz}}}}
references: {{truth_dir: own}}
"""
# where there is none, the run would not start
COUNTED = f"qc: {{bcftools_stats: {str(bool(shutil.which('bcftools'))).lower()}}}\n"


@pytest.fixture(autouse=True)
def no_shared_folders(monkeypatch):
    for name in ("FETCHED", "COHORT", "HISTORY"):
        monkeypatch.delenv(f"PLUMBLINE_{name}", raising=False)


def configure(folder: Path, more: str = "", rows: str = "") -> None:
    (folder / "own").mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(FILES + more)
    (folder / "samples.tsv").write_text(f"sample\tsource\n{rows}")


def verdict(folder: Path, sample: str) -> str:
    found = json.loads((folder / f"results/qc/{sample}.verdict.json").read_text())
    (judged,) = found["samples"]
    assert judged["sample"] == sample
    return str(judged["verdict"])


# ---- planned


def test_what_is_planned_for_a_source_and_nothing_is_asked_of_it(snakemake, folder, monkeypatch):
    """Whoever asked would be refused: nothing listens there."""
    use_store(monkeypatch, "http://127.0.0.1:9", "me")
    monkeypatch.setenv("PLUMBLINE_COHORT", "/shared/my cohort")
    (folder / "config.yaml").write_text("""\
samples: samples.tsv
fetch: {roles: [small_variants, structural_variants, metrics, alignments], limit: 20M}
qc: {multiqc: true}
upload: {to: s3://out/run 1/}
""")
    rows = "NA24143_Lib3_Rep1\ts3://runs/{sample}/\npatient7\ts3://runs/{sample}/\n"
    (folder / "samples.tsv").write_text(f"sample\tsource\n{rows}")
    ended = snakemake("-n", "-p")
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said
    found = jobs(said)
    del found["total"]
    assert found == {
        **{"fetch_calls": 1, "fetch_metrics": 2, "fetch_alignments": 2, "ensure_truth": 1},
        **{"ensure_genome": 1, "compare_small_variants": 1, "chart_small_variants": 1},
        **{"bcftools_stats": 1, "samtools_stats": 2, "collect_qc": 2, "list_qc": 1},
        **{"judge_qc": 1, "keep_qc": 1, "multiqc": 2, "upload_results": 1, "all": 1},
    }
    sample = "NA24143_Lib3_Rep1"
    assert (
        f"plumbline fetch --sample {sample} --preset dragen --role small_variants"
        f" --into results/fetched/{sample}/files --connections 8 --limit 20M"
        f" --link results/fetched/{sample} --out results/fetched/{sample}/small_variants"
        f" -- s3://runs/{sample}/\n"
    ) in said
    assert f"--query results/fetched/{sample}/small_variants.vcf.gz" in said
    assert "Left out: structural variants of NA24143_Lib3_Rep1: there is no structural-" in said
    assert f"Left out: small variants of patient7: {NO_TRUTH}\n" in said
    assert (
        "--kept '/shared/my cohort' --threads 1 --each results/qc --out results/report/qc" in said
    )
    # one input for the tables of all samples: Snakemake hashes each input for each output
    assert "report/qc -- $(cut --characters=67- results/qc/tables.sha256)\n" in said
    assert "qc keep --verdict pass --cohort '/shared/my cohort' --qc results/qc -- " in said
    assert "results/fetched/patient7/alignments.[bc]*am > results/qc/stats/patient7.sam" in said
    assert "upload --to 's3://out/run 1/' --include samples.tsv" in said
    assert not (folder / "results").exists()


def test_a_page_of_what_was_left_out_cannot_be_asked_for(snakemake, folder):
    configure(folder, rows="patient7\ts3://runs/{sample}/\n")
    ended = snakemake("chart_small_variants", "-n", "--quiet", "all")
    assert ended.returncode == 1
    what = "nothing to do: no sample has small variants; left out: small variants of patient7: "
    assert f"{what}{NO_TRUTH}" in (ended.stdout + ended.stderr).splitlines()


def test_another_way_of_fetching_is_no_reason_to_fetch_again(snakemake, folder, monkeypatch):
    incoming_runs.write_run(folder / "run", "patient7")
    configure(folder, rows="patient7\trun\n")
    target = "results/fetched/patient7/metrics.summary.json"
    ended = snakemake(target, *OPTIONS)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    monkeypatch.setenv("PLUMBLINE_FETCHED", str(folder / "cache"))
    configure(folder, "fetch: {connections: 2, limit: 20M}\n", rows="patient7\trun\n")
    assert "Nothing to be done" in "".join(output(snakemake(target, "-n")))
    configure(folder, "fetch: {patterns: {metrics: ['*.csv']}}\n", rows="patient7\trun\n")
    assert jobs("".join(output(snakemake(target, "-n"))))["fetch_metrics"] == 1


def output(ended: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    return ended.stdout, ended.stderr


def test_samtools_is_missed_before_any_job(snakemake, folder, monkeypatch):
    (folder / "a.bam").write_text("x")
    (folder / "samples.tsv").write_text("sample\talignments\na\ta.bam\n")
    tools = folder / "bin"
    tools.mkdir()
    for name in ("bash", "which"):
        (tools / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tools))
    ended = snakemake("--cores", "1", "--quiet", "rules")
    assert ended.returncode == 1
    assert "column alignments needs samtools, which is not on the PATH" in "".join(output(ended))
    assert not (folder / "results").exists()


# ---- done, against a store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3_store() as address:
        folder = tmp_path_factory.mktemp("runs")
        for sample in ("demo1", "patient7"):
            incoming_runs.put_run(s3_admin(address), folder, sample)
        yield address


@pytest.fixture
def reached(store, monkeypatch) -> str:
    use_store(monkeypatch, store, "me")
    monkeypatch.setenv("PLUMBLINE_ATTEMPT_WAIT", "0.01")
    return store


def test_one_command_from_the_store_to_the_pages(snakemake, folder, reached, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_FETCHED", str(folder / "shared"))
    uploaded = f"upload: {{to: 'file://{folder}/uploaded', include: ['qc/*.json']}}"
    configure(folder, f"fetch: {{roles: [small_variants, metrics]}}\n{uploaded}\n{COUNTED}")
    write_truth(folder / "own", "demo1")
    one = ("--config", "sample=demo1", "source=s3://runs/{sample}/")
    ended = snakemake(*OPTIONS, *one)
    said = "".join(output(ended))
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
    assert "Nothing to be done" in "".join(output(again))

    (results / "report/qc.verdict.provenance.json").unlink()  # as after a failed run
    assert jobs("".join(output(snakemake("-n", *one))))["judge_qc"] == 1
    summary = "results/fetched/demo1/small_variants.summary.json"
    forced = snakemake(summary, *OPTIONS, *one, "--forcerun", "fetch_calls")
    assert forced.returncode == 0, "".join(output(forced))
    totals = json.loads((folder / summary).read_text())["totals"]
    assert (totals["fetched"], totals["here_already"]) == (0, 2), "although Snakemake touched it"


@pytest.mark.skipif(not shutil.which("samtools"), reason="samtools is not here")
def test_what_was_fetched_goes_when_it_has_been_used(snakemake, folder):
    run = incoming_runs.write_run(folder / "run", "demo1")
    incoming_runs.write_alignments(run / "demo1.bam")
    roles = "[small_variants, metrics, alignments]"
    fetch = f"fetch: {{patterns: {{alignments: ['*.bam']}}, keep: false, roles: {roles}}}\n"
    configure(folder, fetch + COUNTED, rows="demo1\trun\n")
    write_truth(folder / "own", "demo1")
    ended = snakemake(*OPTIONS)
    assert ended.returncode == 0, "".join(output(ended))
    fetched = folder / "results/fetched/demo1"
    assert (
        "raw total sequences:\t3" in (folder / "results/qc/stats/demo1.samtools.stats").read_text()
    )
    assert (folder / "results/small_variants/demo1.summary.json").exists()
    large = {".bam", ".gz", ".csv"}
    left = {file.suffix for file in fetched.rglob("*") if file.suffix in large}
    assert left == {".csv"}, "metrics stay"
    assert "Nothing to be done" in "".join(output(snakemake(*OPTIONS)))

    again = snakemake(*OPTIONS, "--forcerun", "samtools_stats")
    assert jobs("".join(output(again)))["fetch_alignments"] == 1
    assert again.returncode == 0, "".join(output(again))
    assert not list(fetched.glob("**/*.bam"))


def test_what_comes_is_fetched_anew_when_its_manifest_changes(snakemake, folder):
    incoming_runs.write_run(folder / "run", "patient7")
    rows = [f"run/{file.name}" for file in sorted((folder / "run").iterdir())]
    manifest = folder / "files.tsv"
    manifest.write_text("source\n" + "".join(f"file://{folder}/{row}\n" for row in rows))
    configure(folder, rows="patient7\tfiles.tsv\n")
    target = "results/fetched/patient7/metrics.summary.json"
    ended = snakemake(target, *OPTIONS)
    assert ended.returncode == 0, "".join(output(ended))
    assert "Nothing to be done" in "".join(output(snakemake(target, "-n")))
    manifest.write_text("".join(manifest.read_text().splitlines(keepends=True)[:-1]))
    assert jobs("".join(output(snakemake(target, "-n"))))["fetch_metrics"] == 1


def test_killed_in_the_midst_of_fetching_and_then_one_of_two_fails(
    snakemake, folder, reached, monkeypatch
):
    monkeypatch.setenv("PLUMBLINE_COHORT", str(folder / "cohort"))
    keep = "qc: {keep: [warn]}\n"
    rows = "patient7\ts3://runs/{sample}/\ngone\ts3://runs/{sample}/\n"
    configure(folder, f"{keep}fetch: {{limit: '2000'}}\n", rows)
    kill_while_fetching(folder, folder / "results/fetched/patient7/files")
    assert not (folder / "results/fetched/patient7/metrics.summary.json").exists()

    configure(folder, keep, rows)
    assert snakemake("--unlock").returncode == 0
    ended = snakemake(*OPTIONS, "--rerun-incomplete")
    said = "".join(output(ended))
    assert ended.returncode == 1
    assert verdict(folder, "patient7") == "warn", "it is judged although another one died"
    assert "gone (quality control): " in said, said
    assert "logs/fetch_metrics/gone.log: " in said
    assert f"patient7 (structural variants): {NO_TRUTH}" in said
    page = folder / "results/report/qc.verdict.html"
    assert f"Charts and tables: {page}" in said
    fetched = folder / "results/fetched/patient7"
    assert sorted(each.name for each in fetched.glob("metrics/*.csv")) == sorted(
        each.name for each in fetched.glob("files/*.csv")
    )
    assert not list(fetched.glob("**/*.vcf.gz")), "calls without a truth are not fetched"

    assert kept_samples(folder) == ["patient7"]

    admin = s3_admin(reached)
    incoming_runs.put_run(admin, folder / "late", "gone")
    ended = snakemake(*OPTIONS)
    said = "".join(output(ended))
    assert ended.returncode == 0, said
    ran = jobs(said)
    del ran["total"]
    judged = {"list_qc": 1, "judge_qc": 1, "keep_qc": 1}
    assert ran == {"fetch_metrics": 1, "collect_qc": 1, **judged, "all": 1}
    assert kept_samples(folder) == ["gone", "patient7"]
    assert verdict(folder, "gone") == "warn"
    judged = json.loads((folder / "results/report/qc.verdict.json").read_text())
    assert [each["sample"] for each in judged["samples"]] == ["gone", "patient7"]
    report = snakemake("--report", "report.html", "--quiet", "rules", "progress")
    assert report.returncode == 0, "".join(output(report))
    assert "(WARNING/" not in "".join(output(report)), "its text is good reStructuredText"
    page = (folder / "report.html").read_text()
    assert "Quality control" in page
    assert f"small variants of patient7: {NO_TRUTH}" in page, "the report says what was left out"


def kept_samples(folder: Path) -> list[str]:
    return sorted(file.name.split(".")[0] for file in (folder / "cohort").glob("*.qc.json"))


def kill_while_fetching(folder: Path, into: Path) -> None:
    """kill -9 of Snakemake and all that it started, when one file is there and others are not."""
    command = workflow_folder.command(*OPTIONS)
    with open(folder / "killed.log", "w") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
        try:
            deadline = time.monotonic() + 300
            while not list(into.glob("*.csv")):
                assert process.poll() is None, (folder / "killed.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert len(list(into.glob("*.csv"))) < len(incoming_runs.metrics_of("patient7"))
