"""Where matrices come from, in which order, and what is said where there are none."""

import json
import subprocess
import sys

import pytest
from matrix_files import VERSION, deaths, dirichlet, inventory

from engines.calibrate.matrices import choose as finding
from engines.calibrate.matrices.choose import choose, find
from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.references import catalogue
from engines.references.cache import Receipt, Shelf
from engines.references.ensure import digests

ALL = {"name": "vacalibration 2.2"} | inventory()
CAUSES = ALL["neonate"]["causes"]
ABC = ["pneumonia", "sepsis", "other"]


def no_package():
    return None


def put(path, data):
    path.write_text(json.dumps(data))
    return path


def chosen(found, folder, *algorithms, **asked):
    asked = {"age_group": "neonate", "country": "Kenya", "mmat_type": "prior"} | asked
    return choose(found, [deaths(a, CAUSES) for a in algorithms], **asked)


@pytest.fixture
def cache(tmp_path):
    """A cache in which the published matrices are, as it seems."""
    root = tmp_path / "cache"
    shelf = Shelf(root, catalogue.load().choose("calibration"))
    with shelf.locked():
        for product in shelf.products:
            staged = put(shelf.making / product, ALL)
            d = digests(staged)
            receipt = Receipt(
                file=product, bytes=d.bytes, md5=d.md5, sha256=d.sha256, source=None,
                date="2026-01-01T00:00:00Z", pinned_by=None, made="x", download=None,
            )  # fmt: skip
            shelf.publish(staged, receipt)
    return root


# --- where from ---------------------------------------------------------------


def test_a_file_before_the_package_before_the_cache(tmp_path, cache):
    asked = []

    def package():
        asked.append("package")
        return "2.2", ALL

    mine = put(tmp_path / "mine.json", {"causes": ABC, "eava": dirichlet(3, 1)})
    assert find(mine, package, cache).source == "file"
    assert asked == []  # R is not even asked
    of_package = find(None, package, cache)
    assert (of_package.source, of_package.path) == ("package", None)
    assert of_package.name == f"vacalibration 2.2, version {VERSION}"
    downloaded = find(None, no_package, cache)
    assert downloaded.source == "download"
    assert downloaded.path == cache / "calibration/20241004/misclassification.json"
    assert downloaded.name == f"vacalibration 2.2, version {VERSION}"


def test_a_link_into_the_cache_is_no_file_of_the_users(tmp_path, cache):
    """The workflow gives the download as a file."""
    link = tmp_path / "misclassification.json"
    link.symlink_to(cache / "calibration/20241004/misclassification.json")
    found = find(link, no_package)
    assert (found.source, found.name) == ("download", f"vacalibration 2.2, version {VERSION}")
    link.unlink()
    assert find(put(link, ALL), no_package).source == "file"


def test_nothing_anywhere_says_what_to_type(tmp_path):
    with pytest.raises(InputMissing) as failure:
        find(None, no_package, tmp_path / "cache")
    assert "plumbline references ensure calibration" in failure.value.hint
    assert "--misclassification" in failure.value.hint
    assert not (tmp_path / "cache").exists()  # nothing is fetched, nothing made


def test_a_damaged_cache_is_never_used(cache):
    (cache / "calibration/20241004/misclassification.json").write_text("{")
    with pytest.raises(BadData, match="bytes, its receipt says") as failure:
        find(None, no_package, cache)
    assert "plumbline references ensure calibration" in failure.value.hint


# --- which --------------------------------------------------------------------


def test_the_matrix_of_each_algorithm(tmp_path, cache):
    found = find(None, no_package, cache)
    assert found.causes("neonate", "eava") == tuple(CAUSES)
    assert len(found.countries("child", "interva")) == 8
    matrices = chosen(found, tmp_path, "eava", "interva", country="Mali")
    for algorithm in ("eava", "interva"):
        rows = ALL["neonate"][algorithm]["Mali"]["asDirich"]
        assert [list(row) for row in matrices.by_algorithm[algorithm].dirichlet] == [
            pytest.approx(row) for row in rows
        ]


@pytest.mark.parametrize(
    ("asked", "message", "hint"),
    [
        ({"country": "Kenia"}, "country 'Kenia'", "did you mean Kenya?"),
        ({"country": "India"}, "country 'India'", "--country other is for any country"),
        ({"age_group": "adult"}, "age group 'adult'", "there are: neonate, child"),
    ],
)
def test_what_is_not_there_gets_the_nearest(tmp_path, cache, asked, message, hint):
    with pytest.raises(BadUsage) as failure:
        chosen(find(None, no_package, cache), tmp_path, "eava", **asked)
    assert message in failure.value.message
    assert hint in failure.value.hint


def test_an_algorithm_without_matrices(tmp_path, cache):
    with pytest.raises(BadUsage) as failure:
        chosen(find(None, no_package, cache), tmp_path, "tariff")
    assert "algorithm 'tariff'" in failure.value.message
    assert "there are: eava, insilicova, interva" in failure.value.hint
    assert "--misclassification" in failure.value.hint


def test_a_matrix_of_no_algorithm_serves_one_only(tmp_path):
    found = find(
        put(tmp_path / "m.json", {"causes": CAUSES, "matrix": dirichlet(6, 1)}), no_package
    )
    assert chosen(found, tmp_path, "tariff").by_algorithm.keys() == {"tariff"}
    with pytest.raises(BadData, match="does not say of which algorithm"):
        chosen(found, tmp_path, "eava", "tariff")


def test_two_that_fit_are_one_too_many(tmp_path):
    data = {"causes": CAUSES, "eava": {"asDirich": dirichlet(6, 1), "dirichlet": dirichlet(6, 2)}}
    found = find(put(tmp_path / "m.json", data), no_package)
    with pytest.raises(BadData, match="2 matrices fit eava, Kenya"):
        chosen(found, tmp_path, "eava")


@pytest.mark.parametrize(
    ("form", "mmat_type", "hint"),
    [("mean", "prior", "--mmat-type fixed"), ("dirichlet", "samples", "--mmat-type prior")],
)
def test_what_does_not_serve_says_what_would(tmp_path, form, mmat_type, hint):
    data = {"causes": CAUSES, "eava": {form: dirichlet(6, 1)}}
    found = find(put(tmp_path / "m.json", data), no_package)
    with pytest.raises(BadData) as failure:
        chosen(found, tmp_path, "eava", mmat_type=mmat_type)
    assert f"has {form} only" in failure.value.message
    assert hint in failure.value.hint


def test_a_mistake_in_a_matrix_names_the_algorithm(tmp_path):
    found = find(put(tmp_path / "m.json", {"causes": CAUSES, "matrix": [[0] * 6] * 6}), no_package)
    with pytest.raises(BadData, match=r"^m\.json: matrix: .*\(algorithm tariff\)$"):
        chosen(found, tmp_path, "tariff")


# --- what a reader has to know ------------------------------------------------


def test_causes_without_deaths_are_left_out_and_counted(tmp_path, cache):
    found = find(None, no_package, cache)
    few = [deaths("eava", ["lungs", "rest"], ["pneumonia", "other"])]
    matrices = choose(found, few, age_group="neonate", country="other", mmat_type="fixed")
    assert matrices.by_algorithm["eava"].causes == ("lungs", "rest")
    (warning,) = matrices.warnings
    assert "eava: 4 of 6 causes of the misclassification matrix" in warning
    assert warning.endswith("congenital_malformation, sepsis_meningitis_inf, ipre, prematurity")


def test_rows_that_sum_to_100_are_doubted(tmp_path):
    rows = [[100 * x / sum(row) for x in row] for row in dirichlet(6, 1)]
    found = find(put(tmp_path / "m.json", {"causes": CAUSES, "eava": rows}), no_package)
    (warning,) = chosen(found, tmp_path, "eava").warnings
    assert "not as per cent" in warning
    said = {"causes": CAUSES, "eava": {"dirichlet": rows}}
    found = find(put(tmp_path / "m.json", said), no_package)
    assert chosen(found, tmp_path, "eava").warnings == ()


def test_nothing_slow_is_imported_for_a_file():
    code = (
        f"import sys; import {finding.__name__};"
        "slow = ('numpy', 'pysam', 'boto3', 'engines.references.cache');"
        "print([m for m in slow if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
