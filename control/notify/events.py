"""What can be heard of."""

from enum import StrEnum

from engines.contract.errors import BadUsage, nearest


class Event(StrEnum):
    """Something that happens to a run; named as the index names it."""

    COMPLETED = "completed"
    """It ended, and everything that was asked for is there."""
    FAILED = "failed"
    """It ended in error."""
    CANCELLED = "cancelled"
    """It ended because somebody asked for it."""
    INTERRUPTED = "interrupted"
    """It died without a word."""
    DEAD_LETTER = "dead_letter"
    """One of its jobs was given up."""


def read_events(names: list[str]) -> list[Event]:
    """The events of these names, each once, in their own order.

    Raises:
        BadUsage: an unknown name, or none at all.
    """
    for name in names:
        if name not in set(Event):
            near = nearest(name, [event.value for event in Event])
            hint = f"did you mean {near!r}?" if near else f"one of: {', '.join(Event)}"
            raise BadUsage(f"event {name!r}: there is none of this name", hint=hint)
    if not names:
        raise BadUsage("no events: nothing would ever be sent", hint=f"of: {', '.join(Event)}")
    return [event for event in Event if event in names]
