"""Whether the partitions that a profile names are there, open, and long, large and many enough."""

import grp
import os
import re
from collections.abc import Iterator, Mapping

from control.doctor.cluster.asked import Asked, Job
from control.doctor.cluster.commands import ask, minutes, pairs
from control.doctor.findings import Finding, fail, ok, warn
from engines.contract.errors import nearest

Partition = Mapping[str, str]


def partitions() -> dict[str, Partition]:
    """SLURM's partitions by name, each as ``scontrol`` tells it.

    Raises:
        Unavailable: the controller does not tell.
    """
    lines = ask("scontrol", "show", "partition", "--oneliner").splitlines()
    return {found["PartitionName"]: found for line in lines if (found := pairs(line))}


def looked_at(asked: Asked, jobs: list[Job], known: Mapping[str, Partition]) -> Iterator[Finding]:
    """A line for each partition that jobs go to."""
    default = next((name for name, each in known.items() if each.get("Default") == "YES"), "")
    by_name: dict[str, list[Job]] = {}
    for job in jobs:
        by_name.setdefault(job["slurm_partition"] or default, []).append(job)
    for names, theirs in by_name.items():
        if not names:
            hint = f"{asked.where('slurm_partition')}; there is {', '.join(known)}"
            yield fail("partition", "the site has no default, and the profile names none", hint)
        elif re.fullmatch(r"[\w.,-]+", names):  # else an expression, which only a run can tell
            for name in names.split(","):
                yield from _one(asked, known, name, theirs, is_choice="," in names)


def _called(name: str) -> str:
    return f"partition {name}"


def _where(asked: Asked, jobs: list[Job]) -> str:
    if not jobs[0].rule or "slurm_partition" not in asked.of_rules.get(jobs[0].rule, {}):
        return asked.where("slurm_partition")
    return f"{asked.file}, set-resources: {jobs[0].rule}: slurm_partition"


def _one(
    asked: Asked, known: Mapping[str, Partition], name: str, jobs: list[Job], is_choice: bool
) -> Iterator[Finding]:
    """A partition, for the jobs that go there, or may."""
    if name not in known:
        near = nearest(name, known)
        hint = f"did you mean {near}?" if near else f"there is {', '.join(known)}"
        yield fail(_called(name), "there is none of this name", f"{hint} ({_where(asked, jobs)})")
        return
    partition = known[name]
    problems = [*_closed(partition, jobs)]
    if not is_choice:  # else whether one of them fits is told by sbatch
        problems += [*_too_short(partition, jobs), *_no_gpu(partition, jobs)]
    for text, hint in problems:
        yield fail(_called(name), text, f"{hint} ({_where(asked, jobs)})")
    if not problems:
        longest = partition.get("MaxTime", "?")
        longest = "of any length" if longest == "UNLIMITED" else f"up to {longest}"
        yield ok(_called(name), f"{partition.get('TotalNodes', '?')} nodes, jobs {longest}")
    if partition.get("PreemptMode", "OFF") not in ("OFF", "REQUEUE"):
        told = f"jobs of higher priority end those here ({partition['PreemptMode']})"
        yield warn(_called(name), told, "such jobs are submitted again; long ones lose their time")


def _closed(partition: Partition, jobs: list[Job]) -> Iterator[tuple[str, str]]:
    if partition.get("State", "UP") != "UP":
        yield f"is {partition['State']}", "choose another"
    accounts = {job["slurm_account"] for job in jobs} - {""}
    allowed = _names(partition.get("AllowAccounts", "ALL"))
    denied = _names(partition.get("DenyAccounts", ""))
    for account in sorted(accounts):
        if (allowed and account not in allowed) or account in denied:
            whom = f"only {', '.join(sorted(allowed))}" if allowed else f"not {account}"
            yield f"is not for account {account} ({whom})", "choose another slurm_account or one"
    groups = _names(partition.get("AllowGroups", "ALL"))
    if groups and os.getuid() and not groups & _own_groups():
        yield f"is for the groups {', '.join(sorted(groups))} only", "ask to join one"


def _names(listed: str) -> set[str]:
    """What a list of SLURM names; empty where it names all."""
    return set() if listed in ("ALL", "", "(null)", "NONE") else set(listed.split(","))


def _own_groups() -> set[str]:
    own = set()
    for number in {*os.getgroups(), os.getgid()}:
        try:
            own.add(grp.getgrgid(number).gr_name)
        except KeyError:  # a group without a name
            continue
    return own


def too_short_at_last(
    asked: Asked, jobs: list[Job], known: Mapping[str, Partition]
) -> Iterator[Finding]:
    """A job whose time was over asks for more: is that allowed, too?"""
    for name, partition in known.items():
        theirs = [job for job in jobs if job["slurm_partition"] == name]
        for text, _ in _too_short(partition, theirs):
            hint = "a job that took too long would not begin again: set a shorter runtime at first"
            yield warn("last attempts", f"partition {name} {text}", f"{hint} ({asked.file})")


def _too_short(partition: Partition, jobs: list[Job]) -> Iterator[tuple[str, str]]:
    """Longer jobs are refused, or wait for ever, as the site has set it."""
    limit = minutes(partition.get("MaxTime", ""))
    longer = [job for job in jobs if job.number("runtime") > limit]
    if longer:
        longest = max(longer, key=lambda job: job.number("runtime"))
        asks = f"{longest.called} asks for {longest.number('runtime')}"
        more = f", and {len(longer) - 1} others for too much" if len(longer) > 1 else ""
        hint = "set a shorter runtime under set-resources, or choose a longer partition"
        yield f"allows {limit:.0f} minute{'s' * (limit != 1)}, and {asks}{more}", hint


def _no_gpu(partition: Partition, jobs: list[Job]) -> Iterator[tuple[str, str]]:
    asking = [job for job in jobs if job.gpus]
    if not asking:
        return
    name = partition["PartitionName"]
    there = ask("sinfo", "--noheader", f"--partition={name}", "--format=%G").split()
    if not any(gres.startswith("gpu") for gres in there):
        yield f"has no GPU, and {asking[0].called} asks for one", "choose another for this rule"
