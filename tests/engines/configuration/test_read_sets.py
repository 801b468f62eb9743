"""Rows with reads: their lanes, their species, and what `plumbline screen` is told of them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from amr_lab import write_pointfinder, write_resfinder

from engines.configuration import Plan
from engines.configuration.commands import screen_options, screened, screening

HEAD = "sample|reads_1|reads_2|species\n"
Lines = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def reads(folder: Path) -> Path:
    for name in ("a 1.fq", "a2.fq", "b1.fq", "b2.fq", "genome.fa"):
        (folder / name).write_text("placeholder\n")
    return folder


def test_lanes_and_species_become_options(plan: Callable[..., Plan]) -> None:
    config = "screen: {mutations: [pointfinder, ncbi], depth: 5, report: false}"
    found = plan(HEAD + "x|a 1.fq, b1.fq|a2.fq,b2.fq|E. coli\n", config)
    reads = found.read_sets["x"]
    assert screen_options(reads, found.read_files("x")) == (
        "--r1 'a 1.fq' --r1 b1.fq --r2 a2.fq --r2 b2.fq --species 'E. coli'"
        " --resistance-db results/references/amr"
    )
    assert screened(reads) == "--input 'a 1.fq' --input b1.fq --input a2.fq --input b2.fq"
    assert screening(found.config) == (
        "--mutations pointfinder --mutations ncbi --depth 5 --no-report"
        " --mode fast --coverage 60 --identity 90"
    )


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("x|a 1.fq, b1.fq|a2.fq|", "column reads_2: has 1 files, and reads_1 has 2"),
        ("x|b1.fq|b1.fq|", "column reads_1: b1.fq is there twice"),
        ("x|b1.fq|no.fq|", 'column reads_2: no such file: "no.fq"'),
        ("x|b1.fq||Escherischia coli", "no species 'Escherischia coli'; did you mean"),
    ],
)
def test_mistakes_of_a_row_are_told_before_any_job(lines: Lines, row: str, wrong: str) -> None:
    (told,) = lines(HEAD + row + "\n")
    assert told.startswith("samples.tsv, row 2 (sample x), column ")
    assert wrong in told


def test_species_are_those_of_the_sites_own_databases(lines: Lines, folder: Path) -> None:
    rows = HEAD + "x|b1.fq||Lab bug\ny|a2.fq||Escherichia coli\n"
    own = "screen: {resistance: own}"
    write_resfinder(folder / "own/resfinder_db")
    (told,) = lines(rows, own)
    assert "screen.resistance: own: is no pointfinder database" in told
    write_pointfinder(folder / "own/pointfinder_db")
    (told,) = lines(rows, own)
    assert "row 3 (sample y), column species: PointFinder has no species" in told
    assert "known: lab_bug" in told


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ("resistance: .", "screen.resistance: .: is no resfinder database"),
        ("taxdump: .", "screen.taxdump: is for the genomes of screen.genomes"),
        ("genomes: none.fa", "screen.genomes: no such file"),
        ("executable: genome.fa", "screen.executable: \"genome.fa\" may not be run; chmod +x it"),
    ],
)  # fmt: skip
def test_mistakes_of_the_configuration(lines: Lines, settings: str, wrong: str) -> None:
    (told,) = lines(HEAD + "x|b1.fq|b2.fq|\n", f"screen: {{{settings}}}")
    assert wrong in told
