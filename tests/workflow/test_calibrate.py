"""Verbal autopsies in the real workflow: what is planned for a sheet, and a run to its end."""

import json
import shutil
from collections import Counter

import pytest
from r import needs_r
from workflow_folder import ROOT, jobs

HEAD = "sample\tva_eava\tva_insilicova\tage_group\tcountry\n"
MATRICES = "results/references/calibration/misclassification.json"
PLAIN = {"calibrate": 1, "chart_calibration": 1, "all": 1}


@pytest.fixture
def planned(folder, snakemake):
    """What a dry run says of a sheet (columns with ``|``) and a configuration."""
    (folder / "counts.csv").write_text("placeholder\n")
    (folder / "deaths.csv").write_text("placeholder\n")
    (folder / "matrices.json").write_text("placeholder\n")

    def run(rows: str, config: str = "", *more: str, head: str = HEAD) -> str:
        (folder / "config.yaml").write_text(f"samples: samples.tsv\n{config}\n")
        (folder / "samples.tsv").write_text(head + rows.replace("|", "\t"))
        ended = snakemake("-n", "-p", *more)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    return run


def counted(said: str) -> Counter[str]:
    found = jobs(said)
    del found["total"]
    return found


def test_deaths_alone_need_the_published_matrices_and_nothing_else(planned):
    said = planned("a|counts.csv|deaths.csv|neonate|Mali\n")
    assert counted(said) == PLAIN | {"ensure_calibration": 1}
    assert "plumbline references ensure calibration --link results/references/calibration" in said
    deaths = "--va-data eava=counts.csv --va-data insilicova=deaths.csv"
    assert f"{deaths} --age-group neonate --country Mali --misclassification {MATRICES}" in said
    assert "--ensemble" in said
    assert "--threads 1 --out results/calibration/a" in said
    assert "Calibrating a: neonate, Mali, the published matrices" in said
    page = "--out-html results/report/calibration.html --out-svg results/report/calibration.svg"
    table = "--out-tsv results/report/calibration.tsv --out-pdf results/report/calibration.pdf"
    assert f"plumbline chart calibration results {page} {table}" in said


def test_calls_and_deaths_in_one_sheet_and_several_countries(planned):
    config = "build: mine\ngenomes: {mine: {fasta: genome.fa}}"
    head = HEAD.rstrip() + "\tsmall_variants\ttruth_small_variants\n"
    of_deaths = "a||deaths.csv|child|Sierra Leone, other||\n"
    said = planned(f"{of_deaths}b|||||calls.vcf.gz|truth.vcf.gz\n", config, head=head)
    both = {"ensure_calibration": 1, "compare_small_variants": 1, "chart_small_variants": 1}
    assert counted(said) == PLAIN | both | {"calibrate": 2}
    assert "ensemble" not in said, "of one algorithm there is none"
    assert "--country 'Sierra Leone'" in said
    assert "--out results/calibration/a.Sierra_Leone\n" in said


def test_own_matrices_and_the_example_need_no_download(planned):
    rows = "a|counts.csv||child|Peru\nb|use_example||child|Mali\n"
    said = planned(rows, "calibration: {misclassification: matrices.json}")
    assert counted(said) == PLAIN | {"calibrate": 2}
    assert said.count("--misclassification matrices.json") == 1
    assert "Calibrating b: child, Mali, the matrices of the example" in said


def test_the_r_package_brings_its_own(planned):
    config = "calibration: {engine: vacalibration, sensitivity: true}"
    said = planned("a|counts.csv||child|Mali\n", config, "--cores", "2")
    assert counted(said) == PLAIN
    assert "--misclassification" not in said
    assert "--sensitivity" in said
    assert "--threads 2" in said


def test_many_datasets_are_planned_together(planned, folder):
    """The matrices once, one page of all."""
    countries = "Bangladesh, Ethiopia, Kenya, Mali, Mozambique, Sierra Leone, South Africa, other"
    rows = [f"s{number}|counts.csv|deaths.csv|child|Mali\n" for number in range(92)]
    rows.append(f"all|counts.csv|deaths.csv|child|{countries}\n")
    config = f"references: {{mirror: 'file:///a b', cache: {folder / 'cache'}}}"
    said = planned("".join(rows), config)
    assert counted(said) == PLAIN | {"calibrate": 100, "ensure_calibration": 1}
    assert f"calibration --cache {folder / 'cache'} --mirror 'file:///a b'" in said


def test_r_is_missed_before_any_job(folder, snakemake, monkeypatch):
    (folder / "samples.tsv").write_text(
        "sample\tva_eava\tage_group\tcountry\na\tuse_example\tchild\tMali\n"
    )
    # what the workflow needs before its first job, and nothing else
    tools = folder / "bin"
    tools.mkdir()
    for name in ("bash", "which"):
        (tools / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tools))
    ended = snakemake("--cores", "1", "--quiet", "rules")
    assert ended.returncode == 1
    assert "calibration needs Rscript, which is not on the PATH" in ended.stdout + ended.stderr
    assert not (folder / "results").exists()


DEMO = """\
samples: samples.tsv
calibration: {engine: builtin, misclassification: config/demo/va_matrices.json, warmup: 100,
  iterations: 100}
"""


@needs_r
def test_a_run_of_deaths_alone(folder, snakemake):
    """To its end: summary, table, page; and one dataset that cannot be calibrated is named."""
    (folder / "config").symlink_to(ROOT / "config")
    (folder / "config.yaml").write_text(DEMO)
    files = [f"config/demo/va_{name}.csv" for name in ("eava", "insilicova")]
    rows = [f"a\t{files[0]}\t{files[1]}\tneonate\tDemoland\n", f"b\t{files[0]}\t\tneonate\tPeru\n"]
    (folder / "samples.tsv").write_text(HEAD + "".join(rows))
    options = ("--cores", "2", "--keep-going", "--quiet", "rules")
    ended = snakemake(*options)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 1, "there are no matrices of Peru"
    page = folder / "results/report/calibration.html"
    assert "b (calibration)" in page.read_text()
    assert "logs/calibrate/b.log: " in said
    assert "Demoland" in (folder / "logs/calibrate/b.log").read_text(), "which country there is"

    (folder / "samples.tsv").write_text(HEAD + rows[0])
    ended = snakemake(*options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"Charts and tables: {page}" in ended.stdout + ended.stderr
    summary = json.loads((folder / "results/calibration/a.summary.json").read_text())
    assert [fit["name"] for fit in summary["fits"]] == ["eava", "insilicova", "ensemble"]
    for ending in ("csv", "html", "pdf", "provenance.json"):
        assert (folder / f"results/calibration/a.{ending}").stat().st_size > 0
    for ending in ("svg", "tsv", "pdf"):
        assert page.with_suffix(f".{ending}").stat().st_size > 0
    assert not list(folder.glob("results/small_variants*")), "no folder of what was not asked"
    plan = (folder / "results/samples.tsv").read_text().splitlines()
    assert plan[1].split("\t")[:2] == ["a", "calibration"]
    report = snakemake("--report", "report.html", "--quiet", "rules", "progress")
    assert report.returncode == 0, report.stdout + report.stderr
    assert (folder / "report.html").exists()
