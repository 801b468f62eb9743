"""What a killed screen leaves is removed by the next; what another one holds is not."""

import os
import signal
import subprocess
import sys

from engines.screen.scratch import scratch

HOLDS = """
import sys, time
from pathlib import Path
from engines.screen.scratch import scratch
with scratch(Path(sys.argv[1])) as work:
    (work / "reads.fq").write_text("x")
    print("there", flush=True)
    time.sleep(600)
"""


def test_the_folder_of_a_killed_screen_goes_with_the_next(tmp_path):
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"there\n"
        with scratch(tmp_path) as work:
            assert len(list(tmp_path.glob(".screen.*/work"))) == 2
        assert not work.exists()
        (held,) = tmp_path.glob(".screen.*/work/reads.fq")
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
    with scratch(tmp_path):
        assert not held.exists()
    assert list(tmp_path.iterdir()) == []
