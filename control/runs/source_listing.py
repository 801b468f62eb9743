"""What lies where samples come from: a level of a store or of an open folder, a page at a time.

Who submits a run may have it read what the service's account can read (control/runs/addresses.py),
so the same addresses may be looked at, with the same credentials, and no others.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from control.record.lines import timestamp
from control.runs import addresses
from control.settings import Allow
from engines.contract.errors import BadUsage, InputMissing, NotPermitted
from engines.fetch.refusals import boto_trouble
from engines.fetch.s3 import S3

MOST_IN_FOLDER = 20_000  # entries of a folder that are read
MOST_LOOKED_AT = 2000  # of them for one page: of links it must be found out where they lead


@dataclass(frozen=True)
class Entry:
    """A folder or file.

    Attributes:
        name: its last part.
        address: as column ``source`` takes it; of a folder with a slash at the end.
        size: bytes; None of a folder.
        changed: UTC; "" of a folder.
    """

    name: str
    address: str
    kind: Literal["folder", "file"]
    size: int | None = None
    changed: str = ""


@dataclass(frozen=True)
class Listing:
    """A page of entries: folders and files in the order of their names.

    Attributes:
        cursor: where the next page begins; None on the last one.
    """

    entries: Sequence[Entry]
    cursor: str | None = None


def beginnings(allow: Allow) -> Listing:
    """The places that the administrator has opened, in which one can begin to look."""
    stores = [each for each in allow.sources or () if each.startswith("s3://")]
    places = [f"{each.rstrip('/')}/" for each in (*stores, *map(str, allow.input_folders))]
    return Listing([Entry(place.rstrip("/"), place, "folder") for place in dict.fromkeys(places)])


def list_source(
    text: str, allow: Allow, store: S3, limit: int = 200, cursor: str | None = None
) -> Listing:
    """What lies at an address: below it where it ends with a slash, else what begins with it.

    Args:
        text: ``s3://bucket/folder/``, or an absolute path.
        allow: what the administrator allows.
        store: is asked, with the credentials of the service.
        limit: largest number of entries.
        cursor: of the page before.

    Raises:
        BadUsage: it is no such address. NotPermitted: runs may not read there, or the store
            refuses it. InputMissing: it is not there. EngineError: the store cannot be asked.
    """
    if not text.isprintable():
        raise BadUsage(f"{text[:80]!r}: no address", hint="like s3://bucket/folder/")
    if text.startswith("/"):
        return _of_folder(text, allow, limit, cursor or "")
    if not text.startswith("s3://"):
        raise BadUsage(
            f"{addresses.shown(text)}: cannot be looked into",
            hint="like s3://bucket/folder/; other addresses are typed into the sheet",
        )
    address = addresses.parse(text)
    addresses.check_source(text, allow)
    return _of_store(address.place, address.path, store, limit, cursor)


def _of_store(bucket: str, prefix: str, store: S3, limit: int, cursor: str | None) -> Listing:
    from botocore.exceptions import BotoCoreError, ClientError  # slow to import

    what = f"s3://{bucket}/{prefix}"
    wanted: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix, "Delimiter": "/"}
    wanted |= {"MaxKeys": limit} | ({"ContinuationToken": cursor} if cursor else {})
    _, region = store.bucket(bucket)
    try:
        page = store.client(region).list_objects_v2(**wanted)
    except ClientError as error:
        if cursor and error.response.get("Error", {}).get("Code") == "InvalidArgument":
            raise BadUsage("query.cursor: of another list", hint="begin anew") from None
        raise boto_trouble(what, error, store.access) from None
    except BotoCoreError as error:
        raise boto_trouble(what, error, store.access) from None
    entries = sorted(_entries(page, bucket, prefix), key=lambda entry: entry.name)
    return Listing(entries, page.get("NextContinuationToken"))


def _entries(page: Any, bucket: str, prefix: str) -> Iterator[Entry]:
    start = prefix.rfind("/") + 1
    for each in page.get("CommonPrefixes", ()):
        key = each["Prefix"]
        yield Entry(key[start:].rstrip("/"), f"s3://{bucket}/{key}", "folder")
    for each in page.get("Contents", ()):
        key = each["Key"]
        if key == prefix and key.endswith("/"):
            continue  # what consoles make to show a folder
        yield Entry(
            key[start:], f"s3://{bucket}/{key}", "file", each["Size"], _utc(each["LastModified"])
        )


def _of_folder(text: str, allow: Allow, limit: int, after: str) -> Listing:
    roots = [Path(os.path.realpath(folder)) for folder in allow.input_folders]
    folder, _, start = text.rpartition("/")
    path = Path(os.path.realpath(folder or "/"))
    if not _lies_in(path, roots):
        known = ", ".join(map(str, allow.input_folders)) or "none"
        raise NotPermitted(
            f"{text[:200]}: not in a folder that runs may read", hint=f"open: {known}"
        )
    try:
        names = sorted(_names(path, start, after))
        entries: list[Entry] = []
        last = after
        for number, name in enumerate(names):
            entry = _entry(path / name, f"{folder}/{name}", roots)
            if (entry and len(entries) == limit) or number == MOST_LOOKED_AT:
                return Listing(entries, last)
            entries += [entry] if entry else []
            last = name
    except OSError as error:
        raise InputMissing(f"{text[:200]}: {error.strerror}", hint="check the path") from None
    return Listing(entries)


def _names(folder: Path, start: str, after: str) -> Iterator[str]:
    """Names in a folder that begin with ``start`` and come after another; none that are hidden."""
    with os.scandir(folder) as found:
        for number, each in enumerate(found):
            if number == MOST_IN_FOLDER:
                raise BadUsage(
                    f"{folder}: more than {MOST_IN_FOLDER} entries", hint="name a smaller folder"
                )
            name = each.name
            if name.startswith(start) and name > after and not name.startswith("."):
                yield name


def _entry(path: Path, address: str, roots: list[Path]) -> Entry | None:
    """What is at a path; None of what runs cannot read: links that lead out, odd names."""
    if not path.name.isprintable():
        return None
    if path.is_symlink() and not _lies_in(Path(os.path.realpath(path)), roots):
        return None
    if path.is_dir():
        return Entry(path.name, f"{address}/", "folder")
    if not path.is_file():
        return None
    status = path.stat()
    return Entry(path.name, address, "file", status.st_size, timestamp(status.st_mtime))


def _lies_in(path: Path, roots: list[Path]) -> bool:
    return any(path.is_relative_to(root) for root in roots)


def _utc(moment: datetime) -> str:
    return timestamp(moment.astimezone(UTC).timestamp())
