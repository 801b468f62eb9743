"""Which causes are calibrated, and how far the path correction goes."""

from typing import Any

import numpy as np
import pytest
from r import needs_r
from r_engine import Matrix, REngine, spec_of

pytestmark = needs_r

CAUSES = ["sepsis", "ipre", "prematurity", "other"]
EAVA: Matrix = [[16, 5, 3, 1], [4, 20, 5, 1], [2, 6, 26, 1], [3, 4, 3, 10]]
COUNTS = [300, 280, 160, 30]
SHORT = {"warmup": 60, "iterations": 60, "chains": 8}


def one(r: REngine, counts: list[int] = COUNTS, rows: Matrix = EAVA, **options: Any) -> Any:
    """The fit of one algorithm; few iterations, since only what comes before them is looked at."""
    return r.calibrate(spec_of(CAUSES, {"eava": counts}, {"eava": rows}, **{**SHORT, **options}))[
        "eava"
    ]


def smallest_lambda(rows: Matrix, counts: list[int], highest: int) -> float:
    """The rule once more, in other words and another language."""
    rates = np.array(rows, float)
    rates /= rates.sum(axis=1, keepdims=True)
    observed = np.array(counts) / sum(counts)
    for hundredths in range(highest, -1, -1):
        mixed = hundredths / 100 * np.eye(len(rows)) + (1 - hundredths / 100) * rates
        if np.linalg.solve(mixed.T, observed).min() < 0:
            return min(hundredths + 1, highest) / 100
    return 0.0


CALIBRATED: Matrix = [row[:3] for row in EAVA[:3]]


@pytest.mark.parametrize("counts", [COUNTS, [500, 100, 60, 5], [90, 100, 500, 5], [40, 300, 60, 9]])
@pytest.mark.parametrize("mmat_type", ["prior", "fixed"])
def test_lambda_is_the_last_one_that_is_feasible(
    r: REngine, counts: list[int], mmat_type: str
) -> None:
    fit = one(r, counts, mmat_type=mmat_type)
    expected = smallest_lambda(CALIBRATED, counts[:3], 99 if mmat_type == "prior" else 100)
    assert fit["lambda"] == expected
    assert not fit["stalled"]
    used = np.array(fit["matrix"]["used"])
    rates = np.array(CALIBRATED) / np.sum(CALIBRATED, axis=1, keepdims=True)
    assert used[:3, :3] == pytest.approx(expected * np.eye(3) + (1 - expected) * rates)
    assert used[3] == pytest.approx([0, 0, 0, 1])


def test_rule_2_0_keeps_the_sums_of_the_rows_and_2_2_raises_them(r: REngine) -> None:
    old, new = (one(r, compat=compat)["matrix"]["concentration"] for compat in ("2.0", "2.2"))
    assert old == pytest.approx([24, 29, 34, None])
    assert all(a < b for a, b in zip(old[:3], new[:3], strict=True))
    assert new[3] is None


def test_fixed_matrices_have_no_concentration(r: REngine) -> None:
    assert one(r, mmat_type="fixed")["matrix"]["concentration"] is None


@pytest.mark.parametrize(("mmat_type", "end"), [("prior", 0.99), ("fixed", 1)])
def test_a_zero_count_stalls_the_path(r: REngine, mmat_type: str, end: float) -> None:
    fit = one(r, [0, 280, 160, 30], mmat_type=mmat_type)
    assert (fit["lambda"], fit["stalled"]) == (end, True)
    assert fit["mean"] == pytest.approx(fit["uncalibrated"], abs=0.02)


def test_without_path_correction_the_matrix_is_used_as_it_is(r: REngine) -> None:
    fit = one(r, [0, 280, 160, 30], path_correction=False)
    assert (fit["lambda"], fit["stalled"]) == (0, False)
    assert fit["matrix"]["concentration"][:3] == [24, 29, 34]
    rates = np.array(CALIBRATED) / np.sum(CALIBRATED, axis=1, keepdims=True)
    assert np.array(fit["matrix"]["used"])[:3, :3] == pytest.approx(rates)


def test_strength_draws_to_the_observed_fractions(r: REngine) -> None:
    """Without path correction 4 is the default, and more of it leaves less of the correction."""
    flat, default, four, strong = (
        one(r, path_correction=False, shrink_strength=strength, iterations=200)
        for strength in (0, None, 4, 1000)
    )
    assert default["mean"] == four["mean"] != flat["mean"]
    assert strong["mean"] == pytest.approx(strong["uncalibrated"], abs=0.01)
    assert flat["mean"] != pytest.approx(flat["uncalibrated"], abs=0.05)


# The columns vary by 0.4, 0.3, 0.1 and 0.05 over the rows.
NARROW: Matrix = [[70, 15, 10, 5], [30, 45, 20, 5], [35, 45, 15, 5], [30, 45, 15, 10]]


@pytest.mark.parametrize(
    ("threshold", "left"),
    [(0, ["other"]), (0.1, ["prematurity", "other"]), (0.3, ["ipre", "prematurity", "other"])],
)
def test_causes_whose_column_hardly_varies_are_left_out(
    r: REngine, threshold: float, left: list[str]
) -> None:
    fit = one(r, rows=NARROW, threshold=threshold)
    if len(left) == 3:
        assert not fit["calibrated"]
        left = CAUSES
    assert fit["not_calibrated"] == left
    for cause in map(CAUSES.index, left):
        assert fit["lower"][cause] == fit["mean"][cause] == fit["upper"][cause]
        assert fit["mean"][cause] == fit["uncalibrated"][cause]
        assert fit["deaths"][cause] == COUNTS[cause]


def test_nothing_is_learned_unless_asked(r: REngine) -> None:
    fit = one(r, rows=NARROW, threshold=0.3, learn_not_calibrated=False)
    assert fit["not_calibrated"] == ["other"]


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        ({"not_calibrated": {"eava": ["ipre", "prematurity", "other"]}}, COUNTS),
        ({"not_calibrated": {"eava": CAUSES}}, COUNTS),
        ({}, [0, 0, 0, 30]),  # no deaths of the others to redistribute
    ],
)
def test_where_nothing_can_be_calibrated_the_output_is_the_input(
    r: REngine, options: dict[str, Any], counts: list[int]
) -> None:
    fit = one(r, counts, **options)
    assert not fit["calibrated"]
    assert fit["mean"] == fit["lower"] == fit["upper"] == fit["uncalibrated"]
    assert fit["deaths"] == counts
    assert fit["not_calibrated"] == CAUSES
    assert fit["lambda"] is fit["diagnostics"] is None
    assert not fit["stalled"]
    assert "** Cannot calibrate eava" in r.lines


def test_the_ensemble_leaves_out_what_every_member_does(r: REngine) -> None:
    counts = {"eava": COUNTS, "interva": [100, 200, 300, 40]}
    fits = r.calibrate(spec_of(CAUSES, counts, {"eava": EAVA, "interva": NARROW}, **SHORT))
    assert list(fits) == ["eava", "interva", "ensemble"]
    assert fits["interva"]["not_calibrated"] == ["prematurity", "other"]
    together = fits["ensemble"]
    assert together["not_calibrated"] == ["other"]
    assert together["matrix"] is together["lambda"] is None


def test_no_ensemble_with_one_that_cannot_be_calibrated(r: REngine) -> None:
    """Its deaths would count as the truth, and hold the others; as in the package."""
    counts = {"eava": COUNTS, "interva": [0, 0, 0, 3]}
    spec = spec_of(CAUSES, counts, {"eava": EAVA, "interva": EAVA}, **SHORT)
    said = r.refuse(spec)["message"]
    assert said.startswith("there is no ensemble with interva, where at most one cause can be")
    apart = r.calibrate({**spec, "ensemble": False})
    assert [fit["calibrated"] for fit in apart.values()] == [True, False]
    nothing = {name: CAUSES for name in counts}
    together = r.calibrate({**spec, "not_calibrated": nothing})["ensemble"]
    assert together["mean"] == together["uncalibrated"]


def test_no_ensemble_of_one_or_where_none_is_asked_for(r: REngine) -> None:
    spec = spec_of(CAUSES, {"eava": COUNTS}, {"eava": EAVA}, **SHORT)
    assert list(r.calibrate({**spec, "ensemble": True})) == ["eava"]
    counts = {"eava": COUNTS, "interva": COUNTS}
    spec = spec_of(CAUSES, counts, {"eava": EAVA, "interva": EAVA}, **SHORT, ensemble=False)
    assert list(r.calibrate(spec)) == ["eava", "interva"]


ZERO_COLUMN: Matrix = [[8, 0, 2, 1], [5, 0, 6, 1], [1, 0, 9, 1], [2, 1, 2, 5]]


@pytest.mark.parametrize(
    ("counts", "rows", "options", "said"),
    [
        ([1, 2, 3], EAVA, {}, "not one number of deaths for each cause"),
        ([1, 2, 3, -1], EAVA, {}, "not one number of deaths for each cause"),
        ([0, 0, 0, 0], EAVA, {}, "no deaths of eava"),
        (COUNTS, EAVA[:3], {}, "is not 4 x 4 positive numbers"),
        (COUNTS, ZERO_COLUMN, {}, "is not 4 x 4 positive numbers"),
        (COUNTS, EAVA, {"mmat_type": "posterior"}, "neither prior nor fixed"),
        (
            COUNTS,
            ZERO_COLUMN,
            {"mmat_type": "fixed", "path_correction": False, "learn_not_calibrated": False},
            "the fixed matrix of eava never gives ipre, but deaths have it",
        ),
    ],
)
def test_what_cannot_be_calibrated_is_refused(
    r: REngine, counts: list[int], rows: Matrix, options: dict[str, Any], said: str
) -> None:
    error = r.refuse(spec_of(CAUSES, {"eava": counts}, {"eava": rows}, **options))
    assert said in error["message"]
