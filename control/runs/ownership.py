"""Whose run directory it is: what is not ours is left alone."""

import os

from control.record.run_dir import RunDir
from engines.contract.errors import InputMissing, NotPermitted


def see_that_ours(run_dir: RunDir) -> None:
    """Refuse to touch a run directory of another account.

    Raises:
        InputMissing: there is no such run.
        NotPermitted: it belongs to another account.
    """
    try:
        owner = run_dir.path.stat().st_uid
    except OSError:
        raise InputMissing(f"there is no run {run_dir.run_id}") from None
    if owner != os.getuid():
        raise NotPermitted(
            f"run {run_dir.run_id} belongs to another account",
            hint="steer it from a service of that account",
        )
