"""A command with further commands: the first word decides."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from engines.contract.errors import BadData, EngineCommand
from engines.contract.subcommands import WithSubcommands


@click.command("explain", cls=EngineCommand)
@click.argument("place")
def explain(place: str) -> None:
    """Say why."""
    if place == "nowhere":
        raise BadData("nowhere: no such contig")
    click.echo(f"explained {place}")


@click.command("compare", cls=WithSubcommands, subcommands={"explain": f"{__name__}:explain"})
@click.argument("truth")
@click.option("--threads", default=1)
def compare(truth: str, threads: int) -> None:
    """Compare."""
    click.echo(f"compared {truth} {threads}")


@click.group()
def above() -> None:
    """Stand above it."""


above.add_command(compare)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["truth.vcf", "--threads", "3"], "compared truth.vcf 3"),
        (["--threads", "3", "explain"], "compared explain 3"),
        (["./explain"], "compared ./explain 1"),
        (["explain", "chr1:5"], "explained chr1:5"),
    ],
)
def test_the_first_word_decides(words: list[str], says: str) -> None:
    assert CliRunner().invoke(compare, words).output == f"{says}\n"
    assert CliRunner().invoke(above, ["compare", *words]).output == f"{says}\n"


def test_a_misspelt_command_is_proposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(above, ["compare", "explian", "chr1:5"])
    assert told.exit_code == 2
    assert "explian: neither a file nor a command; did you mean explain?" in told.output
    (tmp_path / "explian").touch()
    assert CliRunner().invoke(above, ["compare", "explian"]).output == "compared explian 1\n"


def test_failures_and_help_of_both(capsys: pytest.CaptureFixture[str]) -> None:
    failed = CliRunner().invoke(above, ["compare", "explain", "nowhere"])
    assert failed.exit_code == 65
    assert json.loads(failed.output.splitlines()[-1])["message"] == "nowhere: no such contig"
    assert (
        "above compare explain [OPTIONS] PLACE"
        in CliRunner().invoke(above, ["compare", "explain", "--help"], prog_name="above").output
    )
    both = CliRunner().invoke(above, ["compare", "--help"]).output
    assert "--threads" in both
    assert "explain  Say why." in both
