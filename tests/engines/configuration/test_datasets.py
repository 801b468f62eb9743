"""Rows with verbal autopsies: a dataset for each country, or one line that says what is wrong."""

import os

import pytest

from engines.configuration import Dataset

HEAD = "sample|va_insilicova|age_group|country\n"
OWN = "calibration: {misclassification: matrices.json}"
PUBLISHED = "Bangladesh, Ethiopia, Kenya, Mali, Mozambique, Sierra Leone, South Africa or other"


def deaths(*rows: str) -> str:
    return HEAD + "".join(f"{row}\n" for row in rows)


SHEETS = {
    "no age group": (
        "a|deaths.csv||Kenya",
        "column age_group: is missing; write neonate or child",
    ),
    "an age group that does not exist": (
        "a|deaths.csv|neonatal|Kenya",
        'column age_group: "neonatal" is not neonate or child; did you mean neonate?',
    ),
    "no country": (
        "a|deaths.csv|child|",
        "column country: is missing; write the country of the deaths, or other for any without "
        "matrices of its own",
    ),
    "a country that is misspelt": (
        "a|deaths.csv|child|Mozambik",
        'column country: there are no matrices of "Mozambik"; did you mean Mozambique?',
    ),
    "a country without matrices": (
        "a|deaths.csv|child|Kenya, France",
        f'column country: there are no matrices of "France"; there is {PUBLISHED}',
    ),
    "a country twice": (
        "a|deaths.csv|child|Kenya, Mali,kenya",
        'column country: "Kenya" is there twice',
    ),
    "an end without a country": (
        "a|deaths.csv|child|Kenya,",
        "column country: a country is missing between commas",
    ),
    "a country without an end": (
        "a|deaths.csv|child|" + "x" * 101,
        "column country: a country is longer than 100 characters",
    ),
    "a file that is not there": (
        "a|death.csv|child|Kenya",
        'column va_insilicova: no such file: "death.csv"',
    ),
    "a file of another kind": (
        "a|deaths.xlsx|child|Kenya",
        'column va_insilicova: "deaths.xlsx" is neither a file of deaths (.csv, .tsv, .txt, .json) '
        "nor use_example",
    ),
    "the word, misspelt": (
        "a|use_exmple|child|Kenya",
        'column va_insilicova: "use_exmple" is neither a file of deaths (.csv, .tsv, .txt, .json) '
        "nor use_example; did you mean use_example?",
    ),
}


@pytest.mark.parametrize("row, line", SHEETS.values(), ids=SHEETS)
def test_a_row_that_cannot_be_calibrated_is_told_in_one_line(lines, row, line):
    assert lines(deaths(row)) == [f"samples.tsv, row 2 (sample a), {line}"]


def test_an_example_beside_real_deaths(lines):
    head = "sample|va_eava|va_interva|age_group|country\n"
    assert lines(head + "a|deaths.csv|use_example|child|Kenya\n") == [
        "samples.tsv, row 2 (sample a), column va_interva: use_example beside a file: made-up and "
        "real deaths do not go together"
    ]


def test_the_example_is_of_a_published_country_whatever_the_matrices(lines, plan):
    (told,) = lines(deaths("a|use_example|child|Peru"), OWN)
    assert 'there are no matrices of "Peru"' in told
    assert plan(deaths("a|use_example|child|Kenya"), OWN).va_files("a") == {}


def test_two_rows_whose_results_would_have_one_name(lines):
    told = lines(deaths("a.Mali|deaths.csv|child|Kenya", "a|deaths.csv|child|Kenya,Mali"))
    assert told == [
        "samples.tsv, row 3 (sample a), column sample: its results would be called a.Mali, as "
        "those of another row are; choose another name"
    ]


@pytest.mark.parametrize("countries", ["Ä B, A B", "A/B, A B", "Kenya, 肯"])
def test_countries_that_cannot_be_told_apart_in_a_file_name(lines, countries):
    (told,) = lines(deaths(f"a|deaths.csv|child|{countries}"), OWN)
    assert "cannot become part of a file name of its own; give it a row of its own" in told


CONFIGS = {
    "matrices that are not there": (
        "misclassification: m.json",
        'misclassification: no such file: "m.json"',
    ),
    "a table that is not there": ("cause_map: c.csv", 'cause_map: no such file: "c.csv"'),
    "samples without a file": (
        "mmat_type: samples",
        "mmat_type: samples have to be in a file of your own; name it in "
        "calibration.misclassification",
    ),
    "a rule of the built-in engine": (
        "{engine: vacalibration, compat: '2.0'}",
        "compat: is for engine builtin, and the engine is vacalibration",
    ),
    "a prior that is flat": (
        "shrink_strength: 4",
        "shrink_strength: has no effect with path correction; write path_correction: false, or "
        "leave it away",
    ),
    "a version that is a number": ("compat: 2.2", 'compat: "2.2" is not text; write it in quotes'),
    "a version that does not exist": ("compat: '2.3'", 'compat: "2.3" is not 2.2 or 2.0'),
    "one cause in place of a list": (
        "not_calibrated: other",
        'not_calibrated: "other" is not a list',
    ),
    "a cause without a name": ("not_calibrated: ['']", 'not_calibrated.0: "" is no cause'),
    "a seed below all seeds": ("seed: -1", "seed: -1 must be at least 0"),
    "a key": ("mmattype: prior", "mmattype: unknown key; did you mean mmat_type?"),
}


@pytest.mark.parametrize("keys, line", CONFIGS.values(), ids=CONFIGS)
def test_keys_that_cannot_be_run_are_told_in_one_line(lines, keys, line):
    config = f"calibration: {keys if keys.startswith('{') else '{' + keys + '}'}"
    told = lines(deaths("a|deaths.csv|child|Kenya"), config)
    near = "; did you mean 2.2?" if "2.3" in keys else ""
    assert [each.removesuffix(near) for each in told] == [f"config.yaml: calibration.{line}"]


def test_one_country_has_the_name_of_the_sample(plan):
    found = plan(
        "sample|va_eava|va_interva|age_group|country\nb|counts.json|deaths.csv|neonate|mali\n"
    )
    assert found.samples == {}
    assert found.names("calibration") == ["b"]
    data = {"eava": "counts.json", "interva": "deaths.csv"}
    assert found.datasets["b"] == Dataset("b", data, "neonate", "Mali")
    assert found.va_files("b") == {
        "eava": "counts.json",
        "interva": "deaths.csv",
        "misclassification": "results/references/calibration/misclassification.json",
    }


def test_several_countries_have_a_dataset_each(plan):
    found = plan(deaths("a|deaths.csv|child|Sierra Leone, other"))
    assert {name: each.country for name, each in found.datasets.items()} == {
        "a.Sierra_Leone": "Sierra Leone",
        "a.other": "other",
    }


def test_own_matrices_may_be_of_any_country(plan):
    found = plan(deaths("a|deaths.csv|child|Côte d'Ivoire, Peru"), OWN)
    assert list(found.datasets) == ["a.Cote_d_Ivoire", "a.Peru"]
    assert found.datasets["a.Cote_d_Ivoire"].country == "Côte d'Ivoire"
    assert found.va_files("a.Peru")["misclassification"] == "matrices.json"


@pytest.mark.parametrize(
    "row, config, whose",
    [
        ("a|deaths.csv|child|Mali", "", "the published matrices"),
        ("a|deaths.csv|child|Mali", OWN, "matrices of matrices.json"),
        (
            "a|deaths.csv|child|Mali",
            "calibration: {engine: vacalibration}",
            "the matrices of the R package",
        ),
        ("a|use_example|child|Mali", "", "the matrices of the example"),
    ],
)
def test_whose_matrices_are_taken_is_in_the_plan(plan, row, config, whose):
    found = plan(deaths(row), config)
    (_, line) = found.table().splitlines()
    data = f"insilicova={row.split('|')[1]}"
    assert line.split("\t") == ["a", "calibration", "", data, "", "", f"child, Mali, {whose}"]
    assert ("misclassification" in found.va_files("a")) == (whose not in NOT_PASSED)


NOT_PASSED = ("the matrices of the R package", "the matrices of the example")


def test_a_row_may_have_calls_and_deaths(plan):
    found = plan(
        "sample|small_variants|va_eava|age_group|country\n"
        "HG002|calls.vcf.gz|counts.json|child|Kenya\n"
    )
    assert found.names("small_variants") == found.names("calibration") == ["HG002"]
    kinds = [line.split("\t")[1] for line in found.table().splitlines()]
    assert kinds == ["variants", "small_variants", "calibration"]


def test_a_build_is_of_no_matter_for_deaths(plan, lines):
    config = (
        "small_variants: {stratifications: giab}\ngenomes: {mine: {fasta: genome.fa}}\nbuild: mine"
    )
    assert plan(deaths("a|deaths.csv|child|Kenya"), config).names("calibration") == ["a"]


def test_no_file_of_deaths_is_opened(folder, plan):
    """A pipe that nobody writes to would hold whoever opens it for ever."""
    for name in ("deaths.csv", "matrices.json"):
        os.unlink(name)
        os.mkfifo(name)
    assert plan(deaths("a|deaths.csv|child|Kenya"), OWN).names("calibration") == ["a"]
