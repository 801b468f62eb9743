"""Jobs are taken as by the plainest rule: the highest that fits, again and again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from snakemake_scheduler_plugin_plumbline.waiting import Waiting

AMOUNT = st.integers(0, 4)
JOB = st.tuples(st.integers(-2, 2), st.integers(0, 2), AMOUNT, AMOUNT)
ROUND = st.tuples(st.lists(JOB, max_size=8), AMOUNT, AMOUNT, st.integers(0, 3))


def plainest(jobs: list, free: dict[str, int]) -> list:
    """Name, rank, needs of each that is taken, by looking at all of them for each."""
    jobs, left, taken = list(jobs), dict(free), []
    while fitting := [job for job in jobs if all(left[name] >= job[2][name] for name in left)]:
        best = max(fitting, key=lambda job: (job[1], -job[0]))
        jobs.remove(best)
        taken.append(best[0])
        left = {name: left[name] - best[2][name] for name in left}
    return taken


@settings(deadline=None)
@given(st.lists(ROUND, max_size=6))
def test_the_highest_that_fits_goes_next_whatever_came_before(rounds: list) -> None:
    waiting: Waiting[int] = Waiting()
    there: list = []
    number = 0
    for new, cores, memory, gone in rounds:
        for first, second, needs_cores, needs_memory in new:
            number += 1
            needs = {"cores": needs_cores, "memory": needs_memory}
            waiting.add(number, (first, second), needs)
            there.append((number, (first, second), needs))
        there = there[gone:]  # not ready any more: another job made what they would make
        free = {"cores": cores, "memory": memory}
        expected = plainest(there, free)
        ready = {name for name, _, _ in there}
        assert waiting.take(free, ready) == expected
        there = [job for job in there if job[0] not in expected]


def test_a_job_is_new_until_it_was_added_and_again_once_it_was_taken() -> None:
    waiting: Waiting[str] = Waiting()
    assert waiting.not_yet_of({"a", "b"}) == {"a", "b"}
    waiting.add("a", (0,), {"cores": 1})
    assert waiting.not_yet_of({"a", "b"}) == {"b"}
    assert waiting.take({"cores": 1}, {"a", "b"}) == ["a"]
    assert waiting.not_yet_of({"a", "b"}) == {"a", "b"}  # a failed job is ready once more


def test_what_is_not_limited_is_no_reason_to_wait() -> None:
    waiting: Waiting[str] = Waiting()
    waiting.add("a", (0,), {"cores": 8})
    assert waiting.take({}, {"a"}) == ["a"]
