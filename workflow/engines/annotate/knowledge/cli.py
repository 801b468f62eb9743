"""``plumbline knowledge``: fetch sources, compile them, look at them, compare two of them."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from engines.annotate.knowledge.release import Release, day
from engines.contract.errors import BadUsage, EngineCommand
from engines.contract.output import refuse_overwriting
from engines.contract.provenance import as_json
from engines.contract.wording import did_you_mean

FILE = click.Path(path_type=Path, dir_okay=False)
ANY = click.Path(path_type=Path)


class KnowledgeGroup(click.Group):
    """Its commands follow the contract of the engines."""

    command_class = EngineCommand


@click.group("knowledge", cls=KnowledgeGroup)
def knowledge() -> None:
    """What is known of variants: fetch, compile, show, compare."""


_TODAY = click.option(
    "--today", callback=lambda _, __, text: _day_or_now(text), help="Day that ages count from.",
    hidden=True,
)  # fmt: skip
_JSON = click.option("--json", "as_data", is_flag=True, help="For machines.")


def _day_or_now(text: str | None) -> date:
    return date.fromisoformat(_day(text)) if text else datetime.now(UTC).date()


def _day(text: str) -> str:
    try:
        return day(text)
    except BadUsage as error:
        raise click.BadParameter(f"{error.message}; {error.hint}") from error


# --- list, fetch ---------------------------------------------------------------


@knowledge.command("list")
@_JSON
def list_command(as_data: bool) -> None:
    """Sources that exist, where they are, and on what terms. None is shipped."""
    from engines.annotate.knowledge import show

    click.echo(show.catalogue_json() if as_data else show.catalogue_text(), nl=False)


@knowledge.command("fetch")
@click.argument("source")
@click.option("--into", type=ANY, default=Path("knowledge"), show_default=True, help="Folder.")
@click.option("--mirror", default="", help="Address or folder that has the files by name.")
@_TODAY
def fetch_command(source: str, into: Path, mirror: str, today: date) -> None:
    """Fetch the files of SOURCE (see `list`) to a folder that is named by the day."""
    from engines.annotate.knowledge.catalogue import offer
    from engines.annotate.knowledge.fetch import fetch

    found = offer(source)
    folder = fetch(found, into, today, mirror)
    click.echo(f"{folder}\ncompile it with: plumbline knowledge compile --{found.option} {folder}")


# --- compile -------------------------------------------------------------------


def _source(name: str, text: str, kind: click.Path = FILE) -> Callable[..., Any]:
    return click.option(f"--{name}", multiple=True, type=kind, help=text)


def _releases(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, Release]:
    """``ROLE=YYYY-MM-DD`` or ``ROLE=NAME@YYYY-MM-DD``."""
    releases = {}
    for text in given:
        role, equals, told = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} is not ROLE=YYYY-MM-DD, e.g. civic=2026-11-01")
        name, _at, when = told.rpartition("@")
        releases[role] = Release(name, _day(when))
    return releases


@knowledge.command("compile")
@_source("civic", "Folder, or files, of one CIViC release: evidence, assertions, variants, …", ANY)
@_source("hotspots", "Table of cancerhotspots.org (hotspots_v2_and_3d.txt).")
@_source("gene-roles", "Tumour suppressors and oncogenes: gene, role; or OncoKB's, CancerMine's.")
@_source("secondary", "ACMG list of secondary findings: a column gene.")
@_source("disease-sites", "Diseases to primary sites (oncotree_phenotypes.tsv).")
@_source("disease-ontology", "Disease Ontology, doid.obo.")
@_source("oncotree", "OncoTree, tumor_types.txt.")
@_source("own-evidence", "Your own evidence: a table as docs/knowledge.md describes it.")
@_source("oncokb", "Your export of OncoKB's actionable genes.")
@_source("moalmanac", "Your copy of moalmanac.json.")
@click.option(
    "--release",
    "releases",
    multiple=True,
    callback=_releases,
    metavar="ROLE=[NAME@]DAY",
    help="Day of a source that does not tell it, e.g. hotspots=v2@2017-12-15. Again for more.",
)
@click.option("-o", "--out", type=FILE, required=True, help="File to write, such as kb.json.gz.")
@_TODAY
def compile_command(out: Path, releases: dict[str, Release], today: date, **files: Any) -> None:
    """Make one file of all sources: the same sources give the same bytes."""
    from engines.annotate.knowledge import show
    from engines.annotate.knowledge.compile import ROLES, Sources, compile_knowledge

    for role, release in releases.items():
        if role not in ROLES:
            raise BadUsage(
                f"--release {role}: no such role{did_you_mean(role, ROLES)}",
                hint="roles: " + ", ".join(ROLES),
            )
        if release.date and date.fromisoformat(release.date) > today:
            raise BadUsage(f"--release {role}: {release.date} is yet to come", hint="check the day")
    given = {name.replace("_", "-"): tuple(paths) for name, paths in files.items()}
    refuse_overwriting(out, [""], (path for paths in given.values() for path in _files(paths)))
    found = compile_knowledge(Sources(given, releases), out)
    click.echo(show.sources_text(found, today), nl=False)


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        yield from path.iterdir() if path.is_dir() else (path,)


# --- show ----------------------------------------------------------------------


@knowledge.command("show")
@click.argument("file", type=FILE)
@click.option("--gene", help="Statements of this gene.")
@click.option("--unread", is_flag=True, help="Names that could not be read.")
@click.option("--diseases", is_flag=True, help="Diseases that can be asked for.")
@_JSON
@_TODAY
def show_command(
    file: Path, gene: str | None, unread: bool, diseases: bool, as_data: bool, today: date
) -> None:
    """What FILE holds: sources with their age, counts, and what was skipped and why."""
    from engines.annotate.knowledge import show
    from engines.annotate.knowledge.store import load

    asked = [
        name
        for name, wanted in (
            ("--gene", gene), ("--unread", unread), ("--diseases", diseases), ("--json", as_data)
        )
        if wanted
    ]  # fmt: skip
    if len(asked) > 1:
        raise BadUsage(f"{' and '.join(asked)}: one at a time", hint="leave one of them out")
    found = load(file)
    if gene:
        text = show.gene_text(found, gene)
    elif unread:
        text = show.unread_text(found)
    elif diseases:
        text = show.diseases_text(found)
    else:
        text = show.sources_json(found, today) if as_data else show.sources_text(found, today)
    click.echo(text, nl=False)


# --- compare, stability --------------------------------------------------------


@knowledge.command("compare")
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@_JSON
def compare_command(old: Path, new: Path, as_data: bool) -> None:
    """What changed from OLD to NEW, joined by ids: added, removed, level, disease, …"""
    from engines.annotate.knowledge.compare import compare, summary
    from engines.annotate.knowledge.store import load

    changes = compare(load(old), load(new))
    counts = summary(changes)
    if as_data:
        rows = [{"id": c.id, "profile": c.profile, "disease": c.disease, "what": c.what,
                 "fields": c.fields} for c in changes]  # fmt: skip
        click.echo(as_json({"counts": counts, "changes": rows}), nl=False)
        return
    for change in changes:
        click.echo(str(change))
    click.echo(", ".join(f"{word} {number}" for word, number in counts.items()))


@knowledge.command("stability")
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@click.option("-o", "--out", type=FILE, help="File to write; else to the terminal.")
def stability_command(old: Path, new: Path, out: Path | None) -> None:
    """How often a tier stayed from OLD to NEW: the prior of the confidence, as JSON."""
    from engines.annotate.knowledge.show import told_by
    from engines.annotate.knowledge.stability import stability
    from engines.annotate.knowledge.store import load
    from engines.contract.output import write_atomic

    if out:
        refuse_overwriting(out, [""], (old, new))
    before, after = load(old), load(new)
    text = as_json({"old": told_by(before), "new": told_by(after)} | stability(before, after))
    if out:
        write_atomic(out, text)
    else:
        click.echo(text, nl=False)
