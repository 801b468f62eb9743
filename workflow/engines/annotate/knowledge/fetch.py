"""Fetch the files of a source to a folder that is named by the day."""

from datetime import date
from pathlib import Path

from engines.annotate.knowledge.catalogue import Offer
from engines.contract.errors import Unavailable
from engines.contract.progress import say
from engines.transfer.download import PATIENT, Patience, download


def fetch(
    offer: Offer, into: Path, today: date, mirror: str = "", patience: Patience = PATIENT
) -> Path:
    """Fetch all files to ``INTO/NAME-YYYY-MM-DD``; those that are there already stay.

    Args:
        mirror: an address, or a folder, that has the files by their names.

    Raises:
        Unavailable: nobody can fetch it without signing up.
        EngineError: see :func:`engines.transfer.download.download`.
    """
    if not offer.files:
        raise Unavailable(f"{offer.title}: has to be fetched by hand", hint=offer.page)
    folder = into / f"{offer.name}-{today.isoformat()}"
    for name, address in offer.files.items():
        target = folder / name
        if target.exists():
            say(f"{target}: is there")
            continue
        url = f"{_base(mirror)}/{name}" if mirror else address
        download(url, target, patience=patience)
        say(f"{target}: fetched")
    return folder


def _base(mirror: str) -> str:
    return mirror.rstrip("/") if "://" in mirror else Path(mirror).resolve().as_uri()
