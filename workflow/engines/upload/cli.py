"""``plumbline upload``."""

from pathlib import Path
from typing import Any

import click

from engines.contract.errors import BadUsage, EngineCommand
from engines.contract.options import Prefix
from engines.fetch.cli import Size
from engines.fetch.items import MIB, Access
from engines.upload.items import LEAST_PART, Job, Manner


@click.command("upload", cls=EngineCommand)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--to", required=True, metavar="ADDRESS", help="s3://BUCKET/PREFIX/ or file:///DIR.")
@click.option("--include", multiple=True, metavar="GLOB", help="Only files like this; repeatable.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="No files like this; repeatable.")
@click.option("-o", "--out", type=Prefix(), help="Prefix of the summary.  [default: DIR/upload]")
@click.option("--dry-run", is_flag=True, help="List what would be sent, and send nothing.")
@click.option("--replace", is_flag=True, help="Replace objects that hold something else.")
@click.option("--profile", help="AWS profile.")
@click.option("--region", help="AWS region.")
@click.option("--endpoint", help="Address of a store that is not Amazon's.")
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
    help="Bytes of one part of a large file, 5M or more.",
)
@click.option("--limit", type=Size(), help="Bytes a second over all connections, e.g. 20M.")
@click.option("--sse", type=click.Choice(["AES256", "aws:kms"]), help="Encryption at the store.")
@click.option("--kms-key-id", help="Key of KMS, with --sse aws:kms.")
def upload(folder: Path, dry_run: bool, **options: Any) -> None:
    """Upload a folder to S3 or another file system: in parallel, resumed, verified.

    Lists and compares first: what is there already is not sent again, and where other content is
    there nothing is sent, unless --replace is given. The same command again goes on where it
    stopped. Hidden files, links that lead out of DIR and logs of other users never go. Writes
    OUT.summary.json and OUT.provenance.json.
    """
    from engines.upload import session, summary  # slow to import

    _refuse(options)
    job = _job(folder, options)
    if dry_run:
        click.echo(summary.listing(*session.plan(job)))
    else:
        click.echo(summary.overview(session.upload(job)))


def _refuse(options: dict[str, Any]) -> None:
    """Stop at options that make no sense together."""
    if options["kms_key_id"] and options["sse"] != "aws:kms":
        raise BadUsage("--kms-key-id goes with --sse aws:kms", hint="give both")
    if options["part_size"] < LEAST_PART:
        raise BadUsage("--part-size: S3 takes no parts below 5M", hint="leave it away")
    store = [name for name in ("profile", "region", "endpoint", "sse") if options[name]]
    if store and options["to"].startswith("file:"):
        raise BadUsage(f"--{store[0]} is for s3://…, and the target is a folder")


def _job(folder: Path, options: dict[str, Any]) -> Job:
    """The options as the engine knows them."""
    return Job(
        folder=folder,
        to=options["to"],
        out=options["out"] or folder / "upload",
        include=options["include"],
        exclude=options["exclude"],
        access=Access(options["profile"], options["region"], options["endpoint"]),
        manner=Manner(**{name: options[name] for name in Manner.__dataclass_fields__}),
    )
