"""The command line of the comparison: hap.py's names, and what of hap.py means nothing here."""

import json
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from engines.compare import cli
from engines.compare.asked import settings_of
from engines.compare.case import Request
from engines.compare.happy_options import REFUSED
from engines.contract.errors import BadUsage


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What the comparison is asked; it is not run."""
    requests: list[Request] = []

    def take(request: Request) -> dict[str, list[object]]:
        requests.append(request)
        return {"rows": []}

    monkeypatch.setattr(cli.comparison, "compare", take)
    return requests


def run(line: str) -> click.testing.Result:
    return CliRunner().invoke(cli.compare, shlex.split(line))


def test_a_command_line_of_hap_py(asked: list[Request]) -> None:
    result = run(
        "t.vcf.gz q.vcf.gz -r ref.fa -f conf.bed -T target.bed -R r.bed -l chr1,chr2 -o out/x"
        " --stratification s.tsv --stratification-region TEST:test.bed --fixchr"
        " --pass-only --filters-only A,B --usefiltered-truth --convert-gvcf-to-vcf"
        " --filter-nonref -D --no-leftshift --preprocess-truth --gender none"
        " --roc GQ --roc-filter LowGQX --roc-delta 1 --roc-regions TEST --ci-alpha 0.05"
        " --no-adjust-conf-regions -X -V --no-json --threads 2"
    )
    assert result.exit_code == 0, result.output
    assert asked == [
        Request(
            truth=Path("t.vcf.gz"),
            query=Path("q.vcf.gz"),
            reference=Path("ref.fa"),
            out=Path("out/x"),
            confident=Path("conf.bed"),
            target=Path("target.bed"),
            regions=Path("r.bed"),
            contigs=("chr1", "chr2"),
            stratification=Path("s.tsv"),
            stratification_regions=("TEST:test.bed",),
            pass_only=True,
            ignored_filters=("A", "B"),
            usefiltered_truth=True,
            convert_gvcf_truth=True,
            convert_gvcf_query=True,
            filter_nonref=True,
            decompose=False,
            leftshift=False,
            preprocess_truth=True,
            adjust_confident=False,
            sex="none",
            score="FORMAT.GQ",
            roc_filters=("LowGQX",),
            roc_delta=1.0,
            roc_regions=("*", "TEST"),
            ci_alpha=0.05,
            write_json=False,
            threads=2,
        )
    ]
    assert asked[0].filters == ("ALL", "PASS", "SEL")
    assert asked[0].files["stratification TEST"] == Path("test.bed")


@pytest.mark.parametrize("option", [name for names in REFUSED for name in names])
def test_options_that_mean_nothing_here_say_what_to_do(option: str, asked: list[Request]) -> None:
    result = run(f"t.vcf q.vcf -r ref.fa -o x {option} 5")
    assert result.exit_code == 2
    assert f"{option} of hap.py is not taken: " in result.output
    assert asked == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("q.vcf", "two files are needed, given 1: q.vcf"),
        ("", "no truth is given"),
        ("--truth t.vcf", "no query is given"),
        ("a b --query c", "the query is given twice: c and b"),
        ("a b --af-field INFO.AF", "--af-field and --af-strata belong together"),
        ("a b --af-strata 0,1", "--af-field and --af-strata belong together"),
        ("a b --af-strata 0,1 --af-field A,B,C", "--af-field takes one field"),
    ],
)
def test_one_line_for_what_is_missing_or_contradicts(
    line: str, message: str, asked: list[Request]
) -> None:
    result = run(f"{line} -r ref.fa -o x")
    assert result.exit_code == 64
    assert json.loads(result.output.splitlines()[-1])["message"].startswith(message)
    assert asked == []


@pytest.mark.parametrize("bounds", ["0", "1,0", "0,x", "0,0.5,0.5"])
def test_bounds_must_rise(bounds: str, asked: list[Request]) -> None:
    assert run(f"a b -r r -o x --af-field AF --af-strata {bounds}").exit_code == 2


def test_what_the_core_is_asked() -> None:
    request = Request(
        truth=Path("t"),
        query=Path("q"),
        reference=Path("r"),
        out=Path("o"),
        score="INFO.VQSLOD",
        roc_regions=("*", "B"),
        roc_filters=("LowQ",),
        ignored_filters=("X",),
        truth_fraction="INFO.AF",
        query_fraction="FORMAT.AD",
        fraction_bounds=(0.0, 0.5, 1.0),
    )
    settings = settings_of(request, ["A", "B"])
    assert settings.roc_subsets == (2,)
    assert (settings.truth.score, settings.query.score) == ("", "INFO.VQSLOD")
    assert (settings.truth.fraction, settings.query.fraction) == ("INFO.AF", "FORMAT.AD")
    assert (settings.truth.passing_only, settings.query.passing_only) == (True, False)
    assert (settings.truth.ignored_filters, settings.query.ignored_filters) == ((), ("X",))
    with pytest.raises(BadUsage, match="--roc-regions B: no such stratification; did you mean BB"):
        settings_of(request, ["BB"])


def test_help_is_in_sections_and_shows_no_option_of_hap_py_that_is_refused() -> None:
    text = run("--help").output
    sections = [line for line in text.splitlines() if line.endswith(":") and line[0] != " "]
    assert sections[:6] == ["Files:", "Regions:", "Calls:", "Score:", "Tables:", "Search:"]
    assert "--engine" not in text
