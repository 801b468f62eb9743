"""Whether a file is the one that was fetched, when its time is another one now."""

import hashlib
import os
from pathlib import Path

import pytest

from engines.fetch.items import MIB, Item
from engines.fetch.receipts import Receipt, Receipts

DATA = b"ab" * (3 * MIB)  # two parts of 5 MiB at most


def in_parts(data: bytes, part: int) -> str:
    sums = [hashlib.md5(data[at : at + part]).digest() for at in range(0, len(data), part)]
    return f'"{hashlib.md5(b"".join(sums)).hexdigest()}-{len(sums)}"'


def note(folder: Path, etag: str, checksums: dict[str, str]) -> tuple[Receipts, Item, Path]:
    """A fetched file, and what is noted of it."""
    target = folder / "a.vcf.gz"
    target.write_bytes(DATA)
    receipts = Receipts(folder / "receipts.ndjson")
    mtime_ns = target.stat().st_mtime_ns
    source = "s3://b/a.vcf.gz"
    receipts.add([Receipt(target.name, source, len(DATA), etag, None, checksums, [], "", mtime_ns)])
    return receipts, Item(source, target.name, len(DATA), etag), target


@pytest.mark.parametrize(
    ("etag", "checksums"),
    [
        ('"x"', {"sha256": hashlib.sha256(DATA).hexdigest()}),
        (in_parts(DATA, 5 * MIB), {}),  # of a multipart upload only this may be known
    ],
)
def test_the_content_decides_where_the_time_is_another_one(tmp_path, etag, checksums):
    receipts, item, target = note(tmp_path, etag, checksums)
    os.utime(target, ns=(5, 5))
    found = receipts.current(item, target)
    assert found is not None
    assert found.mtime_ns == 5
    assert Receipts(receipts.path).current(item, target) == found, "it is noted, and read once"
    target.write_bytes(DATA[:-1] + b"c")
    assert receipts.current(item, target) is None
    assert not receipts.knows(item.name, target)


def test_where_nothing_tells_what_it_was_it_is_not_taken_for_it(tmp_path):
    receipts, item, target = note(tmp_path, '"no md5"', {})
    assert receipts.current(item, target)
    os.utime(target, ns=(5, 5))
    assert receipts.current(item, target) is None
