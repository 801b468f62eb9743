"""What is asked for, and what is known of one file before it is fetched."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from engines.fetch.role import Wanted

MIB = 1 << 20


@dataclass(frozen=True)
class Access:
    """How the store is asked.

    Attributes:
        profile, region, endpoint: as boto3 knows them; None takes its own settings.
        unsigned: ask without credentials. requester_pays: agree to pay for the requests.
    """

    profile: str | None = None
    region: str | None = None
    endpoint: str | None = None
    unsigned: bool = False
    requester_pays: bool = False


@dataclass(frozen=True)
class Manner:
    """How files are fetched.

    Attributes:
        connections: requests at the same time, over all files.
        part_size: bytes of one ranged request.
        limit: bytes per second over all connections, None for no limit.
        sha256: compute SHA-256 of every file, whatever else verifies it.
        ignore_etag: the store's ETags are no MD5. overwrite: replace files of another origin.
        index: make the indexes that are absent.
    """

    connections: int = 8
    part_size: int = 16 * MIB
    limit: int | None = None
    sha256: bool = False
    ignore_etag: bool = False
    overwrite: bool = False
    index: bool = True


@dataclass(frozen=True)
class Item:
    """One file to fetch.

    Attributes:
        source: its address. name: its path below the target folder.
        size: bytes, None where the source does not say.
        etag: names this state of the object; empty where nothing does.
        sums: kind → hexadecimal checksum that the manifest gives.
        sidecar: address of the file with its MD5, where there is one.
        ranged: whether the source gives ranges of it.
        roles: what it is for. links: paths below the folder of links that lead to it.
    """

    source: str
    name: str
    size: int | None
    etag: str = ""
    sums: dict[str, str] = field(default_factory=dict)
    sidecar: str | None = None
    ranged: bool = True
    roles: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        return shown(self.source)


@dataclass(frozen=True)
class Plan:
    """What would be fetched.

    Attributes:
        items: the files, as they were listed.
        notes: what was left out or renamed, for people.
    """

    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        return sum(item.size or 0 for item in self.items)


@dataclass(frozen=True)
class Job:
    """One call of the command.

    Attributes:
        into: folder of the files. cache: it is shared, and files lie there by their addresses.
        link: folder of links to the files.
        roles: those asked for; none takes every file.
    """

    sources: tuple[str, ...]
    into: Path
    out: Path
    manifest: Path | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    roles: tuple[Wanted, ...] = ()
    link: Path | None = None
    cache: bool = False
    access: Access = Access()
    manner: Manner = Manner()


def shown(url: str) -> str:
    """An address without its query, which may be a signature."""
    if url.startswith("s3://"):
        return url
    parts = urlsplit(url)
    return f"{url.split('?', 1)[0]}?…" if parts.query else url


def results_below(job: Job, folder: Path) -> tuple[str, ...]:
    """Paths below ``folder`` of what the call itself writes there."""
    endings = (".summary.json", ".provenance.json")
    files = [job.out.with_name(job.out.name + ending).absolute() for ending in endings]
    inside = [file for file in files if file.is_relative_to(folder.absolute())]
    return tuple(file.relative_to(folder.absolute()).as_posix() for file in inside)
