"""The commands ``plumbline submit|runs|cancel|tail``."""

import click

from control.client.acting import announce, do_each
from control.client.api import Api, Json
from control.client.choose import choose_run, choose_runs
from control.client.lines import LEVELS
from control.client.options import as_json, asks_service, describes_run, run_argument, runs_argument
from control.client.runs_cli import runs
from control.client.submission import Wanted, content_of, send
from control.client.table import print_json
from control.client.tail import tail_run
from control.record.plain_text import visible
from engines.contract.errors import BadData, EngineCommand

__all__ = ["cancel", "runs", "submit", "tail"]


@click.command(cls=EngineCommand)
@click.argument("analysis", default="")
@describes_run
@click.option("--dry-run", is_flag=True, help="Check it, and submit nothing.")
@asks_service
def submit(api: Api, analysis: str, wanted: Wanted, dry_run: bool) -> None:
    """Submit a run of ANALYSIS (small_variants …; all without one), or of targets.

    It is checked first, also by a dry run; what is wrong is said a line each.

    plumbline submit --sample NA24143_Lib3_Rep1 --source s3://runs/{sample}/ --follow

    plumbline submit small_variants --samples samples.tsv --set build=GRCh38 --upload --follow
    """
    asked = content_of(wanted, api) | {
        "name": wanted.name or wanted.sample or "",
        "analysis": analysis or ("" if wanted.targets else "all"),
        "targets": list(wanted.targets),
        "profile": wanted.profile or "default",
        **({"launcher": wanted.launcher} if wanted.launcher else {}),
    }
    if dry_run:
        return _check(api, asked, wanted.as_json)
    announce(api, send(api, asked, wanted.key), wanted)


def _check(api: Api, asked: Json, as_json: bool) -> None:
    found = api.post("/runs/validate", asked, repeat=True)
    if as_json:
        print_json(found)
    else:
        for rule, count in found["jobs"].items():
            click.echo(f"{count:6}  {visible(rule)}")
        for line in found["left_out"]:
            click.echo(visible(f"left out: {line}"))
    if not found["accepted"]:
        lines = [_problem(problem) for problem in found["problems"]]
        raise BadData("it cannot run:\n  " + "\n  ".join(lines))


def _problem(problem: Json) -> str:
    row = f"row {problem['row']}" if problem["row"] else ""
    place = ", ".join(filter(None, (problem["file"], row, problem["key"])))
    hint = f" ({problem['hint']})" if problem["hint"] else ""
    return visible(f"{place + ': ' if place else ''}{problem['message']}{hint}")


@click.command(cls=EngineCommand)
@runs_argument
@as_json
@asks_service
def cancel(api: Api, runs: tuple[str, ...], as_json: bool) -> None:
    """End runs now; their running jobs are interrupted.

    RUN is an id, the beginning or end of one, a name, or: latest.
    """
    do_each(api, choose_runs(api, runs), "cancel", "is being cancelled", as_json)


runs.add_command(cancel)  # beside stop and resume, where people look for it


@click.command(cls=EngineCommand)
@run_argument
@click.option("--since", type=click.IntRange(0), help="Show what comes after this message.")
@click.option("--rule", help="Only jobs of this rule.")
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    help="Least level of lines [default: info; debug in JSON].",
)
@click.option("--follow/--no-follow", default=True, help="Go on until the run ends.")
@click.option("--json", "as_json", is_flag=True, help="The messages as they are, one a line.")
@asks_service
def tail(
    api: Api,
    run: str,
    since: int | None,
    rule: str | None,
    level: str | None,
    follow: bool,
    as_json: bool,
) -> None:
    """Show a run live until it ends.

    Ends with 0 when the run completed, 1 failed, 2 cancelled, 3 interrupted.
    RUN is an id, the beginning or end of one, a name, or: latest.
    """
    run_id = choose_run(api, run)
    level = level or ("debug" if as_json else "info")
    code = tail_run(
        api, run_id, since=since, rule=rule, level=level, as_json=as_json, follow=follow
    )
    raise SystemExit(code)
