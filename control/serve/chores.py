"""What the steward of a service does besides runs: notifications, backups, the audit log."""

import logging
import sqlite3

from control.access import audit
from control.access.backup import daily_backup
from control.access.database import connect
from control.notify.notifier import Notifier
from control.runs.periodic import Task
from control.runs.retention import to_log
from control.runs.uploads import Audit
from control.settings import Settings, StateDir
from control.web.chart_library import ensure
from engines.contract.errors import EngineError

BACKUP_SECONDS = 3600.0
"""Between two looks whether today's backup is made."""
LIBRARY_SECONDS = 3600.0
"""Between two looks whether the library that draws charts is there."""

_log = logging.getLogger(__name__)


def chores(settings: Settings) -> list[Task]:
    """What is to be done again and again."""
    return [
        Task("notifications", 2, Notifier(settings).tick),
        Task("charts", LIBRARY_SECONDS, lambda: ensure(StateDir(settings.state))),
        Task("backup", BACKUP_SECONDS, lambda: daily_backup(settings) and None),
    ]


def audited(settings: Settings) -> Audit:
    """Writes into the audit log what the service deletes by itself."""
    database = connect(StateDir(settings.state))

    def write(action: str, target: str, detail: str) -> None:
        to_log(action, target, detail)
        try:
            with database.write() as db:
                audit.record(db, audit.SERVICE, action, target, detail=detail)
        except (EngineError, sqlite3.Error) as error:
            _log.error("not in the audit log: %s %s: %s", action, target, error)

    return write
