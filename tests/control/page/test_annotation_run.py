"""A tumour tiered by the real engine in a real run, watched in a browser."""

import csv
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysam
import pytest
from annotate_lab import DEMO
from service import RealService

JOBS = 120_000  # milliseconds for what real jobs do
COUNT = 22  # of the demo's tumour: 20 calls and 2 structural ones
CONFIG = {
    "build": "demo_tumour",
    "genomes": {"demo_tumour": {"fasta": str(DEMO / "tumour.fa.gz")}},
    "annotation": {
        "knowledge": str(DEMO / "tumour_knowledge.json.gz"),
        "gff": str(DEMO / "tumour.gff3.gz"),
        "population_tag": "AF_POP",
    },
}


# `bcftools view` prints the calls of a BCF when all of them are tiered, for the VCF with the tiers
HOLDS = """#!/bin/sh
case "$1" in view) until [ -e '{go}' ]; do sleep 0.05; done ;; esac
exec '{bcftools}' "$@"
"""

pytestmark = pytest.mark.skipif(not shutil.which("bcftools"), reason="bcftools is missing")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    """One whose jobs tell their last variant, and end when the file ``go`` is there."""
    folder = tmp_path_factory.mktemp("service")
    tools = folder / "tools"
    tools.mkdir()
    (tools / "bcftools").write_text(
        HOLDS.format(go=folder / "go", bcftools=shutil.which("bcftools"))
    )
    (tools / "bcftools").chmod(0o755)
    path = os.pathsep.join([str(tools), os.environ["PATH"]])
    (folder / "open").mkdir()
    allow = {"allow": {"input_folders": [str(folder / "open"), str(DEMO)]}}
    with RealService(folder, allow, {"PATH": path}) as made:
        yield made
        (folder / "go").touch()


def write_calls(folder: Path) -> Path:
    """The demo's calls as BCF."""
    file = folder / "tumour.bcf"
    with (
        pysam.VariantFile(str(DEMO / "tumour.vcf.gz")) as calls,
        pysam.VariantFile(str(file), "wb", header=calls.header) as written,
    ):
        for call in calls:
            written.write(call)
    return file


def submit(service: RealService) -> str:
    calls = str(write_calls(service.folder / "open"))
    row = {"somatic": calls, "tumour": "TUMOUR", "normal": "matched"}
    samples = [
        {"sample": "gut", **row, "disease": "colorectal cancer"},
        {"sample": "skin", **row, "disease": "melanoma"},
    ]
    asked = {"name": "Tumours", "analysis": "annotation", "config": CONFIG, "samples": samples}
    made = service.request("POST", "/api/v1/runs", json={**asked, "options": {"cores": 2}})
    assert made.ok, made.text
    return str(made.json()["run_id"])


def test_a_run_from_its_first_variant_to_its_report(page: Any, service: RealService) -> None:
    (service.folder / "go").unlink(missing_ok=True)  # of a first try
    run_id = submit(service)
    page.goto(f"/runs/{run_id}")
    page.get_by_role("tab", name="Variants", selected=True).wait_for(timeout=JOBS)
    page.get_by_text(f"{COUNT} variants", exact=True).wait_for(timeout=JOBS)
    page.locator("#run-head .state", has_text="running").wait_for()
    (service.folder / "go").touch()
    page.get_by_text(f"{2 * COUNT} variants", exact=True).wait_for(timeout=JOBS)
    page.get_by_text("2 variants could not be annotated", exact=True).wait_for()
    page.locator("#run-head .state", has_text="completed").wait_for(timeout=JOBS)
    looks_into_variants(page)
    saves_them(page, service.runs / run_id)
    page.get_by_role("link", name="Report", exact=True).first.wait_for()
    page.get_by_role("tab", name="Tumours").click()
    skin = page.get_by_role("tabpanel").locator("section.result", has_text="melanoma, demo_tumour")
    report = skin.get_by_role("link", name="Report", exact=True).get_attribute("href")
    assert "For research use only." in page.context.request.get(report).text()


def looks_into_variants(page: Any) -> None:
    """What the engine says is what is read: of the table, and of the details."""
    table = page.get_by_role("grid", name="Variants")
    page.get_by_label("Filter: Variants", exact=True).fill("kras g12d")
    row = table.locator(".virtual-block .data-row", has_text="Gly12Asp")
    row = row.filter(has_text="gut (TUMOUR)")
    row.wait_for()
    shown = {
        cell: row.locator(f"[data-label='{cell}']").inner_text()
        for cell in ("Tier", "Question", "Therapies", "Match", "Gene")
    }
    assert shown == {
        "Tier": "I-A",
        "Question": "resistance",
        "Therapies": "Demomab",
        "Match": "protein",
        "Gene": "KRAS",
    }
    row.click()
    detail = page.get_by_role("dialog", name="KRAS p.Gly12Asp")
    detail.wait_for()
    said = detail.inner_text()
    for text in (
        "resistance to Demomab",
        "Strength of the evidence",
        "OP4 +1 absent from the population",
        "Not met: ",
        "Not assessed: OS1",
        "[tumour_evidence:DEMO3, tumour_evidence:DEMO4]",
        "this tumour type",
    ):
        assert text in said, said
    address = page.url
    page.keyboard.press("Escape")
    page.goto(address)
    page.get_by_role("dialog", name="KRAS p.Gly12Asp").wait_for()
    page.get_by_role("button", name="Close").click()
    page.get_by_label("Filter: Variants", exact=True).fill("")


def saves_them(page: Any, run: Path) -> None:
    """The table of the page and that of the engine say the same."""
    page.get_by_label("Save: Variants", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="TSV").click()
    mine = set()
    with open(download.value.path(), encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            sample = row["sample"].split()[0]
            mine.add(
                (sample, row["chrom"], row["pos"], row["alt"], row["tier"], row["tier_reason"])
            )
    theirs = set()
    for sample in ("gut", "skin"):
        with open(run / "work" / "results" / "annotation" / f"{sample}.tsv") as file:
            next(file)
            for row in csv.DictReader(file, delimiter="\t"):
                tier = row["tier"] + f"-{row['level']}".removesuffix("-NA")
                theirs.add((sample, row["chrom"], row["pos"], row["alt"], tier, row["tier_reason"]))
    assert len(mine) == 2 * COUNT
    assert mine == theirs
