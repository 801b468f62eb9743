"""The command ``plumbline runs``: list them, look at one, steer it, take its results."""

import sys
import uuid
from pathlib import Path
from typing import Any

import click

from control.client import table
from control.client.acting import announce, do_each, each
from control.client.api import PAGE, Api, Json
from control.client.choose import choose_run, choose_runs
from control.client.cluster_queue import in_lines, why_waiting
from control.client.download import fetch, fetch_files
from control.client.options import (
    FOLDER,
    as_json,
    asks_service,
    describes_run,
    run_argument,
    runs_argument,
)
from control.client.submission import Wanted, content_of
from control.client.table import ago, print_json, print_table, size, span, wildcards
from control.record.plain_text import visible
from control.record.run_dir import State
from engines.contract.errors import BadUsage, EngineCommand, InputMissing


class Runs(click.Group):
    """Its commands follow the contract; without one they are listed."""

    command_class = EngineCommand

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """``plumbline runs --state failed`` is ``plumbline runs list --state failed``."""
        if not args or (args[0].startswith("-") and args[0] not in ("--help", "-h")):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Runs)
def runs() -> None:
    """List runs, look at one, steer it, take its results.

    RUN is an id, the beginning or end of one, a name, or: latest.
    """


# --- looking ------------------------------------------------------------------

_RUNS = (
    ("run", lambda run: run["run_id"]),
    ("name", lambda run: run["name"]),
    ("analysis", lambda run: run["analysis"]),
    ("owner", lambda run: run["owner"]),
    ("state", lambda run: run["state"]),
    ("jobs", lambda run: _jobs(run["jobs"])),
    ("started", lambda run: f"{ago(run['start'])} ago" if run["start"] else ""),
    ("took", lambda run: span(run["duration_s"])),
    ("why", lambda run: run["why"][:80]),
)

_RUN_STATES = [state.value for state in State]


@runs.command("list")
@click.option("--state", "states", type=click.Choice(_RUN_STATES), multiple=True, help="In it.")
@click.option("--owner", help="Name of a user.")
@click.option("--analysis", help="Name of an analysis.")
@click.option("--rule", help="That have a job of this rule.")
@click.option("--text", help="Part of the name, the id, why, the command, or of a failed job.")
@click.option("--sort", type=click.Choice(["start", "name", "state", "duration"]), default="start")
@click.option("--ascending", is_flag=True, help="The lowest first.")
@click.option("-n", "--limit", type=click.IntRange(1), default=30, show_default=True)
@as_json
@asks_service
def list_runs(
    api: Api, states: tuple[str, ...], ascending: bool, limit: int, as_json: bool, **filters: Any
) -> None:
    """List runs, the newest first."""
    asked = {**filters, "state": list(states) or None, "descending": str(not ascending).lower()}
    asked["limit"] = min(limit, PAGE)
    found = list(api.pages("/runs", asked, limit))
    if as_json:
        return print_json(found)
    print_table(found, _RUNS, "no runs")


@runs.command("show")
@run_argument
@as_json
@asks_service
def show_run(api: Api, run: str, as_json: bool) -> None:
    """Everything about one run."""
    run_id = choose_run(api, run)
    found = api.get(f"/runs/{run_id}")
    if as_json:
        return print_json(found)
    queue = api.get(f"/runs/{run_id}/queue")["items"] if found["state"] == "running" else []
    facts = {
        **{key: found[key] for key in ("run_id", "name", "analysis", "owner", "state", "why")},
        "driver": found["driver"]["words"],
        "jobs": _jobs(found["jobs"]),
        **{key: found[key] for key in ("created", "start", "end")},
        "took": span(found["duration_s"]),
        "size": size(found["size_bytes"]),
        **{key: found[key] for key in ("command", "workdir")},
        "messages": found["last_sequence"],
        "you can": ", ".join(found["actions"]),
    }
    for key, value in facts.items():
        if value not in (None, ""):
            click.echo(f"{key + ':':11}{table.coloured(visible(str(value)))}")
    for line in in_lines(queue):
        click.echo(f"{'cluster:':11}{line}")


_JOBS = (
    ("job", lambda job: job["jobid"]),
    ("rule", lambda job: job["rule"]),
    ("wildcards", lambda job: wildcards(job["wildcards"])),
    ("state", lambda job: job["state"]),
    ("attempt", lambda job: job["attempt"]),
    ("cluster", lambda job: " on ".join(filter(None, (job["external_id"], job["node"])))),
    ("took", lambda job: span(job["duration_s"])),
    ("progress", lambda job: f"{int(job['progress'])} %" if job["progress"] is not None else ""),
    ("what", lambda job: _what(job)[:80]),
)

_JOB_STATES = (
    *("selected", "submitted", "running"),
    *("finished", "failed", "retried", "cancelled"),
)


@runs.command("jobs")
@run_argument
@click.option("--state", type=click.Choice(_JOB_STATES), help="In it.")
@click.option("--rule", help="Of this rule.")
@click.option("--node", help="That run, or ran, on this node of a cluster.")
@as_json
@asks_service
def list_jobs(
    api: Api, run: str, state: str | None, rule: str | None, node: str | None, as_json: bool
) -> None:
    """List the jobs of a run."""
    asked = {"state": state, "rule": rule, "node": node, "limit": PAGE}
    found = api.pages(f"/runs/{choose_run(api, run)}/jobs", asked)
    if as_json:
        return print_json(list(found))
    print_table(found, _JOBS, "no jobs")


def _what(job: Json) -> str:
    """What it says, or why it waits or failed."""
    if job["state"] == "submitted" and job["queue"]:
        return f"waits: {why_waiting(job['queue'])}"
    return str(job["message"] or job["stage"])


@runs.command("log")
@run_argument
@click.argument("job", type=int, required=False)
@click.option("--number", type=click.IntRange(0), default=0, help="Which of the job's logs.")
@asks_service
def show_log(api: Api, run: str, job: int | None, number: int) -> None:
    """Print the log of JOB (its number), or what Snakemake printed.

    On a terminal as text; in a file or pipe as it is, byte by byte.
    """
    path = f"/runs/{choose_run(api, run)}"
    path += "/log" if job is None else f"/jobs/{job}/log?number={number}"
    with api.stream(path) as answer:
        if sys.stdout.isatty():
            for line in answer.iter_lines(decode_unicode=False):
                click.echo(visible(line.decode("utf-8", "replace")))
        else:
            for block in answer.iter_content(1 << 16):
                sys.stdout.buffer.write(block)
            sys.stdout.buffer.flush()


# --- steering -----------------------------------------------------------------


@runs.command("stop")
@runs_argument
@as_json
@asks_service
def stop_runs(api: Api, runs: tuple[str, ...], as_json: bool) -> None:
    """Let the running jobs finish, and start no more."""
    do_each(api, choose_runs(api, runs), "stop", "ends after its running jobs", as_json)


@runs.command("resume")
@runs_argument
@as_json
@asks_service
def resume_runs(api: Api, runs: tuple[str, ...], as_json: bool) -> None:
    """Queue runs again; they do what is not done yet."""
    do_each(api, choose_runs(api, runs), "resume", "waits in the queue", as_json)


@runs.command("delete")
@runs_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@asks_service
def delete_runs(api: Api, runs: tuple[str, ...], yes: bool) -> None:
    """Delete runs that have ended, with all their files."""
    chosen = choose_runs(api, runs)
    if not yes:
        _confirm(f"Delete {', '.join(chosen)} with all files?")
    each(chosen, lambda run_id: api.delete(f"/runs/{run_id}"), "deleted")


def _confirm(question: str) -> None:
    """Go on only when somebody says yes.

    Raises:
        click.Abort: no, or Ctrl-C.
        BadUsage: nobody can answer.
    """
    try:
        click.confirm(question, abort=True, err=True)
    except click.Abort as aborted:
        if not isinstance(aborted.__context__, EOFError):
            raise
        click.echo(err=True)
        raise BadUsage("nobody has confirmed it", hint="--yes deletes without asking") from None


@runs.command("rerun")
@run_argument
@click.option("--analysis", help="Instead of what was run.")
@describes_run
@asks_service
def rerun_run(api: Api, run: str, analysis: str | None, wanted: Wanted) -> None:
    """Run something again as a new run, with changes; what is left out stays as it was."""
    run_id = choose_run(api, run)
    asked = content_of(wanted, api) | {
        "name": wanted.name,
        "analysis": analysis,
        "targets": list(wanted.targets) or None,
        "profile": wanted.profile,
        "launcher": wanted.launcher,
        "idempotency_key": wanted.key or f"plumbline-rerun-{uuid.uuid4()}",
    }
    announce(api, api.post(f"/runs/{run_id}/rerun", asked, repeat=True), wanted)


_LETTERS = (
    ("letter", lambda letter: letter["letter"]),
    ("rule", lambda letter: letter["rule"]),
    ("wildcards", lambda letter: wildcards(letter["wildcards"])),
    ("class", lambda letter: letter["error_class"]),
    ("resolved", lambda letter: "yes" if letter["resolved"] else ""),
    ("message", lambda letter: letter["message"][:100]),
)


@runs.command("dead-letters")
@run_argument
@as_json
@asks_service
def list_dead_letters(api: Api, run: str, as_json: bool) -> None:
    """List the jobs of a run that were given up."""
    found = api.get(f"/runs/{choose_run(api, run)}/dead-letters")["items"]
    if as_json:
        return print_json(found)
    print_table(found, _LETTERS, "no dead letters")


@runs.command("redrive")
@run_argument
@click.argument("letters", nargs=-1, metavar="[LETTER]…")
@asks_service
def redrive(api: Api, run: str, letters: tuple[str, ...]) -> None:
    """Try jobs that were given up again, and nothing else: LETTER…, or the only one there is."""
    run_id = choose_run(api, run)
    found = api.get(f"/runs/{run_id}/dead-letters")["items"]
    waiting = [letter["letter"] for letter in found if not letter["resolved"]]
    if not waiting:
        raise InputMissing(f"run {run_id}: no job of it waits to be redriven")
    if not letters and len(waiting) > 1:
        raise BadUsage(
            f"run {run_id}: {len(waiting)} jobs were given up",
            hint="name one (plumbline runs dead-letters), or 'plumbline runs resume' tries all",
        )
    chosen = letters or waiting
    path = f"/runs/{run_id}/dead-letters"
    each(chosen, lambda letter: api.post(f"{path}/{letter}/redrive"), "is tried again")


# --- results ------------------------------------------------------------------

_FILES = (
    ("file", lambda file: file["path"]),
    ("size", lambda file: size(file["size"])),
    ("modified", lambda file: file["modified"]),
)


@runs.command("files")
@run_argument
@as_json
@asks_service
def list_files(api: Api, run: str, as_json: bool) -> None:
    """List the results of a run."""
    found = api.pages(f"/runs/{choose_run(api, run)}/files", {"limit": PAGE})
    if as_json:
        return print_json(list(found))
    print_table(found, _FILES, "no results yet")


@runs.command("download")
@run_argument
@click.argument("files", nargs=-1, metavar="[FILE]…")
@click.option("--out", type=FOLDER, default=Path(), help="Folder for them [default: this one].")
@click.option("--zip", "as_zip", is_flag=True, help="All results in one zip.")
@click.option("--report", is_flag=True, help="Only the HTML report.")
@asks_service
def download(
    api: Api, run: str, files: tuple[str, ...], out: Path, as_zip: bool, report: bool
) -> None:
    """Bring results here: all of them, or FILE… as 'plumbline runs files' lists them."""
    run_id = choose_run(api, run)
    if as_zip or report:
        kind, name = ("archive", f"{run_id}.zip") if as_zip else ("report", f"{run_id}.html")
        return _fetched(fetch(api, f"/runs/{run_id}/{kind}", out / name), out / name)
    for target, count in fetch_files(api, run_id, out, files):
        _fetched(count, target)


def _fetched(count: int, target: Path) -> None:
    click.echo(f"{target}  {size(count)}")


def _jobs(counts: Json) -> str:
    if counts["total"] is None:
        return ""
    failed = f", {counts['failed']} failed" if counts["failed"] else ""
    return f"{counts['done'] or 0}/{counts['total']}{failed}"
