"""Times as every file of the project writes them: UTC, ISO 8601, milliseconds, ``Z``."""

from datetime import UTC, datetime


def utc(moment: datetime | None = None) -> str:
    """``2026-11-21T22:10:05.123Z``; of now where no moment is given."""
    moment = moment or datetime.now(UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
