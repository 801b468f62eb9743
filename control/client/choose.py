"""Which run is meant: an id, the beginning of one, a name, or ``latest``."""

from collections.abc import Iterable
from typing import Any

from control.client.api import Api
from control.record.run_dir import is_run_id
from engines.contract.errors import BadUsage, InputMissing, nearest

LATEST = "latest"
RECENT = 500
"""Runs that are looked at for the nearest name."""


def choose_run(api: Api, asked: str) -> str:
    """The id of the run that is meant.

    Args:
        api: the service.
        asked: an id, the beginning or the end of one, a name, or ``latest``.

    Raises:
        InputMissing: there is none; with the nearest.
        BadUsage: several are meant.
    """
    if is_run_id(asked):
        return asked
    if asked == LATEST:
        newest = list(api.pages("/runs", {"limit": 1}, 1))
        if not newest:
            raise InputMissing("there is no run yet", hint="plumbline submit makes one")
        return str(newest[0]["run_id"])
    found = _of_text(api.pages("/runs", {"text": asked, "limit": RECENT}, RECENT), asked)
    if not found:
        recent = api.pages("/runs", {"limit": RECENT}, RECENT)
        known = {text for run in recent for text in (run["run_id"], run["name"]) if text}
        near = nearest(asked, known)
        hint = f"did you mean {near!r}?" if near else "'plumbline runs' lists them"
        raise InputMissing(f"run {asked!r}: there is none that you may see", hint=hint)
    if len(found) > 1:
        shown = ", ".join(run["run_id"] for run in found[:5]) + (", …" if len(found) > 5 else "")
        raise BadUsage(f"run {asked!r}: {len(found)} runs are meant ({shown})", hint="say more")
    return str(found[0]["run_id"])


def choose_runs(api: Api, asked: Iterable[str]) -> list[str]:
    """The ids of several runs, each once.

    Raises:
        InputMissing, BadUsage: as :func:`choose_run`.
    """
    return list(dict.fromkeys(choose_run(api, each) for each in asked))


def _of_text(runs: Iterable[dict[str, Any]], asked: str) -> list[dict[str, Any]]:
    """Those whose id begins or ends with it, or that are called so."""
    return [
        run
        for run in runs
        if run["run_id"].startswith(asked) or run["run_id"].endswith(asked) or run["name"] == asked
    ]
