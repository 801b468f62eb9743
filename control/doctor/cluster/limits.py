"""Whether account and QOS of a profile are the user's, and how many jobs these may have."""

import getpass
from collections.abc import Iterator, Mapping

from control.doctor.cluster.asked import Asked, Job
from control.doctor.cluster.commands import ask, table
from control.doctor.findings import Finding, fail, ok, warn
from engines.contract.errors import EngineError

_ASSOCIATIONS = "account,partition,qos,defaultqos,maxsubmit,grpsubmit"
_QOS = "name,maxsubmitpu,maxsubmitpa,grpsubmit"
_SUBMITS = ("MaxSubmit", "GrpSubmit", "MaxSubmitPU", "MaxSubmitPA")


def looked_at(asked: Asked, jobs: list[Job], settings: Mapping[str, str]) -> Iterator[Finding]:
    """Lines about the accounts that jobs are booked on, and about `jobs:`."""
    accounts = sorted({job["slurm_account"] for job in jobs} - {""})
    if not settings.get("AccountingStorageType", "").endswith("slurmdbd"):
        yield ok("account", "the site books nothing: slurm_account is not looked at")
        yield from _jobs(asked, _total(settings))
        return
    try:
        own = _own_accounts()
    except EngineError as error:
        yield warn("account", f"sacctmgr: {error.message}", "see whether the account is yours")
        return
    enforced = "associations" in settings.get("AccountingStorageEnforce", "")
    booked = [account for account in accounts if account.lower() in own]
    for account in (each for each in accounts if each.lower() not in own):
        whose = f"yours: {', '.join(own)}" if own else "SLURM knows none of yours: ask your site"
        level = fail if enforced or own else warn
        yield level(
            "account", f"{account!r} is not yours", f"{asked.where('slurm_account')}; {whose}"
        )
    if not accounts and enforced and not own:
        yield fail("account", "none is yours, and the site wants one", "ask your site")
    elif booked or not accounts:
        yield ok("account", ", ".join(booked) or f"{next(iter(own), 'none')}, your default")
    yield from _jobs(asked, _total(settings) | _submits(booked or list(own), jobs, own))


def _own_accounts() -> dict[str, list[dict[str, str]]]:
    """The user's associations by account."""
    who = f"user={getpass.getuser()}"
    rows = table(ask("sacctmgr", "--parsable2", "show", "assoc", who, f"format={_ASSOCIATIONS}"))
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        found.setdefault(row["Account"], []).append(row)
    return found


def _total(settings: Mapping[str, str]) -> dict[str, int]:
    most = settings.get("MaxJobCount", "")
    return {"MaxJobCount of the whole site": int(most)} if most.isdigit() else {}


def _submits(
    accounts: list[str], jobs: list[Job], own: Mapping[str, list[dict[str, str]]]
) -> dict[str, int]:
    """How many jobs may wait and run at once, by what says so: associations and their QOS."""
    rows = [row for account in accounts for row in own.get(account.lower(), [])]
    names = {job["qos"] for job in jobs} - {""} or {
        row["Def QOS"] or row["QOS"].partition(",")[0] for row in rows
    }
    limits = {
        f"{key} of account {row['Account']}": int(row[key])
        for row in rows
        for key in _SUBMITS
        if row.get(key, "").isdigit()
    }
    for row in table(ask("sacctmgr", "--parsable2", "show", "qos", f"format={_QOS}")):
        if row["Name"] in names:
            found = {f"{key} of QOS {row['Name']}": row[key] for key in _SUBMITS if row.get(key)}
            limits |= {key: int(value) for key, value in found.items() if value.isdigit()}
    return limits


def _jobs(asked: Asked, limits: Mapping[str, int]) -> Iterator[Finding]:
    """More than may be in the queue is refused, and tried again until others have ended."""
    what = "jobs at once"
    if not asked.jobs:
        yield fail(what, "the profile does not say how many", f"{asked.file}, jobs: 200")
        return
    lowest = min(limits, key=lambda each: limits[each], default=None)
    if lowest and limits[lowest] < asked.jobs:
        told = f"{asked.jobs}, and {lowest} is {limits[lowest]}"
        hint = f"{asked.file}, jobs: {max(1, limits[lowest] * 9 // 10)}, which leaves some to you"
        yield warn(what, told, hint)
    else:
        known = f", within {lowest} ({limits[lowest]:,})" if lowest else ""
        yield ok(what, f"{asked.jobs}{known}")
