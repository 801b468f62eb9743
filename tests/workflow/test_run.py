"""A real run: what is left when one sample fails, and what the logs keep of each attempt."""

import re
import shutil

import pytest
from workflow_folder import ROOT

DEMO = ROOT / "config/demo"
SHEET = """\
sample\tsmall_variants\ttruth_small_variants\tconfident_small_variants
whole\tconfig/demo/query.vcf.gz\tconfig/demo/truth.vcf.gz\tconfig/demo/confident.bed
cut\tcut.vcf.gz\tconfig/demo/truth.vcf.gz\tconfig/demo/confident.bed
"""
CONFIG = """\
samples: samples.tsv
build: demo
genomes: {demo: {fasta: config/demo/genome.fa.gz}}
"""
MISSING = "Not in this report, because there is no result: cut (small variants)"


@pytest.fixture
def one_of_two_fails(folder):
    (folder / "config").symlink_to(ROOT / "config")
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "samples.tsv").write_text(SHEET)
    whole = (DEMO / "query.vcf.gz").read_bytes()
    (folder / "cut.vcf.gz").write_bytes(whole[: len(whole) // 2])
    return folder


def test_the_others_finish_and_the_run_ends_failed(one_of_two_fails, snakemake):
    folder = one_of_two_fails
    cores = ("--cores", "2")
    profile = ("--workflow-profile", str(ROOT / "profiles/default"))
    ended = snakemake(*cores, *profile, "--retries", "1", "--quiet", "rules")
    said = ended.stdout + ended.stderr
    assert ended.returncode == 1
    assert (folder / "results/small_variants/whole.summary.json").exists()
    assert not (folder / "results/small_variants/cut.summary.json").exists()
    # the table at the end: what there is, what there is not, and why
    assert "whole " in said
    assert "cut (small variants): logs/compare_small_variants/cut.log: query cut.vcf.gz" in said
    programs = [line for line in said.splitlines() if line.startswith('{"')]
    assert not programs, "last lines of commands are for programs"
    page = folder / "results/report/small_variants.html"
    assert f"Charts and tables: {page}" in said
    assert MISSING in page.read_text(), "a failed run has its page, which names the dead sample"
    table = (folder / "results/report/small_variants.tsv").read_text()
    assert {line.split("\t")[0] for line in table.splitlines()} == {"sample", "whole"}
    plan = (folder / "results/samples.tsv").read_text().splitlines()
    assert [line.split("\t")[0] for line in plan] == ["sample", "whole", "cut"]
    log = (folder / "logs/compare_small_variants/cut.log").read_text()
    took = {path.relative_to(folder).as_posix() for path in folder.glob("logs/**/*.benchmark.tsv")}
    assert took == {"logs/compare_small_variants/whole.benchmark.tsv"}, "of what ended well"
    assert log.count("=== attempt started ") == 2, "each attempt behind a line of its own"
    assert log.count("truncated") >= 2, "no attempt's log is lost"

    (folder / "samples.tsv").write_text(SHEET.rsplit("cut", 2)[0])
    planned = snakemake("-n", "--quiet", "rules")
    listed = re.findall(r"^(\w+) +1$", planned.stdout + planned.stderr, re.M)
    assert "chart_small_variants" in listed, "cut is not missing any more"

    (folder / "samples.tsv").write_text(SHEET)
    shutil.copy(DEMO / "query.vcf.gz", folder / "cut.vcf.gz")
    again = snakemake(*cores, *profile, "--quiet", "rules")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "cut " in again.stdout + again.stderr
    assert "there is no result" not in page.read_text(), "the page is made anew"
    assert page.with_suffix(".svg").exists()
    log = (folder / "logs/compare_small_variants/cut.log").read_text()
    assert log.count("=== attempt started ") == 3
    assert (folder / "logs/compare_small_variants/whole.log").read_text().count("===") == 1

    header, *rows = SHEET.splitlines()
    more = [f"{header}\tsource", *(f"{row}\t" for row in rows), "patient7\t\t\t\ts3://runs/"]
    (folder / "samples.tsv").write_text("\n".join(more) + "\n")
    planned = snakemake("-n", "--quiet", "rules")
    listed = re.findall(r"^(\w+) +1$", planned.stdout + planned.stderr, re.M)
    assert "chart_small_variants" in listed, "the page says what is left out by now"
    assert "compare_small_variants" not in listed
