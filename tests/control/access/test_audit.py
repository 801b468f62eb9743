"""The audit log: only added to, searched, and safe against those it tells of."""

import sqlite3

import pytest

from control.access import audit, moments
from control.access.audit import SERVICE, Actor, AuditFilter
from control.access.database import Database
from engines.contract.errors import BadUsage, EngineError

MALLORY = Actor("mallory\n2026-01-01 ada deleted everything", "token", "\x1b[2Jspoofed")


def added_days_ago(database: Database, days: float, target: str) -> None:
    at = moments.after(-days * 86400)
    with database.write() as db:
        db.execute(
            "INSERT INTO audit (at, actor, via, address, action, target, outcome, detail)"
            " VALUES (?, 'ada', 'session', '', 'run.cancel', ?, 'ok', '')",
            (at, target),
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'vera'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE id = 1",
    ],
)
def test_nothing_can_be_changed_or_deleted(statement: str, database: Database) -> None:
    with database.read() as db:
        before = audit.entries(db, AuditFilter())
    with pytest.raises((sqlite3.IntegrityError, EngineError)), database.write() as db:
        db.execute(statement)
    with database.read() as db:
        assert audit.entries(db, AuditFilter()) == before != []


def test_a_row_is_one_line_whatever_it_tells(database: Database) -> None:
    with database.write() as db:
        audit.record(db, MALLORY, "run.cancel", "x\r\ny\u2028z\ud800", detail="long " * 1000)
        row = audit.entries(db, AuditFilter(action="run.cancel"))[0]
    for text in (row.actor, row.address, row.target, row.detail):
        assert text.isprintable()
    assert row.target == r"x\r\ny\u2028z\ud800"
    assert row.actor == r"mallory\n2026-01-01 ada deleted everything"
    assert (len(row.detail), row.detail[-1]) == (audit.LONGEST, "…")


def test_rows_are_found_by_what_they_say(database: Database) -> None:
    ada = Actor("ada", "session", "192.0.2.1")
    with database.write() as db:
        audit.record(db, ada, "run.cancel", "r1")
        audit.record(db, ada, "run.delete", "r1", "refused", "not yours")
        audit.record(db, SERVICE, "runs.clean", "r2")
        found = {
            which: [
                row.action for row in audit.entries(db, AuditFilter(**{"since": "2026", **fields}))
            ]
            for which, fields in {
                "target": {"target": "r1"},
                "kind": {"action": "run."},
                "action": {"action": "run.cancel"},
                "outcome": {"outcome": "refused"},
                "actor": {"actor": "plumbline", "target": "r2"},
                "until": {"until": "2026"},
                "injection": {"actor": "x' OR '1'='1"},
            }.items()
        }
    assert found == {
        "target": ["run.delete", "run.cancel"],
        "kind": ["run.delete", "run.cancel"],
        "action": ["run.cancel"],
        "outcome": ["run.delete"],
        "actor": ["runs.clean"],
        "until": [],
        "injection": [],
    }


@pytest.mark.parametrize(
    "text", ["yesterday", "21.11.2026", "2026-11-21 22:10", "2026-11-21T22:10+01:00"]
)
def test_a_date_that_is_none_is_refused_not_compared(database: Database, text: str) -> None:
    for name in ("since", "until"):
        with database.read() as db, pytest.raises(BadUsage, match=f"{name}: .* is no date"):
            audit.entries(db, AuditFilter(**{name: text}))


def test_pages_follow_each_other_without_a_gap(database: Database) -> None:
    with database.write() as db:
        for number in range(25):
            audit.record(db, SERVICE, "run.submit", str(number))
        seen, before = list[str](), None
        while page := audit.entries(db, AuditFilter(action="run.submit"), 10, before):
            seen += [row.target for row in page]
            before = page[-1].id
    assert seen == [str(number) for number in reversed(range(25))]


def test_only_what_is_old_enough_is_pruned_and_that_is_recorded(database: Database) -> None:
    for days, target in ((400, "ancient"), (200, "old"), (100, "recent")):
        added_days_ago(database, days, target)
    with database.write() as db:
        assert audit.prune(db, 150) == 2
        rows = audit.entries(db, AuditFilter())
    assert [row.target for row in rows if row.action == "run.cancel"] == ["recent"]
    assert rows[0].action == "audit.prune"
    assert rows[0].detail.startswith("2 rows")
    with database.write() as db, pytest.raises(ValueError, match="keeps 90 days"):
        audit.prune(db, 30)


def test_the_database_itself_keeps_ninety_days(database: Database) -> None:
    added_days_ago(database, 91, "old")
    added_days_ago(database, 89, "recent")
    with database.write() as db:
        db.execute("DELETE FROM audit WHERE target = 'old'")
        with pytest.raises(sqlite3.IntegrityError, match="not deleted"):
            db.execute("DELETE FROM audit WHERE target = 'recent'")
