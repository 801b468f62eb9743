"""Two configurations side by side: what differs, as a person and as `diff` would say it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from engines.configuration.cli import settings
from engines.configuration.comparing import Asked, Difference, differences, filled, is_same

ONE = "samples: one.tsv\nbuild: GRCh38\ncall: {callers: [bcftools], chunks: 4}\n"
SHEET = "# a comment\nsample\tfastq_1\tsex\nx\ta.fq\t\ny\tb.fq\tmale\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.yaml").write_text(ONE)
    (tmp_path / "one.tsv").write_text(SHEET)
    return tmp_path


def told(*words: str) -> tuple[int, list[str], str]:
    done = CliRunner().invoke(settings, list(words))
    return done.exit_code, done.stdout.splitlines(), done.stderr


def test_what_means_the_same_does_not_differ(here: Path) -> None:
    (here / "two.yaml").write_text(f"{ONE}align:\n  trim: false\nsimulate: {{depth: 25.0}}\n")
    assert told("compare", "one.yaml", "two.yaml") == (0, [], ""), "defaults may be written, or not"


def test_keys_and_cells_that_differ_are_told_a_line_each(here: Path) -> None:
    (here / "two.tsv").write_text("sample\tsex\tfastq_1\nx\tauto\ta2.fq\nz\t\tc.fq\n")
    two = "samples: two.tsv\nalign: {aligner: minimap2}\nmine: 1\n"
    two += "call: {callers: [bcftools, b], settings: {b: {caller: bcftools}}}\n"
    (here / "two.yaml").write_text(two)
    code, lines, _ = told("compare", "one.yaml", "two.yaml")
    assert (code, lines) == (
        1,
        [
            "align.aligner: bwa-mem (default) → minimap2",
            'call.callers: ["bcftools"] → ["bcftools", "b"]',
            "call.chunks: 4 → 16 (default)",
            "call.settings.b.caller: nothing → bcftools",
            "mine: nothing → 1",
            "samples, x, fastq_1: a.fq → a2.fq",
            "samples, x, sex: nothing → auto",
            "samples, y: only in A",
            "samples, z: only in B",
        ],
    )
    code, lines, _ = told("compare", "two.yaml", "one.yaml", "--json")
    assert json.loads("\n".join(lines))[0] == {
        **{"key": "align.aligner", "a": "minimap2", "b": "bwa-mem", "sample": ""},
        **{"a_is_default": False, "b_is_default": True},
    }


def test_a_run_directory_stands_for_what_it_was_asked(here: Path) -> None:
    run = here / "20261123-060000-abcd"
    run.mkdir()
    (run / "config.yaml").write_text(ONE.replace("one.tsv", "samples.tsv"))
    (run / "samples.tsv").write_text(SHEET.replace("b.fq", "../inputs/b.fq"))
    code, lines, _ = told("compare", "one.yaml", str(run))
    assert (code, lines) == (1, ["samples, y, fastq_1: b.fq → ../inputs/b.fq"])


def test_a_sheet_that_is_not_there_is_said(here: Path) -> None:
    (here / "two.yaml").write_text(ONE.replace("one.tsv", "gone.tsv"))
    code, lines, said = told("compare", "one.yaml", "two.yaml")
    assert (code, said) == (1, "not compared: gone.tsv: no such sheet\n")
    assert lines[0] == "samples: one.tsv → gone.tsv"


@pytest.mark.parametrize(
    ("text", "code", "what"),
    [
        (None, 66, "two.yaml: no such file"),
        ("a: [", 65, "not YAML"),
        ("- a", 65, "not a group of keys"),
        ("call: 3", 64, "call: is not a group of keys"),
    ],
)
def test_what_cannot_be_compared_is_not_a_difference(
    here: Path, text: str | None, code: int, what: str
) -> None:
    if text is not None:
        (here / "two.yaml").write_text(text)
    found, _, said = told("compare", "one.yaml", "two.yaml")
    assert found == code
    assert what in said


def test_numbers_are_the_same_however_they_are_written() -> None:
    assert is_same([1, 2.0], [1.0, 2])
    assert not is_same(1, True)
    assert not is_same([1], [1, 2])
    first = Asked({}, filled({}), None, Path("a"))
    assert differences(first, Asked({}, {**filled({}), "build": "x"}, None, Path("a"))) == [
        Difference("build", "GRCh38", "x", True, True)
    ]


def test_a_configuration_can_be_shown_and_checked(here: Path) -> None:
    code, lines, _ = told("show", "one.yaml")
    assert code == 0
    assert {"build: GRCh38", "  aligner: bwa-mem", "  chunks: 4"} <= set(lines)
    assert told("show", "--changed", "one.yaml")[1] == [
        *["samples: one.tsv", "call:", "  callers:", "  - bcftools", "  chunks: 4"]
    ]
    code, _, said = told("check", "one.yaml")
    assert code == 64
    assert 'one.tsv, row 3 (sample x), column fastq_1: no such file: "a.fq"' in said
    for name in ("a.fq", "b.fq"):
        (here / name).write_text("x")
    code, lines, said = told("check", "one.yaml")
    assert code == 0
    assert lines[0].startswith("sample\tvariants\tbuild\t")
    assert "Left out: small variants of x.bcftools, y.bcftools: no truth is known" in said
