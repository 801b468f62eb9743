"""From Snakemake's events to messages: the state machine of a run.

What Snakemake leaves out is put in here (all seen in real runs of 9.27): jobs that fail
without an event of their own, attempts (a retry has the same id), the ends of jobs that
a cancelled or dead run leaves open, ids of a cluster's queue (told in text only), and
several Snakemakes one after another in one run directory, each with ids from 0.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from control.events import snakemake_texts as texts
from control.events.cluster_job import cluster_jobs
from control.events.cluster_queue import ClusterQueue
from control.events.event_fields import (
    Event,
    Malformed,
    count_map,
    ids,
    number,
    numbers,
    text_list,
    text_map,
    text_of,
    time_of,
    time_or_none,
)
from control.events.facts import details_of_job, facts_of_run
from control.events.job_attempts import JobAttempt, RuleState
from control.events.job_table import JobTable
from control.events.journal import Draft, draft
from control.events.rule_graph import RuleGraph, TooLarge, graph_of
from control.events.snakemake_errors import Advice, advise, advise_on_exit, error_data
from control.record.message import MessageType
from control.record.plain_text import visible, visible_lines, visible_text
from control.record.request import Request
from control.record.run_dir import Run, State

_LEVELS = {"debug": "debug", "warning": "warning", "error": "error", "critical": "error"}
_WHY = {
    State.QUEUED: "waits for its turn",
    State.CANCELLED: "cancelled on request",
    State.INTERRUPTED: "its Snakemake died without a word; the run can be resumed",
}
# How open jobs end with their run: state, and why.
_ENDS = {
    State.COMPLETED: (RuleState.FINISHED, "the run completed; Snakemake did not tell of this job"),
    State.FAILED: (RuleState.FAILED, "the run failed; Snakemake did not tell how this job ended"),
    State.CANCELLED: (RuleState.CANCELLED, "the run was cancelled"),
}
_EVENTS_LOST = Advice("unknown", "what is missing is in Snakemake's own log, in .snakemake/log")
_UNREADABLE_EVENT = Advice("unknown", "it was left out; the run itself goes on")
_UNFORMED = Advice("permanent", "the rule's command cannot be formed: mend the rule")
_UNEXPLAINED = "failed; Snakemake does not say why"


class Translator:
    """Follows the events of one run and says what they mean.

    Pure and deterministic: after a restart it is made anew and fed the same events.

    Attributes:
        workdir: where Snakemake runs: relative logs start here; "" before it is known.
    """

    _table: JobTable
    _queue: ClusterQueue
    _done: int
    _total: int
    _told_share: float
    _lost: bool
    _cancelling: bool
    _graph: RuleGraph | None

    def __init__(self) -> None:
        self.workdir = ""
        self._with_logs: list[JobAttempt] = []
        self._at = "1970-01-01T00:00:00.000Z"
        self._handlers: Mapping[str, Callable[[Event], Iterable[Draft]]] = {
            "workflow_started": self._on_workflow_started,
            "rulegraph": self._on_rulegraph,
            "run_info": self._on_run_info,
            "job_started": self._on_job_started,
            "group_info": self._on_group_info,
            "job_info": self._on_job_info,
            "job_finished": self._on_job_finished,
            "job_error": self._on_job_error,
            "group_error": self._on_group_error,
            "cluster_jobs": self._on_cluster_jobs,
            "progress": self._on_progress,
            "error": self._on_error,
            "events_lost": self._on_events_lost,
            "message": self._on_message,
            "resources_info": self._on_message,
            "shellcmd": self._on_shellcmd,
        }
        self._is_started = False
        self._start_anew(process=1)

    @property
    def jobs(self) -> Mapping[int, JobAttempt]:
        """The open attempts of the current Snakemake, by job id."""
        return self._table.open

    def event(self, event: Event) -> list[Draft]:
        """What an event of ``events.ndjson`` tells. Never raises, whatever the event."""
        name = event.get("event")
        # what a later Snakemake may tell is a log at least, if it has a text
        handler = self._handlers.get(str(name), self._on_message)
        try:
            self._at = time_of(event)
            return [*self._settled(), *handler(event)]
        except Malformed as problem:
            text = f"an event {name} of Snakemake cannot be understood: {problem}"
            return [self._error(text, _UNREADABLE_EVENT)]

    def with_new_logs(self) -> list[JobAttempt]:
        """The attempts of which more logs became known since this was asked last."""
        found, self._with_logs = self._with_logs, []
        return found

    @property
    def is_holding(self) -> bool:
        """Whether something is to be told by :meth:`settle` once it has stood long enough."""
        return self._queue.is_holding

    def settle(self, at: str) -> list[Draft]:
        """What of a cluster's queue has stood long enough to be told at this time."""
        self._at = at
        return list(self._settled())

    def ended_by(self, event: Event) -> list[JobAttempt]:
        """The open attempts that ``event`` is about to end: their logs are read to the end first.

        Logs that the event itself names (a cluster's, of a failed job) are among theirs already.
        """
        jobids: Iterable[int] = ()
        try:
            match event.get("event"):
                case "workflow_started":
                    jobids = self.jobs
                case "job_finished" | "job_error":
                    jobids = [number(event, "jobid")]
                case "group_error":
                    jobids = numbers(event, "jobs")
                case "error":
                    without_output = texts.job_without_output(text_of(event, "message"))
                    jobids = [] if without_output is None else [without_output]
        except Malformed:
            return []
        attempts = [self.jobs[jobid] for jobid in jobids if jobid in self.jobs]
        for attempt in attempts:
            attempt.add_logs([*text_list(event, "log"), *text_list(event, "aux_logs")])
        return attempts

    def status(
        self, state: State, run: Run | None, request: Request | None, at: str, *, owner: str = ""
    ) -> list[Draft]:
        """A change of state of the run; one that is final first ends the jobs that are open.

        Args:
            state: the new state. ``interrupted`` leaves jobs open: it is only derived, and
                on a cluster they may still run.
            run: run.json, where there is one.
            request: what was asked; its `user` is not looked at.
            at: when; UTC with milliseconds.
            owner: the user whose run it is, as the service believes it.
        """
        self._at = at
        drafts = list(self._end_open_jobs(*_ENDS[state])) if state.is_final else []
        if state is State.COMPLETED and self._told_share < 100:
            self._done = self._total
            drafts.append(self._progress(progress=100.0))
        data: dict[str, Any] = {"status": state, "message": _WHY.get(state, ""), "timestamp": at}
        if request is not None:
            data |= {"name": visible(request.name), "analysis": visible(request.analysis)}
            if created := time_or_none(request.created):
                data["created"] = created
        data["owner"] = owner
        if run is not None:
            data |= facts_of_run(run)
            if run.state is state and run.why:
                data["message"] = visible(run.why)
        if self._is_started:
            failed = self._table.failed
            data["jobs"] = {"total": self._total, "done": self._done, "failed": failed}
        return [*drafts, draft(MessageType.STATUS, at, data)]

    # -- of the run

    def _on_workflow_started(self, event: Event) -> Iterator[Draft]:
        yield from self._end_open_jobs(RuleState.CANCELLED, "the Snakemake that ran it has ended")
        is_first = not (self._is_started or self._table.has_jobs)
        self._start_anew(self._table.process + (0 if is_first else 1))
        self._is_started = True
        self.workdir = text_of(event, "cwd")

    def _on_rulegraph(self, event: Event) -> Iterator[Draft]:
        try:
            self._graph = graph_of(event)  # told with what is to be done, which follows
        except TooLarge as size:
            yield from self._log(f"the graph of rules is left out: it has {size}", "warning")

    def _on_run_info(self, event: Event) -> Iterator[Draft]:
        rules = count_map(event, "stats")
        self._total = rules.pop("total", self._total)
        plan: dict[str, Any] = {"rules": rules}
        if self._graph is not None:
            plan["graph"] = self._graph.to_json()
        if self._table.process > 1:
            plan["process"] = self._table.process
        yield self._progress(**plan)

    def _on_progress(self, event: Event) -> Iterator[Draft]:
        done, total = number(event, "done"), number(event, "total")
        self._done, self._total = min(done, total), total
        yield self._progress()

    def _on_events_lost(self, event: Event) -> Iterator[Draft]:
        self._lost = True
        count = number(event, "count")
        yield self._error(f"{count} events of Snakemake were not recorded", _EVENTS_LOST)

    def _on_shellcmd(self, event: Event) -> Iterator[Draft]:
        return self._log(text_of(event, "cmd"), "debug")

    def _on_message(self, event: Event) -> Iterator[Draft]:
        text = text_of(event, "message")
        level = _LEVELS.get(text_of(event, "level"), "info")
        yield from self._log(text, "debug" if texts.is_chatter(text) else level)
        self._cancelling = self._cancelling or texts.is_cancellation(text)
        for attempt in self._table.named(texts.restarted_job(text)):
            if attempt.state is RuleState.FAILED:
                yield self._rule(attempt, RuleState.RETRIED)
        for job, external_id, log in texts.submissions(text):
            for attempt in self._table.named(job):
                yield from self._submitted(attempt, external_id, log)

    # -- of its jobs

    def _on_job_started(self, event: Event) -> Iterator[Draft]:
        for job in ids(event, "jobs"):
            if isinstance(job, int):  # the members of a group come with group_info
                yield from self._select(job)

    def _on_group_info(self, event: Event) -> Iterator[Draft]:
        members = numbers(event, "jobs")
        self._table.groups[text_of(event, "jobid")] = members
        for jobid in members:
            yield from self._select(jobid, visible(text_of(event, "group_id")))

    def _select(self, jobid: int, group: str = "") -> Iterator[Draft]:
        if jobid in self.jobs:
            untold = "Snakemake did not tell how this attempt ended"
            yield self._end(self.jobs[jobid], RuleState.CANCELLED, untold)
        attempt = self._table.select(jobid, self._at)
        attempt.group = group
        yield self._rule(attempt, RuleState.SELECTED, **({"group": group} if group else {}))

    def _on_job_info(self, event: Event) -> Iterator[Draft]:
        jobid = number(event, "jobid")
        attempt = self._table.known(jobid, self._at) if self._lost else self.jobs.get(jobid)
        if attempt is None or attempt.state is not RuleState.SELECTED:
            return  # a dry run only tells what it would do; or it is told once more
        attempt.rule = visible(text_of(event, "rule_name"))
        attempt.wildcards = text_map(event, "wildcards")
        attempt.command = text_of(event, "shellcmd")
        attempt.benchmark = text_of(event, "benchmark")
        attempt.since = self._at
        self._add_logs(attempt, text_list(event, "log"))
        state = RuleState.SUBMITTED if event.get("local") is False else RuleState.RUNNING
        yield self._rule(attempt, state, **details_of_job(event, attempt.group))

    def _submitted(self, attempt: JobAttempt, external_id: str, log: str) -> Iterator[Draft]:
        if not attempt.is_open:
            return
        self._queue.submitted(attempt)
        attempt.external_id = visible(external_id)
        if log and not attempt.logs:  # then nothing else tells what the job says
            self._add_logs(attempt, [log])
        yield self._rule(attempt, RuleState.SUBMITTED, external_id=attempt.external_id)

    def _on_cluster_jobs(self, event: Event) -> Iterator[Draft]:
        for job in cluster_jobs(event):
            for attempt in self._table.named(job.job):
                if attempt.is_open and self._queue.take(attempt, job, self._at):
                    yield self._queued(attempt)

    def _settled(self) -> Iterator[Draft]:
        for attempt in self._queue.due(self._at):
            yield self._queued(attempt)

    def _queued(self, attempt: JobAttempt) -> Draft:
        """Where the attempt stands in the cluster's queue, or that it runs."""
        job = attempt.told_queue = attempt.queue
        assert job is not None
        waits = job.is_waiting and not attempt.node
        state = RuleState.SUBMITTED if waits else RuleState.RUNNING
        return self._rule(attempt, state, **attempt.place, queue=job.to_json())

    def _on_job_finished(self, event: Event) -> Iterator[Draft]:
        attempt = self._table.known(number(event, "jobid"), self._at)
        yield self._end(attempt, RuleState.FINISHED)

    def _on_job_error(self, event: Event) -> Iterator[Draft]:
        attempt = self._table.known(number(event, "jobid"), self._at)
        if not attempt.is_open:
            return  # its end has been told
        attempt.rule = attempt.rule or visible(text_of(event, "rule_name"))
        attempt.add_logs(text_list(event, "log"))
        if attempt.state is RuleState.SUBMITTED and event.get("log") == []:
            attempt.never_began, attempt.logs = True, []  # what is there is of an earlier attempt
        aux = event.get("aux")
        if isinstance(aux, Mapping):
            attempt.external_id = visible(text_of(aux, "external_jobid")) or attempt.external_id
        if self._cancelling or attempt.is_interrupted:  # it ended because it was told to
            yield self._end(attempt, RuleState.CANCELLED, "the run was cancelled")
            return
        if not attempt.why:
            attempt.why = " ".join(visible_lines(text_of(event, "rule_msg"))) or _UNEXPLAINED
            yield self._failure(attempt)
        yield self._end(attempt, RuleState.FAILED)

    def _on_group_error(self, event: Event) -> Iterator[Draft]:
        members = [self._table.known(jobid, self._at) for jobid in numbers(event, "jobs")]
        external_id = visible(text_of(event, "external_jobid"))
        for attempt in members:
            attempt.external_id = external_id or attempt.external_id
            attempt.add_logs(text_list(event, "aux_logs"))
        known = [attempt for attempt in members if attempt.why]
        if members and not known and not self._cancelling:
            members[0].why = f"its group {_UNEXPLAINED}"
            yield self._failure(members[0])
        for attempt in members:
            culprits = ", ".join(member.name for member in known) or members[0].name
            attempt.why = attempt.why or f"its group failed with {culprits}"

    # -- of errors

    def _on_error(self, event: Event) -> Iterator[Draft]:
        text = text_of(event, "message").strip()
        exception = texts.first_exception(text) or text_of(event, "exception")
        jobid, rule = texts.job_without_output(text), texts.rule_at_fault(text)
        exit_ = texts.exit_of_command(text)
        if texts.is_summary(text):
            yield from self._log(text, "error")
        elif exit_ and (self._cancelling or exit_[0] == texts.INTERRUPTED):
            if interrupted := self._table.with_command(text):
                interrupted.is_interrupted = True
            yield from self._log(text, "warning")
        elif jobid is not None:
            attempt = self._table.known(jobid, self._at)
            attempt.why = "its output is missing"
            yield self._error(text, advise(exception), attempt, exception)
            if attempt.is_open:
                yield self._end(attempt, RuleState.FAILED)
        elif exit_ and (failing := self._table.with_command(text)):
            code, failing.why = exit_  # its job_error follows
            yield self._failure(failing, code, detail=text)
        elif rule and (unformed := self._table.without_info(rule)):
            unformed.rule, unformed.why = visible(rule), "its command cannot be formed"
            yield self._error(text, _UNFORMED, unformed, exception)
            yield self._end(unformed, RuleState.FAILED)
        else:
            yield self._error(text or exception, advise(exception), None, exception)

    def _failure(self, attempt: JobAttempt, code: int | None = None, **more: str) -> Draft:
        advice = advise_on_exit(code, visible(attempt.logs[-1]) if attempt.logs else "")
        if attempt.never_began:
            advice = advice._replace(hint="")  # why it was refused says what to do
        if attempt.queue is not None and attempt.queue.kind.is_failure:
            advice = advice.after(attempt.queue.kind.error_class, attempt.queue.kind.hint)
            attempt.why = attempt.why.removesuffix(f"; {attempt.queue.kind.hint}")  # told once
        data = error_data(f"{attempt.name}: {attempt.why}", advice, code)
        more = {name: visible_text(text) for name, text in more.items()}
        return draft(MessageType.ERROR, self._at, data | more | attempt.identity)

    def _error(
        self, text: str, advice: Advice, attempt: JobAttempt | None = None, exception: str = ""
    ) -> Draft:
        data = error_data(visible_text(text), advice) | (
            {"exception": exception} if exception else {}
        )
        return draft(MessageType.ERROR, self._at, data | (attempt.identity if attempt else {}))

    # -- what they have in common

    def _start_anew(self, process: int) -> None:
        self._table = JobTable(process)
        self._done, self._total, self._told_share = 0, 0, 0.0
        self._lost, self._cancelling = False, False
        self._graph = None
        self._queue = ClusterQueue()

    def _add_logs(self, attempt: JobAttempt, logs: list[str]) -> None:
        attempt.add_logs(logs)
        self._with_logs.append(attempt)

    def _rule(self, attempt: JobAttempt, state: RuleState, **facts: Any) -> Draft:
        self._table.move(attempt, state)
        data = {"state": state, **attempt.identity, **facts}
        if attempt.restarts:
            data["restarts"] = attempt.restarts
        return draft(MessageType.RULE, self._at, data)

    def _end(self, attempt: JobAttempt, state: RuleState, why: str = "") -> Draft:
        has_run = state is RuleState.FINISHED or not (
            attempt.has_only_waited or attempt.never_began
        )
        facts: dict[str, Any] = {"duration": attempt.seconds_until(self._at) if has_run else 0.0}
        if state is RuleState.FAILED:
            why = why or attempt.why
            facts |= {"log": attempt.logs} if attempt.logs or attempt.never_began else {}
        if state is RuleState.FINISHED and attempt.usage:
            facts["usage"] = dict(attempt.usage)
        facts |= attempt.place
        if attempt.queue is not None and attempt.queue.kind.is_failure:
            facts["queue"] = attempt.queue.to_json()
        if why:
            facts["message"] = why
        return self._rule(attempt, state, **facts)

    def _end_open_jobs(self, state: RuleState, why: str) -> Iterator[Draft]:
        for attempt in list(self.jobs.values()):
            if state is RuleState.FAILED and attempt.state is RuleState.SELECTED:
                yield self._end(attempt, RuleState.CANCELLED, "the run ended before it was started")
            else:
                yield self._end(attempt, state, why)

    def _progress(self, **more: Any) -> Draft:
        done, total = self._done, self._total
        share = round(100 * done / total, 1) if total else 0.0
        share = share if done == total else min(99.9, share)
        self._told_share = share
        data = {"scope": "run", "progress": share, "done": done, "total": total, **more}
        return draft(MessageType.PROGRESS, self._at, data)

    def _log(self, text: str, level: str) -> Iterator[Draft]:
        for line in visible_lines(text):
            data = {"line": line, "level": level, "source": "snakemake"}
            yield draft(MessageType.LOG, self._at, data)
