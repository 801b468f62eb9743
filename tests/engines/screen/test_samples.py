"""Many samples in one process: each as if it were alone; a bad one stops no other."""

import json

import pytest
from click.testing import CliRunner, Result
from screen_lab import SPECIES, ScreenLab, untimed

from engines.screen.calling.tool import KMA, MINIMAP2
from engines.screen.cli import screen

HEADER = "sample\treads_1\treads_2\tspecies\n"


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> ScreenLab:
    return ScreenLab(tmp_path_factory.mktemp("screen"))


def screened(lab: ScreenLab, text: str, *options: str) -> Result:
    table = lab.folder / "samples.tsv"
    table.write_text(text)
    given = ["--samples", table, "--resistance-db", lab.db, "--output-dir", lab.folder / "all"]
    return CliRunner().invoke(screen, [*map(str, given), "--no-report", *options])


@pytest.mark.skipif(
    not (KMA.there() and MINIMAP2.there()), reason="KMA or minimap2 is not installed"
)
def test_each_is_screened_as_if_it_were_alone_and_a_bad_one_is_named(lab):
    alone = lab.folder / "alone"
    result = lab.run(alone, "--species", SPECIES, "--no-report")
    assert result.exit_code == 0, result.output
    (lab.folder / "cut.fq").write_text("@r1\nACGT\n")
    rows = f"cut\t{lab.folder}/cut.fq\t\t\ns\t{lab.r1}\t{lab.r2}\t{SPECIES}\n"
    result = screened(lab, HEADER + rows)
    assert result.exit_code == 65
    error = json.loads(result.stderr.splitlines()[-1])
    assert error["message"].startswith("1 of 2 samples failed: cut: ")
    assert untimed(lab.folder / "all" / "s") == untimed(alone)
    left = sorted(path.name for path in (lab.folder / "all" / "cut").iterdir())
    assert left == ["status.json"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEADER, "has no samples"),
        ("sample\tread_1\na\tb\n", 'unknown column "read_1"; did you mean reads_1?'),
        ("sample\tspecies\na\tb\n", "column reads_1 is missing"),
        (HEADER + "a/b\tx.fq\n", 'row 2: "a/b" cannot be the name of a sample'),
        (HEADER + "a\tx.fq\na\ty.fq\n", "row 3: a is in row 2 too"),
        (HEADER + "a\t\ty.fq\n", "row 2 (sample a): reads_1 is empty"),
    ],
)
def test_a_table_that_makes_no_sense_stops_before_the_first_sample(lab, text, says):
    result = screened(lab, text)
    assert result.exit_code == 65 and says in result.stderr
    assert not (lab.folder / "all" / "a").exists()


def test_one_sample_or_many(lab):
    assert screened(lab, HEADER, "--sample-id", "a").exit_code == 64
    alone = CliRunner().invoke(screen, ["--sample-id", "a", "--output-dir", "x"])
    assert alone.exit_code == 64 and "Missing option '--r1'" in alone.stderr
