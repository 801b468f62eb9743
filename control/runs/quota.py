"""Who may use how much disk: runs and uploads of a user together."""

from control.runs.storage import read_sizes
from control.runs.upload_record import every_upload, uploads_of
from control.settings import Settings
from engines.contract.errors import NotPermitted

GB = 10**9


def used(settings: Settings, user: str | None = None) -> int:
    """Bytes that runs and uploads of a user take, or those of everybody where none is named.

    Runs count as last measured; uploads as they are now, unfinished ones with their whole
    size. An uploaded file that is the input of runs counts once.
    """
    total, shared = 0, dict[str, int]()
    for size in read_sizes(settings).values():
        if user is None or size.owner == user:
            total += size.bytes - sum(size.shared.values())
            shared.update(size.shared)
    uploads = every_upload(settings) if user is None else uploads_of(settings, user)
    for upload in uploads:
        shared[upload.identity] = upload.size
    return total + sum(shared.values())


def refuse_above(settings: Settings, user: str, more: int = 0) -> None:
    """Check the limits of storage, the user's and everybody's.

    Args:
        more: bytes that are to be added.

    Raises:
        NotPermitted: a limit is reached, or would be passed; with the figures.
    """
    own, all_together = settings.limits_per_user.storage_gb, settings.limits.storage_gb
    for limit, whose, name in ((own, "your", user), (all_together, "the service's", None)):
        if limit is None:
            continue
        taken = used(settings, name)
        if taken + max(more, 1) > limit * GB:
            and_more = f"; this needs {more / GB:.2f} GB more" if more else ""
            raise NotPermitted(
                f"storage: {taken / GB:.2f} of {whose} {limit:g} GB are used{and_more}",
                hint="delete runs or uploads that are not needed any more",
            )
