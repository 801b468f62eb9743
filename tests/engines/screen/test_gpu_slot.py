"""A GPU is one process's at a time, and free again when that ends, however it ends."""

import os
import signal
import subprocess
import sys

import pytest

from engines.contract.errors import Transient
from engines.screen import gpu_slot


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_the_first_free_one_is_taken():
    with gpu_slot.taken([0, 1]) as first, gpu_slot.taken([0, 1]) as second:
        assert (first, second) == (0, 1)
        with (
            pytest.raises(Transient, match="GPU 0, 1: taken by another run"),
            gpu_slot.taken([0, 1]),
        ):
            pass
    with gpu_slot.taken([0, 1]) as again:
        assert again == 0


def test_a_killed_process_holds_none():
    holds = (
        "import time\nfrom engines.screen import gpu_slot\n"
        "with gpu_slot.taken([3]):\n    print('held', flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", holds], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(Transient), gpu_slot.taken([3]):
            pass
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        with gpu_slot.taken([3]) as device:
            assert device == 3
