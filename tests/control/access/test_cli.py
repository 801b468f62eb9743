"""``plumbline user`` and ``plumbline backup``, as they are typed."""

import json
import os
import pwd
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from control.access import tokens, users
from control.access.database import connect
from control.access.roles import Role
from control.cli import plumbline
from control.record.process import this_process
from control.record.server import Server
from control.settings import StateDir

ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
Command = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Command:
    """Type a command; the settings are those of a service of its own."""
    config = tmp_path / "service.yaml"
    config.write_text(f"state: {tmp_path / 'state'}\nruns: [{tmp_path / 'runs'}]\n")
    return lambda *words: CliRunner().invoke(plumbline, [*words, "--config", str(config)])


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    return StateDir(tmp_path / "state")


def fails(result: Result, code: int, message: str, hint: str = "") -> None:
    """It ended as the contract says: two lines for people, and one of JSON."""
    assert result.exit_code == code, result.output
    last = json.loads(result.stderr.splitlines()[-1])
    assert message in last["message"]
    assert hint in last["hint"]


def columns(result: Result) -> list[list[str]]:
    assert result.exit_code == 0, result.output
    return [line.split() for line in result.stdout.splitlines()]


def test_the_account_that_types_is_the_first_admin(run: Command) -> None:
    table = columns(run("user", "list"))
    assert table[1][:4] == [ACCOUNT, "admin", "active", ACCOUNT]


def test_a_user_from_the_first_day_to_the_last(run: Command) -> None:
    assert run("user", "add", "olga", "--role", "viewer").stdout == "olga: viewer\n"
    fails(run("user", "add", "olga"), 64, "'olga': is there already")
    assert run("user", "role", "olga", "operator").stdout == "olga: operator\n"
    assert run("user", "account", "olga", ACCOUNT).exit_code == 0
    assert ["olga", "operator", "active", ACCOUNT] in [
        row[:4] for row in columns(run("user", "list"))
    ]
    assert run("user", "account", "olga").stdout == "olga: no account\n"
    assert run("user", "disable", "olga").exit_code == 0
    fails(run("user", "token", "olga"), 77, "'olga': is disabled")
    fails(run("user", "link", "olga"), 77, "'olga': is disabled", "enable olga")
    assert run("user", "enable", "olga").exit_code == 0
    assert run("user", "sign-out", "olga").exit_code == 0
    assert run("user", "expect", "olga").exit_code == 0


def test_mistakes_are_explained(run: Command) -> None:
    fails(run("user", "role", ACCOUNT, "viewer"), 64, "is the last admin")
    fails(run("user", "disable", ACCOUNT), 64, "is the last admin", "somebody else")
    fails(run("user", "disable", ACCOUNT + "x"), 66, "there is none", f"did you mean {ACCOUNT!r}")
    fails(run("user", "add", "two words"), 64, "no name of a user")
    fails(run("user", "add", "olga", "--account", "nobody-of-that-name"), 64, "none here")
    fails(run("user", "confirm", ACCOUNT), 64, "is active, not pending")
    fails(run("user", "revoke", "000000000000"), 66, "there is none")
    fails(run("user", "tokens", "olgaa"), 66, "there is none")


def test_a_newcomer_is_listed_first_and_confirmed(run: Command, state: StateDir) -> None:
    run("user", "list")
    with connect(state).write() as db:
        users.arrive(db, "zoe", users.SERVICE)
    assert columns(run("user", "list"))[1][:3] == ["zoe", "viewer", "pending"]
    fails(run("user", "token", "zoe"), 77, "is pending")
    fails(run("user", "link", "zoe"), 77, "is pending", "user confirm zoe")
    assert run("user", "confirm", "zoe").stdout == "zoe: operator\n"


def test_a_token_is_printed_alone_listed_without_its_secret_and_revoked(
    run: Command, state: StateDir
) -> None:
    made = run("user", "token", "--label", "nightly", "--role", "viewer", "--days", "7")
    text = made.stdout.strip()
    assert made.stdout == text + "\n"
    with connect(state).read() as db:
        token, user = tokens.check(db, text)
    assert (user.name, token.role, token.name) == (ACCOUNT, Role.VIEWER, "nightly")
    listed = run("user", "tokens")
    assert token.id in listed.stdout
    assert text.split("_", 2)[2] not in listed.stdout
    assert run("user", "revoke", token.id).exit_code == 0
    assert "revoked" in run("user", "tokens", ACCOUNT).stdout
    for_ever = run("user", "token", "--forever").stdout.strip()
    with connect(state).read() as db:
        assert tokens.check(db, for_ever)[0].expires is None
    fails(run("user", "token", "--days", "0"), 64, "cannot hold for 0 days")


def test_a_link_is_printed_alone(run: Command) -> None:
    assert run("user", "link").stdout.startswith("http://127.0.0.1:8765/sign-in/link/")


def test_a_link_leads_to_the_service_that_runs(run: Command, state: StateDir) -> None:
    running = Server("http://127.0.0.1:40123", None, this_process(), "", "1")
    running.write(state.make().server)
    assert run("user", "link").stdout.startswith("http://127.0.0.1:40123/sign-in/link/")
    replace(running, url="http://localhost", socket="/run/plumbline.sock").write(state.server)
    assert run("user", "link").stdout.startswith("http://127.0.0.1:8765/sign-in/link/")


def test_the_audit_log_shows_who_typed_what(run: Command) -> None:
    run("user", "add", "olga")
    shown = run("user", "audit", "--action", "user.", "--target", "olga").stdout
    assert f"account {ACCOUNT}  command" in shown
    assert len(columns(run("user", "audit", "--limit", "1"))) == 2
    assert len(columns(run("user", "audit", "--since", "2999-01-01"))) == 1


def test_backups_are_made_listed_thinned_out_and_restored(
    run: Command, state: StateDir, tmp_path: Path
) -> None:
    fails(run("backup"), 66, "there is none yet")
    run("user", "add", "olga")
    older = state.backups / "service-20200101-000000.db"
    assert run("backup", "--to", str(older)).stdout == f"{older}\n"
    made = run("backup", "--keep", "1")
    newest = made.stdout.strip()
    assert made.stderr == f"deleted {older}\n"
    assert [row[-1] for row in columns(run("backup", "list"))[1:]] == [newest]
    run("user", "disable", "olga")
    restored = run("backup", "restore", newest)
    assert restored.stdout == f"restored from {newest}; everybody signs in again\n"
    assert "are as they were" in restored.stderr
    assert ["olga", "operator", "active"] in [row[:3] for row in columns(run("user", "list"))]
    fails(run("backup", "restore", str(tmp_path / "none")), 66, "no such file")
    fails(run("backup", "--to", newest, "--keep", "1"), 64, "not for --to")
    fails(run("backup", "--to", newest), 64, "is there already")


def test_a_damaged_database_names_the_backup_and_the_command(run: Command, state: StateDir) -> None:
    run("user", "add", "olga")
    made = run("backup").stdout.strip()
    state.service.write_bytes(b"no database " * 1000)
    fails(run("user", "list"), 69, "damaged", f"plumbline backup restore {made}")
    assert run("backup", "restore", made).exit_code == 0
    assert "olga" in run("user", "list").stdout
