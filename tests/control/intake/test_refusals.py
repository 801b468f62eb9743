"""Whose fault a refusal is, and how it is told."""

from typing import Any

import pytest

from control.client.api import Refused
from control.intake.job import read_job
from control.intake.refusals import refusal

JOB = read_job(b'{"job_id":"job-1","sample_id":"s","path_to_r1":"/1","path_to_r2":"/2"}')


def refused(*problems: tuple[str, str, str]) -> Refused:
    """What the service answers with to problems: place, message, hint."""
    names = ("place", "message", "hint")
    places: list[Any] = [dict(zip(names, each, strict=True)) for each in problems]
    return Refused(422, "2 problems:\n  a\n  b", places=places)


def test_problems_of_the_row_are_told_in_one_line_in_the_words_of_the_job() -> None:
    found = refusal(
        refused(
            ("samples.tsv, row 2, reads_1", "/1: is not there", "send it"),
            ("samples.tsv, row 2, reads_2", "/2: is not there", "send it"),
            ("samples.tsv, row 2", "is odd", ""),
        ),
        JOB,
    )
    assert found.is_final
    assert (
        str(found) == "path_to_r1: /1: is not there; path_to_r2: /2: is not there; is odd; send it"
    )


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("config.yaml, screen.resistance", "resistance_db_path"),
        ("config.yaml, screen.genomes", "reference_db_path"),
        ("options.cores", "options.cores"),
    ],
)
def test_the_configuration_is_not_the_jobs_fault(place: str, name: str) -> None:
    row = ("samples.tsv, row 2, reads_1", "is not there", "")
    found = refusal(refused(row, (place, "is not allowed", "mend it")), JOB)
    assert found.is_operators and not found.is_final
    assert str(found) == f"{name}: is not allowed; mend it"


def test_a_job_id_that_came_before_is_told_without_the_key_that_nobody_sent() -> None:
    words = "idempotency key 'kafka:0:job-1': was used for another submission, run 20261121-1-a"
    found = refusal(Refused(409, words, "use a new key for every new run"), JOB)
    assert found.is_final
    assert found.message == "job_id job-1 came before with other content (run 20261121-1-a)"
    assert found.hint == "send another job_id, or the next retry_count"
    gone = "idempotency key 'kafka:0:job-1': its run 20261121-1-a was deleted"
    assert (
        "had a run that was deleted (run 20261121-1-a)" in refusal(Refused(409, gone), JOB).message
    )
