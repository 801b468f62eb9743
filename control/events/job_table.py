"""The jobs of one Snakemake process: which are open, and how the others ended."""

from control.events.job_attempts import JobAttempt, RuleState


class JobTable:
    """Finds the attempt that an event or a text means.

    Args:
        process: which Snakemake of the run.

    Attributes:
        open: attempts that have not ended, by job id.
        groups: members of each group, by the id that texts call it.
    """

    def __init__(self, process: int) -> None:
        self.process = process
        self.open: dict[int, JobAttempt] = {}
        self.groups: dict[str, list[int]] = {}
        # of finished ones the number is enough, and there may be a hundred thousand of them
        self._unfinished: dict[int, JobAttempt] = {}
        self._attempts: dict[int, int] = {}

    @property
    def has_jobs(self) -> bool:
        """Whether it has ever held a job."""
        return bool(self._attempts)

    @property
    def failed(self) -> int:
        """How many jobs have failed and are not being tried again."""
        return sum(job.state is RuleState.FAILED for job in self._unfinished.values())

    def select(self, jobid: int, at: str) -> JobAttempt:
        """A new attempt: the first of the job, or the next one; carries on what is known of it."""
        earlier = self._unfinished.pop(jobid, None)
        number = self._attempts[jobid] = self._attempts.get(jobid, 0) + 1
        attempt = self.open[jobid] = JobAttempt(self.process, jobid, number, at)
        if earlier is not None:
            attempt.rule, attempt.wildcards = earlier.rule, earlier.wildcards
        return attempt

    def known(self, jobid: int, at: str) -> JobAttempt:
        """The current attempt of a job; a new one where the events that told of it were lost."""
        return self.open.get(jobid) or self._unfinished.get(jobid) or self.select(jobid, at)

    def move(self, attempt: JobAttempt, state: RuleState) -> None:
        """Set the state of an attempt."""
        attempt.state = state
        if state.is_open:
            self.open[attempt.jobid] = attempt
            return
        self.open.pop(attempt.jobid, None)
        if state is RuleState.FINISHED:
            self._unfinished.pop(attempt.jobid, None)
        else:
            self._unfinished[attempt.jobid] = attempt

    def named(self, name: str | None) -> list[JobAttempt]:
        """What a text calls a job: its number, or the id of a group: then all its members."""
        if name is None:
            return []
        jobids = [int(name)] if name.isascii() and name.isdecimal() else self.groups.get(name, [])
        found = (self.open.get(jobid) or self._unfinished.get(jobid) for jobid in jobids)
        return [attempt for attempt in found if attempt is not None]

    def with_command(self, text: str) -> JobAttempt | None:
        """Whose command an error quotes; None where several could be meant.

        A script's command is told of no job: it is of the only running one without any.
        """
        running = [job for job in self.open.values() if job.state is RuleState.RUNNING]
        quoted = [job for job in running if job.command and job.command in text]
        longest = max((len(job.command) for job in quoted), default=0)
        likely = [job for job in quoted or running if len(job.command) == longest]
        return likely[0] if len(likely) == 1 else None

    def without_info(self, rule: str) -> JobAttempt | None:
        """The selected job whose command could not be formed.

        Snakemake dies of it between selecting the job and telling what it is, so it is
        the first one of which nothing has been told; a later attempt's rule is known.
        """
        for attempt in self.open.values():
            if attempt.state is RuleState.SELECTED and attempt.rule in ("", rule):
                return attempt
        return None
