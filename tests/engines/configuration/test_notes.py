"""What is told before the first job, since nobody asked for it: whose sex, what is not trimmed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engines.configuration import Plan
from engines.configuration.call_commands import split_files, split_options
from engines.configuration.notes import notes
from engines.references import catalogue

Plans = Callable[..., Plan]
HEAD = "sample|fastq_1|alignments|realign|callers|sex|giab\n"
NOT_KNOWN = "sex not known (column sex), X and Y are called with two copies"


@pytest.fixture(autouse=True)
def reads(folder: Path) -> None:
    for name in ("a.fq", "x.bam", "x.bam.bai"):
        (folder / name).write_text("placeholder\n")


@pytest.mark.parametrize(
    ("row", "sex", "told"),
    [
        ("HG002|a.fq|||||", "male",
         ["HG002: called as male: GIAB HG002, because its name begins with HG002"]),
        ("NA24143_r1|a.fq|||||", "female",
         ["NA24143_r1: called as female: GIAB HG004, because its name begins with NA24143"]),
        ("son|a.fq|||||NA24631", "male",
         ["son: called as male: GIAB HG005, as column giab says"]),
        ("HG002|a.fq||||female|", "female", []),
        ("HG002|a.fq||||auto|", "male",
         ["HG002: called as male: GIAB HG002, because its name begins with HG002"]),
        ("patient|a.fq|||||", "auto", [f"{NOT_KNOWN}: patient"]),
        ("patient|a.fq|||none||", "auto", []),
    ],
)  # fmt: skip
def test_a_sample_of_giab_has_the_sex_that_the_catalogue_knows(
    plan: Plans, row: str, sex: str, told: list[str]
) -> None:
    found = plan(f"{HEAD}{row}\n")
    (library,) = found.libraries.values()
    assert library.sex == sex
    assert [line.partition(" (column sex comes")[0] for line in notes(found)] == told
    if library.callers:
        files = split_files(found, library)
        assert f"--sex {sex}" in split_options(library, "bcftools", found.config, files)
        assert {sample.sex for sample in found.samples.values() if sample.called} == {sex}


def test_the_catalogue_knows_the_sex_of_all() -> None:
    samples = catalogue.load().samples
    males = {name for name, sample in samples.items() if sample.sex == "male"}
    assert males == {"HG002", "HG003", "HG005", "HG006"}
    assert {"son", "father"} >= {samples[name].who.split()[-1] for name in males}


def test_many_are_told_in_one_line(plan: Plans, folder: Path) -> None:
    for n in range(7):
        (folder / f"{n}.fq").write_text("placeholder\n")
    rows = "".join(f"p{n}|{n}.fq|||||\n" for n in range(7))
    assert notes(plan(HEAD + rows)) == [f"{NOT_KNOWN}: p0, p1, p2, p3, p4 and 2 more"]


def test_reads_that_are_not_trimmed_are_told(plan: Plans) -> None:
    sheet = f"{HEAD}again||x.bam|yes|none||\nreads|a.fq|||none||\n"
    assert notes(plan(sheet)) == []
    assert notes(plan(sheet, "align: {trim: true}")) == [
        "not trimmed, since they come out of alignments: again"
    ]
