"""What the service says when it is ready: where it is, and how to get in."""

import sys

import click

from control.access import links, local_token, users
from control.access.audit import SERVICE
from control.access.database import connect
from control.record.server import Server
from control.settings import Settings, StateDir
from engines.contract.errors import EngineError


class Greeting:
    """Checks service.db before anything starts, and greets whoever started the service.

    Args:
        settings: of the service.
        state: its files.

    Raises:
        EngineError: service.db cannot be used.
    """

    def __init__(self, settings: Settings, state: StateDir) -> None:
        self._settings, self._state = settings, state
        database = connect(state)
        with database.write() as db:
            users.ensure_first_admin(db)
            # also after a first start that failed, or whose link nobody used
            self._is_new = not any(user.last_seen for user in users.listing(db))
        local_token.renew(database, state)
        database.close()  # no connection may cross the fork of a child

    def say(self, server: Server) -> None:
        """Print the address; to a terminal, or while nobody has signed in yet, a link with it."""
        runs = ", ".join(map(str, self._settings.runs))
        public = self._settings.public_url
        where = f"unix:{server.socket}" if server.socket else public or server.url
        click.echo(f"Plumbline {server.version} serves {runs} at {where}")
        if self._is_new or sys.stdout.isatty():
            click.echo(self._sign_in(server))
        sys.stdout.flush()

    def _sign_in(self, server: Server) -> str:
        try:
            database = connect(self._state)
            with database.write() as db:
                user = users.of_own_account(db)
                code = links.create(db, user.name, SERVICE)
            database.close()
        except EngineError as error:
            return f"No sign-in link: {error.message}; 'plumbline user link NAME' makes one"
        listening = "" if server.socket else server.url.removesuffix(self._settings.base_path)
        link = links.address(self._settings, code, listening)
        return f"Sign in as {user.name} (once, within {links.MINUTES} minutes): {link}"
