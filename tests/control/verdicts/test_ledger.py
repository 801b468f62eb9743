"""People's verdicts are only added, one after the other, with an audit entry each."""

import shutil
import sqlite3
import threading
from itertools import product
from pathlib import Path

import pytest

from control.access import audit, backup, users
from control.access import database as databases
from control.access.audit import SERVICE, Actor, AuditFilter
from control.access.database import Database, connect
from control.access.errors import Clash
from control.access.roles import Role
from control.events.index_rows import Viewer
from control.settings import StateDir
from control.verdicts import ledger
from control.verdicts.ledger import About, Given, Run, Said, Wanted
from control.verdicts.words import MachineWord, Verdict, is_better
from engines.contract.errors import BadData, BadUsage

ADA, BOB = Actor("ada", "session", "192.0.2.7"), Actor("bob", "token")
RUN = Run("20261121-221005-3f9a", "ada", 1000)
SHA = "ab" * 32


def about(sample: str = "S1", run: Run = RUN, machine: str = "warn", sha256: str = SHA) -> About:
    return About(run, sample, sha256, MachineWord(machine))


def said(verdict: str = "fail", comment: str = "", supersedes: int | None = None) -> Said:
    return Said(Verdict(verdict), comment, supersedes)


def give(database: Database, by: Actor, what: About, words: Said) -> Given:
    with database.write() as db:
        made, is_new = ledger.give(db, by, what, words)
    assert is_new
    return made


def everything(database: Database, **wanted: object) -> list[tuple[Given, bool]]:
    with database.read() as db:
        return ledger.listing(db, Wanted(**wanted))  # type: ignore[arg-type]


def test_a_verdict_is_kept_as_it_was_given(database: Database) -> None:
    made = give(database, ADA, about(), said("pass", "  fine:\r\n30x\tenough \n"))
    with database.read() as db:
        assert ledger.latest(db, RUN, ["S1", "S2"]) == {"S1": made}
        assert ledger.samples(db, RUN) == ["S1"]
    assert (made.user, made.run, made.sample, made.sha256) == ("ada", RUN, "S1", SHA)
    assert (made.verdict, made.machine, made.supersedes) == ("pass", "warn", None)
    assert made.comment == "fine:\n30x\tenough"


def test_the_audit_entry_comes_with_it_or_neither_does(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = give(database, ADA, about(), said("pass", "a\nb"))
    with database.read() as db:
        (entry,) = audit.entries(db, AuditFilter(action="verdict."))
    assert (entry.actor, entry.address, entry.target) == ("ada", "192.0.2.7", RUN.run_id)
    assert entry.detail.startswith(f'{made.id}: "S1" pass, machine warn (sha256 {SHA[:12]}): a')
    assert "\n" not in entry.detail

    def fails(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError

    monkeypatch.setattr(audit, "record", fails)
    with pytest.raises(sqlite3.OperationalError):
        give(database, ADA, about("S2"), said())
    assert [row.sample for row, _ in everything(database)] == ["S1"]


@pytest.mark.parametrize(("verdict", "machine"), list(product(Verdict, MachineWord)))
def test_better_than_the_machine_takes_a_comment(
    database: Database, verdict: Verdict, machine: MachineWord
) -> None:
    order = ["fail", "warn", "pass"]
    better = machine == "none" and verdict != "fail"
    if machine != "none":
        better = order.index(verdict) > order.index(machine)
    assert is_better(verdict, machine) is better
    if not better:
        give(database, ADA, about(machine=machine), said(verdict))
        return
    with pytest.raises(BadData, match="takes a comment"):
        give(database, ADA, about(machine=machine), said(verdict, " \n "))
    with pytest.raises(sqlite3.IntegrityError), database.write() as db:  # the table says so too
        _insert(db, machine=machine.value, verdict=verdict.value)
    give(database, ADA, about(machine=machine), said(verdict, "looked at it"))


def _insert(db: sqlite3.Connection, **values: object) -> None:
    row = {
        **{"at": "2026", "user": "ada", "run_id": RUN.run_id, "owner": "ada", "uid": 1000},
        **{"sample": "S1", "sha256": SHA, "machine": "pass", "verdict": "pass", "comment": ""},
        **{"supersedes": None, **values},
    }
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    db.execute(f"INSERT OR REPLACE INTO verdicts ({names}) VALUES ({marks})", row)


def test_the_database_itself_lets_nothing_be_changed(database: Database) -> None:
    first = give(database, ADA, about(), said())
    second = give(database, BOB, about(), said("pass", "no", first.id))
    for statement in (
        "UPDATE verdicts SET verdict = 'pass'",
        "UPDATE verdicts SET comment = comment WHERE id = 1",
        "DELETE FROM verdicts WHERE id = 1",
        "DELETE FROM verdicts",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="only added"), database.write() as db:
            db.execute(statement)
    for forged in (
        {"id": first.id},  # in the place of another
        {"id": second.id, "supersedes": second.id},
        {},  # beside the others
        {"supersedes": first.id},  # which another one supersedes already
        {"supersedes": 99},
        {"supersedes": second.id, "sample": "S2"},  # of another sample
    ):
        with pytest.raises(sqlite3.IntegrityError), database.write() as db:
            _insert(db, **forged)
    assert [row for row, _ in everything(database)] == [second, first]


def test_who_has_not_seen_the_last_one_is_told(database: Database) -> None:
    first = give(database, ADA, about(), said())
    for words in (said("warn", "no"), said("warn", "no", first.id + 1)):
        with pytest.raises(Clash, match=r"ada has said fail at .* \(verdict 1\)"):
            give(database, BOB, about(), words)
    second = give(database, BOB, about(), said("warn", "no", first.id))
    with pytest.raises(Clash, match="bob has said warn"):
        give(database, ADA, about(), said("pass", "yes", first.id))
    with pytest.raises(Clash, match="verdict 7 is none of its verdicts"):
        give(database, ADA, about("S2"), said("pass", "yes", 7))
    assert [superseded for _, superseded in everything(database)] == [False, True]
    assert everything(database)[0][0] == second


def test_of_two_at_once_one_is_told(database: Database) -> None:
    for round_ in range(5):
        start = threading.Barrier(2)
        outcomes: list[str] = []

        def go(by: Actor, sample: str, start: threading.Barrier, outcomes: list[str]) -> None:
            start.wait(60)
            try:
                give(database, by, about(sample), said("fail"))
                outcomes.append("kept")
            except Clash:
                outcomes.append("told")

        both = [
            threading.Thread(target=go, args=(by, f"S{round_}", start, outcomes))
            for by in (ADA, BOB)
        ]
        for one in both:
            one.start()
        for one in both:
            one.join(30)
        assert sorted(outcomes) == ["kept", "told"]
    assert len(everything(database)) == 5


def test_the_same_again_adds_nothing(database: Database) -> None:
    made = give(database, ADA, about(), said("pass", "ok"))
    with database.write() as db:  # the answer got lost, or the button was pressed twice
        assert ledger.give(db, ADA, about(), said("pass", " ok ")) == (made, False)
    with pytest.raises(Clash):
        give(database, BOB, about(), said("pass", "ok"))
    with pytest.raises(Clash):
        give(database, ADA, about(sha256="cd" * 32), said("pass", "ok"))
    again = give(database, ADA, about(), said("pass", "ok", made.id))  # said on purpose
    assert again.id > made.id
    assert len(everything(database)) == 2


@pytest.mark.parametrize(
    ("comment", "why"),
    [("x" * 2001, "2001 characters"), ("a\0b", r"U\+0000"), ("\x1b[2Jx", r"U\+001B")],
)
def test_a_comment_that_cannot_be(database: Database, comment: str, why: str) -> None:
    with pytest.raises(BadData, match=why):
        give(database, ADA, about(), said("fail", comment))
    give(database, ADA, about(), said("fail", "x" * 2000))


def test_the_list_is_narrowed(database: Database) -> None:
    typed = Run("20261121-221005-aaaa", "", 1000)
    bobs = Run("20261121-221005-bbbb", "bob", 1000)
    for run, sample in ((RUN, "S1"), (RUN, "S2"), (typed, "S1"), (bobs, "S1")):
        give(database, BOB if run is bobs else ADA, about(sample, run), said())

    def seen(**wanted: object) -> list[int]:
        return [row.id for row, _ in everything(database, **wanted)]

    assert seen() == [4, 3, 2, 1]
    assert seen(sample="S1") == [4, 3, 1]
    assert seen(run_id=RUN.run_id, sample="S2") == [2]
    assert seen(user="bob") == [4]
    assert seen(visible_to=Viewer("ada", 1000)) == [3, 2, 1]
    assert seen(visible_to=Viewer("ada", None)) == [2, 1]
    assert seen(visible_to=Viewer("bob", 7)) == [4]
    assert seen(since="2026-01-01") == [4, 3, 2, 1]
    assert seen(since="2999-01-01") == []
    with pytest.raises(BadUsage, match="since: 'yesterday' is no date"):
        seen(since="yesterday")
    with database.read() as db:
        assert [row.id for row, _ in ledger.listing(db, Wanted(), limit=2, before=4)] == [3, 2]
        assert ledger.samples(db, RUN._replace(owner="bob")) == []
        assert ledger.latest(db, RUN._replace(uid=1), ["S1"])["S1"].id == 1  # ada's all the same
        assert ledger.latest(db, typed._replace(uid=1), ["S1"]) == {}


def test_many_samples_are_asked_for_at_once(database: Database) -> None:
    for number in range(0, 1200, 400):
        give(database, ADA, about(f"S{number}"), said())
    with database.read() as db:
        found = ledger.latest(db, RUN, [f"S{number}" for number in range(1200)])
    assert sorted(found) == ["S0", "S400", "S800"]


def test_a_backup_holds_them(database: Database, state: StateDir) -> None:
    first = give(database, ADA, about(), said("pass", "good"))
    made = backup.make(state)
    give(database, ADA, about(), said("fail", "on second thoughts", first.id))
    database.close()
    backup.restore(state, made, SERVICE)
    restored = connect(state)
    assert everything(restored) == [(first, False)]
    with pytest.raises(sqlite3.IntegrityError, match="only added"), restored.write() as db:
        db.execute("DELETE FROM verdicts")
    assert give(restored, BOB, about(), said("fail", "", first.id)).supersedes == first.id
    restored.close()


def test_a_database_of_before_gets_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, folder = StateDir(tmp_path / "old").make(), tmp_path / "migrations"
    folder.mkdir()
    everything_now = databases.MIGRATIONS
    for file in sorted(everything_now.glob("*.sql"))[:2]:
        shutil.copy(file, folder)
    monkeypatch.setattr(databases, "MIGRATIONS", folder)
    with connect(state).write() as db:
        users.add(db, "ada", Role.ADMIN, SERVICE)
    monkeypatch.setattr(databases, "MIGRATIONS", everything_now)
    opened = connect(state)
    assert give(opened, ADA, about(), said()).id == 1
    opened.close()
