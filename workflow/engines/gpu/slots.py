"""One command a GPU: who uses one holds a lock on its file, which the system drops when it ends.

The files lie in one folder for all accounts of the machine. Who finds too few GPUs free queues
up; only the first of the queue takes what becomes free, and all that it needs at once: so one
that needs several is not passed over for ever, and two that need several never block each other.
"""

import fcntl
import hashlib
import os
import pwd
import re
import secrets
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engines.contract.errors import CannotWrite, Transient, Unavailable
from engines.gpu.devices import NVIDIA_SMI, Offer

FOLDER = "PLUMBLINE_GPU_LOCKS"
PUBLIC = ("/run/lock", "/tmp")  # noqa: S108  the same for all accounts, whatever their TMPDIR
LOOK_SECONDS = 0.2
TURN_SECONDS = 2.0
"""How long one that would not wait for a GPU waits for those that are just choosing."""
TELL_SECONDS = 60.0
OLD_SECONDS = 30 * 86400.0
"""After which the locks of a scheduler's job are removed: each job has its own."""

_OF_MACHINE = "plumbline-gpu.machine."

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Slot:
    """GPUs that are ours.

    Attributes:
        devices: their names, in the order of the offer.
        handles: the open files that hold the locks; none where a scheduler gave the GPUs.
    """

    devices: tuple[str, ...]
    handles: tuple[int, ...] = ()


@contextmanager
def held(offer: Offer, count: int, wait: float = 0, tell: Tell | None = None) -> Iterator[Slot]:
    """Hold so many of the GPUs. Where just as many were given to this job, nothing is locked.

    Args:
        wait: seconds for which GPUs that others hold are waited for.
        tell: gets a line when waiting begins, and every minute.

    Raises:
        Unavailable: there are not so many. Transient: others hold them. CannotWrite: no locks.
    """
    if count > len(offer.devices):
        raise _too_few(offer, count)
    if offer.scope and count == len(offer.devices):
        yield Slot(offer.devices)
        return
    folder, until = lock_folder(), time.monotonic() + wait
    if offer.scope:
        _remove_old(folder)
    locks = [lock_file(folder, offer, device) for device in offer.devices]
    news = _News(tell, lambda: f"waiting for {_gpus(count)}: {_told(offer)}")
    with ExitStack() as taken:
        with _turn(folder, offer, max(wait, TURN_SECONDS), news) as is_first:
            while not (is_first and (chosen := _lock_all(locks, count, taken))):
                if not is_first or time.monotonic() >= until:
                    raise Transient(
                        f"{_gpus(count)} asked for: {_told(offer)}",
                        hint="try again later, or give --wait more seconds; a screen: --device cpu",
                    )
                time.sleep(LOOK_SECONDS)
                news.tell_when_due()
        devices = tuple(offer.devices[number] for number in chosen)
        yield Slot(devices, tuple(chosen.values()))


def lock_folder() -> Path:
    """Where the locks of this machine are.

    Raises:
        CannotWrite: there is no such place.
    """
    if own := os.environ.get(FOLDER):
        try:
            Path(own).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWrite(f"{FOLDER}: {own}: {error.strerror}", hint="name another") from error
        return Path(own)
    for place in PUBLIC:
        with suppress(OSError):
            if os.stat(place).st_mode & 0o1777 == 0o1777:
                return Path(place)
    raise CannotWrite(
        f"neither {' nor '.join(PUBLIC)} can be written by all", hint=f"set {FOLDER} to a folder"
    )


def lock_file(folder: Path, offer: Offer, device: str) -> Path:
    """The file that stands for a GPU, in its scope."""
    scope, name = (re.sub(r"[^\w.-]", "_", part) for part in (offer.scope, device))
    return folder / f"plumbline-gpu.{scope or 'machine'}.{re.sub('^(GPU|MIG)-', '', name)}.lock"


def holders(offer: Offer) -> dict[str, int | None]:
    """The process that holds each GPU; None: nobody, or the system does not show who.

    Raises:
        CannotWrite: there is no place for locks.
    """
    folder = lock_folder()
    return {device: _holder(lock_file(folder, offer, device)) for device in offer.devices}


def _holder(path: Path) -> int | None:
    try:
        name = _name_in_proc(path)
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return None
    for fields in (line.split() for line in lines if " FLOCK " in line and "->" not in line):
        if len(fields) > 5 and fields[5] == name and fields[4].isdigit():
            return int(fields[4]) or None
    return None


def _name_in_proc(path: Path) -> str:
    """How /proc/locks calls a file: device and inode; the device of its mount, not st_dev (btrfs).

    Raises:
        OSError, ValueError: the system does not say.
    """
    handle = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    try:
        inode = os.fstat(handle).st_ino
        about = Path(f"/proc/self/fdinfo/{handle}").read_text(encoding="ascii")
    finally:
        os.close(handle)
    mount = about.partition("mnt_id:")[2].split()[:1]
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if fields[:1] == mount:
            major, minor = map(int, fields[2].split(":"))
            return f"{major:02x}:{minor:02x}:{inode}"
    raise ValueError(f"{path}: its mount is not listed")


def _lock_all(locks: Sequence[Path], count: int, taken: ExitStack) -> dict[int, int]:
    """Lock so many, or none; gives their places in the list and the open files."""
    chosen: dict[int, int] = {}
    with ExitStack() as trial:
        for number, path in enumerate(locks):
            handle = _opened(path)
            if not _locked(handle, path):
                os.close(handle)
                continue
            trial.callback(os.close, handle)
            chosen[number] = handle
            if len(chosen) == count:
                taken.enter_context(trial.pop_all())
                return chosen
    return {}


def _locked(handle: int, path: Path) -> bool:
    """Whether the lock is ours now, on what is still the file of that name (/tmp is swept)."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(path.lstat(), os.fstat(handle))
    except (BlockingIOError, FileNotFoundError):
        return False


@contextmanager
def _turn(folder: Path, offer: Offer, patience: float, news: "_News") -> Iterator[bool]:
    """Be the first of those who choose from these GPUs; false where others stay before us."""
    whose = hashlib.sha256("\n".join(sorted(offer.devices)).encode()).hexdigest()[:16]
    handle = _opened(lock_file(folder, offer, f"queue-{whose}"))
    try:
        # the system's own queue is fair, but cannot be left: so a thread stands in it
        queueing = threading.Thread(target=fcntl.flock, args=(handle, fcntl.LOCK_EX), daemon=True)
        queueing.start()
        until = time.monotonic() + patience
        while queueing.is_alive() and (left := until - time.monotonic()) > 0:
            queueing.join(min(left, news.seconds_left()))
            news.tell_when_due()
        yield not queueing.is_alive()
    finally:
        os.close(handle)


def _opened(path: Path) -> int:
    """Open a lock's file, whoever made it; made where it is not there.

    Never with O_CREAT what exists: in folders for all, the system refuses that for another's file.
    Never waiting: a pipe of that name, which anybody can make there, would be waited for for ever.

    Raises:
        CannotWrite: it cannot be opened or made, or is no plain file; with whose it is.
    """
    try:
        while True:
            with suppress(FileNotFoundError):
                handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
                if stat.S_ISREG(os.fstat(handle).st_mode):
                    return handle
                os.close(handle)
                raise _unusable(path, "no plain file")
            _make(path)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error


def _unusable(path: Path, why: str) -> CannotWrite:
    """The error of a lock that cannot be used: whoever made what is there can remove it."""
    try:
        user = path.lstat().st_uid
    except OSError:
        return CannotWrite(f"{path}: {why}", hint=f"set {FOLDER} to a folder that all may write")
    try:
        owner = pwd.getpwuid(user).pw_name
    except KeyError:
        owner = f"user {user}"
    return CannotWrite(
        f"{path}: {why}; {owner} has made it",
        hint=f"ask {owner} or an administrator to remove it, or set {FOLDER} to another folder",
    )


def _make(path: Path) -> None:
    """Make the file and its mode in one step: nobody meets one that only we may read."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(8)}")  # that nobody can take before us
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(handle, 0o644)
        with suppress(FileExistsError):
            os.link(new, path)
    finally:
        os.close(handle)
        os.unlink(new)


def _remove_old(folder: Path) -> None:
    """Remove our locks of jobs of a scheduler that ended long ago."""
    for path in folder.glob("plumbline-gpu.*.lock"):
        with suppress(OSError):
            status = path.lstat()
            is_old = time.time() - status.st_mtime > OLD_SECONDS and status.st_uid == os.getuid()
            if is_old and stat.S_ISREG(status.st_mode) and not path.name.startswith(_OF_MACHINE):
                handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
                try:
                    if _locked(handle, path):
                        path.unlink()
                finally:
                    os.close(handle)


class _News:
    """Tells what is waited for: after a second, then once a minute."""

    def __init__(self, tell: Tell | None, text: Callable[[], str]) -> None:
        self._tell, self._text = tell, text
        self._due = time.monotonic() + 1

    def seconds_left(self) -> float:
        """Until the next time."""
        return max(self._due - time.monotonic(), 0.01)

    def tell_when_due(self) -> None:
        """Tell it, if it is time."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + TELL_SECONDS
            if self._tell:
                self._tell(self._text())


def _told(offer: Offer) -> str:
    shown = [
        f"{name[:12]} by process {process}" for name, process in holders(offer).items() if process
    ]
    return f"{len(offer.devices)} there, held {', '.join(shown) or 'by others'}"


def _too_few(offer: Offer, count: int) -> Unavailable:
    """The error of one that asks for more GPUs than there will ever be."""
    there = len(offer.devices)
    if offer.scope:
        return Unavailable(
            f"{_gpus(count)} asked for; {offer.scope} was given {there}",
            hint="ask for more where it was started (resource gpu), or for fewer here (--count)",
        )
    if not there and offer.source == NVIDIA_SMI:
        return Unavailable("no GPU on this machine", hint="check with nvidia-smi -L")
    if not there:
        return Unavailable(f"no GPU: {offer.source} names none", hint=f"unset {offer.source}")
    is_there = f"there {'is' if there == 1 else 'are'} {there} ({offer.source})"
    return Unavailable(f"{_gpus(count)} asked for, {is_there}", hint=f"--count {there} or less")


def _gpus(count: int) -> str:
    return "1 GPU" if count == 1 else f"{count} GPUs"
