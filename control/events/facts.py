"""What messages tell once: of a run with its state, and of a job when it starts."""

from typing import Any

from control.events.event_fields import Event, scalars, text_list, text_of, time_or_none, whole
from control.record.plain_text import visible, visible_text
from control.record.run_dir import Run

LISTED_FILES = 100
"""How many inputs and outputs of a job a message names; beyond, it says how many there are."""


def facts_of_run(run: Run) -> dict[str, Any]:
    """What run.json tells that is of use to those who look at the run."""
    version = {visible(name): visible(number or "") for name, number in run.version.items()}
    facts: dict[str, Any] = {
        "launched_by": visible(run.launched_by),
        "command": visible_text(run.command),
        "workdir": whole(run.workdir),
        "version": version,
        "start": time_or_none(run.start),
        "end": time_or_none(run.end),
        "return_code": run.return_code if abs(run.return_code or 0) < 2**31 else None,
    }
    return {name: fact for name, fact in facts.items() if fact not in (None, "", {})}


def details_of_job(event: Event, group: str) -> dict[str, Any]:
    """What is told of an attempt once, when it starts."""
    details: dict[str, Any] = {
        "threads": event["threads"] if isinstance(event.get("threads"), int) else None,
        "resources": scalars(event, "resources"),
        "log": text_list(event, "log"),
        "benchmark": text_of(event, "benchmark"),
        "reason": visible_text(text_of(event, "reason")),
        "message": visible_text(text_of(event, "rule_msg")),
        "command": visible_text(text_of(event, "shellcmd")),
        "group": group,
    }
    for name in ("input", "output"):
        files = text_list(event, name)
        details[name] = files[:LISTED_FILES]
        if len(files) > LISTED_FILES:
            details[f"{name}_total"] = len(files)
    return {name: detail for name, detail in details.items() if detail not in (None, "", [], {})}
