"""What ``plumbline doctor`` looks at of the service, and of the machine that it runs on."""

import os
import resource
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from control.doctor.findings import Finding, fail, ok, warn
from control.doctor.folders import why_not_writable
from control.settings import Settings, StateDir
from engines.contract.errors import EngineError, Unavailable

SKEW_SECONDS = 5.0
"""How far the clock of a file system may be from ours."""
FEWEST_WATCHES = 8192
FEWEST_FILES = 4096


def service_database(settings: Settings) -> Iterator[Finding]:
    """Read only: the service itself makes it and brings it up to date."""
    what, file = "service.db", StateDir(settings.state).service
    if not file.exists() or not file.stat().st_size:
        yield ok(what, "will be made at the first start")
        return
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=5)) as db:
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        yield warn(what, f"{file}: {error}", "look again when the service is idle")
        return
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict == "ok":
        yield ok(what, "is sound")
    else:
        hint = "stop the service, then 'plumbline backup restore' the last good copy"
        yield fail(what, f"{file}: is damaged ({verdict})", hint)


def watches(settings: Settings) -> Iterator[Finding]:
    what, limit = "inotify", Path("/proc/sys/fs/inotify/max_user_watches")
    try:
        most = int(limit.read_text())
    except (OSError, ValueError):
        yield warn(what, "is not there", "news of runs is found by looking: later, and at a price")
        return
    if most < FEWEST_WATCHES:
        hint = f"an administrator can raise it: sysctl {'.'.join(limit.parts[3:])}=65536"
        yield warn(what, f"only {most} folders can be watched", hint)
    else:
        yield ok(what, f"{most:,} folders can be watched")


def open_files(settings: Settings) -> Iterator[Finding]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FEWEST_FILES:
        hint = "every client takes one: raise it (ulimit -Hn, or LimitNOFILE= of systemd)"
        yield warn("open files", f"at most {hard:,}", hint)
    else:
        yield ok("open files", "no limit" if hard == resource.RLIM_INFINITY else f"{hard:,}")


def clock(settings: Settings) -> Iterator[Finding]:
    """Whether time goes on, and is the same where the runs lie."""
    newest = max(path.stat().st_mtime for path in Path(__file__).parent.glob("*.py"))
    if time.time() < newest - 86400:
        yield fail("clock", f"{time.ctime()}: before Plumbline was installed", "set the clock")
        return
    for runs in (runs for runs in settings.runs if runs.exists() and not why_not_writable(runs)):
        with tempfile.NamedTemporaryFile(dir=runs, prefix=".doctor-") as file:
            before = time.time()
            os.utime(file.name)
            skew = os.stat(file.name).st_mtime - before
        if abs(skew) > SKEW_SECONDS:
            told = f"the file server of {runs} is {skew:+.0f} s away from this machine"
            yield warn("clock", told, "synchronise both (NTP): runs may seem dead or undated")
            return
    yield ok("clock", "agrees with the runs folders")


def notifications(settings: Settings) -> Iterator[Finding]:
    file = settings.notifications.addresses_file
    if file is None:
        return
    from control.notify.service_addresses import problems_of

    problems = problems_of(file)
    for problem in problems:
        yield warn("notifications", problem, "see docs/notifications.md")
    if file.exists() and file.stat().st_mode & 0o077:
        yield warn("notifications", f"{file}: others may read it", f"chmod 600 {file}")
    elif not problems:
        yield ok("notifications", f"addresses in {file}")


def service(settings: Settings) -> Iterator[Finding]:
    from control.client.api import Api  # what the commands use, so it tells what they would see

    try:
        api = Api(state=StateDir(settings.state))
    except Unavailable as error:
        yield warn("service", error.message, error.hint)
        return
    where = f"unix:{api.place.socket}" if api.place.socket else api.place.url
    try:
        health = api.health()
    except EngineError as error:
        yield fail("service", error.message, error.hint)
        return
    yield ok("service", f"answers at {where}")
    levels = {"failing": fail, "degraded": warn}
    for name, check in health["checks"].items():
        if finding := levels.get(check["status"]):
            yield finding(f"service, {name}", check.get("why") or check["status"], "see its log")
