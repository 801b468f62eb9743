"""Users: roles, states, accounts, and that somebody is always admin."""

import os
import pwd
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.access import audit, links, sessions, users
from control.access.audit import Actor, AuditFilter
from control.access.database import Database
from control.access.errors import Clash, NotSignedIn, Unknown
from control.access.roles import Principal, Role, account_number
from control.access.users import UserState
from control.settings import StateDir
from engines.contract.errors import BadUsage, NotPermitted

OIDC = Actor("olga", "oidc", "192.0.2.9")


class Run:
    def __init__(self, owner: str, uid: int) -> None:
        self.owner, self.uid = owner, uid


def test_the_first_user_is_the_account_of_the_service_and_only_the_first(state: StateDir) -> None:
    from control.access.database import connect

    account = pwd.getpwuid(os.getuid()).pw_name
    with connect(state).write() as db:
        first = users.ensure_first_admin(db)
        assert first is not None
        assert (first.name, first.os_user, first.role) == (account, account, Role.ADMIN)
        assert first.state is UserState.ACTIVE
        assert users.ensure_first_admin(db) is None
        assert users.of_own_account(db) == first


def test_an_account_without_a_name_still_gets_a_first_admin(
    state: StateDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    from control.access.database import connect

    monkeypatch.setattr(users.pwd, "getpwuid", lambda uid: {}[uid])
    with connect(state).write() as db:
        first = users.ensure_first_admin(db)
    assert first is not None
    assert (first.name, first.os_user) == ("admin", str(os.getuid()))
    assert account_number(str(os.getuid())) == os.getuid()


def test_a_name_is_taken_once_and_a_wrong_one_is_refused(database: Database, by: Actor) -> None:
    with database.write() as db:
        with pytest.raises(Clash, match="'olga': is there already"):
            users.add(db, "olga", Role.VIEWER, by)
        for name in ("", "two words", "-x", "аdа", "a\n", "x" * 101, "a/b", "é"):
            with pytest.raises(BadUsage, match="no name of a user"):
                users.add(db, name, Role.VIEWER, by)
        for name in (r"LAB\olga", "olga@lab.org", "o.l-g_a+1"):
            assert users.add(db, name, Role.VIEWER, by).name == name
        with pytest.raises(Unknown, match="'olgaa'") as unknown:
            users.get(db, "olgaa")
        assert unknown.value.hint == "did you mean 'olga'?"


def test_an_account_must_be_of_this_machine(database: Database, by: Actor) -> None:
    with database.write() as db:
        for wrong in ("nobody-here-of-that-name",):
            with pytest.raises(BadUsage, match=wrong):
                users.set_account(db, "vera", wrong, by)
            with pytest.raises(BadUsage, match=wrong):
                users.add(db, "tim", Role.VIEWER, by, wrong)
        account = pwd.getpwuid(os.getuid()).pw_name
        assert users.set_account(db, "vera", account, by).os_user == account
        assert users.set_account(db, "vera", None, by).os_user is None


def test_the_last_admin_stays_one(database: Database, by: Actor) -> None:
    with database.write() as db:
        for change in (
            lambda: users.disable(db, "ada", by),
            lambda: users.set_role(db, "ada", Role.OPERATOR, by),
        ):
            with pytest.raises(Clash, match="'ada': is the last admin"):
                change()
        users.set_role(db, "olga", Role.ADMIN, by)
        users.disable(db, "ada", by)
        with pytest.raises(Clash, match="'olga': is the last admin"):
            users.disable(db, "olga", by)  # ada is an admin too, but a disabled one
        users.enable(db, "ada", by)
        assert users.disable(db, "olga", by).state is UserState.DISABLED


def test_a_newcomer_is_pending_until_an_admin_says_who_they_are(
    database: Database, by: Actor
) -> None:
    with database.write() as db:
        newcomer = users.arrive(db, "nina", Actor("nina", "proxy"))
        assert (newcomer.state, newcomer.role) == (UserState.PENDING, Role.VIEWER)
        assert users.arrive(db, "nina", Actor("nina", "proxy")) == newcomer
        assert users.listing(db)[0] == newcomer
        with pytest.raises(Clash, match="is pending"):
            users.set_role(db, "nina", Role.ADMIN, by)
        confirmed = users.confirm(db, "nina", Role.OPERATOR, by)
        assert (confirmed.state, confirmed.role) == (UserState.ACTIVE, Role.OPERATOR)
        with pytest.raises(Clash, match="is active, not pending"):
            users.confirm(db, "nina", Role.ADMIN, by)
        with pytest.raises(Clash, match="is active, not disabled"):
            users.enable(db, "nina", by)


def test_a_name_at_the_provider_does_not_open_somebody_elses_account(
    database: Database, by: Actor
) -> None:
    with database.write() as db:
        # added by an admin: the first account of that name is theirs, and it alone
        bound = users.arrive_from_provider(db, "olga-1", "olga", "Olga O., o@lab.org", OIDC)
        assert (bound.name, bound.role, bound.state) == ("olga", Role.OPERATOR, UserState.ACTIVE)
        with pytest.raises(NotPermitted, match="'olga': not known to be this account"):
            users.arrive_from_provider(db, "mallory-1", "olga", "", OIDC)
        # the same account under another name is the same user
        assert users.arrive_from_provider(db, "olga-1", "olga2", "", OIDC).name == "olga"
        users.expect(db, "olga", by)
        assert users.arrive_from_provider(db, "olga-2", "olga", "", OIDC).subject == "olga-2"
        assert users.arrive_from_provider(db, "olga-1", "olga-old", "", OIDC).state == "pending"


def test_the_first_admin_is_not_to_be_had_by_name(state: StateDir) -> None:
    from control.access.database import connect

    with connect(state).write() as db:
        first = users.ensure_first_admin(db)
        assert first is not None
        with pytest.raises(NotPermitted):
            users.arrive_from_provider(db, "x", first.name, "", OIDC)


def test_signing_out_everywhere_ends_sessions_and_links(database: Database, by: Actor) -> None:
    with database.write() as db:
        olga = users.get(db, "olga")
        held = sessions.create(db, olga, OIDC, 12)
        code = links.create(db, "olga", by)
        vera = sessions.create(db, users.get(db, "vera"), OIDC, 12)
        assert users.sign_out_everywhere(db, "olga", by).sign_outs == olga.sign_outs + 1
        with pytest.raises(NotSignedIn):
            sessions.check(db, held)
        with pytest.raises(NotSignedIn):
            links.redeem(db, code)
        assert sessions.check(db, vera)[1].name == "vera"


def test_every_change_is_in_the_audit_log_with_who_made_it(database: Database, by: Actor) -> None:
    with database.write() as db:
        users.set_role(db, "vera", Role.OPERATOR, by)
        users.disable(db, "vera", by)
        users.enable(db, "vera", by)
        rows = audit.entries(db, AuditFilter(target="vera"))
    assert [row.action for row in rows] == [
        *("user.enable", "user.disable", "user.sign_out", "user.role", "user.add")
    ]
    assert rows[3].detail == "viewer → operator"
    assert {(row.actor, row.via, row.address) for row in rows} == {("ada", "session", "192.0.2.7")}


def test_a_run_belongs_to_its_submitter_or_to_the_account_that_typed_it() -> None:
    me = Principal("olga", Role.OPERATOR, str(os.getuid()), "session")
    assert me.owns(Run("olga", 0))
    assert me.owns(Run("", os.getuid()))
    assert not me.owns(Run("", os.getuid() + 1))
    # the directories of submitted runs all belong to the service's account
    assert not me.owns(Run("vera", os.getuid()))
    assert not Principal("olga", Role.OPERATOR, None, "session").owns(Run("", os.getuid()))
    assert not Principal("olga", Role.OPERATOR, "no-such-account", "session").owns(Run("", 0))


@pytest.mark.parametrize(
    ("role", "owner", "everyone", "sees", "steers"),
    [
        ("viewer", "me", False, True, False),
        ("viewer", "you", False, False, False),
        ("viewer", "you", True, True, False),
        ("operator", "me", False, True, True),
        ("operator", "you", False, False, False),
        ("operator", "you", True, True, False),
        ("admin", "you", False, True, True),
    ],
)
def test_who_sees_and_who_steers(
    role: str, owner: str, everyone: bool, sees: bool, steers: bool
) -> None:
    me = Principal("me", Role(role), None, "token")
    assert me.may_see(Run(owner, 0), everyone_sees=everyone) is sees
    assert me.may_steer(Run(owner, 0)) is steers


def test_each_role_covers_those_below() -> None:
    covered = [[a.covers(b) for b in Role] for a in Role]
    assert covered == [[True, False, False], [True, True, False], [True, True, True]]


@given(st.text())
def test_whatever_a_provider_calls_itself_stays_one_line(text: str) -> None:
    shown = audit.one_line(text)
    assert shown.isprintable()
    assert len(shown) <= audit.LONGEST
    sqlite3.connect(":memory:").execute("SELECT ?", (shown,))
