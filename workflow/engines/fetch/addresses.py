"""Addresses: made of what a person gives, and the place of each in a cache."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from engines.contract.errors import InputMissing
from engines.contract.wording import printable
from engines.fetch.names import safe_step

_AMAZON = re.compile(r"\.amazonaws\.com(\.cn)?$")


def is_manifest(source: str) -> bool:
    """Whether a SOURCE is a manifest: a path that ends in ``.tsv``, and no folder."""
    return "://" not in source and source.lower().endswith(".tsv") and not Path(source).is_dir()


def address_of(source: str) -> str:
    """The address of a SOURCE, which may be a path.

    Raises:
        InputMissing: a path where nothing is.
    """
    if "://" in source:
        return source
    if not Path(source).exists():
        raise InputMissing(
            f"{printable(source)}: no such file or folder",
            hint="an address begins with s3://, https:// or file:///",
        )
    return file_address(Path(source))


def file_address(path: Path) -> str:
    """``file:///…`` of a path; what would end or change an address is escaped."""
    text = str(path.absolute())
    for odd in "%?#":
        text = text.replace(odd, f"%{ord(odd):02X}")
    return f"file://{text}"


def place_in_cache(source: str, store: str = "") -> str:
    """``SCHEME/HOST/FOLDER/FILE``: the same for every call that names the address.

    Args:
        store: host that an s3 bucket is asked at; named unless it is Amazon's.
    """
    if source.startswith("s3://"):
        bucket, *steps = source.removeprefix("s3://").split("/")
        host = bucket if not store or _AMAZON.search(store) else f"{bucket}@{store}"
        return "/".join(["s3", *map(_step, [host, *steps])])
    parts = urlsplit(source)
    bare = source.split("://", 1)[1].split("?")[0].split("#")[0].removeprefix(parts.netloc)
    hosts = [] if parts.scheme == "file" else [parts.netloc]
    steps = [step for step in bare.split("/") if step]
    return "/".join([parts.scheme, *map(_step, [*hosts, *steps])])


def _step(step: str) -> str:
    return "_" if step in ("", ".", "..") else safe_step(step)
