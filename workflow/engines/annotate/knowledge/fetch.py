"""Fetch the files of a source to a folder that is named by the day."""

from contextlib import suppress
from datetime import date
from pathlib import Path

from engines.annotate.knowledge.catalogue import Offer
from engines.annotate.knowledge.release import in_name
from engines.contract.errors import Unavailable
from engines.contract.progress import say
from engines.transfer.download import PATIENT, Patience, download


def fetch(
    offer: Offer, into: Path, today: date, mirror: str = "", patience: Patience = PATIENT
) -> Path:
    """Fetch all files to ``INTO/NAME-YYYY-MM-DD``; those that are there already stay.

    The day says which release it is. A mirror does not have the release of today, so its day is
    the one in its own name; without one the folder has none, and is ``INTO/NAME``.

    Args:
        mirror: an address, or a folder, that has the files by their names.

    Raises:
        Unavailable: nobody can fetch it without signing up.
        EngineError: see :func:`engines.transfer.download.download`.
    """
    if not offer.files:
        raise Unavailable(f"{offer.title}: has to be fetched by hand", hint=offer.page)
    folder = into / _name(offer, today, mirror)
    for name, address in offer.files.items():
        target = folder / name
        if target.exists():
            say(f"{target}: is there")
            continue
        url = f"{_base(mirror)}/{name}" if mirror else address
        try:
            download(url, target, patience=patience)
        except BaseException:
            with suppress(OSError):  # it stays where it has a file
                folder.rmdir()
            raise
        say(f"{target}: fetched")
    return folder


def _name(offer: Offer, today: date, mirror: str) -> str:
    if not mirror:
        return f"{offer.name}-{today.isoformat()}"
    when = in_name(_base(mirror).rpartition("/")[2])
    return f"{offer.name}-{when[1]}" if when else offer.name


def _base(mirror: str) -> str:
    return mirror.rstrip("/") if "://" in mirror else Path(mirror).resolve().as_uri()
