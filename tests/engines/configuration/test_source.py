"""Samples that come from a source: what is fetched, what is left out and why, and mistakes."""

import csv
import io
import os
import socket
from dataclasses import replace

import pytest

from engines.configuration import Plan, Sample, commands
from engines.fetch import presets

SHEET = "sample|source|giab|build|small_variants|structural_variants|metrics|alignments\n"
NO_NAME = "no truth is known, as the name does not begin with one GIAB name"
NO_SV = "there is no structural-variant truth for HG004 on GRCh38"
S3 = "s3://runs/{sample}/"


def rows(plan: Plan) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(plan.table()), delimiter="\t"))


@pytest.fixture(autouse=True)
def nothing_is_asked_of_the_network(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the network was asked")

    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True)
def no_shared_folders(monkeypatch):
    for name in ("FETCHED", "COHORT", "HISTORY"):
        monkeypatch.delenv(f"PLUMBLINE_{name}", raising=False)


def test_a_giab_sample_is_fetched_and_compared_and_judged(plan):
    found = plan(f"{SHEET}HG002_a|{S3}\n")
    sample = found.samples["HG002_a"]
    assert sample.address == "s3://runs/HG002_a/"
    assert sample.fetched == ("small_variants", "structural_variants", "metrics")
    assert sample.left_out == {}
    assert found.files("HG002_a", "small_variants")["query"] == (
        "results/fetched/HG002_a/small_variants.vcf.gz"
    )
    assert found.qc_files("HG002_a") == {
        "metrics": "results/fetched/HG002_a/metrics",
        "bcftools": "results/qc/stats/HG002_a.bcftools.stats",
    }
    assert [row["variants"] for row in rows(found)] == [*sample.fetched[:2], "qc"]
    assert {row["source"] for row in rows(found)} == {"s3://runs/HG002_a/"}


def test_a_sample_that_nobody_has_a_truth_for_has_quality_alone(plan):
    found = plan(f"{SHEET}patient7|{S3}\n")
    sample = found.samples["patient7"]
    assert sample.fetched == ("metrics",), "calls without a truth are not fetched"
    assert sample.queries == {}
    assert sample.left_out == {"small_variants": NO_NAME, "structural_variants": NO_NAME}
    assert found.names("qc") == ["patient7"]
    assert found.names("small_variants") == []
    assert found.left_out()[0] == f"small variants of patient7: {NO_NAME}"
    many = plan(SHEET + "".join(f"p{number}|{S3}\n" for number in range(1001)))
    names = "p0, p1, p2, p3, p4 and 996 more"
    assert many.left_out()[0] == f"small variants of {names}: {NO_NAME}"
    said = {row["variants"]: row["truth_is"] for row in rows(found)}
    assert said["structural_variants"] == f"left out: {NO_NAME}"
    assert found.qc_files("patient7") == {"metrics": "results/fetched/patient7/metrics"}


def test_a_truth_of_one_kind_alone(plan):
    found = plan(f"{SHEET}NA24143_Lib3_Rep1|{S3}\n")
    sample = found.samples["NA24143_Lib3_Rep1"]
    assert sample.fetched == ("small_variants", "metrics")
    assert sample.left_out == {"structural_variants": NO_SV}


def test_a_genome_of_ones_own_has_no_giab_truth(plan):
    config = "build: mine\ngenomes: {mine: {fasta: genome.fa}}"
    sample = plan(f"{SHEET}HG002|{S3}\n", config).samples["HG002"]
    assert set(sample.left_out) == {"small_variants", "structural_variants"}
    assert "on mine, a genome of your own" in sample.left_out["small_variants"]


def test_a_truth_of_ones_own_for_one_kind(plan):
    sheet = "sample|source|truth_small_variants\npatient7|s3://runs/|truth.vcf.gz\n"
    sample = plan(sheet).samples["patient7"]
    assert sample.fetched == ("small_variants", "metrics")
    assert set(sample.left_out) == {"structural_variants"}


def test_a_release_that_does_not_exist_is_no_reason_to_leave_anything_out(lines):
    config = "references: {versions: {structural_variants: v0.6}}"
    (said,) = lines(f"{SHEET}HG002|{S3}\n", config)
    assert "there is no structural-variant truth v0.6 for HG002 on GRCh38" in said


def test_a_named_file_is_taken_and_none_means_none(plan):
    found = plan(f"{SHEET}HG002|{S3}|||calls.vcf.gz|none|none\n", "fetch: {roles: [alignments]}")
    sample = found.samples["HG002"]
    assert sample.queries == {"small_variants": "calls.vcf.gz"}
    assert (sample.fetched, sample.left_out) == (("alignments",), {})
    assert sample.metrics is None


def test_an_explicit_path_without_a_truth_stays_a_mistake(lines):
    assert lines(f"{SHEET}patient7|{S3}|||calls.vcf.gz\n") == [
        "samples.tsv, row 2 (sample patient7): whose truth? patient7 does not begin with one GIAB "
        "name; fill column giab (HG001 to HG007) or truth_small_variants"
    ]


def test_a_mistyped_giab_name_is_a_mistake(lines):
    (said,) = lines(f"{SHEET}x|{S3}|HG0002\n")
    assert said.endswith('column giab: "HG0002" is not a GIAB sample; did you mean HG002?')


@pytest.mark.parametrize("calls", ["none", "calls.vcf.gz"])
def test_also_where_no_truth_of_giab_is_needed(lines, calls):
    columns = "sample|source|giab|small_variants|structural_variants|truth_small_variants"
    (said,) = lines(f"{columns}\nx|{S3}|HG0002|{calls}|none|truth.vcf.gz\n")
    assert said.endswith('column giab: "HG0002" is not a GIAB sample; did you mean HG002?')


def test_a_manifest_is_a_file_that_the_fetch_depends_on():
    sample = Sample("a", "GRCh38", {}, {}, target=None, sex="auto", query_sample=None)
    of = {
        "lists/{sample}.tsv": ["lists/a.tsv"],
        "s3://runs/{sample}.tsv": [],
        "runs/{sample}": [],
        None: [],
    }
    assert {source: replace(sample, source=source).manifest for source in of} == of


def test_metrics_alone_need_no_build_no_genome_and_no_truth(plan, folder):
    (folder / "csv").mkdir()
    found = plan(f"{SHEET}x||||||csv\ny||||none|none|deaths.csv\n", "build: GRCh37")
    assert found.names("qc") == ["x", "y"]
    assert found.samples["x"].left_out == {}
    assert found.left_out() == []
    assert found.qc_files("y") == {"metrics": "deaths.csv"}
    assert "source" not in rows(found)[0], "as in tables of runs without a source"


def test_calls_alone_are_compared_as_ever(plan):
    found = plan("sample|small_variants\nHG002|calls.vcf.gz\n")
    assert found.names("qc") == []
    assert [row["variants"] for row in rows(found)] == ["small_variants"]


def test_alignments(plan, folder):
    for name in ("a.bam", "b.cram"):
        (folder / name).write_text("x")
    config = "fetch: {roles: [alignments]}\nbuild: mine\ngenomes: {mine: {fasta: genome.fa}}"
    found = plan(f"{SHEET}a|||||||a.bam\nb|||||||b.cram\nc|{S3}\n", config)
    assert found.alignment_files("a") == {"alignments": "a.bam"}
    assert found.alignment_files("b") == {"alignments": "b.cram", "reference": "genome.fa"}
    fetched = "results/fetched/c/alignments.summary.json"
    assert found.alignment_files("c") == {"fetched": fetched, "reference": "genome.fa"}
    bam = "fetch: {roles: [alignments], patterns: {alignments: ['*.bam']}}"
    found = plan(f"{SHEET}c|{S3}\n", bam)
    assert found.alignment_files("c") == {"fetched": fetched}
    assert found.qc_files("c") == {"samtools": "results/qc/stats/c.samtools.stats"}


MISTAKES = {
    "no address": (
        "runs/HG002",
        '"runs/HG002" is neither a folder, a manifest (.tsv), nor an address (s3://…, https://…, '
        "file:///…)",
    ),
    "a placeholder": ("s3://runs/{sampel}/", "{sampel} stands for nothing; did you mean {sample}?"),
    "another placeholder": ("s3://runs/{lane}/", "{lane} stands for nothing; there is {sample}"),
    "another scheme": (
        "gs://runs/HG002",
        '"gs://runs/HG002" is no address of files (s3://…, https://…, http://… or file://…)',
    ),
    "a password": (
        "https://me:secret@example.org/x",
        "has a user name or password in it; give credentials by the environment",
    ),
    "a signature": (
        "https://example.org/x.vcf.gz?X-Amz-Signature=abc",
        '"https://example.org/x.vcf.gz" has a query behind it, which may be secret; put it into a '
        "manifest (.tsv)",
    ),
    "no bucket": ("s3:///x", '"s3:///x" names no bucket'),
    "a folder that is not there": (
        "file:///nowhere/{sample}",
        'no such file or folder: "/nowhere/HG002"',
    ),
    "two slashes": (
        "file://data/x",
        '"file://data/x" names a host; write file:/// with three slashes',
    ),
    "a manifest that is not there": ("gone.tsv", 'no such file: "gone.tsv"'),
}


@pytest.mark.parametrize("source, told", MISTAKES.values(), ids=MISTAKES)
def test_a_source_that_cannot_be_is_told_in_one_line(lines, source, told):
    where = "samples.tsv, row 2 (sample HG002), column source: "
    assert lines(f"{SHEET}HG002|{source}\n") == [where + told]


CELLS = {
    "a day": ("sample|metrics|date\nx|m.csv|2026-02-30\n", "column date", "is not a day such as"),
    "a date": ("sample|metrics|date\nx|m.csv|22.11.2026\n", "column date", "is not a day such as"),
    "an alias": ("sample|metrics|alias\nx|m.csv|a/b\n", "column alias", "cannot be the name"),
    "metrics": ("sample|metrics\nx|gone\n", "column metrics", 'no such file: "gone"'),
    "none, nearly": (
        "sample|source|small_variants\nHG002|s3://b/|nonne\n",
        "column small_variants",
        "did you mean none?",
    ),
    "an address as a file": (
        "sample|metrics\nx|s3://b/m\n",
        "column metrics",
        '"s3://b/m" is an address, not a file; write it into column source',
    ),
    "alignments": ("sample|alignments\nx|m.csv\n", "column alignments", "(.bam, .cram)"),
}


@pytest.mark.parametrize("sheet, column, told", CELLS.values(), ids=CELLS)
def test_a_cell_that_cannot_be(lines, folder, sheet, column, told):
    (folder / "m.csv").write_text("x")
    (said,) = lines(sheet)
    assert column in said
    assert told in said


def test_nothing_to_do(lines):
    none = "none|none|none|none"
    row = "samples.tsv, row 2 (sample x)"
    assert lines(f"{SHEET}x|{S3}|||{none}\n") == [
        f"{row}, column source: nothing would be fetched: each of fetch.roles has a file in its "
        "column, or none"
    ]
    (said,) = lines(f"{SHEET}patient7|{S3}|||||none\n")
    assert "column source: nothing to do: there are no metrics to fetch, and no truth" in said
    assert NO_NAME in said
    (said,) = lines(f"{SHEET}x||||{none}\n")
    assert said.startswith(f"{row}: nothing to do: column source, small_variants")
    (said,) = lines(f"{SHEET}x|{S3}\n", "fetch: {roles: []}")
    assert "nothing would be fetched" in said


KEYS = {
    "a preset": ("preset: dragn", 'preset: "dragn" is not dragen or plain; did you mean dragen?'),
    "a role": ("roles: [metric]", 'roles.0: "metric" is not'),
    "a pattern's role": ("patterns: {metric: []}", "patterns.metric: unknown key"),
    "a pattern": ("patterns: {metrics: ['a,b']}", 'patterns.metrics.0: "a,b" is no pattern'),
    "a limit": ("limit: 20X", 'limit: "20X" is no number of bytes a second such as 20M'),
    "an endpoint": ("endpoint: minio", 'endpoint: "minio" is no address of a store'),
}


@pytest.mark.parametrize("text, told", KEYS.values(), ids=KEYS)
def test_a_key_of_fetch_that_cannot_be(lines, text, told):
    (said,) = lines(f"{SHEET}HG002|{S3}\n", f"fetch: {{{text}}}")
    assert said.startswith(f"config.yaml: fetch.{told}")


def test_the_presets_are_those_of_the_command(plan):
    config = plan(f"{SHEET}HG002|{S3}\n").config["fetch"]
    assert set(presets.known()) == {"dragen", "plain"}
    for preset in presets.known():
        assert set(presets.roles_of(preset)) == set(config["patterns"])


def test_thresholds_that_nothing_can_be_judged_by(lines, folder):
    (folder / "t.yaml").write_text("thresholds:\n  - {metric: X, category: vc, reason: y}\n")
    (said,) = lines(f"{SHEET}HG002|{S3}\n", "qc: {thresholds: t.yaml}")
    assert said.startswith("config.yaml: qc.thresholds: t.yaml: threshold 1 (X): says nothing")


def test_a_cohort_and_thresholds_that_are_not_there(lines):
    assert lines(f"{SHEET}HG002|{S3}\n", "qc: {cohort: gone, thresholds: t.yaml}") == [
        'config.yaml: qc.thresholds: no such file: "t.yaml"',
        'config.yaml: qc.cohort: no such folder: "gone"; make it, to begin one',
    ]


def test_one_sample_without_a_sheet(plan, lines, folder):
    typed = {"sample": "NA24143_Lib3_Rep1", "source": S3}
    given = f"samples: gone.tsv\nsample: NA24143_Lib3_Rep1\nsource: '{S3}'"
    found = plan("", given, typed=typed)
    assert list(found.samples) == ["NA24143_Lib3_Rep1"]
    assert found.samples["NA24143_Lib3_Rep1"].address == "s3://runs/NA24143_Lib3_Rep1/"
    assert lines("", "sample: a", typed={"sample": "a"}) == [
        "--config: sample: is given without source; write source=s3://runs/{sample}/ too"
    ]
    assert lines("", "source: s3://a/") == [
        "config.yaml: source: is given without sample; write sample=NA24143_Lib3_Rep1 too"
    ]
    wrong = "sample: a\nsource: 's3://a/{smaple}/'"
    assert lines("", wrong, typed={"sample": "a", "source": ""}) == [
        "--config (sample a): source: {smaple} stands for nothing; did you mean {sample}?"
    ]


def test_hap_py_has_to_know_what_comes(lines, plan):
    engine = "small_variants: {engine: vcfeval}"
    (said,) = lines(f"{SHEET}HG002|{S3}\n", engine)
    assert "give one pattern in fetch.patterns.small_variants" in said
    patterns = 'fetch: {patterns: {small_variants: ["*.hard-filtered.gvcf.gz"]}}'
    found = plan(f"{SHEET}HG002|{S3}\n", f"{engine}\n{patterns}")
    files = found.files("HG002", "small_variants")
    line = commands.happy_options(found.samples["HG002"], files, found.called("HG002"))
    assert "--convert-gvcf-query" in line


def test_a_source_on_this_machine(plan, folder):
    os.mkdir("runs")
    (folder / "files.tsv").write_text("source\n")
    found = plan(f"{SHEET}HG002|runs\nHG003|files.tsv\nHG004|file://{folder}/runs\n")
    assert [sample.address for sample in found.samples.values()] == [
        *("runs", "files.tsv", f"file://{folder}/runs")
    ]
