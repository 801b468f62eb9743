"""Keys of the configuration become options that the commands know."""

import shlex
from dataclasses import replace

import pytest

from engines.compare.cli import compare, read_happy
from engines.compare_sv.cli import compare_sv
from engines.configuration import Sample, commands
from engines.configuration.schema import read_schema, with_defaults
from engines.references.cli import ensure_command

SAMPLE = Sample("a", "GRCh38", {}, {}, target=None, sex="male", query_sample=None)
DEFAULTS = with_defaults({}, read_schema("config"))


def known(command):
    """Every option that a click command takes."""
    return {name for p in command.params for name in [*p.opts, *p.secondary_opts]}


def used(line):
    return {word for word in shlex.split(line) if word.startswith("--")}


def test_options_by_kind_of_value():
    values = {"dup_to_ins": True, "typeignore": False, "no_ref": None, "mirror": "file:///a b"}
    line = commands.options({**values, "pctseq": 0.7})
    assert line == "--dup-to-ins --no-typeignore --mirror 'file:///a b' --pctseq 0.7"


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
    line = commands.read_happy_options(files)
    assert line == "--truth t --query q --reference r --target p"
    assert used(line) <= known(read_happy)


def test_they_are_options_of_the_commands():
    files = dict.fromkeys(("query", "confident", "target", "stratification"), "file")
    named = replace(SAMPLE, query_sample="NA1")
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
    changed = {"small_variants": {"decompose": False, "leftshift": True, "pass_only": True}}
    assert commands.preparation(changed) == "--no-decompose --leftshift --pass-only"
    assert commands.preparation(DEFAULTS) == "--decompose --leftshift"
    assert used(commands.preparation(changed)) <= known(compare)


def test_structural_variants_are_the_options_and_defaults_of_compare_sv():
    parameters = {p.name: p.default for p in compare_sv.params}
    ours = DEFAULTS["structural_variants"]
    files = {"truth", "query", "reference", "confident", "out", "truth_sample", "query_sample"}
    assert set(ours) == set(parameters) - files - {"threads"}
    # the command refines where there is a reference, and a rule always gives one
    assert ours == {name: parameters[name] for name in ours} | {"refine": True}
    assert used(commands.options(ours)) <= known(compare_sv)


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
