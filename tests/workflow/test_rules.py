"""What holds for every rule of the workflow, whatever it does."""

import re
from collections.abc import Iterator
from pathlib import Path

from workflow_folder import ROOT

RULES = sorted((ROOT / "workflow/rules").glob("*.smk"))
SECTION = re.compile(r" *(params|message|shell|resources|input|output|threads|log|run|script):")
DERIVED = re.compile(r"(\w+)=\(?lambda wildcards, .*\b(?:input|output|threads|resources)\b.*?:")
# They only say where files lie, which are inputs themselves; or how fast, which changes no result.
ONLY_PLACES = {
    "annotate.smk": ["tumour"],
    "calibrate.smk": ["deaths"],
    "screen.smk": ["sample"],
    "small_variants.smk": ["sample", "sample", "files"],
    "structural_variants.smk": ["sample"],
    "qc.smk": ["reference", "alignments"],
    "simulate.smk": ["regions"],
    "align.smk": ["packers"],
    "call_small.smk": ["java"],
}
# Of these the row of the sheet is a param of its own: how often.
WITH_ROW = {
    "annotate.smk": 1,
    "calibrate.smk": 1,
    "screen.smk": 1,
    "small_variants.smk": 2,
    "structural_variants.smk": 1,
}


def params(file: Path) -> Iterator[str]:
    """The lines of all params of a file."""
    inside = False
    for line in file.read_text().splitlines():
        if found := SECTION.fullmatch(line):
            inside = found[1] == "params"
        elif inside:
            yield line


def test_a_setting_that_changes_makes_its_results_anew() -> None:
    """Snakemake leaves out params made of input, output, threads or resources when it compares."""
    derived = {file.name: DERIVED.findall("\n".join(params(file))) for file in RULES}
    assert {name: found for name, found in derived.items() if found} == ONLY_PLACES
    for name, times in WITH_ROW.items():
        assert (ROOT / "workflow/rules" / name).read_text().count(" row=lambda wildcards:") == times
