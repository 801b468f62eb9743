"""Templates of new runs, as ``service.db`` keeps them: a filled-in form under a name.

A template is its user's: they alone change it. One that is shared everybody may read who may
submit, and an admin may delete any of those.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from control.access import audit, moments
from control.access.audit import Actor
from control.access.errors import Clash, Unknown
from engines.contract.errors import BadUsage, NotPermitted
from engines.contract.wording import quoted

MOST = 200
"""Templates of one user."""
LONGEST_NAME = 100
LONGEST_DESCRIPTION = 1000
LARGEST = 1_000_000
"""Bytes of what a template holds."""
_BRIEF = "id, user, name, description, shared, analysis, created, changed"


@dataclass(frozen=True)
class Brief:
    """A template without what it holds.

    Attributes:
        id: its number.
        user: whose it is.
        name: theirs alone of this name.
        description: what it is for; may be empty.
        shared: everybody who may submit can use it.
        analysis: what it is a template of; may be empty.
        created, changed: UTC.
    """

    id: int
    user: str
    name: str
    description: str
    shared: bool
    analysis: str
    created: str
    changed: str


@dataclass(frozen=True)
class Template(Brief):
    """A template; ``content`` is what was saved, as JSON has it."""

    content: Mapping[str, Any]


@dataclass(frozen=True)
class Draft:
    """What is to be saved; see :class:`Template`."""

    name: str
    content: Mapping[str, Any]
    description: str = ""
    shared: bool = False


def listing(db: sqlite3.Connection, user: str) -> list[Brief]:
    """The templates of a user, then those that others share, each by name."""
    rows = db.execute(
        f"SELECT {_BRIEF} FROM run_templates WHERE user = :user OR shared = 1"  # noqa: S608
        " ORDER BY user <> :user, name COLLATE NOCASE, id",
        {"user": user},
    )
    return [Brief(**_fields(row)) for row in rows]


def get(db: sqlite3.Connection, user: str, number: int) -> Template:
    """A template that a user may read.

    Raises:
        Unknown: there is none of this number, or it is somebody's own.
    """
    row = db.execute(
        "SELECT * FROM run_templates WHERE id = ? AND (user = ? OR shared = 1)", (number, user)
    ).fetchone()
    if row is None:
        raise Unknown(f"template {number}: there is none that you can use")
    return Template(**_fields(row), content=json.loads(row["content"]))


def add(db: sqlite3.Connection, by: Actor, draft: Draft) -> Template:
    """Keep a template, with an entry of the audit log.

    Args:
        db: inside ``database.write()``.
        by: whose it is to be.
        draft: what.

    Raises:
        BadUsage: its name cannot be one, or it holds too much.
        Clash: they have one of this name, or too many.
    """
    values = _checked(draft)
    _refuse_taken(db, by.name, values["name"])
    own = db.execute("SELECT count(*) FROM run_templates WHERE user = ?", (by.name,)).fetchone()[0]
    if own >= MOST:
        raise Clash(f"{MOST} templates are the most", hint="delete one that is not needed")
    now = moments.now()
    number = db.execute(
        "INSERT INTO run_templates"
        " (user, name, description, shared, analysis, content, created, changed) VALUES"
        " (:user, :name, :description, :shared, :analysis, :content, :now, :now)",
        {**values, "user": by.name, "now": now},
    ).lastrowid
    assert number is not None
    audit.record(db, by, "template.add", str(number), detail=_told(draft))
    return get(db, by.name, number)


def change(db: sqlite3.Connection, by: Actor, number: int, draft: Draft) -> Template:
    """Put something else in the place of a template of one's own.

    Raises:
        Unknown: there is none of this number that they can read.
        NotPermitted: it is another's.
        BadUsage, Clash: as :func:`add`.
    """
    if get(db, by.name, number).user != by.name:
        raise NotPermitted(
            f"template {number}: another user's", hint="save it as a template of your own"
        )
    values = _checked(draft)
    _refuse_taken(db, by.name, values["name"], number)
    db.execute(
        "UPDATE run_templates SET name = :name, description = :description, shared = :shared,"
        " analysis = :analysis, content = :content, changed = :now WHERE id = :number",
        {**values, "number": number, "now": moments.now()},
    )
    audit.record(db, by, "template.change", str(number), detail=_told(draft))
    return get(db, by.name, number)


def remove(db: sqlite3.Connection, by: Actor, number: int, *, is_admin: bool) -> None:
    """Delete a template of one's own; an admin also a shared one of others.

    Raises:
        Unknown: there is none of this number that they can read.
        NotPermitted: it is another's.
    """
    found = get(db, by.name, number)
    if found.user != by.name and not is_admin:
        raise NotPermitted(f"template {number}: another user's", hint="ask them, or an admin")
    db.execute("DELETE FROM run_templates WHERE id = ?", (number,))
    audit.record(db, by, "template.remove", str(number), detail=f"{found.user}: {found.name}")


def _checked(draft: Draft) -> dict[str, Any]:
    """The columns of a draft.

    Raises:
        BadUsage: one of them cannot be.
    """
    name, description = draft.name.strip(), draft.description.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadUsage(f"name: one line of 1 to {LONGEST_NAME} characters, not {quoted(name)}")
    if len(description) > LONGEST_DESCRIPTION:
        raise BadUsage(f"description: at most {LONGEST_DESCRIPTION} characters")
    content = json.dumps(draft.content, ensure_ascii=False, allow_nan=False)
    if (size := len(content.encode())) > LARGEST:
        raise BadUsage(
            f"a template of {size / 1e6:.1f} MB; {LARGEST / 1e6:g} MB is the most",
            hint="leave the sample sheet out of it",
        )
    return {
        "name": name,
        "description": description,
        "shared": int(draft.shared),
        "analysis": str(draft.content.get("analysis", "")),
        "content": content,
    }


def _refuse_taken(db: sqlite3.Connection, user: str, name: str, but: int = -1) -> None:
    sql = "SELECT id FROM run_templates WHERE user = ? AND name = ? AND id <> ?"
    if db.execute(sql, (user, name, but)).fetchone():
        raise Clash(f"you have a template {quoted(name)} already", hint="change that one instead")


def _told(draft: Draft) -> str:
    return f"{draft.name.strip()}, {'shared' if draft.shared else 'their own'}"


def _fields(row: sqlite3.Row) -> dict[str, Any]:
    values = {name: row[name] for name in Brief.__dataclass_fields__}
    return {**values, "shared": bool(row["shared"])}
