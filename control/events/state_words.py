"""States of a run in the words that earlier systems had for them (docs/interfaces.md)."""

from control.record.run_dir import State

_OTHERS = {State.QUEUED: "pending", State.INTERRUPTED: "failed"}


def state_word(state: str) -> str:
    """Pending, running, completed, failed or cancelled; what died has failed until it is resumed.

    Args:
        state: one of :class:`State`.
    """
    return _OTHERS.get(State(state), state)
