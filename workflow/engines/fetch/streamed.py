"""Files whose source gives no ranges: one stream from the first byte, by engines.transfer."""

from dataclasses import replace
from pathlib import Path

from engines.contract.clock import utc
from engines.fetch.file import File
from engines.fetch.names import STATE
from engines.fetch.patience import Waiting
from engines.fetch.receipts import Receipt
from engines.transfer.download import download
from engines.transfer.verify import Expected


def fetch_whole(file: File, into: Path, waiting: Waiting) -> Receipt:
    """Fetch a file in one stream, verified by what the manifest says.

    Raises:
        EngineError: what :func:`engines.transfer.download.download` raises.
    """
    item = file.item
    scratch = into / STATE / "streams" / Path(item.name).parent
    expected = Expected(
        bytes=item.size,
        md5=item.sums.get("md5"),
        sha256=item.sums.get("sha256"),
        known_from="the manifest" if item.sums else "its server",
        hint="the file was replaced, or the manifest is of another one",
    )
    found = download(item.source, file.target, expected, scratch=scratch, patience=waiting.patience)
    file.item = replace(item, size=found.bytes)
    return Receipt(
        name=item.name,
        source=item.shown,
        bytes=found.bytes,
        etag=item.etag,
        version=None,
        checksums={"md5": found.md5, "sha256": found.sha256},
        verified=[f"{kind} (the manifest)" for kind in ("md5", "sha256") if kind in item.sums],
        date=utc(),
        mtime_ns=file.target.stat().st_mtime_ns,
    )
