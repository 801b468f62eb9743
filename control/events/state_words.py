"""States of a run in the words that earlier systems had for them (docs/interfaces.md)."""

from control.record.run_dir import State

_OTHERS = {State.QUEUED: "pending", State.INTERRUPTED: "failed"}


def state_word(state: str) -> str:
    """Pending, running, completed, failed or cancelled; what died has failed until it is resumed.

    Args:
        state: one of :class:`State`.
    """
    return _OTHERS.get(State(state), state)


def percent(share: float | None, word: str) -> float:
    """How far something is, 0 to 100: 100 only where it is completed.

    Args:
        share: of its work, in percent; None where nothing is known.
        word: as :func:`state_word` gives it.
    """
    return 100.0 if word == "completed" else min(share or 0.0, 99.9)
