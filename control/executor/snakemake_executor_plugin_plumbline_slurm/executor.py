"""The executor: between Snakemake's scheduler and SLURM."""

import atexit
import math
import threading
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from snakemake_executor_plugin_slurm import Executor as SlurmExecutor
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.real import RealExecutor
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.settings import CommonSettings

from control.record.dead_letter import Failure
from engines.contract.clock import utc
from snakemake_executor_plugin_plumbline_slurm.cancelling import (
    WITHDRAWN,
    cancel_all,
    take_out,
    take_out_waiting,
    withdrawn,
)
from snakemake_executor_plugin_plumbline_slurm.commands import NotAnswered
from snakemake_executor_plugin_plumbline_slurm.decisions import (
    RESUBMISSIONS,
    Asked,
    Step,
    decide,
    exit_code,
    explain,
    hint_of,
    spoke_for_itself,
)
from snakemake_executor_plugin_plumbline_slurm.earlier_runs import Note
from snakemake_executor_plugin_plumbline_slurm.job_log import remove_old, with_cause
from snakemake_executor_plugin_plumbline_slurm.letters import Letters
from snakemake_executor_plugin_plumbline_slurm.pace import Pace
from snakemake_executor_plugin_plumbline_slurm.preparation import Preparation
from snakemake_executor_plugin_plumbline_slurm.queue_view import Seen, Used, look, look_up_use
from snakemake_executor_plugin_plumbline_slurm.stuck import HELD_BY_SLURM, Stuck
from snakemake_executor_plugin_plumbline_slurm.submission import Call, Refused, Submitter
from snakemake_executor_plugin_plumbline_slurm.telling import Teller, named
from snakemake_executor_plugin_plumbline_slurm.vanished import Vanished

common_settings = CommonSettings(
    non_local_exec=True,
    implies_no_shared_fs=False,
    job_deploy_sources=False,
    pass_default_storage_provider_args=True,
    pass_default_resources_args=True,
    pass_envvar_declarations_to_cmd=False,
    auto_deploy_default_storage_provider=False,
)
_SUBMITTING = 4
"""Threads that run sbatch."""


class Executor(SlurmExecutor):  # type: ignore[misc]
    """Submits jobs to SLURM, follows them, and says why they ended.

    Three kinds of threads: Snakemake's own hands over jobs, some submit them, and one looks
    at the queue. What they share is below the lock of the base class, or safe by itself.
    """

    def __init__(self, workflow: Any, logger: Any) -> None:
        self._wake, self._stop = threading.Event(), threading.Event()
        self._pace = Pace(workflow.executor_settings.poll_seconds)
        # not the one of the slurm plugin, which takes SLURM's variables out of the environment
        RemoteExecutor.__init__(self, workflow, logger)

    def __post_init__(self, test_mode: bool = False) -> None:
        if self.workflow.remote_execution_settings.immediate_submit:
            raise WorkflowError("plumbline-slurm: --immediate-submit is not possible with it")
        self._preparation = Preparation(self)
        self.run_uuid = self._preparation.name
        self.slurm_logdir = self._preparation.logdir
        self.logger.info(f"SLURM run ID: {self.run_uuid}")
        self._submitter = Submitter(self.logger.warning)
        self._pool = ThreadPoolExecutor(_SUBMITTING, thread_name_prefix="sbatch")
        self._teller = Teller(self.logger)
        self._letters = Letters(Path.cwd())
        patience = max(30.0, 2.0 * self.workflow.execution_settings.latency_wait)
        self._vanished = Vanished(patience)
        self._stuck = Stuck(60.0 * self.workflow.executor_settings.give_up_minutes)
        self._silent_since: float | None = None
        self._strays: set[str] = set()
        self._taken_out: set[str] = set()
        self._is_left = False
        locks = getattr(self.workflow.persistence, "_lockfile", {}).values()
        self._note = Note(Path.cwd(), self.run_uuid, locks)
        if killed := self._note.begin():
            self.logger.warning(
                f"earlier runs here that were killed: {killed}; their jobs are out of the queue"
            )
        atexit.register(self._leave)

    # -- submitting

    def run_jobs(self, jobs: Sequence[Any]) -> None:
        """Take over jobs; they are submitted one after another in other threads."""
        for job in jobs:
            self.run_job_pre(job)
            self.run_job(job)

    def run_job(self, job: Any) -> None:
        """Take over one job."""
        try:
            call = self._preparation.call_for(job)
        except WorkflowError as error:
            self._refuse(job, str(error))
            return
        self._pool.submit(self._guarded, self._submit, job, call)

    def _submit(self, job: Any, call: Call) -> None:
        if info := self._hand_over(job, call, resubmissions=0):
            self.report_job_submission(info)
            self._wake.set()
        else:
            self._leave_undone(job)

    def _resubmit(self, info: SubmittedJobInfo, node: str) -> None:
        """Submit a job anew, but not on the node that failed it, where there is another."""
        call: Call = info.aux["call"]
        count = info.aux["resubmissions"] + 1
        try:
            anew = self._hand_over(info.job, call.anew(count, but_not_on=node), count)
        except Refused:
            anew = self._hand_over(info.job, call.anew(count, but_not_on=""), count)
        if anew:
            with self.lock:
                self.active_jobs.append(anew)
            self._wake.set()
        else:
            self._leave_undone(info.job)

    def _hand_over(self, job: Any, call: Call, resubmissions: int) -> SubmittedJobInfo | None:
        external_id = self._submitter.submit(call)
        if external_id is None:
            return None
        log = call.log.with_name(call.log.name.replace("%j", external_id))
        told = f"Job {job.jobid} has been submitted with SLURM jobid {external_id} (log: {log})."
        self.logger.info(told)
        aux = {"slurm_logfile": log, "call": call, "resubmissions": resubmissions, "since": utc()}
        return SubmittedJobInfo(job, external_jobid=external_id, aux=aux)

    def _guarded(self, action: Any, job: Any, *arguments: Any) -> None:
        """In a thread of the pool: whatever goes wrong becomes the job's error, none is lost."""
        of = job.job if isinstance(job, SubmittedJobInfo) else job
        try:
            action(job, *arguments)
        except Refused as error:
            self._refuse(of, str(error))
        except Exception as error:
            self._refuse(of, f"not submitted: {type(error).__name__}: {error}")

    def _refuse(self, job: Any, why: str) -> None:
        _give_up(job)
        if job.is_group():
            self.logger.error(f"Group {job.jobid}: {why}")
        self.report_job_error(SubmittedJobInfo(job), msg=why)

    # -- following

    async def check_active_jobs(
        self, active_jobs: list[SubmittedJobInfo]
    ) -> AsyncGenerator[SubmittedJobInfo, None]:
        """Look at the queue once, and do what follows; gives the jobs that have not ended."""
        if not active_jobs:
            return
        jobs = {info.external_jobid: info for info in active_jobs}
        seen = self._look(jobs)
        if seen is None or self._stop.is_set():
            for info in active_jobs:
                yield info
            return
        if self._is_to_stop:
            self._take_out_waiting(seen)
        steps = {job: self._step(jobs[job], how) for job, how in seen.items()}
        held = [job for job, step in steps.items() if _may_begin_yet(seen[job], step)]
        if held and not take_out(held):
            steps |= dict.fromkeys(held, Step.KEEP)
        ended = [job for job, step in steps.items() if step in (Step.FAILED, Step.GIVEN_UP)]
        used = look_up_use(ended) if ended else {}
        for job, info in jobs.items():
            step = steps.get(job, Step.KEEP)
            if step is Step.KEEP:
                yield info
            else:
                self._submitter.ended(job)
                if job in self._taken_out and seen[job].state == WITHDRAWN:
                    self._leave_undone(info.job)
                    continue
                self._end(info, seen[job], step, used.get(job, Used()))

    def _look(self, jobs: Mapping[str, SubmittedJobInfo]) -> dict[str, Seen] | None:
        """How SLURM sees these jobs; None while it does not answer."""
        start = time.monotonic()
        try:
            queue = look(self.run_uuid)
        except NotAnswered as error:
            self._is_silent(str(error))
            return None
        seconds = time.monotonic() - start
        self._answers_again()
        self._cancel_strays(queue)
        logs = {job: info.aux["slurm_logfile"] for job, info in jobs.items() if job not in queue}
        queue |= self._vanished.settle(logs)
        seen = {
            job: with_cause(queue[job], info.aux["slurm_logfile"])
            for job, info in jobs.items()
            if job in queue
        }
        seen |= self._stuck.settle(seen, {job: jobs[job].aux["slurm_logfile"] for job in seen})
        seen = withdrawn(seen, self._taken_out)
        ids = {job: _id_of(info.job) for job, info in jobs.items()}
        changed = self._teller.tell(ids, seen, lambda job: named(jobs[job].job))
        self._pace.looked(seconds, len(jobs), changed)
        return seen

    def _cancel_strays(self, queue: Mapping[str, Seen]) -> None:
        """Cancel jobs of ours that nobody follows: another job makes the same output."""
        living = [
            job
            for job, seen in queue.items()
            if not (seen.meaning.is_ended or seen.state == "COMPLETING")
        ]
        if strays := self._submitter.strays(living):
            take_out(strays)
        for job in set(strays) - self._strays:
            self._strays.add(job)
            self.logger.warning(
                f"SLURM job {job} is none that is followed here (SLURM took it late, or brought it"
                " back): it is cancelled"
            )

    def _step(self, info: SubmittedJobInfo, seen: Seen) -> Step:
        step = decide(seen, info.aux["resubmissions"])
        if step is Step.RESUBMIT and info.aux.get("ending") != seen:
            info.aux["ending"] = seen  # SLURM may be about to put it back into the queue itself
            return Step.KEEP
        return step

    def _end(self, info: SubmittedJobInfo, seen: Seen, step: Step, used: Used) -> None:
        if step is Step.SUCCEEDED:
            self._letters.succeeded(info.job)
            self.report_job_success(info)
            if not self.workflow.executor_settings.keep_successful_logs:
                with suppress(OSError):
                    info.aux["slurm_logfile"].unlink(missing_ok=True)
            return
        resources = info.job.resources
        asked = Asked(str(resources.get("mem_mb", "")), str(resources.get("runtime", "")))
        why = explain(seen, asked, used)
        if step is Step.RESUBMIT:
            again = f"submitted anew ({info.aux['resubmissions'] + 1} of {RESUBMISSIONS})"
            self.logger.warning(
                f"Job {info.job.jobid}, SLURM job {seen.external_id}: {why}; {again}"
            )
            self._pool.submit(self._guarded, self._resubmit, info, seen.node)
        else:
            self._fail(info, seen, why, is_final=step is Step.GIVEN_UP)

    def _fail(self, info: SubmittedJobInfo, seen: Seen, why: str, is_final: bool) -> None:
        job, log, meaning = info.job, info.aux["slurm_logfile"], seen.meaning
        hint = hint_of(seen)
        error = Failure(meaning.error_class, exit_code(seen), why, hint)
        self._letters.note(job, error, info.aux["since"])
        if is_final:
            _give_up(job)
        if job.attempt > job.restart_times and not spoke_for_itself(seen):
            for problem in self._letters.give_up(job, error, seen.node, log):
                self.logger.warning(problem)
        info.aux["has_begun"] = bool(seen.node) or log.exists() or seen.state == "GONE"
        text = "; ".join(filter(None, (f"SLURM job {seen.external_id}: {why}", hint)))
        if job.is_group():
            self.logger.error(f"Group {job.jobid}: {text}")  # nothing else would say it
        self.report_job_error(info, msg=text, aux_logs=[str(log)] if log.exists() else [])

    def print_job_error(self, job_info: SubmittedJobInfo, msg: Any = None, **more: Any) -> None:
        """Say what went wrong, and nothing around it."""
        job = job_info.job
        if job_info.external_jobid is not None:
            more["external_jobid"] = job_info.external_jobid
        if not job.is_group() and not (job_info.aux or {}).get("has_begun"):
            # a log of its rule is of an earlier attempt, and says nothing of this
            about = job.get_log_error_info(msg, **more) | {"log": more.get("aux_logs") or []}
            self.logger.error(f"Error in rule {job.rule.name}, jobid: {job.jobid}", extra=about)
            return
        RealExecutor.print_job_error(self, job_info, msg=msg, **more)

    def _is_silent(self, error: str) -> None:
        self._pace.failed()
        if self._silent_since is None:
            self._silent_since = time.monotonic()
            self.logger.warning(f"SLURM does not answer ({error}); jobs go on, and so does this")

    def _answers_again(self) -> None:
        if self._silent_since is not None:
            seconds = time.monotonic() - self._silent_since
            self._silent_since = None
            self.logger.warning(f"SLURM answers again after {seconds:.0f} s")

    async def sleep(self) -> None:
        """Wait for the next look; a submission shortens it, the end of the run ends it."""
        if self._stop.wait(self._pace.at_least):
            time.sleep(0.05)  # until the loop around it has been told
            return
        with self.lock:
            is_idle = not self.active_jobs
        left = math.inf if is_idle else self._pace.at_most - self._pace.at_least
        end = time.monotonic() + left
        while (left := end - time.monotonic()) > 0 and not self._wake.wait(min(1.0, left)):
            if self._is_to_stop:
                self._submitter.stop()  # what waits here for room is not waited for
                if not is_idle:
                    break
        self._wake.clear()

    # -- ending

    @property
    def _is_to_stop(self) -> bool:
        """Whether Snakemake only waits for what runs: somebody sent it SIGTERM."""
        return getattr(self.workflow.scheduler, "_user_kill", None) == "graceful"

    def _take_out_waiting(self, seen: Mapping[str, Seen]) -> None:
        """Take out of the queue what has not begun; what has begun goes on."""
        self._submitter.stop()
        waiting = [job for job, how in seen.items() if how.has_not_begun]
        if new := set(waiting) - self._taken_out:
            self.logger.warning(f"Stop: taking {_jobs(len(new))} out of SLURM's queue")
        self._taken_out.update(waiting)
        take_out_waiting(waiting)

    def _leave_undone(self, job: Any) -> None:
        """A job that will not begin because the run ends: no failure, so nothing is said of it."""
        if not self._stop.is_set():
            _give_up(job)
            self.workflow.scheduler.error_callback(job)

    def cancel_jobs(self, active_jobs: list[SubmittedJobInfo]) -> None:
        """Cancel everything of this run, also what is being submitted at this moment."""
        self._stop.set()
        self._submitter.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
        names = {info.external_jobid: _id_of(info.job) for info in active_jobs}
        if count := len(self._submitter.live):
            told = f"Taking {_jobs(count)} out of SLURM's queue; waiting for their end"
            self.logger.warning(told)
        left = cancel_all(self.run_uuid)
        self._teller.tell(names, withdrawn(left.seen, left.seen))
        self._submitter.live.clear()  # what is left now is left for good, and told
        self._submitter.is_uncertain = False
        self._is_left = bool(left.problem)
        if left.problem:
            self.logger.warning(left.problem)
        else:
            self._note.end()

    def shutdown(self) -> None:
        """End the threads. Jobs that are left, because we stumbled ourselves, are cancelled."""
        self._stop.set()
        self._wake.set()
        self._submitter.stop()
        self._pool.shutdown(wait=True)
        RemoteExecutor.shutdown(self)
        if self._submitter.live or self._submitter.is_uncertain:
            self.cancel_jobs(list(self.active_jobs))
        elif not self._is_left:
            self._note.end()
        remove_old(self.slurm_logdir, self.workflow.executor_settings.delete_logfiles_older_than)

    def _leave(self) -> None:
        """The process ends: nothing of it may stay in the queue."""
        if self._submitter.live:
            self._submitter.stop()
            cancel_all(self.run_uuid, seconds=10)


def _id_of(job: Any) -> int | str:
    return str(job.jobid) if job.is_group() else int(job.jobid)


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


def _may_begin_yet(seen: Seen, step: Step) -> bool:
    """Whether a job that we are done with may still be in SLURM's queue."""
    return step is not Step.KEEP and seen.state in HELD_BY_SLURM


def _give_up(job: Any) -> None:
    """No further attempt of this job; its resources stay what they were, they are given back."""
    job._attempt = max(job.attempt, job.restart_times + 1)
