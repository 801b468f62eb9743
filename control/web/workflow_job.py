"""A run as the job record of the plan for Snakemake on a cluster (docs/interfaces.md)."""

from pydantic import Field

from control.events.cause import failure_text
from control.events.index_rows import RunRow
from control.events.state_words import percent, state_word
from control.notify import inbox
from control.record.run_dir import State
from control.web import auth
from control.web.api.driver_place import driver_place
from control.web.api.jobs import current_step
from control.web.api.resource import Answer
from control.web.api.results import first_files
from control.web.api.run import Run
from control.web.service import run_dir, service

FILES = 100  # of the results, those that a job names


class WorkflowJob(Answer):
    """One job. Times are UTC."""

    job_id: str = Field(description="Id of the run")
    user: str
    config_file: str = Field(description="Where what was asked for is")
    workflow_type: str = Field(description="The analysis")
    status: str = Field(description="queued: in SLURM's queue; one that died has failed")
    remote_job_id: str | None = Field(description="Of its driver, in SLURM")
    remote_working_dir: str
    progress_percentage: int = Field(description="Of its jobs, those that are done")
    current_step: str = Field(description="One of the jobs that run; else empty")
    output_files: dict[str, str] = Field(description="Path → link; of many the first")
    more_output_files: bool = Field(description="There are more: `…/results/` lists all")
    logs: str = Field(description="Where what Snakemake printed is")
    error_message: str
    created_at: str
    started_at: str | None
    completed_at: str | None
    notification_sent: bool = Field(description="You were told what became of it")
    can_cancel: bool
    can_resubmit: bool


def workflow_job(row: RunRow, run: Run) -> WorkflowJob:
    """A run as a job.

    Args:
        row: of the index.
        run: the same as the API shows it now.
    """
    word, place, launch = state_word(run.state), driver_place(row), run_dir(row).read_launch()
    is_sent = run.state is State.QUEUED and place.external_id and launch and not launch.ended
    files, more = first_files(row, FILES)
    with auth.database().read() as db:
        told = inbox.listing(db, auth.principal().name, run_id=run.run_id, limit=1)
    return WorkflowJob(
        job_id=run.run_id,
        user=run.owner,
        config_file=run.links.config,
        workflow_type=run.analysis,
        status="queued" if is_sent else word,
        remote_job_id=place.external_id or None,
        remote_working_dir=run.workdir,
        progress_percentage=int(percent(run.progress, word)),
        current_step=current_step(run.run_id) if word == "running" else "",
        output_files=files,
        more_output_files=more,
        logs=run.links.log,
        error_message=failure_text(row, service().index) if word == "failed" else "",
        created_at=run.created,
        started_at=run.start,
        completed_at=run.end,
        notification_sent=bool(told),
        can_cancel="cancel" in run.actions,
        can_resubmit=word in ("failed", "cancelled") and "rerun" in run.actions,
    )
