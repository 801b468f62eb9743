"""The configurations for usual cases: each fits the sheet that it is meant for."""

from pathlib import Path

import pytest
import yaml

from engines.configuration import Plan, load

ROOT = Path(__file__).parents[3]
TEMPLATES = {file.stem: file for file in sorted((ROOT / "config/templates").glob("*.yaml"))}
# Template → the names of the call sets of HG002, and those that are compared with GIAB's truth.
CALLED = {
    "wgs": ["bcftools", "freebayes", "delly"],
    "exome": ["bcftools", "freebayes"],
    "amplicons": ["bcftools", "freebayes"],
    "long_reads": ["bcftools", "sniffles"],
    "benchmark": ["bcftools", "freebayes", "lenient", "strict"],
}
WITH_TARGET = ("exome", "amplicons")


def loaded(name: str, folder: Path) -> Plan:
    cells = {"sample": "HG002", "fastq_1": "1.fq.gz", "fastq_2": "2.fq.gz", "target": "truth.bed"}
    if name == "long_reads":
        del cells["fastq_2"]
    if name not in WITH_TARGET:
        del cells["target"]
    for file in ("1.fq.gz", "2.fq.gz"):
        (folder / file).write_text("placeholder\n")
    sheet = "\n".join("\t".join(each) for each in (cells, cells.values())) + "\n"
    (folder / "samples.tsv").write_text(sheet)
    content = yaml.safe_load(TEMPLATES[name].read_text())
    return load({**content, "samples": "samples.tsv"}, [TEMPLATES[name]])


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_can_be_run_with_the_sheet_that_it_tells(folder: Path, name: str) -> None:
    plan = loaded(name, folder)
    assert list(plan.libraries["HG002"].callers) == CALLED[name]
    compared = [*plan.names("small_variants"), *plan.names("structural_variants")]
    assert compared == [f"HG002.{caller}" for caller in CALLED[name]]
    assert not plan.left_out()


def test_settings_of_a_template_are_those_of_its_caller(folder: Path) -> None:
    from engines.configuration.call_commands import expression_of, mpileup_options

    plan = loaded("amplicons", folder)
    library, panel = plan.libraries["HG002"], plan.config
    assert mpileup_options("bcftools", panel).endswith("--max-depth 100000")
    assert expression_of(library, "bcftools", panel) == "QUAL<20"
    benchmark = loaded("benchmark", folder).config
    assert expression_of(library, "lenient", benchmark) is None
    assert expression_of(library, "strict", benchmark) == "QUAL<50"
    assert "--min-MQ 20 --min-BQ 20" in mpileup_options("strict", benchmark)
