"""What SLURM calls the states of jobs and the reasons of waiting: in words, and what follows.

From the manual pages of squeue and sacct (JOB STATE CODES, JOB REASON CODES) and
slurm.schedmd.com/job_reason_codes.html, versions 20.11 to 25.05.
"""

import re
from dataclasses import dataclass
from typing import Literal

Retry = Literal["as it is", "with more", "no"]


@dataclass(frozen=True)
class JobState:
    """One state of a job.

    Attributes:
        is_ended: the job has no process any more and will get none.
        error_class: ``transient``, ``permanent`` or ``unknown``; empty where it is no failure.
        retry: whether another try can succeed: as it is, with more memory or time, or not.
        words: what it means.
        hint: what to do about it.
        is_waiting: has no node yet, or has lost it for a while.
    """

    is_ended: bool
    error_class: str = ""
    retry: Retry = "no"
    words: str = ""
    hint: str = ""
    is_waiting: bool = False

    @property
    def is_failure(self) -> bool:
        """Whether the job has ended, and not well."""
        return bool(self.error_class)


@dataclass(frozen=True)
class WaitReason:
    """Why a job waits.

    Attributes:
        words: what it means.
        hint: what to do about it; empty where there is nothing to do but wait.
        passes: whether it will begin without anybody doing anything.
        is_final: only a change of what the job asks for would let it begin.
    """

    words: str
    hint: str = ""
    passes: bool = True
    is_final: bool = False


def _waits(words: str) -> JobState:
    return JobState(False, words=words, is_waiting=True)


def _failed(error_class: str, retry: Retry, words: str, hint: str) -> JobState:
    return JobState(True, error_class, retry, words, hint)


_MORE_MEMORY = "it is tried again with more where the rule's mem_mb grows with attempt"
_MORE_TIME = "it is tried again with more where the rule's runtime grows with attempt"

STATES: dict[str, JobState] = {
    "PENDING": _waits("waits"),
    "CONFIGURING": _waits("its node is made ready"),
    "REQUEUED": _waits("put back into the queue"),
    "REQUEUE_HOLD": _waits("put back into the queue, and held there"),
    "REQUEUE_FED": _waits("put back into the queue by a federation"),
    "SPECIAL_EXIT": _waits("put back into the queue with a special exit, and held there"),
    "RESV_DEL_HOLD": _waits("held, because its reservation was deleted"),
    "SUSPENDED": _waits("suspended: its node was given to another job"),
    "STOPPED": _waits("stopped by a signal"),
    "RUNNING": JobState(False, words="runs"),
    "COMPLETING": JobState(False, words="is coming to its end"),
    "STAGE_OUT": JobState(False, words="copies files from the burst buffer"),
    "SIGNALING": JobState(False, words="gets a signal"),
    "RESIZING": JobState(False, words="is about to change its size"),
    "COMPLETED": JobState(True, words="completed"),
    "FAILED": _failed("unknown", "with more", "ended with an error", ""),
    "OUT_OF_MEMORY": _failed(
        "permanent", "with more", "killed because it used more memory than it asked for",
        f"give the rule more mem_mb; {_MORE_MEMORY}",
    ),
    "TIMEOUT": _failed(
        "permanent", "with more", "killed because it took longer than it asked for",
        f"give the rule more runtime; {_MORE_TIME}",
    ),
    "DEADLINE": _failed(
        "permanent", "no", "ended because its deadline had come",
        "take --deadline out of slurm_extra, or submit earlier",
    ),
    "CANCELLED": _failed(
        "permanent", "no", "cancelled from outside",
        "somebody ran scancel on it; resume the run, or type the same command again, to make it",
    ),
    "WITHDRAWN": _failed(
        "permanent", "no", "taken out of the queue because the run ended",
        "resume the run, or type the same command again, to make it",
    ),
    "REVOKED": _failed(
        "permanent", "no", "revoked: another cluster of the federation runs it",
        "submit to one cluster",
    ),
    "NODE_FAIL": _failed("transient", "as it is", "its node failed", "tell the administrators"),
    "BOOT_FAIL": _failed(
        "transient", "as it is", "its node could not be started", "tell the administrators"
    ),
    "LAUNCH_FAILED": _failed(
        "transient", "as it is", "its node could not begin it", "tell the administrators"
    ),
    "RECONFIG_FAIL": _failed(
        "transient", "as it is", "its node could not be made ready", "tell the administrators"
    ),
    "PREEMPTED": _failed(
        "transient", "as it is", "ended to make room for a job of higher priority",
        "use a partition or QOS that is not preempted",
    ),
    "NEVER_BEGINS": _failed(
        "permanent", "no", "waited in vain, and was taken out of the queue",
        "correct what the rule asks for",
    ),
    "GONE": _failed(
        "unknown", "with more", "left SLURM's queue, and neither its log nor accounting says how",
        "ask the administrators whether the controller lost its state; sacct would tell",
    ),
}  # fmt: skip
"""By SLURM's full name, see `state_of`; GONE is ours, for a job that SLURM says nothing about, and
NEVER_BEGINS for one that waits for what only a change of its rule can give."""

_UNKNOWN_STATE = JobState(False, words="is in a state that is not known here")


def normal_state(text: str) -> str:
    """SLURM's name of a state as it is in `STATES`: of ``CANCELLED by 1000`` only the first word.

    ``RUNNING+`` of a shortened column, and the list ``NODE_FAIL,REQUEUED`` of newer versions,
    are cut to what comes first.
    """
    words = text.replace(",", " ").split()
    return words[0].rstrip("+").upper() if words else ""


def state_of(text: str) -> JobState:
    """The state that SLURM calls so; one that is not known has not ended."""
    return STATES.get(normal_state(text), _UNKNOWN_STATE)


_MORE_LATER = "use a smaller `jobs:`, or ask for a higher limit"
_LIMIT_PASSES = "waits until other jobs end"


def _held(words: str, hint: str) -> WaitReason:
    return WaitReason(words, hint, passes=False)


def _never(words: str, hint: str) -> WaitReason:
    return WaitReason(words, hint, passes=False, is_final=True)


REASONS: dict[str, WaitReason] = {
    "None": WaitReason("about to be looked at"),
    "Priority": WaitReason("jobs of higher priority come first"),
    "Resources": WaitReason("no node has enough free for it now"),
    "BeginTime": WaitReason("its begin time has not come; so after a requeue"),
    "Prolog": WaitReason("its node is made ready"),
    "Cleaning": WaitReason("what it left at its last try is cleaned up"),
    "JobLaunchFailure": _held(
        "its node could not begin it", "tell the administrators; scontrol release lets it go on"
    ),
    "launch_failed_requeued_held": _held(
        "its node could not begin it, and it is held",
        "see the node's log; scontrol release lets it go on",
    ),
    "Dependency": WaitReason("waits for another job"),
    "DependencyNeverSatisfied": _never(
        "the job that it waits for has failed", "take --dependency out of slurm_extra"
    ),
    "Licenses": WaitReason("waits for a licence"),
    "FrontEndDown": WaitReason("no front end is up", "tell the administrators"),
    "NodeDown": WaitReason("a node that it needs is down", "tell the administrators"),
    "PartitionDown": _held(
        "the partition is down", "choose another slurm_partition, or ask the administrators"
    ),
    "PartitionInactive": _held(
        "the partition is inactive", "choose another slurm_partition, or ask the administrators"
    ),
    "PartitionNodeLimit": _never(
        "asks for more nodes than the partition allows", "ask for less, or another slurm_partition"
    ),
    "PartitionTimeLimit": _never(
        "its runtime is longer than the partition allows",
        "set a shorter runtime for the rule, or another slurm_partition",
    ),
    "PartitionConfig": _never(
        "the partition does not allow what it asks for", "choose another slurm_partition"
    ),
    "TimeLimit": _never("its runtime is longer than what is allowed", "set a shorter runtime"),
    "ReqNodeNotAvail": WaitReason(
        "a node that it needs is down, drained or reserved",
        "ask for another node or partition if it lasts; a maintenance may come before it could end",
    ),
    "Reserved": WaitReason("a node that it needs is reserved"),
    "Reservation": WaitReason("its reservation has not begun"),
    "ReservationDeleted": _never("its reservation was deleted", "take reservation out"),
    "BadConstraints": _never(
        "no node has what it asks for", "correct constraint, gres, mem_mb or threads of the rule"
    ),
    "job_requeued_in_held_state": _held(
        "put back into the queue, and held there", "scontrol release lets it go on"
    ),
    "Nodes_required_for_job_are_DOWN": WaitReason("a node that it needs is down or reserved"),
    "JobHeldUser": _held("held by a user", "scontrol release lets it go on"),
    "JobHeldAdmin": _held("held by an administrator", "ask why; only they can release it"),
    "InvalidAccount": _never("the account is not valid", "correct slurm_account"),
    "AccountNotAllowed": _never(
        "the partition does not allow the account", "correct slurm_account or slurm_partition"
    ),
    "InvalidQOS": _never("the QOS is not valid", "correct qos"),
    "QOSNotAllowed": _never(
        "the QOS is not allowed for this account or partition", "correct qos or slurm_partition"
    ),
    "QOSJobLimit": WaitReason("as many jobs run as the QOS allows", _MORE_LATER),
    "QOSResourceLimit": WaitReason("as much is used as the QOS allows", _MORE_LATER),
    "QOSTimeLimit": _never("its runtime is longer than the QOS allows", "set a shorter runtime"),
    "QOSUsageThreshold": WaitReason("more is used than the QOS should", _MORE_LATER),
    "QOSMaxJobsPerUserLimit": WaitReason("as many of your jobs run as the QOS allows"),
    "QOSMaxSubmitJobPerUserLimit": WaitReason("as many of your jobs wait as the QOS allows"),
    "QOSMaxWallDurationPerJobLimit": _never(
        "its runtime is longer than the QOS allows", "set a shorter runtime, or another qos"
    ),
    "AssociationJobLimit": WaitReason("as many jobs run as your account may", _MORE_LATER),
    "AssociationResourceLimit": WaitReason("as much is used as your account may", _MORE_LATER),
    "AssociationTimeLimit": _held("the time of your account is used up", "ask for more"),
    "AssocMaxJobsLimit": WaitReason("as many of your jobs run as your account may"),
    "AssocMaxWallDurationPerJobLimit": _never(
        "its runtime is longer than your account may", "set a shorter runtime"
    ),
    "MaxMemPerLimit": _never("asks for more memory than is allowed", "set a smaller mem_mb"),
    "JobArrayTaskLimit": WaitReason("as many tasks of the array run as it allows"),
    "NonZeroExitCode": WaitReason("ended with an error"),
    "RaisedSignal": WaitReason("ended by a signal"),
    "SystemFailure": WaitReason("SLURM itself failed", "tell the administrators"),
    "InactiveLimit": WaitReason("reached the limit of inactivity"),
    "NodeFail": WaitReason("its node failed"),
    "WaitingForScheduling": WaitReason("about to be looked at"),
    "FedJobLock": WaitReason("the clusters of the federation are deciding"),
    "BurstBufferResources": WaitReason("waits for the burst buffer"),
    "BurstBufferStageIn": WaitReason("its files are copied to the burst buffer"),
    "PowerNotAvail": WaitReason("not enough power"),
    "PowerReserved": WaitReason("power is reserved"),
}
"""By SLURM's name; see `reason_of`."""

_ENDINGS: tuple[tuple[str, WaitReason], ...] = (
    # QOSGrpCpuLimit, AssocGrpMemLimit, …: a group's use, which falls when its jobs end
    ("GrpCPUMinutesLimit", _held("the time of your group is used up", "ask for more")),
    ("GrpBillingMinutes", _held("the time of your group is used up", "ask for more")),
    ("MinutesLimit", _held("asks for more time than is left", "ask for less, or for more time")),
    ("RunMinutes", WaitReason(f"as much time is promised as may be; {_LIMIT_PASSES}")),
    ("PerJobLimit", _never("asks for more than one job may", "ask for less")),
    ("PerJob", _never("asks for more than one job may", "ask for less")),
    ("PerNode", _never("asks for more on one node than a job may", "ask for less")),
)


def normal_reason(text: str) -> str:
    """SLURM's name of a reason: of ``(ReqNodeNotAvail, UnavailableNodes:n1)`` what comes first."""
    words = re.split(r"[,(]", text.strip().strip("()"))[0].split()
    return "_".join(words)  # some are whole sentences, which scontrol writes in this way, too


def reason_of(text: str) -> WaitReason:
    """Why a job waits, from SLURM's name of it; one that is not known passes by itself."""
    name = normal_reason(text)
    if name in REASONS:
        return REASONS[name]
    for ending, reason in _ENDINGS:
        if name.endswith(ending):
            return reason
    if "Grp" in name:
        return WaitReason(f"your group uses as much as it may; {_LIMIT_PASSES}")
    if name.startswith(("QOS", "Assoc")) and "Max" in name:
        return WaitReason(f"you use as much as you may; {_LIMIT_PASSES}")
    return WaitReason(f"SLURM says {name}" if name else "about to be looked at")
