"""Every way a command can fail ends in an exit code and one JSON line."""

import errno
import json
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from control.cli import COMMANDS, plumbline
from engines.contract import errors
from engines.contract.errors import EngineCommand


def fails_with(error: BaseException) -> tuple[int, dict[str, object], str]:
    """Exit code, last stderr line and the whole of stderr of a command that raises ``error``."""

    @click.command(cls=EngineCommand)
    def command() -> None:
        raise error

    result = CliRunner().invoke(command)
    return result.exit_code, json.loads(result.stderr.splitlines()[-1]), result.stderr


@pytest.mark.parametrize(
    ("error", "code", "error_class"),
    [
        (errors.BadUsage("x"), 64, "permanent"),
        (errors.BadData("x"), 65, "permanent"),
        (errors.InputMissing("x"), 66, "permanent"),
        (errors.Unavailable("x"), 69, "permanent"),
        (errors.CannotWrite("x"), 73, "permanent"),
        (errors.Transient("x"), 75, "transient"),
        (errors.NotPermitted("x"), 77, "permanent"),
        (errors.TimedOut("x"), 124, "transient"),
        (OSError(errno.ENOSPC, "No space left on device", "out"), 75, "transient"),
        (OSError(errno.EFBIG, "File too large", "out"), 73, "permanent"),
        (FileNotFoundError(errno.ENOENT, "No such file", "in"), 66, "permanent"),
        (PermissionError(errno.EACCES, "Permission denied", "in"), 77, "permanent"),
        (OSError(errno.EIO, "Input/output error", "in"), 74, "unknown"),
    ],
)
def test_exit_codes_and_classes(error: Exception, code: int, error_class: str) -> None:
    exit_code, record, text = fails_with(error)
    assert exit_code == record["code"] == code
    assert record["error_class"] == error_class
    assert "Traceback" not in text


def test_hint_is_shown_and_carried() -> None:
    _, record, text = fails_with(errors.BadData("a.vcf: truncated", hint="copy it again"))
    assert record["hint"] == "copy it again"
    assert text.startswith("error: a.vcf: truncated\n  hint: copy it again\n")


def test_our_own_defect_keeps_its_traceback_for_the_log() -> None:
    code, record, text = fails_with(KeyError("sample"))
    assert (code, record["error_class"]) == (70, "unknown")
    assert "Traceback" in text and "KeyError: 'sample'" in str(record["message"])


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_loads_and_explains_itself(name: str) -> None:
    result = CliRunner().invoke(plumbline, [name, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 5


@pytest.mark.parametrize("arguments", [["compar"], ["compare", "--truth"], ["compare"]])
def test_usage_errors_of_the_console_command(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "control.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 64
    record = json.loads(done.stderr.splitlines()[-1])
    assert record["code"] == 64 and "--help" in record["hint"]


def test_nearest_command_is_named() -> None:
    with pytest.raises(click.UsageError, match="Did you mean 'compare'"):
        CliRunner().invoke(plumbline, ["compair"], standalone_mode=False, catch_exceptions=False)


STUCK = """
import sys
from pathlib import Path
import click
from engines.contract.errors import EngineCommand
from engines.contract.output import staging

@click.command(cls=EngineCommand)
def command():
    with staging(Path(sys.argv[1])) as staged:
        staged.with_name(staged.name + ".txt").write_text("half")
        print("ready", flush=True)
        sys.stdin.read()

command([])
"""


def test_sigterm_leaves_nothing_behind(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STUCK, str(tmp_path / "out")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    assert list(tmp_path.iterdir())
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 128 + signal.SIGTERM
    process.communicate()
    assert list(tmp_path.iterdir()) == []
