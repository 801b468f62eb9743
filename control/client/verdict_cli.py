"""The command ``plumbline verdict``: what the machine and people say of the QC of samples."""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from control.client.api import PAGE, Api, Json
from control.client.choose import choose_run
from control.client.download import fetch
from control.client.options import FILE, as_json, asks_service, run_argument
from control.client.table import print_json, print_table, size
from control.record.plain_text import visible
from engines.contract.errors import BadData, BadUsage, EngineCommand, InputMissing

WORDS = ("pass", "warn", "fail")
FORMATS = ("csv", "tsv", "json")


class Verdicts(click.Group):
    """Its commands follow the contract; what is none of them is a run."""

    command_class = EngineCommand

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """``plumbline verdict RUN …`` is ``plumbline verdict of RUN …``."""
        first = next((each for each in args if not each.startswith("-")), None)
        if first is not None and first not in self.commands:
            args = ["of", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Verdicts, subcommand_metavar="RUN [SAMPLE pass|warn|fail] | export")
def verdict() -> None:
    """Say what you think of a sample's QC, beside what the machine says.

    RUN is an id, the beginning or end of one, a name, or: latest.

    \b
    plumbline verdict RUN                  what the machine and people say of its samples
    plumbline verdict RUN SAMPLE           everything that people said of one sample
    plumbline verdict RUN SAMPLE warn --comment "low coverage, enough for this panel"
    plumbline verdict export --out verdicts.csv
    """


_SAMPLES = (
    ("sample", lambda row: row["sample"]),
    ("machine", lambda row: _machine(row["machine"])),
    ("person", lambda row: row["person"]["verdict"] if row["person"] else ""),
    ("by", lambda row: row["person"]["user"] if row["person"] else ""),
    ("state", lambda row: row["state"].replace("_", " ")),
    ("sha256", lambda row: (row["machine"]["sha256"] or "")[:12] if row["machine"] else ""),
    ("why", lambda row: _why(row)),
)

_GIVEN = (
    ("id", lambda row: row["id"]),
    ("at", lambda row: row["at"][:16].replace("T", " ")),
    ("by", lambda row: row["user"]),
    ("verdict", lambda row: row["verdict"]),
    ("machine", lambda row: row["machine"]),
    ("state", lambda row: row["state"].replace("_", " ")),
    ("sha256", lambda row: row["sha256"][:12]),
    ("comment", lambda row: row["comment"]),
)


@verdict.command("of")
@run_argument
@click.argument("sample", required=False)
@click.argument("word", metavar="[pass|warn|fail]", type=click.Choice(WORDS), required=False)
@click.option("--comment", help="Why; needed to say better than the machine.")
@click.option(
    "--sha256",
    metavar="HEX",
    help="Of the file that you looked at (8 digits or more): refused when it has changed.",
)
@as_json
@asks_service
def of_run(
    api: Api,
    run: str,
    sample: str | None,
    word: str | None,
    comment: str | None,
    sha256: str | None,
    as_json: bool,
) -> None:
    """Show the verdicts on the samples of RUN, or on SAMPLE alone; or give one."""
    if word is None and (comment is not None or sha256 is not None):
        raise BadUsage("--comment and --sha256 go with a verdict", hint="add pass, warn or fail")
    run_id = choose_run(api, run)
    if sample is None:
        return _show(api.pages(f"/runs/{run_id}/verdicts", {"limit": PAGE}), _SAMPLES, as_json)
    if word is None:
        asked = {"run_id": run_id, "sample": sample, "limit": PAGE}
        return _show(api.pages("/verdicts", asked), _GIVEN, as_json)
    row = _looked_at(api, run_id, sample, sha256)
    machine, before = row["machine"], row["person"]
    said: Json = {"sample": sample, "verdict": word, "comment": comment or ""}
    said |= {"sha256": machine["sha256"], "supersedes": before["id"] if before else None}
    made = api.post(f"/runs/{run_id}/verdicts", said, repeat=True)
    if as_json:
        return print_json(made)
    click.echo(f"{visible(sample)}: {made['verdict']} (verdict {made['id']}). {_against(row)}")


@verdict.command("export")
@click.option("--sample", help="On this one.")
@click.option("--run", help="On the samples of this one.")
@click.option("--user", help="That this one gave.")
@click.option("--since", metavar="DAY", help="UTC: 2026-11-21")
@click.option("--format", "kind", type=click.Choice(FORMATS), help="[default: --out's, or csv]")
@click.option("--out", type=FILE, help="Instead of stdout.")
@asks_service
def export(
    api: Api, run: str | None, kind: str | None, out: Path | None, **filters: str | None
) -> None:
    """All verdicts that people gave in runs that you may see, the newest first."""
    ending = out.suffix[1:].lower() if out else "csv"
    if kind is None and ending not in FORMATS:
        hint = f"end its name in {', '.join(f'.{each}' for each in FORMATS)}, or give --format"
        raise BadUsage(f"{out}: which format?", hint=hint)
    asked: dict[str, Any] = {"format": kind or ending, **filters}
    asked["run_id"] = choose_run(api, run) if run else None
    query = urlencode({name: value for name, value in asked.items() if value})
    path = f"/verdicts/export?{query}"
    if out is not None:
        return click.echo(f"{out}  {size(fetch(api, path, out))}")
    with api.stream(path) as answer:
        for block in answer.iter_content(1 << 16):
            sys.stdout.buffer.write(block)
        sys.stdout.buffer.flush()


def _show(rows: Any, columns: Any, as_json: bool) -> None:
    if as_json:
        return print_json(list(rows))
    print_table(rows, columns, "no verdicts")


def _looked_at(api: Api, run_id: str, sample: str, sha256: str | None) -> Json:
    """The sample as it is now, and as who asks has looked at it.

    Raises:
        InputMissing: the machine has not judged it.
        BadData: its file is damaged.
        BadUsage: the file is not the one that was looked at.
    """
    (row, *_) = api.get(f"/runs/{run_id}/verdicts", {"sample": sample})["items"] or [None]
    if row is None or row["machine"] is None:
        raise InputMissing(
            f"run {run_id}: the machine has not judged a sample {visible(sample)!r}",
            hint=f"see which it has: 'plumbline verdict {run_id}'",
        )
    found = row["machine"]["sha256"]
    if sha256 is not None and len(sha256) < 8:
        raise BadUsage("--sha256: fewer than 8 digits", hint="'plumbline verdict RUN' shows 12")
    if found is None or row["machine"]["problem"]:
        raise BadData(
            f"run {run_id}: the QC verdict of sample {visible(sample)!r} is damaged:"
            f" {visible(row['machine']['problem'])}",
            hint="run 'plumbline qc judge' again, then look at it",
        )
    if sha256 is not None and not found.startswith(sha256.lower()):
        raise BadUsage(
            f"sample {visible(sample)!r}: its QC is another one than you looked at"
            f" (sha256 {found[:12]})",
            hint="look at it again",
        )
    return row  # type: ignore[no-any-return]


def _machine(found: Json | None) -> str:
    if found is None:
        return ""
    return found["verdict"] or "damaged"


def _why(row: Json) -> str:
    """What the person says, else the machine's worst reason."""
    if row["person"] and row["person"]["comment"]:
        return str(row["person"]["comment"])[:80]
    if row["machine"] is None:
        return "its file is not there"
    return str(row["machine"]["problem"] or next(iter(row["machine"]["reasons"]), ""))[:80]


def _against(row: Json) -> str:
    """What the verdict stands against, and in whose place."""
    said = f"The machine says {row['machine']['verdict']}"
    if reasons := row["machine"]["reasons"]:
        said += f" ({visible(reasons[0])})"
    if before := row["person"]:
        said += f"; this supersedes {before['verdict']} of {visible(before['user'])}"
        said += f", {before['at'][:16].replace('T', ' ')}"
    return said + "."
