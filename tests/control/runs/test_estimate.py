"""When a run may end, from what its rules took before."""

from hypothesis import given
from hypothesis import strategies as st

from control.events.index_rows import OpenJob, Typical
from control.runs.estimate import Eta, estimate

NOW = "2026-11-21T22:10:30.000Z"
BEFORE = "2026-11-21T22:10:20.000Z"


def test_what_waits_is_shared_among_what_runs_at_once() -> None:
    typical = {"align": Typical(60.0, 7), "sort": Typical(10.0, 3), "other": Typical(1.0, 99)}
    going = [OpenJob("align", BEFORE), OpenJob("align", BEFORE), OpenJob("align", None)]
    eta = estimate({"align": 1, "sort": 5}, going, 9, typical, NOW)
    # 50 + 50 + 60 of those that were begun, 60 + 50 of the others; two run
    assert eta == Eta(seconds=135, based_on=10, without_basis=0)


def test_it_is_never_less_than_the_longest_job() -> None:
    typical = {"align": Typical(1000.0, 1), "sort": Typical(1.0, 1)}
    going = [OpenJob("sort", BEFORE)] * 50
    eta = estimate({"align": 1}, going, 51, typical, NOW)
    assert eta is not None and eta.seconds == 1000


def test_a_job_that_takes_longer_than_usual() -> None:
    eta = estimate({}, [OpenJob("sort", BEFORE)], 1, {"sort": Typical(3.0, 2)}, NOW)
    assert eta == Eta(0, 2, 0)


def test_what_nobody_knows_is_counted() -> None:
    typical = {"sort": Typical(10.0, 3)}
    # one runs of an unknown rule, two wait, and Snakemake has found four more at a checkpoint
    eta = estimate({"sort": 1, "new": 2}, [OpenJob("", None)], 8, typical, NOW)
    assert eta == Eta(10, 3, 7)
    assert estimate({"new": 2}, [], 2, typical, NOW) is None
    assert estimate({}, [], 3, {}, NOW) is None


RULES = st.sampled_from(["a", "b", "c"])
SPANS = st.builds(Typical, st.floats(0, 1e6), st.integers(1, 9))


@given(
    st.dictionaries(RULES, st.integers(1, 1000)),
    st.lists(st.builds(OpenJob, RULES, st.sampled_from([None, BEFORE, NOW]))),
    st.integers(0, 5000),
    st.dictionaries(RULES, SPANS),
)
def test_more_to_do_never_ends_earlier(
    waiting: dict[str, int], going: list[OpenJob], left: int, typical: dict[str, Typical]
) -> None:
    eta = estimate(waiting, going, left, typical, NOW)
    more = estimate({**waiting, "a": waiting.get("a", 0) + 1}, going, left, typical, NOW)
    if eta is not None:
        assert more is not None and more.seconds >= eta.seconds >= 0
        assert eta.based_on > 0
        assert eta.without_basis <= max(left, len(going) + sum(waiting.values()))
