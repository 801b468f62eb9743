"""No GPU is two commands' at once, whoever is killed; what a scheduler gave is left alone."""

import fcntl
import json
import os
import pwd
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from waiting import poll

from engines.contract.errors import Transient, Unavailable
from engines.gpu import devices, slots
from engines.gpu.devices import Installed, Offer, offered, read_list
from engines.gpu.slots import held, holders

COMMAND = [sys.executable, "-m", "control.cli", "gpu"]
TWO = Offer(("a", "b"), "", "PLUMBLINE_GPUS")

NVIDIA_SMI_L = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f)
  MIG 1g.5gb      Device  0: (UUID: MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f)
  MIG 1g.5gb      Device  1: (UUID: MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb)
GPU 1: NVIDIA H200 (UUID: GPU-1d0d2f0a-8d9c-0b5b-66d9-8a1fdf2c5b3e)
"""

# Each takes its GPUs by making a folder, which fails where another has it.
USE = (
    'for gpu in $(echo "$CUDA_VISIBLE_DEVICES" | tr , " "); do'
    ' mkdir "$USED/$gpu" || echo doubled; done; sleep 0.05;'
    ' for gpu in $(echo "$CUDA_VISIBLE_DEVICES" | tr , " "); do rmdir "$USED/$gpu"; done;'
    ' echo "$CUDA_VISIBLE_DEVICES"'
)


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two GPUs, a and b, and locks of its own."""
    for name in (devices.VISIBLE, devices.HELD_BY, *devices.JOB_IDS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLUMBLINE_GPUS", "a,b")
    monkeypatch.setenv("PLUMBLINE_GPU_LOCKS", str(tmp_path / "locks"))


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        timeout=180,
    )


def show(*variables: str) -> list[str]:
    return ["--", "sh", "-c", f"echo {' '.join(f'${name}' for name in variables)}"]


@pytest.fixture
def started() -> Iterator["list[subprocess.Popen[str]]"]:
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def start(
    started: "list[subprocess.Popen[str]]", *arguments: str, **environment: str
) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    started.append(process)
    return process


# ---- who has what


def test_eight_commands_share_two_gpus(started, tmp_path):
    """Some want both: they get them too, though there is always one that wants a single one."""
    (tmp_path / "used").mkdir()
    counts = [1, 1, 2, 1, 1, 2, 1, 1]
    running = [
        start(started, "--count", str(n), "--", "sh", "-c", USE, USED=str(tmp_path / "used"))
        for n in counts
    ]
    said = [process.communicate(timeout=180) for process in running]
    assert [process.returncode for process in running] == [0] * 8, said
    assert [len(out.strip().split(",")) for out, _ in said] == counts
    assert not [out for out, _ in said if "doubled" in out]
    assert {out.strip() for out, _ in said} >= {"a,b"}


def test_a_killed_one_holds_none_and_who_waits_comes_next(started):
    first = start(started, "--count", "2", "--", "sh", "-c", "echo held; exec sleep 600")
    assert first.stdout is not None and first.stdout.readline() == "held\n"
    assert holders(TWO) == {"a": first.pid, "b": first.pid}, "no process stands between"
    second = start(started, *show("CUDA_VISIBLE_DEVICES"))
    assert second.stderr is not None
    waiting = second.stderr.readline()
    assert waiting.startswith(f"waiting for 1 GPU: 2 there, held a by process {first.pid}, b by")
    refused = run("--wait", "0", "--", "true")
    assert refused.returncode == 75
    assert f"1 GPU asked for: 2 there, held a by process {first.pid}" in refused.stderr
    first.send_signal(signal.SIGKILL)
    assert second.communicate(timeout=120)[0] == "a\n"
    assert holders(TWO) == {"a": None, "b": None}


def test_who_asks_for_several_is_not_passed_over(monkeypatch):
    """It is first in the queue: a single one that came later waits, though a GPU is free."""
    monkeypatch.setattr(slots, "TURN_SECONDS", 0.2)
    got = threading.Event()

    def wants_both() -> None:
        with held(TWO, 2, wait=20):
            got.set()

    with ExitStack() as one:
        one.enter_context(held(TWO, 1))
        both = threading.Thread(target=wants_both)
        both.start()
        locks = Path(os.environ["PLUMBLINE_GPU_LOCKS"])
        (queue,) = poll(lambda: list(locks.glob("*queue*")))
        poll(lambda: _is_locked(queue))
        with pytest.raises(Transient), held(TWO, 1):
            pass
        assert not got.is_set()
    both.join(20)
    assert got.is_set()


def _is_locked(path: Path) -> bool:
    with open(path) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_lock_is_for_all_accounts_and_is_not_lost_with_its_file(tmp_path):
    with held(TWO, 1) as slot:
        assert slot.devices == ("a",)
        (file,) = (tmp_path / "locks").glob("*.a.lock")
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
    file.unlink()
    with held(TWO, 1) as again, held(TWO, 1) as other:
        assert (again.devices, other.devices) == (("a",), ("b",))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/null", path)])
def test_what_is_no_file_in_the_place_of_a_lock_is_told_and_not_waited_for(tmp_path, make):
    (tmp_path / "locks").mkdir()
    lock = slots.lock_file(tmp_path / "locks", TWO, "a")
    make(lock)
    ended = run("--", "true")
    assert ended.returncode == 73
    told = json.loads(ended.stderr.splitlines()[-1])["message"]
    assert told.startswith(f"{lock}: ") and told.endswith(
        f"; {pwd.getpwuid(os.getuid()).pw_name} has made it"
    )


# ---- what is asked for


def test_more_than_there_are_is_one_error():
    ended = run("--count", "3", "--", "true")
    assert ended.returncode == 69
    assert json.loads(ended.stderr.splitlines()[-1])["message"] == (
        "3 GPUs asked for, there are 2 (PLUMBLINE_GPUS)"
    )


def test_the_command_is_run_as_it_would_be_alone():
    asks = ["grep", "SigIgn", "/proc/self/status"]
    alone = subprocess.run(asks, capture_output=True, text=True, check=True).stdout
    ended = run("--", "sh", "-c", f"{' '.join(asks)}; exit 7")
    assert ended.returncode == 7
    assert ended.stdout == alone, "Python ignores SIGPIPE; others do not"
    assert run("--", "no-such-program").returncode == 127
    assert run("--count", "0", *show("CUDA_VISIBLE_DEVICES")).stdout == "\n"


def test_a_machine_without(monkeypatch, tmp_path):
    monkeypatch.delenv("PLUMBLINE_GPUS")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho No devices were found\nexit 6\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    assert run("--", "true").returncode == 69
    ended = run("--if-any", *show("PLUMBLINE_GPU_SLOT"))
    assert (ended.returncode, ended.stdout) == (0, "\n")
    assert "no GPU on this machine" in ended.stderr
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho Failed to initialize NVML\nexit 18\n")
    ended = run("--if-any", "--", "true")
    assert ended.returncode == 69, "a broken driver is no machine without a GPU"
    assert "nvidia-smi: Failed to initialize NVML" in ended.stderr


def test_the_list():
    assert run().stdout == "a  free\nb  free\n"
    with held(TWO, 1):
        listed = json.loads(run("--json").stdout)
    assert [each["process"] for each in listed] == [os.getpid(), None]


# ---- inside of what others gave


def test_a_schedulers_job_takes_what_it_was_given():
    whole = run(*show("CUDA_VISIBLE_DEVICES"), SLURM_JOB_ID="7", CUDA_VISIBLE_DEVICES="3")
    assert whole.stdout == "3\n"
    job = Offer(("2", "3"), "slurm-7", "CUDA_VISIBLE_DEVICES")
    with held(TWO, 2), held(job, 1):
        part = run(*show("CUDA_VISIBLE_DEVICES"), SLURM_JOB_ID="7", CUDA_VISIBLE_DEVICES="2,3")
        other = run(*show("CUDA_VISIBLE_DEVICES"), SLURM_JOB_ID="8", CUDA_VISIBLE_DEVICES="2,3")
    assert part.stdout == "3\n", "of one allocation each gets its own"
    assert other.stdout == "2\n", "numbers of another job are other GPUs"
    ended = run("--count", "2", "--", "true", SLURM_JOB_ID="7", CUDA_VISIBLE_DEVICES="3")
    assert ended.returncode == 69
    assert "2 GPUs asked for; slurm-7 was given 1" in ended.stderr


def test_one_inside_another_takes_from_it():
    inner = [*COMMAND, *show("CUDA_VISIBLE_DEVICES")]
    assert run("--count", "2", "--", *inner).stdout == "a\n"
    assert run("--", *inner).stdout == "a\n"


# ---- names


def test_devices_are_called_by_their_uuid(monkeypatch):
    found = read_list(NVIDIA_SMI_L)
    a100 = "NVIDIA A100-SXM4-40GB"
    assert found == [
        Installed("0", a100, "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f"),
        Installed("0", a100, "MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb"),
        Installed("1", "NVIDIA H200", "GPU-1d0d2f0a-8d9c-0b5b-66d9-8a1fdf2c5b3e"),
    ]
    monkeypatch.setattr(devices, "installed", lambda: found)
    monkeypatch.delenv("PLUMBLINE_GPUS")
    assert len(offered().devices) == 3
    for names in ("1", "GPU-1d0d", "1,-1,0", "1,1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", names)
        assert offered().devices == (found[2].uuid,), names
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert offered().devices == ()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    with pytest.raises(Unavailable, match="CUDA_VISIBLE_DEVICES: there is no GPU '7'"):
        offered()


def test_locks_of_jobs_that_ended_long_ago_go(tmp_path: Path) -> None:
    locks = tmp_path / "locks"
    locks.mkdir()
    names = ("slurm-1.0", "slurm-2.0", "slurm-3.0", "machine.a")
    old = [locks / f"plumbline-gpu.{name}.lock" for name in names]
    for path in old:
        path.touch()
        os.utime(path, (0, 0))
    os.utime(old[1])
    with old[2].open() as in_use:
        fcntl.flock(in_use, fcntl.LOCK_EX)
        with held(Offer(("0", "1"), "slurm-9", "CUDA_VISIBLE_DEVICES"), 1):
            assert [path.exists() for path in old] == [False, True, True, True]
