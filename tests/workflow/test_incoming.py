"""Samples from a source, in the real workflow: what is planned, and what is done with folders."""

import shutil

import incoming_runs
import pytest
from incoming_runs import COUNTED, NO_TRUTH, OPTIONS, configure, said_by, write_truth
from s3_store import use_store
from workflow_folder import jobs


@pytest.fixture(autouse=True)
def no_shared_folders(monkeypatch):
    for name in ("FETCHED", "COHORT", "HISTORY"):
        monkeypatch.delenv(f"PLUMBLINE_{name}", raising=False)


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
    assert "column alignments needs samtools, which is not on the PATH" in said_by(ended)
    assert not (folder / "results").exists()


# ---- done


def test_what_was_fetched_is_fetched_anew_for_a_reason_only(snakemake, folder, monkeypatch):
    incoming_runs.write_run(folder / "run", "patient7")
    rows = [f"run/{file.name}" for file in sorted((folder / "run").iterdir())]
    manifest = folder / "files.tsv"
    manifest.write_text("source\n" + "".join(f"file://{folder}/{row}\n" for row in rows))
    row, target = "patient7\tfiles.tsv\n", "results/fetched/patient7/metrics.summary.json"
    configure(folder, rows=row)
    ended = snakemake(target, *OPTIONS)
    assert ended.returncode == 0, said_by(ended)
    monkeypatch.setenv("PLUMBLINE_FETCHED", str(folder / "cache"))
    configure(folder, "fetch: {connections: 2, limit: 20M}\n", rows=row)
    planned = said_by(snakemake(target, "-n"))
    assert "Nothing to be done" in planned, "another way of fetching is no reason"
    configure(folder, "fetch: {patterns: {metrics: ['*.csv']}}\n", rows=row)
    assert jobs(said_by(snakemake(target, "-n")))["fetch_metrics"] == 1
    configure(folder, rows=row)
    manifest.write_text("".join(manifest.read_text().splitlines(keepends=True)[:-1]))
    assert jobs(said_by(snakemake(target, "-n")))["fetch_metrics"] == 1


@pytest.mark.skipif(not shutil.which("samtools"), reason="samtools is not here")
def test_what_was_fetched_goes_when_it_has_been_used(snakemake, folder):
    run = incoming_runs.write_run(folder / "run", "demo1")
    incoming_runs.write_alignments(run / "demo1.bam")
    roles = "[small_variants, metrics, alignments]"
    fetch = f"fetch: {{patterns: {{alignments: ['*.bam']}}, keep: false, roles: {roles}}}\n"
    configure(folder, fetch + COUNTED, rows="demo1\trun\n")
    write_truth(folder / "own", "demo1")
    ended = snakemake(*OPTIONS)
    assert ended.returncode == 0, said_by(ended)
    fetched = folder / "results/fetched/demo1"
    assert (
        "raw total sequences:\t3" in (folder / "results/qc/stats/demo1.samtools.stats").read_text()
    )
    assert (folder / "results/small_variants/demo1.summary.json").exists()
    large = {".bam", ".gz", ".csv"}
    left = {file.suffix for file in fetched.rglob("*") if file.suffix in large}
    assert left == {".csv"}, "metrics stay"
    assert "Nothing to be done" in said_by(snakemake(*OPTIONS))

    again = snakemake(*OPTIONS, "--forcerun", "samtools_stats")
    assert jobs(said_by(again))["fetch_alignments"] == 1
    assert again.returncode == 0, said_by(again)
    assert not list(fetched.glob("**/*.bam"))
