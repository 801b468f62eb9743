"""What can be submitted, as the workflow says it."""

import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from control.runs.analyses import FILE, Place, Workflow, read_workflow, read_yaml, with_leaves
from control.settings import ROOT, Allow
from engines.contract.errors import BadData, BadUsage, InputMissing

# Texts that name no file and go into no command as they stand: each was looked at.
HARMLESS = {
    ("samples",),  # replaced by the sheet that was sent
    ("sample",),  # becomes a row of the sheet
    ("build",),
    ("references", "versions", "small_variants"),
    ("references", "versions", "structural_variants"),
    ("references", "versions", "genome"),
    ("references", "versions", "stratifications"),
    ("references", "versions", "calibration"),
    ("small_variants", "filters_only", "any"),  # options of a command, in quotes
    ("small_variants", "roc_filter", "any"),
    ("small_variants", "roc"),
    ("small_variants", "af_field"),
    ("small_variants", "af_strata"),
    ("structural_variants", "size_bins"),
    ("calibration", "not_calibrated", "any"),
    ("call", "callers", "any"),  # names, by the schema's pattern
}
HARMLESS_COLUMNS = {"sample", "build", "giab", "query_sample", "sex", "age_group", "country"}
HARMLESS_COLUMNS |= {"alias", "date", "disease", "tumour", "normal", "species", "msi"}
HARMLESS_COLUMNS |= {"lanes", "library", "platform", "callers", "realign"}


@pytest.fixture(scope="module")
def workflow() -> Workflow:
    return read_workflow(ROOT)


def texts(schema: dict[str, Any], place: Place = ()) -> Iterator[tuple[Place, bool]]:
    """Keys whose value is a text, each with whether it may be any."""
    kinds = schema.get("type", [])
    if "string" in ([kinds] if isinstance(kinds, str) else kinds):
        yield place, "enum" not in schema
    for key, below in schema.get("properties", {}).items():
        yield from texts(below, (*place, key))
    for key in ("additionalProperties", "items"):
        if isinstance(schema.get(key), dict):
            yield from texts(schema[key], (*place, "any"))


def test_every_text_of_the_configuration_is_looked_at(workflow):
    found = {key for key, is_any in texts(workflow.configuration_schema) if is_any}
    looked_at = {
        key
        for key in found
        if workflow.file_kind(key)
        or workflow.argument_form(key)
        or workflow.reserved(key, "x", Allow())
    }
    assert found - looked_at == HARMLESS
    assert ("small_variants", "happy_arguments") in looked_at, "it goes into a command unquoted"
    columns = workflow.samples_schema["properties"]
    assert {name for name in columns if not workflow.column_kind(name)} == HARMLESS_COLUMNS


def test_nothing_in_the_file_is_unknown_to_the_schemas(workflow):
    listing = yaml.safe_load((ROOT / FILE).read_text())
    keys = [".".join(key) for key, _ in texts(workflow.configuration_schema)]
    named = [*listing["files"]["configuration"], *listing["arguments"], *listing["reserved"]]
    named += [*listing["words"]["configuration"], *listing["apart"]]
    for pattern in named:
        assert fnmatch.filter(keys, pattern), f"no key is like {pattern}"
    columns = workflow.samples_schema["properties"]
    for group in ("configuration", "samples"):
        assert set(listing["words"][group]) <= {*listing["files"][group], *listing["reserved"]}
    for analysis in workflow.analyses.values():
        assert set(analysis.settings) <= set(workflow.configuration_schema["properties"])
        assert set(analysis.needs) <= set(columns)
        assert analysis.targets


def test_an_analysis_that_does_not_exist(workflow):
    assert workflow.analysis("small_variants").targets == ["chart_small_variants"]
    with pytest.raises(BadUsage) as told:
        workflow.analysis("smal_variants")
    assert told.value.hint == "did you mean small_variants?"
    with pytest.raises(BadUsage) as told:
        workflow.analysis("annotation of everything")
    assert (
        "all, calling, small_variants, structural_variants, calibration, annotation, screen, qc"
        in told.value.hint
    )


def test_the_form_of_an_analysis_has_the_keys_that_matter(workflow):
    form = workflow.form("structural_variants")
    keys = list(form["configuration"]["properties"])
    assert keys == ["build", "genomes", "references", "fetch", "structural_variants"]
    assert form["samples"]["properties"]["sample"]["maxLength"] == 100
    keys = list(workflow.form("calibration")["configuration"]["properties"])
    assert keys == ["references", "calibration", "envmodules"], "a build is of no matter"
    everything = workflow.form("all")["configuration"]["properties"]
    assert "small_variants" in everything
    sheet = {"samples", "sample", "source"}
    assert not sheet & set(everything), "the sheet is sent with the submission"


def test_the_demo_can_be_tried(workflow):
    example = workflow.examples()["demo"]
    assert example["samples"].startswith("sample\tsmall_variants\t")
    assert example["config"]["genomes"] == {
        "demo": {"fasta": "config/demo/genome.fa.gz"},
        "demo_tumour": {"fasta": "config/demo/tumour.fa.gz"},
    }
    assert "samples" not in example["config"]


def test_every_template_can_be_begun_with_the_columns_that_it_asks_for(workflow):
    examples = workflow.examples()
    files = {Path(each["configuration"]) for each in _listing()["examples"].values()}
    assert files >= {f.relative_to(ROOT) for f in (ROOT / "config/templates").iterdir()}
    assert examples["demo_calling"]["samples"].startswith("sample\tfastq_1\t")
    exome = examples["exome"]
    assert exome["samples"] == "sample\tfastq_1\tfastq_2\ttarget\n"
    assert exome["analysis"] == "calling"
    assert exome["config"]["qc"] == {"keep": []}
    for example in examples.values():
        assert example["analysis"] in ("", *workflow.analyses)
        columns = example["samples"].partition("\n")[0].split("\t")
        assert set(columns) <= set(workflow.samples_schema["properties"])
        wanted = workflow.analyses.get(example["analysis"])
        assert wanted is None or set(example["config"]) <= set(wanted.settings)


def test_a_key_that_is_there_twice_is_refused(tmp_path):
    (tmp_path / "twice.yaml").write_text("examples:\n  demo: {title: a}\n  demo: {title: b}\n")
    with pytest.raises(BadData, match=r"key 'demo' is there twice.*line 3"):
        read_yaml(tmp_path / "twice.yaml")


def _listing() -> dict[str, Any]:
    listing: dict[str, Any] = yaml.safe_load((ROOT / FILE).read_text())
    return listing


def test_who_gets_signed_requests_is_the_administrators_in_every_workflow(workflow):
    def said(key: Place, value: object, **allow: bool) -> str:
        return workflow.reserved(key, value, Allow(**allow)) or ""

    for group in ("fetch", "upload", "anything"):
        assert "AWS_ENDPOINT_URL_S3" in said((group, "endpoint"), "x")
        assert "AWS_PROFILE" in said((group, "profile"), "x")
        assert "allow.requester_pays" in said((group, "requester_pays"), True)
        assert said((group, "requester_pays"), False) == ""
        assert said((group, "requester_pays"), True, requester_pays=True) == ""
    assert "$PLUMBLINE_FETCHED" in said(("fetch", "cache"), "x")
    assert said(("fetch", "cache"), None) == said(("fetch", "preset"), "plain") == ""


def test_what_joins_the_cohort_is_not_the_submitters(workflow):
    for word in ("warn", "fail", "none"):
        reason = workflow.reserved(("qc", "keep", "0"), word, Allow())
        assert reason is not None and "only samples that pass" in reason
    assert workflow.reserved(("qc", "keep", "0"), "pass", Allow()) is None
    assert workflow.apart == {"qc.thresholds": "qc.keep"}


@pytest.mark.parametrize(
    ("key", "text", "may_stand"),
    [
        ("expression", "QUAL<30 || FORMAT/DP[0]>=200 && (AF!=0.5) | TYPE~'snp'", True),
        ("expression", "ID=@secrets.txt", False),
        ("expression", "PERL:filter.passes(QUAL)", False),
        ("expression", "QUAL<$(id)", False),
        ("arguments", "--min-alternate-fraction 0.2 -X --ploidy=1", True),
        ("arguments", "--java-options -XX:OnOutOfMemoryError=halt", False),
        ("arguments", "--fasta-ref /etc/passwd", False),
        ("arguments", "-X; id", False),
    ],
)
def test_what_a_caller_is_told_reads_no_file_and_runs_nothing(workflow, key, text, may_stand):
    form = workflow.argument_form(("call", "settings", "mine", key))
    assert bool(re.fullmatch(form, text)) is may_stand


def test_words_that_stand_for_no_file(workflow):
    assert workflow.is_word(("small_variants", "stratifications"), "giab")
    assert not workflow.is_word(("calibration", "misclassification"), "use_example")
    assert workflow.is_word_of_column("va_eava", "use_example")
    assert not workflow.is_word_of_column("va_eava", "none")
    assert not workflow.is_word_of_column("target", "use_example")
    assert workflow.is_word_of_column("small_variants", "none")
    assert workflow.is_word_of_column("fastq_1", "simulate")


def test_a_folder_without_a_workflow(tmp_path):
    with pytest.raises(InputMissing, match=r"analyses\.yaml: No such file"):
        read_workflow(tmp_path)


@pytest.mark.parametrize(
    "text, told",
    [
        ("a: [", "not YAML"),
        ("- a\n", "not a group of keys"),
        ("analyses: {}\n", "schemas: Field required"),
        ("analyses: {a: {title: A, targets: [], what: 1}}\n", "what: Extra inputs"),
    ],
)
def test_a_file_that_says_nothing(tmp_path, text, told):
    (tmp_path / "workflow").mkdir()
    (tmp_path / FILE).write_text(text)
    with pytest.raises(BadData, match=told):
        read_workflow(tmp_path)


def test_it_is_read_again_when_it_has_changed(tmp_path: Path):
    content = yaml.safe_load((ROOT / FILE).read_text())
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow/schemas").symlink_to(ROOT / "workflow/schemas")
    (tmp_path / FILE).write_text(yaml.safe_dump(content))
    assert "mine" not in read_workflow(tmp_path).analyses
    assert read_workflow(tmp_path) is read_workflow(tmp_path)
    content["analyses"]["mine"] = {"title": "Mine", "targets": ["all"]}
    (tmp_path / FILE).write_text(yaml.safe_dump(content))
    assert read_workflow(tmp_path).analyses["mine"].title == "Mine"


def test_every_value_of_a_configuration_has_a_place():
    seen = {}
    changed = with_leaves(
        {"a": {"b.c": 1}, 2: [None, {"d": "x"}]}, lambda place, value: seen.setdefault(place, value)
    )
    assert seen == {("a", "b.c"): 1, ("2", "0"): None, ("2", "1", "d"): "x"}
    assert changed == {"a": {"b.c": 1}, 2: [None, {"d": "x"}]}
