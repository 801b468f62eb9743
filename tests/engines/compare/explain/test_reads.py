"""`plumbline compare explain` with the reads behind a call."""

import json
from pathlib import Path

import pytest
from compare_bench import base, other
from compare_command import SCHEMAS, run_compare, valid
from jsonschema import validate
from reads_of_a_run import CARRY, DEPTH, SITE, aligned, compared

CHANGE = f"{base('chr20', SITE)}>{other('chr20', SITE)}"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory in which a run has compared, and has alignments."""
    made = tmp_path_factory.mktemp("work")
    compared(made)
    aligned(made)
    return made


def explain(work: Path, *words: object, site: str = f"chr20:{SITE}") -> str:
    prefix = work / "results" / "small_variants" / "HG002.bcftools"
    result = run_compare("explain", site, "--run", prefix, *words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_run_finds_its_alignments(work: Path) -> None:
    text = explain(work)
    assert "the truth has no call in this superlocus" in text
    head, reads = text.split("reads: ")
    assert "haplotypes" in head
    assert reads.startswith(f"HG002 at chr20:{SITE}: depth {DEPTH}; 20 of 20 reads drawn\n")
    assert f"query FP 0/1{' ' * 31}{CHANGE[-1]}\n" in reads
    assert "truth" not in reads  # its nearest calls are 50 bases away
    (row,) = [line.split() for line in reads.splitlines() if line.startswith(CHANGE)]
    assert row[:4] == [CHANGE, str(CARRY), "2", "1"] and row[-1] == "query"


def test_what_both_call_around_is_drawn_as_written(work: Path) -> None:
    text = explain(work, site="chr20:570-600")
    assert "truth TP 0/1" in text and "query TP 0/1" in text
    assert "query 0/1" in text  # at 550, of another superlocus


def test_json_has_the_counts(work: Path) -> None:
    data = valid(json.loads(explain(work, "--json")), "explanation")
    validate(data["reads"], json.loads((SCHEMAS / "pileup.schema.json").read_text()))
    counts = {each["allele"]: each["reads"] for each in data["reads"]["alleles"]}
    assert counts == {"reference": DEPTH - CARRY, CHANGE: CARRY}


def test_a_picture_on_demand(work: Path, tmp_path: Path) -> None:
    explain(work, "--svg", tmp_path / "site.svg")
    assert f'<title id="title">Reads of HG002 at chr20:{SITE}</title>' in (
        (tmp_path / "site.svg").read_text()
    )


def test_alignments_that_are_not_there_or_cannot_be_used(work: Path, tmp_path: Path) -> None:
    assert "reads are not drawn: site chr20:1-600: 600 bases" in explain(work, site="chr20:1-600")
    prefix = compared(tmp_path)
    command = ("explain", f"chr20:{SITE}", "--run", prefix)
    plain = run_compare(*command, "--json")
    assert valid(json.loads(plain.stdout), "explanation")["reads"] is None
    asked = run_compare(*command, "--svg", tmp_path / "x.svg")
    assert (asked.exit_code, "give --alignments" in asked.stderr) == (64, True)
    wrong = run_compare(*command, "--alignments", tmp_path / "none.bam")
    assert (wrong.exit_code, "none.bam: no such file" in wrong.stderr) == (66, True)
    brought = work / "results" / "alignments" / "HG002.bam"
    assert f"depth {DEPTH}" in run_compare(*command, "--alignments", brought).stdout
