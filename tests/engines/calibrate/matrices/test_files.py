"""Every form in which people bring a misclassification matrix."""

import json

import pytest
from matrix_files import VERSION, deaths, dirichlet, inventory, r, save_rda
from r import needs_r

from engines.calibrate.matrices import rda
from engines.calibrate.matrices.choose import choose, find
from engines.contract.errors import BadData, InputMissing, TimedOut, Unavailable

CAUSES = ["pneumonia", "sepsis", "other"]
ROWS = dirichlet(3, 1)
MEAN = [[x / sum(row) for x in row] for row in ROWS]
ALL = inventory()


def no_package():
    return None


def used(path, algorithm="eava", mmat_type="prior", country="Kenya", causes=CAUSES, **more):
    """What a calibration of one algorithm would use of a file."""
    found = find(path, no_package, **more)
    return choose(
        found,
        [deaths(algorithm, causes)],
        age_group="neonate",
        country=country,
        mmat_type=mmat_type,
    )


def put(folder, data, name="m.json"):
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def near(rows):
    return [pytest.approx(list(row), rel=1e-12) for row in rows]


# --- JSON ---------------------------------------------------------------------


def test_the_form_of_the_cache(tmp_path):
    chosen = used(put(tmp_path, ALL), "interva", causes=ALL["neonate"]["causes"])
    expected = ALL["neonate"]["interva"]["Kenya"]["asDirich"]
    assert list(chosen.by_algorithm["interva"].dirichlet) == near(expected)
    assert (chosen.source, chosen.version) == ("file", VERSION)
    assert chosen.name == f"m.json, version {VERSION}"
    assert chosen.warnings == ()


@pytest.mark.parametrize(
    "data",
    [
        {"causes": CAUSES, "dirichlet": ROWS},
        {"causes": CAUSES, "matrix": ROWS},
        {"eava": {"causes": CAUSES, "dirichlet": ROWS}},
        {"causes": CAUSES, "eava": ROWS, "interva": dirichlet(3, 2)},
        {"neonate": {"causes": CAUSES, "eava": {"Kenya": {"asDirich": ROWS}}}},
        {"neonate": {"causes": CAUSES, "eava": {"asDirich": {"Kenya": ROWS, "Mali": ROWS}}}},
        {"causes": CAUSES, "eava": {"Kenya": ROWS, "other": dirichlet(3, 2)}},
        {"rows": CAUSES, "columns": CAUSES, "values": ROWS, "note": "by hand"},
        {
            "rows": CAUSES,
            "columns": CAUSES[::-1],
            "values": [row[::-1] for row in ROWS],
            "version": 3,
        },
    ],
)
def test_as_much_as_a_file_wants_to_say(tmp_path, data):
    matrix = used(put(tmp_path, data)).by_algorithm["eava"]
    assert matrix.causes == tuple(CAUSES)
    assert list(matrix.dirichlet) == near(ROWS)
    assert list(matrix.mean) == near(MEAN)


@pytest.mark.parametrize("form", ["mean", "postmean", "matrix"])
def test_rates_serve_fixed(tmp_path, form):
    matrix = used(put(tmp_path, {"causes": CAUSES, form: MEAN}), mmat_type="fixed")
    assert list(matrix.by_algorithm["eava"].mean) == near(MEAN)
    assert matrix.by_algorithm["eava"].dirichlet is None


def test_parameters_serve_fixed_as_the_rates_they_are_on_average(tmp_path):
    chosen = used(put(tmp_path, {"causes": CAUSES, "dirichlet": ROWS}), mmat_type="fixed")
    assert list(chosen.by_algorithm["eava"].mean) == near(MEAN)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("{", "is not JSON"),
        ('{"eava": {"causes": ["a", "b"]}, "eava": {}}', "'eava' is there twice"),
        ([[1, 2], [3, 4]], "without names"),
        ({"version": "1"}, "has no matrix"),
        ({"eava": {"dirichlet": ROWS}}, "eava, dirichlet: its rows have no names of causes"),
        ({"causes": "abc", "matrix": ROWS}, "not a list of texts"),
        ({"causes": CAUSES, "eava": {"dirichlet": 5}}, "eava, dirichlet: is 5 where a matrix"),
        ({"causes": CAUSES, "dirichlet": [ROWS]}, "is not one matrix, which dirichlet has to be"),
        ({"causes": CAUSES, "samples": ROWS}, "is not an array of samples"),
        ({"causes": CAUSES, "a": {"b": {"c": {"d": ROWS}}}}, "more names than age group"),
    ],
)
def test_what_is_no_file_of_matrices(tmp_path, data, words):
    with pytest.raises(BadData) as failure:
        used(put(tmp_path, data))
    assert words in failure.value.message
    assert failure.value.message.startswith(("m.json", str(tmp_path)))
    assert failure.value.hint


# --- CSV ----------------------------------------------------------------------


def as_csv(separator=",", rows=ROWS, keys=(), before=""):
    lines = [separator.join([*([before] if before else []), "true_cause", *CAUSES])]
    for cause, row in reversed(list(zip(CAUSES, rows, strict=True))):  # any order
        lines.append(separator.join([*keys, cause, *map(str, row)]))
    return "\n".join(lines) + "\n\n"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_of_one_algorithm(tmp_path, separator):
    path = put(tmp_path, "\ufeff" + as_csv(separator), "m.csv")
    matrix = used(path).by_algorithm["eava"]
    assert matrix.causes == tuple(CAUSES)
    assert list(matrix.dirichlet) == near(ROWS)


def test_csv_of_several_algorithms_and_countries(tmp_path):
    text = "algorithm,country,true_cause," + ",".join(CAUSES) + "\n"
    for number, (algorithm, country) in enumerate(
        [("eava", "Mali"), ("eava", "Kenya"), ("interva", "Kenya")]
    ):
        for cause, row in zip(CAUSES, dirichlet(3, number), strict=True):
            text += ",".join([algorithm, country, cause, *map(str, row)]) + "\n"
    path = put(tmp_path, text, "m.csv")
    assert list(used(path).by_algorithm["eava"].dirichlet) == near(dirichlet(3, 1))
    assert find(path, no_package).countries("neonate", "eava") == ("Mali", "Kenya")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("truecause,a,b\n", "no column true_cause"),
        ("true_cause,a,b\n", "no row below"),
        ("region,true_cause,a,b\nx,a,1,2\n", "unknown column 'region'"),
        ("true_cause,a,a\na,1,2\n", "column 'a' is there twice"),
        ("true_cause,a,b\na,1,2\na,3,4\n", "row 3: the true cause 'a' is there twice"),
        ("true_cause,a,b\na,1\n", "row 2: has 2 fields, its header 3"),
        ("true_cause,a,b\n,1,2\n", "row 2: has an empty name"),
        ("true_cause,a,b\na,1,x\nb,1,2\n", "row 'a', column 'b': 'x' is not a number"),
    ],
)
def test_what_is_no_csv_of_matrices(tmp_path, text, words):
    with pytest.raises(BadData) as failure:
        used(put(tmp_path, text, "m.csv"), causes=["a", "b"])
    assert words in failure.value.message
    assert "m.csv" in failure.value.message


def test_a_matrix_as_r_writes_it(tmp_path):
    """write.csv gives the column of row names no name."""
    text = as_csv().replace("true_cause", '""')
    assert list(used(put(tmp_path, text, "m.csv")).by_algorithm["eava"].dirichlet) == near(ROWS)


def test_a_wrong_row_is_no_cause_that_the_deaths_lack(tmp_path):
    """The file with the mistake is named, and not that of the deaths."""
    text = as_csv().replace("pneumonia,", "pneumonai,").replace("pneumonai,", "pneumonia,", 1)
    found = find(put(tmp_path, text, "m.csv"), no_package)
    with pytest.raises(BadData) as failure:
        found.causes("neonate", "eava")
    assert failure.value.message == "m.csv: has a row 'pneumonai' and no such column"
    assert failure.value.hint.startswith("is 'pneumonia' meant?")


def test_a_spreadsheet_is_no_csv(tmp_path):
    path = tmp_path / "m.csv"
    path.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(BadData, match="not UTF-8"):
        used(path)


# --- files of R ---------------------------------------------------------------


@needs_r
def test_the_object_of_the_package(tmp_path):
    path = save_rda(ALL, tmp_path / "mine.rda", "Mmat_champs")
    causes = ALL["neonate"]["causes"]
    prior = used(path, "insilicova", causes=causes)
    rows = ALL["neonate"]["insilicova"]["Kenya"]["asDirich"]
    assert list(prior.by_algorithm["insilicova"].dirichlet) == near(rows)
    assert prior.version == VERSION
    assert prior.warnings == ()
    fixed = used(path, "insilicova", "fixed", causes=causes).by_algorithm["insilicova"]
    assert list(fixed.mean) == near([[x / sum(row) for x in row] for row in rows])


@needs_r
def test_plain_matrices_lists_and_what_is_none(tmp_path):
    make = (
        "d <- commandArgs(TRUE)[1]; n <- c('pneumonia', 'sepsis', 'other');"
        "m <- matrix(c(9, 1, 2, 1, 8, 3, 2, 2, 7), 3, dimnames = list(n, n));"
        "saveRDS(m, file.path(d, 'one.rds'));"
        "saveRDS(list(interva = m, eava = m + 1), file.path(d, 'list.rds'));"
        "eava <- m; interva <- m + 1; note <- 'x'; save(eava, interva, note, "
        "  file = file.path(d, 'two.rda'));"
        "table <- as.data.frame(m); save(table, file = file.path(d, 'table.RData'));"
        "saveRDS(unname(m), file.path(d, 'unnamed.rds')); saveRDS('x', file.path(d, 'text.rds'));"
        "m[2, 3] <- NaN; saveRDS(m, file.path(d, 'nan.rds'))"
    )
    r(make, tmp_path)
    rows = [list(row) for row in zip([9, 1, 2], [1, 8, 3], [2, 2, 7], strict=True)]
    more = [[x + 1 for x in row] for row in rows]
    for name, expected in (("one.rds", rows), ("list.rds", more), ("table.RData", rows)):
        assert list(used(tmp_path / name).by_algorithm["eava"].dirichlet) == near(expected)
    two = used(tmp_path / "two.rda")
    assert list(two.by_algorithm["eava"].dirichlet) == near(rows)
    assert two.warnings == ("two.rda: note is no matrix",)
    for name, words in (
        ("unnamed.rds", "rows have no names"),
        ("text.rds", "has no matrix"),
        ("nan.rds", "row 'sepsis', column 'other': 'NaN' is not a number"),
    ):
        with pytest.raises(BadData, match=words):
            used(tmp_path / name)


@needs_r
def test_samples_of_the_country_that_is_asked_for_only(tmp_path):
    make = (
        "n <- c('pneumonia', 'sepsis', 'other'); set.seed(1); one <- function(k) {"
        "  x <- array(rgamma(900, 5), c(100, 3, 3), list(NULL, n, n)); x[, 1, 1] <- x[, 1, 1] + k;"
        "  x / as.vector(apply(x, 1:2, sum)) };"
        "m <- list(neonate = list(eava = list(postsamples = list(Kenya = one(1), Mali = one(9)))));"
        "save(m, file = commandArgs(TRUE)[1])"
    )
    path = tmp_path / "samples.rda"
    r(make, path)
    found = find(path, no_package, samples_of="Mali")
    assert found.countries("neonate", "eava") == ("Mali",)
    chosen = used(path, mmat_type="samples", country="Mali", samples_of="Mali")
    # nine more of 24 gamma shapes: a diagonal that no draw of Kenya's comes near to
    assert chosen.by_algorithm["eava"].mean[0][0] > 0.5
    with pytest.raises(BadData, match="has no matrix"):
        find(path, no_package)


@needs_r
def test_a_damaged_file_of_r(tmp_path):
    path = tmp_path / "m.rda"
    path.write_bytes(b"<html>no such page</html>")
    with pytest.raises(BadData, match="R cannot read it") as failure:
        used(path)
    assert failure.value.message.startswith(str(path))


def stand_in(folder, script):
    program = folder / "Rscript"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_without_r_or_its_package(tmp_path):
    path = put(tmp_path, "x", "m.rda")
    with pytest.raises(Unavailable) as failure:
        find(path, no_package, rscript=str(tmp_path / "none"))
    assert "r-base-core" in failure.value.hint
    reason = "PLUMBLINE-R there is no package called ‘jsonlite’"
    for script in (f"echo '{reason}'; exit 65", "echo cannot start >&2; exit 2"):
        with pytest.raises(Unavailable) as failure:
            find(path, no_package, rscript=stand_in(tmp_path, script))
        assert "r-cran-jsonlite" in failure.value.hint


def test_r_that_never_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(rda, "SECONDS", 0.05)
    with pytest.raises(TimedOut, match="has not read it"):
        find(put(tmp_path, "x", "m.rda"), no_package, rscript=stand_in(tmp_path, "exec sleep 20"))


# --- the file itself ----------------------------------------------------------


def test_no_file_an_empty_one_and_one_of_another_kind(tmp_path):
    with pytest.raises(InputMissing, match="no such file"):
        used(tmp_path / "none.json")
    with pytest.raises(BadData, match="is empty"):
        used(put(tmp_path, "", "m.json"))
    with pytest.raises(BadData, match=r"not '\.xlsx'"):
        used(put(tmp_path, "x", "m.xlsx"))
