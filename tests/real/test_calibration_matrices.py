"""The 48 published misclassification matrices, as CHAMPS estimated them."""

import json
from dataclasses import replace

import pytest
from matrix_files import deaths, save_rda
from r import needs_r
from shared_data import shared_data
from small_mirror import of, put

from engines.calibrate.ages import AGE_GROUPS, ALGORITHMS, COUNTRIES
from engines.calibrate.matrices.choose import choose, find
from engines.contract.errors import BadData
from engines.references import catalogue
from engines.references.ensure import ensure

pytestmark = pytest.mark.real

FILE = shared_data("calibration") / "ccva_missmat_asDirich.json"
DATA = json.loads(FILE.read_text())
ALL = find(FILE, lambda: None)
PUBLISHED = catalogue.load().choose("calibration")


@pytest.mark.parametrize("mmat_type", ["prior", "fixed"])
@pytest.mark.parametrize("age_group", ["neonate", "child"])
def test_every_matrix_is_read_as_it_stands(age_group, mmat_type):
    causes = AGE_GROUPS[age_group].causes
    for country in COUNTRIES:
        found = choose(
            ALL,
            [deaths(algorithm, causes) for algorithm in ALGORITHMS],
            age_group=age_group,
            country=country,
            mmat_type=mmat_type,
        )
        assert found.version == "20241004"
        assert found.warnings == ()
        for algorithm in ALGORITHMS:
            matrix = found.by_algorithm[algorithm]
            rows = DATA[age_group][algorithm][country]["asDirich"]
            assert matrix.causes == tuple(DATA[age_group]["causes"]) == causes
            assert [sum(row) for row in matrix.mean] == pytest.approx([1] * len(causes), abs=1e-12)
            if mmat_type == "prior":
                for ours, theirs in zip(matrix.dirichlet, rows, strict=True):
                    assert ours == pytest.approx(theirs, rel=1e-12)
                assert all(11 < sum(row) < 315 for row in matrix.dirichlet)


def test_all_that_there_is():
    for age_group in AGE_GROUPS:
        for algorithm in ALGORITHMS:
            assert ALL.countries(age_group, algorithm) == tuple(COUNTRIES)
    assert len(ALL.tables) == 48


@needs_r
def test_the_published_file_once_somebody_can_fetch_it(tmp_path):
    """R writes the object of the package from these numbers; it is fetched, read and checked."""
    mirror, cache = tmp_path / "mirror", tmp_path / "cache"
    mirror.mkdir()
    rda = save_rda(DATA, tmp_path / "c.rda").read_bytes()
    put(mirror, PUBLISHED, "rda", rda)
    with pytest.raises(BadData, match=PUBLISHED.files["rda"].md5):  # other bytes than published
        ensure(PUBLISHED, cache, of(mirror))
    unpinned = {"rda": replace(PUBLISHED.files["rda"], md5=None)}
    ensure(replace(PUBLISHED, files=unpinned), cache, of(mirror))
    path = cache / "calibration/20241004/misclassification.json"
    made = json.loads(path.read_text())
    for age_group in AGE_GROUPS:
        for algorithm in ALGORITHMS:
            for country, matrix in DATA[age_group][algorithm].items():
                rows = made[age_group][algorithm][country]["asDirich"]
                for ours, theirs in zip(rows, matrix["asDirich"], strict=True):
                    assert ours == pytest.approx(theirs, rel=1e-12)
    assert made["version"] == "20241004"
