"""Rows with somatic variants: what is asked of them, and what becomes of them."""

from pathlib import Path
from typing import Any

import pytest

from engines.annotate.knowledge.diseases import Disease, DiseaseMap
from engines.annotate.knowledge.store import save
from engines.annotate.known import Knowledge
from engines.configuration import ConfigurationError, Plan, load
from engines.configuration.commands import annotate_options, annotation

SHEET = "sample\tbuild\tsomatic\tdisease\ttumour\tnormal\tcallable\tmsi\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("t.vcf.gz", "genes.gff3.gz", "target.bed"):
        (tmp_path / name).write_text("x")
    known = [Disease("1909", "melanoma"), Disease("9256", "colon cancer's")]
    save(Knowledge([], {}, [], [], diseases=DiseaseMap(known)), tmp_path / "kb.json.gz")
    return tmp_path


def planned(row: str, **settings: Any) -> Plan:
    Path("samples.tsv").write_text(SHEET + row + "\n")
    asked = {"knowledge": "kb.json.gz", **settings}
    return load({"samples": "samples.tsv", "annotation": asked}, ["config.yaml"])


@pytest.mark.usefixtures("folder")
def test_a_row_becomes_a_tumour() -> None:
    plan = planned("T1\tGRCh37\tt.vcf.gz\tcolon cancer's\tTUMOR\tnone\ttarget.bed\thigh")
    assert plan.names("annotation") == ["T1"]
    files = plan.tumour_files("T1")
    assert set(files) == {"calls", "knowledge", "fasta", "callable"}
    told = annotate_options(plan.tumours["T1"], files)
    assert "--disease 'colon cancer'\"'\"'s'" in told
    assert "--build GRCh37 --tumour TUMOR --msi high" in told
    assert told.endswith(" --tumour-only")
    assert "T1\tannotation\tGRCh37\tt.vcf.gz" in plan.table()


@pytest.mark.usefixtures("folder")
def test_what_nobody_says_is_not_said_to_the_command() -> None:
    plan = planned("T1\t\tt.vcf.gz\tmelanoma", check_reference=False)
    told = annotate_options(plan.tumours["T1"], plan.tumour_files("T1"))
    assert told == "--disease melanoma --build GRCh38 --knowledge kb.json.gz"


@pytest.mark.usefixtures("folder")
def test_settings_become_options() -> None:
    plan = planned("T1\t\tt.vcf.gz\tmelanoma", scores=["REVEL"], strict=True, report=False)
    assert annotation(plan.config) == "--no-report --tell auto --score REVEL --strict"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("row", "settings", "said"),
    [
        ("T1\t\tt.vcf.gz\t", {}, "column disease: is missing"),
        ("T1\t\tt.vcf.gz\tmelanoma", {"knowledge": None}, "annotation.knowledge is missing"),
        ("T1\t\tnone.vcf.gz\tmelanoma", {}, "none.vcf.gz"),
        ("T1\thg99\tt.vcf.gz\tmelanoma", {}, '"hg99" is not a genome'),
        ("T1\t\tt.vcf.gz\tmelanoma\t\tperhaps", {}, "normal"),
        (
            "T1\t\tt.vcf.gz\tmelanoma",
            {"gff": "genes.gff3.gz", "check_reference": False},
            "gene models need the genome",
        ),
        ("T1\t\tt.vcf.gz\tmelanoma", {"population": "t.vcf.gz"}, "population_tag: is missing"),
        ("T1\t\tt.vcf.gz\tmelanomma", {}, "row 2 (sample T1), column disease"),
        ("T1\t\tt.vcf.gz\tmelanomma", {}, "did you mean melanoma?"),
        (
            "T1\t\tt.vcf.gz\tmelanoma",
            {"knowledge": "genes.gff3.gz"},
            "annotation.knowledge: genes.gff3.gz: no compiled knowledge",
        ),
    ],
)
def test_what_cannot_be_is_told(row: str, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        planned(row, **settings)
    assert said in caught.value.message


@pytest.mark.usefixtures("folder")
def test_one_wrong_key_of_a_group_leaves_the_others() -> None:
    with pytest.raises(ConfigurationError) as caught:
        planned("T1\t\tt.vcf.gz\tmelanoma", tell="sometimes")
    (line,) = caught.value.message.splitlines()
    assert line.startswith("config.yaml: annotation.tell: ")
