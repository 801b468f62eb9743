"""The command ``plumbline references``: what exists, and getting it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from engines.contract.errors import BadData, BadUsage, EngineCommand, nearest
from engines.contract.progress import say, warn
from engines.contract.provenance import as_json
from engines.references import catalogue
from engines.references.cache import Shelf, default_root
from engines.references.catalogue import Entry
from engines.references.ensure import Access, ensure
from engines.references.link import RECEIPT, link, receipt
from engines.references.samples import Identity, resolve


class References(click.Group):
    """Its commands follow the contract of the engines."""

    command_class = EngineCommand


@click.group("references", cls=References)
def references() -> None:
    """Truth sets, genomes, resistance databases: list what exists, fetch what is needed."""


_CACHE = click.option(
    "--cache",
    type=click.Path(path_type=Path),
    help="folder of the cache [default: PLUMBLINE_REFERENCES, else ~/.cache/plumbline/references]",
)


# --- list ---------------------------------------------------------------------


@references.command("list")
@click.option("--sample", help="of this sample only, e.g. HG002 or NA24385")
@click.option("--build", help="on this build only, e.g. GRCh38")
@click.option("--kind", help="of this kind only: " + ", ".join(catalogue.KINDS))
@click.option("--json", "as_data", is_flag=True, help="for machines")
@_CACHE
def list_command(
    sample: str | None, build: str | None, kind: str | None, as_data: bool, cache: Path | None
) -> None:
    """Show what exists, and what of it is in the cache."""
    catalogue.validate()
    who = resolve(sample) if sample else None
    _show(who)
    entries = catalogue.load().select(kind, build, who.sample if who else None)
    kinds, builds = list(catalogue.KINDS), list(catalogue.load().builds)
    entries.sort(
        key=lambda entry: (
            kinds.index(entry.kind),
            entry.sample or "",
            builds.index(entry.build) if entry.build else len(builds),
            not entry.default,
        )
    )
    rows = [_row(entry, Shelf(cache or default_root(), entry)) for entry in entries]
    click.echo(as_json(rows) if as_data else _table(rows), nl=False)


def _row(entry: Entry, shelf: Shelf) -> dict[str, Any]:
    """What is known of an entry; ``bytes`` of its files here, else as the catalogue knows."""
    try:
        cached = not shelf.faults()
    except BadData as error:  # of one entry; the list of the others is still of use
        warn(f"{error.message}; {error.hint}")
        cached = False
    sizes: list[int | None] = [file.bytes for file in entry.files.values()]
    if cached:
        receipts = [shelf.receipt(product) for product in shelf.products]
        sizes = [receipt.bytes if receipt else None for receipt in receipts]
    return {
        "kind": entry.kind,
        "build": entry.build,
        "sample": entry.sample,
        "version": entry.version,
        "default": entry.default,
        "cached": cached,
        "bytes": sum(size or 0 for size in sizes) if None not in sizes else None,
        "checksums": f"{sum(f.pinned for f in entry.files.values())} of {len(entry.files)}",
        "licence": entry.publisher.licence,
        "caveat": entry.caveat or None,
        "files": {
            role: f"{entry.publisher.base}/{file.tail}" for role, file in entry.files.items()
        },
    }


_COLUMNS = ("kind", "build", "sample", "version", "default", "cached", "size", "licence")


def _table(rows: Sequence[dict[str, Any]]) -> str:
    """Columns of text, and the caveats below, numbered."""
    if not rows:
        return "nothing in the catalogue fits; leave an option away to see more\n"
    caveats = list(dict.fromkeys(row["caveat"] for row in rows if row["caveat"]))
    cells = [[column.upper() for column in _COLUMNS]]
    for row in rows:
        note = f" [{caveats.index(row['caveat']) + 1}]" if row["caveat"] else ""
        shown = row | {
            "build": row["build"] or "-",
            "sample": row["sample"] or "-",
            "version": row["version"] + note,
            "default": "yes" if row["default"] else "",
            "cached": "yes" if row["cached"] else "no",
            "size": _megabytes(row["bytes"]),
        }
        cells.append([str(shown[column]) for column in _COLUMNS])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    lines += ["", *(f"[{number}] {text}" for number, text in enumerate(caveats, 1))]
    lines.append("DEFAULT is what is taken without --version. SIZE is shown where it is known.")
    return "\n".join(lines) + "\n"


def _megabytes(size: int | None) -> str:
    return "-" if size is None else f"{size / 1e6:,.1f} MB"


# --- ensure -------------------------------------------------------------------


@references.command("ensure")
@click.argument("names", nargs=-1, metavar="[KIND] [SAMPLE]…")
@click.option("--build", help="genome build, e.g. GRCh38; where the kind has one")
@click.option("--kind", help="one of: " + ", ".join((*catalogue.KINDS, *catalogue.GROUPS)))
@click.option("--version", help="another version than the default one, e.g. v3.3.2")
@click.option("--mirror", help="base address in place of the publisher's: file://, https://, s3://")
@click.option(
    "--link",
    "link_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="put links with plain names, and receipt.json (of several sets KIND.receipt.json), here",
)
@click.option("--dry-run", is_flag=True, help="say what would be fetched, and fetch nothing")
@click.option("--offline", is_flag=True, help="use the cache only")
@click.option("--verify", is_flag=True, help="read what is in the cache and compare checksums")
@_CACHE
def ensure_command(
    names: tuple[str, ...],
    build: str | None,
    kind: str | None,
    version: str | None,
    mirror: str | None,
    link_folder: Path | None,
    dry_run: bool,
    offline: bool,
    verify: bool,
    cache: Path | None,
) -> None:
    """Get reference data into the cache: fetched, verified, indexed. Prints the paths.

    KIND may be given in front or as --kind. SAMPLE is a GIAB sample (HG002, NA24385) or
    the name of a run that begins with one (NA24143_Lib3_Rep1). Genomes, stratifications
    and calibration take none; calibration takes no --build either. The KIND amr stands for
    resfinder, pointfinder and ncbi_mutations.
    """
    catalogue.validate()
    kind, samples = _kind(kind, names)
    if link_folder and len(samples) > 1:
        raise BadUsage("--link takes one sample", hint="call it once for each sample")
    root, access = cache or default_root(), Access(mirror, offline, verify)
    whose: list[Identity | None] = [resolve(name) for name in samples] or [None]
    kinds = catalogue.GROUPS.get(kind, (kind,))
    if len(kinds) > 1 and version:
        raise BadUsage(f"{kind} is several sets", hint=f"name one of {', '.join(kinds)}")
    wanted = [
        (who, catalogue.load().choose(each, build, who.sample if who else None, version))
        for each in kinds
        for who in whose
    ]
    for who, entry in wanted:
        _show(who)
        if dry_run:
            click.echo(_plan(Shelf(root, entry), access), nl=False)
            continue
        shelf = ensure(entry, root, access)
        if entry.caveat:
            say(f"note on {entry}: {entry.caveat}")
        paths = [shelf.folder / product for product in shelf.products]
        if link_folder:
            name = f"{entry.kind}.{RECEIPT}" if len(kinds) > 1 else RECEIPT
            paths = link(shelf, link_folder, receipt(shelf, entry, who), name)
        for path in paths:
            click.echo(path)


def _kind(kind: str | None, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The kind and the samples, wherever the kind was named."""
    known = {**catalogue.KINDS, **catalogue.GROUPS}
    if names and names[0] in known and kind in (None, names[0]):
        return names[0], names[1:]
    if kind is None:
        near = nearest(names[0], known) if names else None
        guess = f"did you mean {near}? " if near else ""
        raise BadUsage("--kind is missing", hint=f"{guess}name one of {', '.join(known)}")
    return kind, names


def _show(who: Identity | None) -> None:
    """A name is never taken for a sample in silence."""
    if who and who.run_name != who.sample:
        say(str(who))


def _plan(shelf: Shelf, access: Access) -> str:
    faults = shelf.faults(access.verify)
    lines = [f"{shelf.entry}: " + ("would be fetched" if faults else "in the cache, nothing to do")]
    lines += [f"  {shelf.folder / product}: {fault}" for product, fault in faults.items()]
    if faults:
        lines += [
            f"  {access.address(shelf.entry, file)} ({_megabytes(file.bytes)})"
            for file in shelf.entry.files.values()
        ]
    return "\n".join(lines) + "\n"


# --- index --------------------------------------------------------------------


@references.command("index")
@click.option(
    "--fasta",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="genome, plain or compressed with gzip or bgzip",
)
@click.option(
    "--aligner",
    required=True,
    type=click.Choice(["bwa-mem", "bwa-mem2", "minimap2", "none"]),
    help="whose index; none: genome.fa, genome.fa.fai and genome.dict only",
)
@click.option("--preset", help="of minimap2, whose index depends on it [default: its own default]")
@click.option(
    "--link",
    "link_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="put links to the files, which all begin with genome, and receipt.json here",
)
@_CACHE
def index_command(
    fasta: Path, aligner: str, preset: str | None, link_folder: Path | None, cache: Path | None
) -> None:
    """Make what programs need of a genome, once. Prints the paths.

    It is kept in the cache by the bases of the genome and the version of the aligner.
    """
    from engines.references import aligners

    root = cache or default_root()
    if aligner == aligners.NONE:
        if preset:
            raise BadUsage("--preset is of an aligner", hint="leave it away")
        place = aligners.prepare(fasta, root)
    else:
        place = aligners.index(fasta, aligner, preset, root)
    paths = [place.folder / product for product in place.products]
    said = aligners.said_of(place)
    for warning in said["warnings"]:
        warn(warning)
    if link_folder:
        paths = link(place, link_folder, said)
    for path in paths:
        click.echo(path)


# --- verify -------------------------------------------------------------------


@references.command("verify")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_data", is_flag=True, help="for machines")
def verify_command(folder: Path, as_data: bool) -> None:
    """Say which resistance databases FOLDER holds, and what is wrong with them.

    They are read as the screen reads them: version, whether all files are as published,
    how many genes and mutations, and which of them cannot be assessed.
    """
    from engines.screen.databases.verify import verify

    found = verify(folder)
    click.echo(as_json(found) if as_data else _verified(found), nl=False)


def _verified(found: Sequence[dict[str, Any]]) -> str:
    lines = []
    for row in found:
        state = "as published" if row["as_published"] else "not as published"
        counts = ", ".join(f"{number:,} {what}" for what, number in row["counts"].items())
        lines += [f"{row['name']} {row['version']} ({state}): {row['folder']}", f"  {counts}"]
        lines += [f"  differs: {name}" for name in row["differs"]]
        lines += [f"  {problem}" for problem in row["problems"]]
    return "\n".join(lines) + "\n"
