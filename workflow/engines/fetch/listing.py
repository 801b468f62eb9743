"""What there is to fetch: sources and manifests become items, before a byte is fetched."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from engines.contract.errors import (
    BadData,
    BadUsage,
    EngineError,
    InputMissing,
    NotPermitted,
    Unavailable,
)
from engines.contract.wording import printable
from engines.fetch.addresses import file_address
from engines.fetch.chosen import named, once, with_roles
from engines.fetch.items import Item, Job, Plan, results_below, shown
from engines.fetch.links import check_links
from engines.fetch.manifest import Row, read_manifest
from engines.fetch.names import refuse_collisions, wanted
from engines.fetch.patience import Waiting
from engines.fetch.refusals import Changed, boto_trouble
from engines.fetch.remote import Remote, path_of, state_of
from engines.transfer.sources import NO_SECRETS

SCHEMES = ("s3", "https", "http", "file")
SIDECARS = (".md5", ".md5sum")


class Lister:
    """Lists the sources of one call."""

    def __init__(self, job: Job, remote: Remote, waiting: Waiting) -> None:
        self.job, self.remote, self.waiting = job, remote, waiting
        self._notes: list[str] = []

    def plan(
        self, rows: list[Row], reserved: tuple[str, ...] = (), sample: str | None = None
    ) -> Plan:
        """All files of the call: of its sources, and of the rows of its manifest.

        Raises:
            BadData: names that leave the folder, or that two files would have; two files for
                a role that has one.
            InputMissing: nothing there. EngineError: the source cannot be asked.
        """
        items: list[Item] = []
        for source in self.job.sources:
            items += self._of_source(source)
        with ThreadPoolExecutor(self.job.manner.connections) as pool:
            items += pool.map(self._of_row, rows)
        items = self._noted(once(items))
        if self.job.roles:
            items = self._noted(with_roles(self.job, items, sample, self._index))
        items = self._noted(named(self.job, items, self._store_of))
        refuse_collisions([(item.name, item.shown) for item in items], reserved)
        empty = sum(item.size == 0 for item in items)
        if empty:
            self._notes.append(f"{empty} of the files have no bytes")
        return Plan(tuple(items), tuple(self._notes))

    def _noted(self, found: tuple[list[Item], list[str]]) -> list[Item]:
        self._notes += found[1]
        return found[0]

    def _of_source(self, source: str) -> list[Item]:
        scheme = check_address(source)
        if scheme == "s3":
            found = self._of_s3(source)
        elif scheme == "file":
            found = self._of_files(source)
        else:
            name = source.split("?")[0].split("#")[0].rstrip("/").rsplit("/", 1)[-1]
            found = [self._of_row(Row(source, name, None))]
        if not found:
            raise InputMissing(
                f"{printable(shown(source))}: nothing there", hint="check the address and --sample"
            )
        chosen = [i for i in found if wanted(i.name, self.job.include, self.job.exclude)]
        if not chosen:
            raise InputMissing(
                f"{printable(shown(source))}: none of {len(found)} files is wanted",
                hint=f"there is, for instance, {printable(found[0].name)}; see --include",
            )
        if len(chosen) < len(found):
            left = len(found) - len(chosen)
            self._notes.append(
                f"{printable(shown(source))}: {left} of {len(found)} files are left out"
            )
        return chosen

    # --- s3 ---------------------------------------------------------------

    def _of_s3(self, source: str) -> list[Item]:
        bucket, _, prefix = source.removeprefix("s3://").partition("/")
        found, folders = [], 0
        for row in self._keys(bucket, prefix):
            if row["Key"].endswith("/") and not row["Size"]:
                folders += 1  # what consoles make to show a folder
                continue
            found.append(row)
        if folders:
            self._notes.append(f"{printable(source)}: {folders} markers of folders are left out")
        exact = [row for row in found if row["Key"] == prefix]
        start = prefix.rfind("/") + 1
        keys = {row["Key"] for row in found}
        return [
            Item(
                f"s3://{bucket}/{row['Key']}",
                row["Key"][start:],
                row["Size"],
                row.get("ETag", ""),
                sidecar=_sidecar(f"s3://{bucket}/", row["Key"], keys),
            )
            for row in exact or found
        ]

    def _keys(self, bucket: str, prefix: str) -> Iterator[Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        _, region = self.waiting.patiently(lambda: self.remote.bucket(bucket))
        client = self.remote.client(region)
        wanted_page: dict[str, str] = {"Bucket": bucket, "Prefix": prefix}
        if self.remote.access.requester_pays:
            wanted_page["RequestPayer"] = "requester"

        def ask() -> Any:
            try:
                return client.list_objects_v2(**wanted_page)
            except (BotoCoreError, ClientError) as error:
                raise boto_trouble(f"s3://{bucket}/{prefix}", error, self.job.access) from error

        while True:
            page = self.waiting.patiently(ask)
            yield from page.get("Contents", [])
            if not page.get("IsTruncated"):
                return
            wanted_page["ContinuationToken"] = page["NextContinuationToken"]

    # --- files ------------------------------------------------------------

    def _of_files(self, source: str) -> list[Item]:
        path = path_of(source)
        if not path.is_dir():
            return [self._of_row(Row(source, path.name, None))]
        found = []
        for folder, folders, names in os.walk(path, onerror=_refuse_folder):
            folders.sort()
            for name in sorted(names):
                file = path.__class__(folder, name)
                relative = file.relative_to(path).as_posix()
                found.append(self._of_row(Row(file_address(file), relative, None)))
        return found

    # --- one address ------------------------------------------------------

    def _of_row(self, row: Row) -> Item:
        """Ask the source about one file; what the manifest says must agree."""
        scheme = check_address(row.source)
        name = row.name or row.source.split("?")[0].rsplit("/", 1)[-1]
        if scheme == "file":
            path = path_of(row.source)
            size, etag = state_of(path)
            if not path.is_file():
                raise BadData(f"{path}: is no file")
            beside = [
                f"{row.source}{end}" for end in SIDECARS if path_of(row.source + end).exists()
            ]
            item = Item(row.source, name, size, etag, row.sums, beside[0] if beside else None)
        else:
            item = self.waiting.patiently(lambda: self._ask(row, name))
        if row.bytes is not None and item.size not in (None, row.bytes):
            raise BadData(
                f"{item.shown}: has {item.size} bytes, but {row.bytes} by the manifest",
                hint="the file was replaced, or the manifest is of another one",
            )
        return item if item.size is not None else replace(item, size=row.bytes)

    def _ask(self, row: Row, name: str) -> Item:
        try:
            with self.remote.ask("HEAD", row.source, {}) as answer:
                headers = answer.headers
        except (Unavailable, NotPermitted) as error:  # an address signed for GET refuses HEAD
            if row.source.startswith("s3://"):
                raise
            headers = self._first_byte(row.source, error)
        except Changed as error:
            raise Unavailable(str(error)) from error
        stated = headers.get("content-length", "")
        size = int(stated) if stated.isdecimal() and not headers.get("content-encoding") else None
        etag = headers.get("etag", "")
        is_s3 = row.source.startswith("s3://")
        ranged = size is not None and (
            is_s3 or (headers.get("accept-ranges") == "bytes" and etag.startswith('"'))
        )
        return Item(row.source, name, size, etag, row.sums, self._beside(row), ranged)

    def _first_byte(self, url: str, refused: EngineError) -> dict[str, str]:
        try:
            with self.remote.ask("GET", url, {"Range": "bytes=0-0"}) as answer:
                headers = dict(answer.headers)
        except Changed:
            raise refused from None
        span = headers.get("content-range", "").rpartition("/")[2]
        if answer.status == 206 and span.isdecimal():
            headers |= {"content-length": span, "accept-ranges": "bytes"}
        return headers

    def _beside(self, row: Row) -> str | None:
        """The ``.md5`` beside a file on the web, where the manifest says nothing."""
        if row.sums or row.source.startswith("s3://"):
            return None
        return row.source + SIDECARS[0] if self._on_the_web(row.source + SIDECARS[0]) else None

    def _on_the_web(self, url: str) -> bool:
        """Whether a server has a file there, and not a page that says it has none."""
        if "?" in url:
            return False  # signed for one file
        try:
            with self.remote.ask("HEAD", url, {}) as answer:
                return "html" not in answer.headers.get("content-type", "")
        except (InputMissing, NotPermitted, Unavailable, Changed):
            return False

    def _index(self, item: Item, name: str, ending: str) -> Item | None:
        """The index beside a file that was not listed with it; None where there is none."""
        bare = item.source.removesuffix(".bam") if name != item.name + ending else item.source
        source = bare + ending
        if source.startswith("http") and not self._on_the_web(source):
            return None
        try:
            return self._of_row(Row(source, name, None))
        except (InputMissing, NotPermitted, Unavailable, BadData):
            return None

    def _store_of(self, bucket: str) -> str:
        """The host that a bucket is asked at, without the bucket's name."""
        address, _ = self.waiting.patiently(lambda: self.remote.bucket(bucket))
        return urlsplit(address).netloc.removeprefix(f"{bucket}.")


def _sidecar(bucket: str, key: str, keys: set[str]) -> str | None:
    beside = [bucket + key + end for end in SIDECARS if key + end in keys]
    return beside[0] if beside else None


def _refuse_folder(error: OSError) -> None:
    raise NotPermitted(f"{error.filename}: {error.strerror}") from error


def check_address(url: str) -> str:
    """The scheme of an address that can be fetched.

    Raises:
        BadUsage: it cannot.
    """
    scheme, mark, rest = url.partition("://")
    if not mark or scheme not in SCHEMES or not rest:
        raise BadUsage(
            f"{printable(url)}: not an address that can be fetched",
            hint="use " + ", ".join(f"{known}://…" for known in SCHEMES),
        )
    host, _, path = rest.partition("/")
    if "@" in host:
        place = host.rpartition("@")[2]
        raise BadUsage(
            f"{scheme}://…@{place}/{path}: has a user name or password in it", hint=NO_SECRETS
        )
    if scheme == "s3" and any(step in (".", "..") for step in path.split("/")):
        raise BadUsage(f"{printable(url)}: a key with . or .. cannot be asked for")
    return scheme


def make_plan(job: Job, remote: Remote, waiting: Waiting, sample: str | None) -> Plan:
    """The plan of a call; names that its own results take are reserved."""
    rows = read_manifest(job.manifest, sample) if job.manifest else []
    plan = Lister(job, remote, waiting).plan(rows, results_below(job, job.into), sample)
    if job.link:
        check_links(job, job.link, plan.items)
    return plan
