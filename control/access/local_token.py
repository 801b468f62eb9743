"""A token for the command line of the service's own account, so that it needs no other.

Whoever can read the state folder (0700) could sign in anyhow. The token is made anew at every
start of the service, and the one before is void then.
"""

import os
import sqlite3
from contextlib import suppress

from control.access import tokens, users
from control.access.audit import SERVICE
from control.access.database import Database
from control.access.errors import Unknown
from control.settings import StateDir
from engines.contract.errors import CannotWrite, NotPermitted

NAME = "command line of this account"


def renew(database: Database, state: StateDir) -> bool:
    """Make the token of the user whose account runs the service; False where there is none.

    Raises:
        EngineError: the database or the file cannot be written.
    """
    try:
        with database.write() as db:
            text = _make(db)
    except (Unknown, NotPermitted):  # no such user, or a disabled one
        with suppress(OSError):
            state.client_token.unlink(missing_ok=True)
        return False
    scratch = state.client_token.with_name(f".{state.client_token.name}.new")
    try:
        with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text + "\n")
        os.replace(scratch, state.client_token)
    except OSError as error:
        raise CannotWrite(f"{error.filename}: {error.strerror}") from error
    return True


def _make(db: sqlite3.Connection) -> str:
    user = users.of_own_account(db)
    for token in tokens.listing(db, user.name):
        if token.name == NAME and token.revoked is None:
            tokens.revoke(db, token.id, SERVICE)
    return tokens.create(db, user.name, NAME, SERVICE, days=None)
