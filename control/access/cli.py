"""``plumbline user``: who may use the service; ``plumbline backup``: copies of service.db.

The commands work on service.db itself, whether or not the service runs: who may write
that file is its admin. What they change is in the audit log as done by the account.
"""

import contextlib
import functools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from control.access import audit, links, tokens, users
from control.access import backup as backups
from control.access.audit import Actor, AuditFilter
from control.access.database import Database, connect
from control.access.roles import Role
from control.record.server import Server
from control.settings import Settings, StateDir, load
from engines.contract.errors import BadUsage, EngineCommand, explained

F = TypeVar("F", bound=Callable[..., Any])
ROLE = click.Choice([role.value for role in Role])

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Settings of the service (default: as 'plumbline serve').",
)


def _opens_database(command: F) -> F:
    """Give a command ``settings`` and ``database`` in the place of ``--config``."""

    @config_option
    @functools.wraps(command)
    def opened(config: Path | None, **given: Any) -> Any:
        settings = load(config)
        with contextlib.closing(connect(StateDir(settings.state).make())) as database:
            with database.write() as db:
                users.ensure_first_admin(db)
            return command(settings=settings, database=database, **given)

    return opened  # type: ignore[return-value]


@click.group()
def user() -> None:
    """Say who may use the service, and what they may do."""


@user.command(cls=EngineCommand)
@click.argument("name")
@click.option("--role", type=ROLE, default="operator", show_default=True)
@click.option("--account", help="Account of this machine whose hand-typed runs are theirs.")
@_opens_database
def add(settings: Settings, database: Database, name: str, role: str, account: str | None) -> None:
    """Add a user NAME.

    Where people sign in through a provider, its account of this name becomes theirs;
    else give them a link: plumbline user link NAME.
    """
    with database.write() as db:
        users.add(db, name, Role(role), _actor(), account)
    click.echo(f"{name}: {role}")


@user.command("list", cls=EngineCommand)
@_opens_database
def list_(settings: Settings, database: Database) -> None:
    """List the users; those who wait to be confirmed come first."""
    with database.read() as db:
        found = users.listing(db)
    _print_table(
        ("user", "role", "state", "account", "last seen", "from the provider"),
        [
            (u.name, u.role, u.state, u.os_user or "-", u.last_seen or "never", u.display or "-")
            for u in found
        ],
    )


@user.command(cls=EngineCommand)
@click.argument("name")
@click.option("--role", type=ROLE, default="operator", show_default=True)
@click.option("--account", help="Account of this machine whose hand-typed runs are theirs.")
@_opens_database
def confirm(
    settings: Settings, database: Database, name: str, role: str, account: str | None
) -> None:
    """Let in the newcomer NAME."""
    with database.write() as db:
        users.confirm(db, name, Role(role), _actor(), account)
    click.echo(f"{name}: {role}")


@user.command(cls=EngineCommand)
@click.argument("name")
@click.argument("role", type=ROLE)
@_opens_database
def role(settings: Settings, database: Database, name: str, role: str) -> None:
    """Give the user NAME another ROLE."""
    with database.write() as db:
        users.set_role(db, name, Role(role), _actor())
    click.echo(f"{name}: {role}")


@user.command(cls=EngineCommand)
@click.argument("name")
@click.argument("account", required=False)
@_opens_database
def account(settings: Settings, database: Database, name: str, account: str | None) -> None:
    """Say whose hand-typed runs are NAME's: those of ACCOUNT, or nobody's."""
    with database.write() as db:
        users.set_account(db, name, account, _actor())
    click.echo(f"{name}: {f'account {account}' if account else 'no account'}")


@user.command(cls=EngineCommand)
@click.argument("name")
@_opens_database
def disable(settings: Settings, database: Database, name: str) -> None:
    """Shut the user NAME out, at once."""
    with database.write() as db:
        users.disable(db, name, _actor())
    click.echo(f"{name}: disabled")


@user.command(cls=EngineCommand)
@click.argument("name")
@_opens_database
def enable(settings: Settings, database: Database, name: str) -> None:
    """Let the disabled user NAME in again; their tokens hold again too."""
    with database.write() as db:
        users.enable(db, name, _actor())
    click.echo(f"{name}: active")


@user.command(cls=EngineCommand)
@click.argument("name")
@_opens_database
def expect(settings: Settings, database: Database, name: str) -> None:
    """Take the next sign-in through the provider as NAME to be the user NAME.

    For a user who was here before the provider, or whose account there is a new one.
    """
    with database.write() as db:
        users.expect(db, name, _actor())
    click.echo(f"{name}: expected from the provider")


@user.command(cls=EngineCommand)
@click.argument("name", required=False)
@_opens_database
def link(settings: Settings, database: Database, name: str | None) -> None:
    """Print a sign-in link for NAME (default: yourself), which works once."""
    with database.write() as db:
        code = links.create(db, name or users.of_own_account(db).name, _actor())
    server = Server.read(StateDir(settings.state).server)
    if server is None or server.socket:
        listening = ""
    else:
        listening = server.url.removesuffix(settings.base_path)
    click.echo(links.address(settings, code, listening))


@user.command("sign-out", cls=EngineCommand)
@click.argument("name")
@_opens_database
def sign_out(settings: Settings, database: Database, name: str) -> None:
    """End all sessions of NAME; tokens stay."""
    with database.write() as db:
        users.sign_out_everywhere(db, name, _actor())
    click.echo(f"{name}: signed out everywhere")


@user.command(cls=EngineCommand)
@click.argument("name", required=False)
@click.option("--label", default="command line", show_default=True, help="What will use it.")
@click.option("--role", type=ROLE, help="The most it may do (default: as its owner).")
@click.option("--days", type=float, default=tokens.DEFAULT_DAYS, show_default=True)
@click.option("--forever", is_flag=True, help="Until it is revoked, in the place of --days.")
@_opens_database
def token(
    settings: Settings,
    database: Database,
    name: str | None,
    label: str,
    role: str | None,
    days: float,
    forever: bool,
) -> None:
    """Print a new token of NAME (default: yourself). It is shown this once."""
    with database.write() as db:
        text = tokens.create(
            db,
            name or users.of_own_account(db).name,
            label,
            _actor(),
            role=Role(role) if role else None,
            days=None if forever else days,
        )
    click.echo(text)


@user.command("tokens", cls=EngineCommand)
@click.argument("name", required=False)
@_opens_database
def tokens_(settings: Settings, database: Database, name: str | None) -> None:
    """List the tokens of NAME, or of all."""
    with database.read() as db:
        if name is not None:
            users.get(db, name)
        found = tokens.listing(db, name)
    _print_table(
        ("token", "user", "label", "role", "holds until", "last used"),
        [(t.id, t.user, t.name, t.role, _until(t), t.last_used or "never") for t in found],
    )


@user.command(cls=EngineCommand)
@click.argument("token")
@_opens_database
def revoke(settings: Settings, database: Database, token: str) -> None:
    """Make a TOKEN void, by its id as 'plumbline user tokens' shows it."""
    with database.write() as db:
        revoked = tokens.revoke(db, token, _actor())
    click.echo(f"{revoked.id} ({revoked.name} of {revoked.user}): revoked")


@user.command("audit", cls=EngineCommand)
@click.option("--actor", default="", help="Done by this user.")
@click.option("--action", default="", help="This action, or all of a kind: 'user.'")
@click.option("--target", default="", help="Done to this user, run, token …")
@click.option("--since", default="", metavar="DATE", help="From 2026-11-21 (UTC) on.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@_opens_database
def audit_(settings: Settings, database: Database, limit: int, **which: str) -> None:
    """Show who did what, the newest first."""
    with database.read() as db:
        found = audit.entries(db, AuditFilter(**which), limit)
    _print_table(
        ("when", "who", "how", "from", "what", "to", "outcome", "detail"),
        [(e.at, e.actor, e.via, e.address, e.action, e.target, e.outcome, e.detail) for e in found],
    )


@click.group(invoke_without_command=True)
@click.option("--to", type=click.Path(path_type=Path), help="A new file, or a folder.")
@click.option("--keep", type=click.IntRange(1), help="Delete all but the newest N kept here.")
@config_option
@click.pass_context
@explained
def backup(context: click.Context, to: Path | None, keep: int | None, config: Path | None) -> None:
    """Back up users, tokens, audit log and notifications; the service may run meanwhile."""
    if context.invoked_subcommand:
        if to or keep or config:
            raise BadUsage(f"options come after '{context.invoked_subcommand}'")
        return
    if to and keep:
        raise BadUsage("--keep is for backups that the service keeps, not for --to")
    state = StateDir(load(config).state)
    click.echo(backups.make(state, to))
    for gone in backups.keep_newest(state, keep) if keep else ():
        click.echo(f"deleted {gone}", err=True)


@backup.command("list", cls=EngineCommand)
@config_option
def list_backups(config: Path | None) -> None:
    """List the backups that the service keeps, the newest first."""
    found = backups.listing(StateDir(load(config).state))
    _print_table(
        ("made", "kB", "file"), [(b.made, str(b.size // 1000), str(b.file)) for b in found]
    )


@backup.command(cls=EngineCommand)
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def restore(file: Path, config: Path | None) -> None:
    """Put a backup FILE in the place of service.db; the service must be stopped."""
    former = backups.restore(StateDir(load(config).state), file, _actor())
    click.echo(f"restored from {file}; everybody signs in again")
    if former:
        click.echo(f"what was there before: {former}", err=True)
    click.echo(
        "users disabled and tokens revoked since then are as they were: see 'plumbline user list' "
        "and 'plumbline user tokens'",
        err=True,
    )


def _actor() -> Actor:
    return Actor(f"account {users.own_account()}", "command")


def _until(token: tokens.Token) -> str:
    if token.revoked:
        return f"revoked {token.revoked[:10]}"
    return token.expires or "it is revoked"


def _print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
