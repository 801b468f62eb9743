"""``plumbline fetch``."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from engines.contract.errors import BadUsage, EngineCommand
from engines.contract.options import Prefix
from engines.fetch.items import MIB, Access, Job, Manner

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class Size(click.ParamType[int]):
    """A number of bytes: 500000, 20M, 1.5G (powers of 1024)."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Refuse what is no size, and none at all."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMG]?)(?:i?B)?", str(value).strip(), re.I)
        size = int(float(found[1]) * UNITS[found[2].upper()]) if found else 0
        if size < 1:
            self.fail(f"{value!r} is no size such as 20M", param, ctx)
        return size


@click.command("fetch", cls=EngineCommand)
@click.argument("sources", nargs=-1, metavar="[SOURCE]…")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Folder.")
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="Shared folder, in place of --into: files lie there by their addresses.",
)
@click.option(
    "--role",
    multiple=True,
    metavar="ROLE[=GLOB,…]",
    help="Only files for this: small_variants, structural_variants, alignments, metrics.",
)
@click.option("--preset", help="How files of a role are named.  [default: dragen]")
@click.option(
    "--link",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of links to the files, named by their roles.",
)
@click.option(
    "-m", "--manifest", type=click.Path(path_type=Path), help="TSV of sources; see above."
)
@click.option("-s", "--sample", help="What {sample} stands for in sources, names and globs.")
@click.option("--include", multiple=True, metavar="GLOB", help="Only files like this; repeatable.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="No files like this; repeatable.")
@click.option(
    "-o", "--out", type=Prefix(), help="Prefix of the summary.  [default: fetch in INTO or LINK]"
)
@click.option("--dry-run", is_flag=True, help="List what would be fetched, and fetch nothing.")
@click.option("--profile", help="AWS profile.")
@click.option("--region", help="AWS region; usually found by itself.")
@click.option("--endpoint", help="Address of a store that is not Amazon's.")
@click.option("--unsigned", is_flag=True, help="Ask without credentials: public data.")
@click.option("--requester-pays", is_flag=True, help="Agree to pay for the requests.")
@click.option(
    "--connections",
    type=click.IntRange(1, 256),
    default=Manner.connections,
    show_default=True,
    help="Requests at the same time, over all files.",
)
@click.option(
    "--part-size",
    type=Size(),
    default=f"{Manner.part_size // MIB}M",
    show_default=True,
    help="Bytes of one request.",
)
@click.option("--limit", type=Size(), help="Bytes a second over all connections, e.g. 20M.")
@click.option("--sha256", is_flag=True, help="Compute SHA-256 of every file, too.")
@click.option("--ignore-etag", is_flag=True, help="The store's ETags are no MD5.")
@click.option("--overwrite", is_flag=True, help="Replace files that came from elsewhere.")
@click.option("--index/--no-index", default=True, help="Make indexes that are absent.")
def fetch(sources: tuple[str, ...], sample: str | None, dry_run: bool, **options: Any) -> None:
    """Fetch files from S3, the web or a file system: in parallel, resumed, verified.

    SOURCE is s3://BUCKET/PREFIX, https://…/FILE, or the path (file:///PATH) of a file, a folder
    or a manifest: a TSV with a header: source, and where known name, bytes, md5, sha256, crc32c.
    The same command again goes on where it stopped, and fetches only what changed. Writes
    OUT.summary.json and OUT.provenance.json.
    """
    from engines.fetch import session, summary  # slow to import

    if not sources and options["manifest"] is None:
        raise BadUsage("nothing to fetch", hint="give a SOURCE, or a --manifest")
    if options["unsigned"] and options["profile"]:
        raise BadUsage("--unsigned uses no --profile", hint="leave one of them away")
    if (options["into"] is None) == (options["cache"] is None):
        raise BadUsage("where to? exactly one of --into and --cache is needed")
    job = _job(sources, sample, options)
    if dry_run:
        click.echo(summary.listing(session.plan(job, sample)))
    else:
        click.echo(summary.overview(session.fetch(job, sample)))


def _job(sources: tuple[str, ...], sample: str | None, options: dict[str, Any]) -> Job:
    """The options as the engine knows them."""
    from engines.fetch.addresses import address_of, is_manifest
    from engines.fetch.manifest import with_sample
    from engines.fetch.roles import read_roles

    def filled(words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(with_sample(word, sample, word) for word in words)

    def chosen(names: Iterable[str]) -> dict[str, Any]:
        return {name: options[name] for name in names}

    given = filled(sources)
    manifests = [Path(source) for source in given if is_manifest(source)]
    if options["manifest"]:
        manifests.append(options["manifest"])
    if len(manifests) > 1:
        raise BadUsage("more than one manifest", hint="put them into one")
    return Job(
        sources=tuple(address_of(source) for source in given if not is_manifest(source)),
        into=options["into"] or options["cache"],
        out=_out(options),
        manifest=manifests[0] if manifests else None,
        include=filled(options["include"]),
        exclude=filled(options["exclude"]),
        roles=read_roles(filled(options["role"]), options["preset"], sample),
        link=options["link"],
        cache=options["cache"] is not None,
        access=Access(**chosen(Access.__dataclass_fields__)),
        manner=_manner(chosen(Manner.__dataclass_fields__), options["cache"] is not None),
    )


def _out(options: dict[str, Any]) -> Path:
    """The prefix of the summary; a cache is no place for the summary of one call."""
    if options["out"]:
        return Path(options["out"])
    folder = options["into"] or options["link"]
    if folder is None:
        raise BadUsage("no place for the summary", hint="give --out or --link besides --cache")
    return Path(folder, "fetch")


def _manner(options: dict[str, Any], cache: bool) -> Manner:
    """What a cache holds is all our own: a file that was changed there is replaced."""
    return Manner(**options | {"overwrite": options["overwrite"] or cache})
