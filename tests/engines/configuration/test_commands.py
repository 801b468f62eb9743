"""Keys of the configuration become options that the commands know."""

import shlex
from dataclasses import replace
from itertools import pairwise

import click
import pytest

from engines.calibrate.cli import calibrate
from engines.compare import extras, report
from engines.compare.cli import compare, read_happy
from engines.compare_sv.cli import compare_sv
from engines.configuration import Dataset, Sample, commands
from engines.configuration.schema import errors, read_schema, with_defaults
from engines.fetch.cli import Size, fetch
from engines.fetch.names import wanted
from engines.qc.cli import collect_command, judge_command, keep_command, multiqc_command
from engines.references.cli import ensure_command
from engines.upload.cli import upload

SAMPLE = Sample("a", "GRCh38", {}, {}, target=None, sex="male", query_sample=None)
FETCHED = replace(SAMPLE, source="s3://runs/{sample}/", alias="S 1", day="2026-11-22")
DEATHS = Dataset("a", {"eava": "deaths.csv", "interva": "use_example"}, "neonate", "South Africa")
DEFAULTS = with_defaults({}, read_schema("config"))


def known(command):
    """Every option that a click command takes."""
    return {name for p in command.params for name in [*p.opts, *p.secondary_opts]}


def used(line):
    return {word for word in shlex.split(line) if word.startswith("--")}


def test_options_by_kind_of_value():
    values = {"dup_to_ins": True, "typeignore": False, "no_ref": None, "mirror": "file:///a b"}
    line = commands.options({**values, "pctseq": 0.7, "cause": ["a b", "c,d"], "none": []})
    words = "--dup-to-ins --no-typeignore --mirror 'file:///a b' --pctseq 0.7"
    assert line == f"{words} --cause 'a b' --cause c,d"


def test_what_one_sample_brings():
    files = {"truth": "t.vcf", "query": "q.vcf", "confident": "my regions.bed", "target": "t.bed"}
    regions = "--confident 'my regions.bed' --target t.bed"
    assert commands.compare_options(SAMPLE, files) == f"{regions} --sex male"
    named = replace(SAMPLE, query_sample="NA 1")
    assert commands.compare_sv_options(named, files) == f"--query-sample 'NA 1' {regions}"
    assert commands.happy_options(SAMPLE, files) == "-f 'my regions.bed' -T t.bed --gender male"
    assert commands.compare_sv_options(SAMPLE, {"query": "q.vcf"}) == ""


def test_what_is_read_back_from_hap_py():
    files = {"truth": "t", "query": "q", "reference": "r", "target": "p", "stratification": "s"}
    line = commands.read_happy_options(SAMPLE, files)
    assert line == "--truth t --query q --reference r --target p"
    line = commands.read_happy_options(replace(SAMPLE, called=("NA1", "bcftools")), files)
    assert line.endswith(" --called-sample NA1 --caller bcftools")
    assert used(line) <= known(read_happy)


def test_they_are_options_of_the_commands():
    files = dict.fromkeys(("query", "confident", "target", "stratification"), "file")
    named = replace(SAMPLE, query_sample="NA1", called=("NA1", "freebayes"))
    assert used(commands.compare_options(named, files)) <= known(compare)
    no_target = {"query": "file", "confident": "file"}  # those that a plan gives for this kind
    assert used(commands.compare_sv_options(named, no_target)) <= known(compare_sv)


@pytest.mark.parametrize(
    "query, converted",
    [("a.g.vcf.gz", True), ("a.gvcf", True), ("a.vcf.gz", False), ("gvcf.vcf.gz", False)],
)
def test_hap_py_is_told_of_a_gvcf(query, converted):
    line = commands.happy_options(SAMPLE, {"query": query})
    assert ("--convert-gvcf-query" in line) == converted


@pytest.mark.parametrize("engine, name", [("builtin", ""), ("happy", "xcmp"), ("vcfeval",) * 2])
def test_engines_as_hap_py_calls_them(engine, name):
    assert commands.happy_engine({"small_variants": {"engine": engine}}) == name


def test_preparation_of_small_variants():
    changed = small(decompose=False, pass_only=True)
    assert commands.preparation(changed) == "--no-decompose --leftshift --pass-only"
    assert commands.preparation(DEFAULTS) == "--decompose --leftshift"
    assert used(commands.preparation(changed)) <= known(compare)


def small(**settings):
    return {"small_variants": DEFAULTS["small_variants"] | settings}


def test_scores_and_filters_of_small_variants():
    scored = small(roc="FORMAT.GQ", roc_filter=["LowQ", "SB"], filters_only=["X Y"])
    words = "--filters-only 'X Y' --roc-filter LowQ,SB"
    assert commands.preparation(scored).endswith(f"--roc FORMAT.GQ {words}")
    scored["small_variants"]["engine"] = "happy"
    assert commands.preparation(scored).endswith(f"--roc GQ {words}")
    assert commands.preparation(small(roc="none")).endswith("--no-roc")


def test_the_tables_of_a_comparison_are_those_that_it_writes():
    plain = commands.comparison_tables(small())
    known_endings = {*report.ENDINGS, *extras.ENDINGS}
    everything = commands.comparison_tables(small(somatic=True, roc_filter=["LowQ"]))
    assert set(plain) < set(everything) < known_endings
    always = {".summary.json", ".summary.csv", ".vcf.gz", ".vcf.gz.tbi", ".provenance.json"}
    assert known_endings - set(everything) == always
    assert not any("roc" in ending for ending in commands.comparison_tables(small(roc="none")))


def test_somatic_small_variants():
    tumours = small(somatic=True, af_field="FORMAT.AD", af_strata="0,0.05,1")
    line = commands.preparation(tumours)
    assert line.endswith("--squash-ploidy --af-field FORMAT.AD --af-strata 0,0.05,1")
    assert used(line) <= known(compare)


def test_structural_variants_are_the_options_and_defaults_of_compare_sv():
    parameters = {p.name: p.default for p in compare_sv.params}
    ours = DEFAULTS["structural_variants"]
    files = {"truth", "query", "reference", "confident", "out", "truth_sample", "query_sample"}
    files |= {"called_sample", "caller"}
    assert set(ours) == set(parameters) - files - {"threads"}
    # the command refines where there is a reference, and a rule always gives one
    assert ours == {name: parameters[name] for name in ours} | {"refine": True}
    assert used(commands.options(ours)) <= known(compare_sv)


def test_what_one_dataset_brings():
    files = {"eava": "my deaths.csv", "misclassification": "m.json"}
    line = commands.calibrate_options(DEATHS, files)
    deaths = "--va-data 'eava=my deaths.csv' --va-data interva=use_example"
    whose = "--age-group neonate --country 'South Africa'"
    assert line == f"{deaths} {whose} --misclassification m.json"
    with_map = commands.calibrate_options(DEATHS, files | {"cause_map": "causes.csv"})
    assert used(with_map) <= known(calibrate)


@pytest.mark.parametrize("text", ["$(id)", "a'b; id", "a\nb", "-x", "{wildcards.dataset}"])
def test_what_is_written_in_a_cell_is_one_word_of_the_command(text):
    dataset = replace(DEATHS, country=text, age_group=text)
    words = shlex.split(commands.calibrate_options(dataset, {"eava": text}))
    assert words[1] == f"eava={text}"
    assert words[4:] == ["--age-group", text, "--country", text]
    settings = {"calibration": DEFAULTS["calibration"] | {"not_calibrated": [text, text]}}
    words = shlex.split(commands.calibration(settings, DEATHS))
    assert words.count(text) == 2


def test_calibration_is_the_options_and_defaults_of_calibrate():
    context = calibrate.make_context("", ["--va-data=eava=x", "--age-group=x", "--country=x"])
    parameters = context.params | {"learn_not_calibrated": context.params["learn"]}
    ours = DEFAULTS["calibration"]
    of_a_dataset = {"va_data", "age_group", "country"}
    of_the_rule = {"threads", "out", "cache", "report", "preview", "rscript", "learn", "reuse"}
    assert set(ours) == set(parameters) - of_a_dataset - of_the_rule
    theirs = {name: parameters[name] for name in ours}
    # `ensemble` is passed where there are several algorithms, which is when it is the default
    assert ours == theirs | {"ensemble": True, "not_calibrated": list(theirs["not_calibrated"])}
    assert used(commands.calibration(DEFAULTS, DEATHS)) <= known(calibrate)


def test_how_a_dataset_is_calibrated():
    line = commands.calibration(DEFAULTS, DEATHS)
    assert "--engine auto" in line
    assert "--ensemble" in line
    assert "--not-calibrated other --threshold 0.1 --seed 1" in line
    assert "--compat" not in line
    assert "--learn" in line
    alone = replace(DEATHS, va_data={"eava": "deaths.csv"})
    assert "ensemble" not in commands.calibration(DEFAULTS, alone)
    changed = DEFAULTS["calibration"] | {
        "not_calibrated": [],
        "learn_not_calibrated": False,
        "ensemble": False,
        "compat": "2.0",
    }
    line = commands.calibration({"calibration": changed}, DEATHS)
    assert "--no-ensemble" in line
    assert "--not-calibrated none" in line
    assert "--no-learn" in line
    assert "--compat 2.0" in line
    assert used(line) <= known(calibrate)


def test_reference_options():
    assert commands.reference_options(DEFAULTS, "genome") == ""
    wanted = {
        "references": {
            "versions": {"genome": "GIABv3"},
            "cache": "/scratch/my cache",
            "mirror": "s3://bucket/giab",
        }
    }
    line = commands.reference_options(wanted, "genome")
    assert line == "--version GIABv3 --cache '/scratch/my cache' --mirror s3://bucket/giab"
    assert used(line) <= known(ensure_command)


@pytest.fixture
def no_shared_folders(monkeypatch):
    for name in ("FETCHED", "COHORT", "HISTORY"):
        monkeypatch.delenv(f"PLUMBLINE_{name}", raising=False)


def test_what_is_fetched_and_how(no_shared_folders, monkeypatch):
    what = commands.fetch_options(DEFAULTS, FETCHED, "metrics")
    assert what == "--sample a --preset dragen --role metrics"
    how = commands.fetch_manner(DEFAULTS, FETCHED, "metrics")
    assert how == "--into results/fetched/a/files --connections 8"
    monkeypatch.setenv("PLUMBLINE_FETCHED", "/shared/my files")
    how = commands.fetch_manner(DEFAULTS, FETCHED, "metrics")
    assert how.startswith("--cache '/shared/my files' ")
    settings = {
        **{"preset": "plain", "cache": "/cache", "profile": "lab", "region": "eu-west-1"},
        **{"endpoint": "https://s3.example", "unsigned": True, "requester_pays": True},
        **{"ignore_etag": True, "connections": 2, "limit": "20M"},
        "patterns": {"small_variants": ["*.g.vcf.gz", "a b.vcf"]},
    }
    config = {"fetch": DEFAULTS["fetch"] | settings}
    what = commands.fetch_options(config, FETCHED, "small_variants")
    assert "--role 'small_variants=*.g.vcf.gz,a b.vcf' --endpoint https://s3.example" in what
    how = commands.fetch_manner(config, FETCHED, "small_variants")
    assert "--cache /cache --profile lab --region eu-west-1 --connections 2 --limit 20M" in how
    assert how.endswith("--unsigned --requester-pays --ignore-etag")
    assert used(f"{what} {how}") <= known(fetch)
    ours = set(DEFAULTS["fetch"]) - {"roles", "patterns", "keep"}
    assert ours <= {parameter.name for parameter in fetch.params}


def test_quality(no_shared_folders, monkeypatch):
    named = replace(FETCHED, query_sample="NA1")
    line = commands.collect_options(named)
    assert line == "--sample a --alias 'S 1' --alias NA1 --date 2026-11-22"
    assert commands.collect_options(SAMPLE) == "--sample a"
    assert used(line) <= known(collect_command)
    assert used(commands.names_of(named)) <= known(multiqc_command)
    assert (commands.judge_options(DEFAULTS), commands.keep_options(DEFAULTS)) == ("", "")
    monkeypatch.setenv("PLUMBLINE_COHORT", "/shared/my cohort")
    line = commands.judge_options(DEFAULTS)
    assert line == "--kept '/shared/my cohort'"
    assert used(line) <= known(judge_command)
    line = commands.keep_options(DEFAULTS)
    assert line == "--verdict pass --cohort '/shared/my cohort'"
    assert used(line) <= known(keep_command)
    own = {"qc": DEFAULTS["qc"] | {"cohort": "mine", "thresholds": "t.yaml", "keep": []}}
    assert commands.judge_options(own) == "--thresholds t.yaml --kept mine"
    assert commands.keep_options(own) == "", "nothing is kept"


def test_the_history(no_shared_folders, monkeypatch):
    assert commands.history(DEFAULTS) == "results/history"
    monkeypatch.setenv("PLUMBLINE_HISTORY", "/shared/history")
    assert commands.history(DEFAULTS) == "/shared/history"
    assert commands.history({"history": "mine"}) == "mine"


def test_a_limit_is_a_size_that_the_commands_know():
    for limit in ("500000", "1.5k", "20M", "1G", "1T", "M"):
        config = {"fetch": {"limit": limit}}
        try:
            Size().convert(limit, None, None)
        except click.BadParameter:
            assert errors(config, "config"), limit
        else:
            assert not errors(config, "config"), limit


def test_an_upload():
    settings = {"to": "s3://out/a b/", "exclude": ["*.html"], "replace": True, "profile": "lab"}
    config = {"upload": DEFAULTS["upload"] | settings}
    line = commands.upload_options(config)
    assert line.startswith("--to 's3://out/a b/' --include samples.tsv --include 'report/*' ")
    assert "--exclude '*.html' --exclude 'fetched/*' --exclude 'references/*'" in line
    assert line.endswith(" --replace")
    how = commands.upload_manner(config)
    assert how == "--profile lab"
    assert used(f"{line} {how}") <= known(upload)
    assert set(DEFAULTS["upload"]) <= {parameter.name for parameter in upload.params}


@pytest.mark.parametrize(
    ("name", "goes"),
    {
        "samples.tsv": True,
        "report/qc.verdict.html": True,
        "qc/a.verdict.json": True,
        "small_variants/a.summary.csv": True,
        "small_variants/a.vcf.gz": False,
        "structural_variants/a.by_type_and_size.tsv": True,
        "structural_variants/a.comp.vcf.gz": False,
        "fetched/a/metrics/a.mapping_metrics.csv": False,
        "fetched/a/small_variants.summary.json": False,
        "references/HG002.GRCh38.small_variants/receipt.json": False,
        "history/2026-11-22-0123456789ab.parquet": False,
        "upload/upload.summary.json": False,
        "qc/kept": False,
    }.items(),
)
def test_what_is_uploaded_unless_told_otherwise(name, goes):
    words = shlex.split(commands.upload_options({"upload": DEFAULTS["upload"] | {"to": "s3://o"}}))
    globs = {"--include": [], "--exclude": []}
    for option, value in pairwise(words):
        globs.get(option, []).append(value)
    assert wanted(name, globs["--include"], globs["--exclude"]) == goes
