"""Records of the topic of failed jobs."""

import time
from typing import Any

from confluent_kafka import Message

from control.record.lines import timestamp

Json = dict[str, Any]

SHOWN = 10_000
"""Characters of a message that is no job, which are told."""


def unread(message: Message, words: str, data: Json | None) -> Json:
    """A message that is no job.

    Args:
        message: as it came.
        words: what is wrong with it.
        data: the object that it is, where it is one.
    """
    if data is not None:
        return refused(message, data, "permanent", words, "")
    text = (message.value() or b"").decode("utf-8", "replace")
    content = text if len(text) <= SHOWN else text[:SHOWN] + f" … ({len(text):,} characters)"
    return {"job_data": content, **_failure("permanent", words, "", 0), **place(message)}


def refused(message: Message, job: Json, kind: str, words: str, original: str) -> Json:
    """A job that the service does not take.

    Args:
        message: as it came.
        job: what it says.
        kind: ``permanent``, ``transient`` or ``unknown``.
        words: what is wrong.
        original: the service's answer.
    """
    return {
        "job_data": job,
        **_failure(kind, words, original, job.get("retry_count", 0)),
        **place(message),
    }


def failed_run(job: Json, update: Json, run: Json) -> Json:
    """A job whose run has failed.

    Args:
        job: as it was sent.
        update: of its end.
        run: ``run_id``, ``url`` and ``dead_letters``.
    """
    error = update["error_details"]
    told = _failure(
        error["error_type"], error["error_message"], update["message"], job.get("retry_count", 0)
    )
    told["failure_info"] |= {"failed_at": update["timestamp"], "hint": error.get("hint", "")}
    return {"job_data": job, **told, "run": run, "sequence": update["sequence"]}


def place(message: Message) -> Json:
    """Where a message stood."""
    return {
        "topic": message.topic(),
        "partition": message.partition(),
        "offset": message.offset(),
    }


def now() -> str:
    """UTC with milliseconds."""
    return timestamp(time.time())


def _failure(kind: str, words: str, original: str, retries: object) -> Json:
    return {
        "failure_info": {
            "error_type": kind,
            "error_message": words,
            "retry_count": retries if isinstance(retries, int) else 0,
            "failed_at": now(),
            "original_error": original or words,
        }
    }
