"""Errors that a user or a scheduler can act on: exit codes after sysexits, a JSON line at the end.

The last line that a failed engine writes to stderr is one JSON object with the
keys ``error_class`` (transient, permanent, unknown), ``code`` (the exit code),
``message`` and ``hint``, so that nobody has to match strings to classify it.
"""

import difflib
import errno
import functools
import json
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")


class EngineError(Exception):
    """A failure that is explained: what and where in ``message``, what to do in ``hint``."""

    code = 70
    error_class = "permanent"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadUsage(EngineError):
    """Options that contradict each other or make no sense (64)."""

    code = 64


class BadData(EngineError):
    """An input that is there but cannot be used: truncated, unsorted, of another build (65)."""

    code = 65


class InputMissing(EngineError):
    """An input that is not there or cannot be opened (66)."""

    code = 66


class Unavailable(EngineError):
    """A service, device or external program that is not there (69)."""

    code = 69


class CannotWrite(EngineError):
    """Output that cannot be written: no permission, no such folder (73)."""

    code = 73


class Transient(EngineError):
    """A failure that may pass by itself: network, busy server, full disk (75).

    ``retry_after``: seconds that a server asked to wait, where it did.
    """

    code = 75
    error_class = "transient"

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class NotPermitted(EngineError):
    """Credentials refused or missing (77)."""

    code = 77


class TimedOut(EngineError):
    """A limit of time ran out (124)."""

    code = 124
    error_class = "transient"


def nearest(word: str, valid: Iterable[str]) -> str | None:
    """The valid spelling closest to ``word``, whatever its case; None when none is close."""
    spellings = {name.lower(): name for name in sorted(valid, reverse=True)}
    close = difflib.get_close_matches(word.lower(), spellings, n=1, cutoff=0.6)
    return spellings[close[0]] if close else None


def fail(message: str, hint: str, code: int, error_class: str, **more: float) -> NoReturn:
    """Write the one line for people and the one for machines, then leave with ``code``."""
    click.echo(f"error: {message}" + (f"\n  hint: {hint}" if hint else ""), err=True)
    record = {"error_class": error_class, "code": code, "message": message, "hint": hint, **more}
    click.echo(json.dumps(record, ensure_ascii=False), err=True)
    sys.exit(code)


def explained(command: Callable[P, R]) -> Callable[P, R]:
    """Wrap the body of a command: every way it can fail ends in :func:`fail`."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except EngineError as error:
            asked = getattr(error, "retry_after", None)
            more = {} if asked is None else {"retry_after": asked}
            fail(error.message, error.hint, error.code, error.error_class, **more)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except OSError as error:
            fail(*_explain_os_error(error))
        except MemoryError:
            fail("out of memory", "fewer --threads, or more memory", 75, "transient")
        except Exception as error:  # our bug: the log keeps the traceback, the last line stays JSON
            traceback.print_exc()
            what = f"{type(error).__name__}: {error}"
            fail(what, "this is a defect of plumbline: please report it", 70, "unknown")

    return run


def is_full(error: BaseException) -> bool:
    """Whether the disk, or the user's share of it, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _explain_os_error(error: OSError) -> tuple[str, str, int, str]:
    what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    if is_full(error):
        return what, "free some space and start again; nothing partial was kept", 75, "transient"
    if isinstance(error, FileNotFoundError):
        return what, "check the path", 66, "permanent"
    if isinstance(error, PermissionError):
        return what, "check who owns the file and its folder", 77, "permanent"
    if error.errno == errno.EFBIG:
        return what, "a limit on the size of files (ulimit -f, file system)", 73, "permanent"
    return what, "", 74, "unknown"


class EngineCommand(click.Command):
    """A click command whose failures follow the contract.

    SIGTERM leaves by an exception, so that scratch folders and child processes go too.
    """

    def invoke(self, ctx: click.Context) -> Any:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _terminate)
        return explained(super().invoke)(ctx)


def _terminate(number: int, frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a second one ends it at once
    raise SystemExit(128 + number)


def run_command(command: click.Command, program: str) -> None:
    """Run a command line: usage errors end in 64 and one JSON line too."""
    try:
        command(prog_name=program, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        raise SystemExit(64) from None
    except click.ClickException as error:
        report_usage(error, program)
    except click.Abort:
        raise SystemExit(130) from None


def report_usage(error: click.ClickException, program: str) -> NoReturn:
    """End a run whose command line cannot be understood."""
    context = getattr(error, "ctx", None)
    where = context.command_path if context else program
    fail(error.format_message(), f"see '{where} --help'", 64, "permanent")
