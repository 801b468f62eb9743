"""Messages of a run as updates of the documented streaming service."""

from typing import Any

import pytest

from control.events.streaming_update import StreamingUpdates, Told, kept

Json = dict[str, Any]
SCREEN = {"jobid": 2, "rule": "screen", "wildcards": {"sample": "S1"}, "attempt": 1}


def message(type: str, sequence: int = 1, **data: Any) -> Json:
    """An envelope."""
    known = {"job_id": "20261121-221005-3f9a", "timestamp": "2026-11-21T22:10:05.123Z"}
    return {"type": type, **known, "sequence": sequence, "data": data}


def stage(words: str, percent: float) -> Json:
    """What the screen tells of itself."""
    return message("progress", scope="job", stage=words, progress=percent, **SCREEN)


@pytest.fixture
def updates() -> StreamingUpdates:
    """Of a new run."""
    return StreamingUpdates("job-123", "Patient789_Day5")


def told(updates: StreamingUpdates, *messages: Json) -> list[tuple[Any, Any]]:
    """Stage and progress of each update."""
    made = [updates.of(each) for each in messages]
    return [(each["stage"], each["progress"]) for each in made if each is not None]


def test_every_field_of_the_document(updates: StreamingUpdates) -> None:
    assert updates.of(message("status", 1, status="queued", message="waits")) == {
        "job_id": "job-123",
        "sample_id": "Patient789_Day5",
        "stage": "submitted",
        "progress": 0.0,
        "message": "waits",
        "data": {"run_id": "20261121-221005-3f9a", "status": "queued"},
        "timestamp": "2026-11-21T22:10:05.123Z",
        "error_details": None,
        "sequence": 1,
    }


def test_stages_and_progress_are_those_of_the_screen(updates: StreamingUpdates) -> None:
    assert told(
        updates,
        message("status", status="running"),
        message("progress", scope="run", progress=0, done=0, total=4),
        stage("Looking at the input", 0),
        stage("Screening reads", 31.5),
        message("progress", scope="run", progress=25.0, done=1, total=4),  # the screen knows better
        stage("Calling genes and mutations", 60),
        stage("Abundance", 85),
        stage("Writing results", 92),
        stage("Done", 99.9),
        message("status", status="completed"),
    ) == [
        ("submitted", 0.0),
        ("submitted", 0.0),
        ("validating_input", 0.0),
        ("minimizer_screening", 0.315),
        ("mutation_calling", 0.6),
        ("em_quantification", 0.85),
        ("generating_report", 0.92),
        ("generating_report", 0.999),
        ("completed", 1.0),
    ]


def test_only_a_completed_run_is_at_one(updates: StreamingUpdates) -> None:
    message_of_all = message("progress", scope="run", progress=100.0, done=4, total=4)
    ((_, before),) = told(updates, message("status", status="running"), message_of_all)[-1:]
    assert 0.9 < before < 1
    assert told(updates, message("status", status="completed")) == [("completed", 1.0)]


def test_another_programs_words_tell_how_far_it_is_and_no_stage(updates: StreamingUpdates) -> None:
    assert told(updates, stage("amr_init", 10), stage("batch 3", 86)) == [
        ("validating_input", 0.1),
        ("validating_input", 0.86),
    ]


def test_what_our_screen_tells_of_a_part_is_not_how_far_the_whole_is(
    updates: StreamingUpdates,
) -> None:
    assert told(updates, stage("Looking at the input", 0), stage("Indexing genomes", 99.9)) == [
        ("validating_input", 0.0),
        ("validating_input", 0.0),
    ]


def test_a_retry_tells_what_failed_and_what_succeeds_then_is_no_failure(
    updates: StreamingUpdates,
) -> None:
    busy = message("error", error_class="transient", code=75, message="no GPU is free", **SCREEN)
    assert updates.of(busy) is None
    again = updates.of(message("rule", state="retried", **SCREEN))
    assert again is not None and again["stage"] == "retry_pending"
    assert again["error_details"] == {
        "error_type": "transient",
        "error_message": "no GPU is free",
        "code": 75,
        "rule": "screen",
        "attempt": 1,
    }
    assert updates.of(message("rule", state="finished", **SCREEN)) is None
    end = updates.of(message("status", status="failed", message="1 job failed: chart"))
    assert end is not None
    assert end["error_details"] == {"error_type": "unknown", "error_message": "1 job failed: chart"}


def test_a_run_that_failed_says_why(updates: StreamingUpdates) -> None:
    updates.of(message("error", error_class="permanent", message="cut off", hint="mend", **SCREEN))
    end = updates.of(message("status", status="failed", message="1 job failed: screen"))
    assert end is not None and (end["stage"], end["message"]) == ("failed", "1 job failed: screen")
    assert end["error_details"]["error_message"] == "cut off"
    assert end["error_details"]["hint"] == "mend"


def test_a_cancelled_run_has_failed_and_is_not_to_be_tried_again(updates: StreamingUpdates) -> None:
    end = updates.of(message("status", status="cancelled", message="cancelled by ada"))
    assert end is not None and end["stage"] == "failed"
    assert end["error_details"] == {"error_type": "permanent", "error_message": "cancelled by ada"}


def test_a_resumed_run_begins_anew(updates: StreamingUpdates) -> None:
    statuses = [message("status", status=each) for each in ("failed", "running", "completed")]
    assert told(updates, *statuses) == [("failed", 0.0), ("submitted", 0.0), ("completed", 1.0)]


def test_results_are_data_and_lines_of_logs_are_nothing(updates: StreamingUpdates) -> None:
    assert updates.of(message("log", line="hello", level="info", source="job", **SCREEN)) is None
    made = updates.of(message("result", genes=3, **SCREEN))
    assert made is not None and made["data"]["result"] == {"genes": 3}


def test_it_goes_on_where_an_earlier_one_was(updates: StreamingUpdates) -> None:
    updates.of(stage("Abundance", 85))
    updates.of(message("error", error_class="permanent", message="no room", **SCREEN))
    later = StreamingUpdates("job-123", "S1", Told(**kept(updates.told)))
    end = later.of(message("status", status="failed"))
    assert end is not None and end["progress"] == 0.85
    assert end["error_details"]["error_message"] == "no room"
