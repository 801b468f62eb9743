"""Presets: read without the network, checked, and fitting what `plumbline qc collect` reads."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from engines.configuration.schema import read_schema
from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.fetch.names import fits
from engines.fetch.presets import known, preset_named, read_presets, roles_of
from engines.fetch.role import ROLES
from engines.qc import dragen

WORKFLOW = Path(__file__).parents[3] / "workflow"


def test_the_presets_that_come_along():
    assert known() == ("dragen", "plain")
    assert set(roles_of("dragen")) == set(roles_of("plain")) == set(ROLES)
    expected = ["*.hard-filtered.gvcf.gz", "*.hard-filtered.vcf.gz"]
    assert roles_of("dragen")["small_variants"] == expected


def test_an_unknown_preset():
    with pytest.raises(BadUsage, match="did you mean dragen") as failure:
        roles_of("dragon")
    assert "plain" in failure.value.hint


def test_the_configuration_can_ask_without_what_the_network_needs():
    code = (
        "import sys, json; from engines.fetch.presets import known, roles_of; from engines.fetch "
        "import roles; roles_of(known()[0]); "
        "print(json.dumps([m for m in ('boto3', 'botocore', 'urllib3', 'pysam', 'requests') "
        "if m in sys.modules]))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(WORKFLOW)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(out.stdout) == []


def test_the_schema_knows_the_roles():
    properties = read_schema("fetch.presets")["$defs"]["preset"]["properties"]["roles"]
    assert list(properties["properties"]) == list(ROLES)
    summary = json.loads((WORKFLOW / "schemas" / "fetch.summary.schema.json").read_text())
    assert summary["$defs"]["file"]["properties"]["roles"]["items"]["enum"] == list(ROLES)


def test_dragens_metrics_are_all_that_qc_reads():
    parts = itertools.product(dragen.KINDS, ("", "wgs_", "qc-coverage-region-1_"))
    kinds = [f"S1.{region}{kind}" for kind, region in parts]
    names = [f"{kind}{who}.csv" for kind in kinds for who in ("", "_tumor", "_normal")]
    read = [name for name in names if dragen.recognise(name)]
    assert len(read) == 9 + 3 * 2 * 3  # the plain kinds; three by region, two regions, three whose
    globs = preset_named("dragen")["metrics"]
    assert [name for name in read if not fits(name, globs.globs)] == []
    assert not fits("S1.wgs_hist.csv", globs.globs)


def test_plain_tells_small_variants_from_structural_ones():
    small, large = (preset_named("plain")[f"{kind}_variants"] for kind in ("small", "structural"))
    for name in ("S1.sv.vcf.gz", "diploidSV.vcf.gz"):
        assert fits(name, small.excepted)
        assert fits(name, large.globs)
    assert fits("S1.deepvariant.vcf.gz", small.globs)
    assert not fits("S1.deepvariant.vcf.gz", small.excepted)


GOOD = "presets: {p: {description: d, roles: {metrics: {globs: ['*']}}}}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml: presets: is missing"),
        ("presets: [", "f.yaml: is not YAML"),
        ("presets: {}", "presets: \"{}\" names no preset"),
        (GOOD.replace("metrics", "metric"), "roles.metric: unknown key; did you mean metrics?"),
        (GOOD.replace("'*'", ""), "presets.p.roles.metrics.globs: \"[]\" needs a glob"),
        (GOOD.replace("'*'", "5"), "globs.0: \"5\" is not text; write it in quotes"),
        (GOOD.replace("description: d, ", ""), "presets.p.description: is missing"),
        (GOOD.replace("['*']", "'*'"), "globs: \"*\" is not a list"),
    ],
)  # fmt: skip
def test_files_of_presets_that_cannot_be_used(tmp_path, text, message):
    path = tmp_path / "f.yaml"
    path.write_text(text)
    with pytest.raises(BadData) as failure:
        read_presets(path)
    assert message in failure.value.message


def test_a_file_of_presets(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text(GOOD)
    assert read_presets(path)["p"]["metrics"].globs == ("*",)
    with pytest.raises(InputMissing):
        read_presets(tmp_path / "none.yaml")
