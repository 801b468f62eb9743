"""The service's secret key: signs session cookies and its own JWTs.

To make all of them void, stop the service and delete the file: it makes another.
"""

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from control.settings import StateDir
from engines.contract.errors import CannotWrite, NotPermitted, Unavailable

KEY_BYTES = 32


def secret_key(state: StateDir) -> bytes:
    """The key, made on first use (0600), the same in all processes.

    Raises:
        NotPermitted: others may read the file.
        Unavailable: it holds no key.
        CannotWrite: it cannot be made.
    """
    try:
        if not state.secret_key.exists():
            _make(state.make().secret_key)
        with open(state.secret_key, encoding="ascii") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read().strip()
        key = bytes.fromhex(text)
    except OSError as error:
        raise CannotWrite(f"{error.filename}: {error.strerror}") from error
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Unavailable(
            f"{state.secret_key}: holds no key",
            hint="delete it: the service makes another, and everybody signs in again",
        )
    if mode & 0o077:
        raise NotPermitted(
            f"{state.secret_key}: others may read it",
            hint="delete it, as who has read it can sign in as anybody: the service makes another",
        )
    return key


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose: what is signed for one is worth nothing for another."""
    return hmac.digest(key, purpose.encode(), "sha256")


def _make(file: Path) -> None:
    """Write the file under a name of our own, then link it in place: the first of two wins."""
    scratch = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "w", encoding="ascii") as handle:
            handle.write(secrets.token_hex(KEY_BYTES) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        with suppress(FileExistsError):
            os.link(scratch, file)
    finally:
        scratch.unlink()
