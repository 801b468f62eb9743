"""The screen gives the answer that the demo's generator planted in its reads."""

import json
import shutil
from pathlib import Path

import pytest

from engines.screen.case import Request
from engines.screen.session import run

DEMO = Path(__file__).resolve().parents[2] / "config" / "demo"
EXPECTED = json.loads((DEMO / "expected.json").read_text())["screen"]
needs_tools = pytest.mark.skipif(
    not (shutil.which("kma") and shutil.which("minimap2")), reason="kma or minimap2 is missing"
)


@needs_tools
def test_what_was_planted_is_found_and_nothing_else(tmp_path: Path) -> None:
    request = Request(
        "isolate",
        (DEMO / "reads_1.fastq.gz",),
        tmp_path,
        r2=(DEMO / "reads_2.fastq.gz",),
        resistance=DEMO / "resistance",
        reference=DEMO / "organisms",
        species="Demobacter fictus",
        report=False,
    )
    run(request)
    found = json.loads((tmp_path / "isolate.summary.json").read_text())
    assert found["reads"]["reads"] == EXPECTED["reads"]
    genes = {gene["gene"]: gene for gene in found["genes"]}
    assert {name for name, gene in genes.items() if gene["called"]} == set(EXPECTED["genes"])
    for name in EXPECTED["genes"]:
        assert (genes[name]["identity"], genes[name]["coverage"]) == (100.0, 100.0)
    parts = {name for name, gene in genes.items() if not gene["called"]}
    assert parts == set(EXPECTED["seen_in_part"])
    for name, share in EXPECTED["seen_in_part"].items():
        # its last read reaches further, over bases that are of something else
        assert share <= genes[name]["coverage"] <= share + 10
    mutations = {f"{each['gene']} {each['position']}": each for each in found["mutations"]}
    for name, planted in EXPECTED["mutations"].items():
        assert mutations[name]["status"] == planted["status"]
        if "share" in planted:
            assert mutations[name]["low"] <= planted["share"] <= mutations[name]["high"]
        if "allele" in planted:
            changed = {a: n for a, n in mutations[name]["alleles"].items() if a not in "SD"}
            assert max(changed, key=lambda letter: changed[letter]) == planted["allele"]
    assert len(mutations) == len(EXPECTED["mutations"])
    verdicts = {each["class"]: each["verdict"] for each in found["classes"]}
    assert verdicts == EXPECTED["classes"]
    genomes = found["taxa"]["genomes"]
    present = [genome["name"] for genome in genomes if genome["status"] == "present"]
    assert present == EXPECTED["organisms"]
    assert found["taxa"]["unclassified"] >= EXPECTED["foreign"]
