"""The executor where there is accounting, memory is enforced and the queue forgets quickly."""

import getpass
from collections.abc import Iterator
from pathlib import Path

import pytest
from long import long
from slurm_cluster import SlurmCluster, missing_programs
from slurm_lab import SlurmLab

pytestmark = pytest.mark.skipif(
    bool(missing_programs(accounting=True)),
    reason=f"{', '.join(missing_programs(accounting=True))} not here: make setup-tests",
)

ENDS = """
rule all:
    input: "out/memory", "out/cancelled", "out/grows", expand("out/{n}", n=range(3))
rule short:
    output: "out/{n}"
    wildcard_constraints: n="[0-9]"
    shell: "touch {output}"
rule memory:
    output: "out/memory"
    resources: mem_mb=200
    shell: "python3 -c \\"x = bytearray(600 << 20); import time; time.sleep(600)\\""
rule grows:
    output: "out/grows"
    resources: mem_mb=lambda w, attempt: 200 if attempt == 1 else 2000
    shell: "python3 -c \\"x = bytearray(600 << 20); import time; time.sleep(3)\\"; touch {output}"
rule time:
    output: "out/time"
    shell: "scontrol update jobid=$SLURM_JOB_ID timelimit=00:00:01; touch {output}; sleep 600"
rule cancelled:
    output: "out/cancelled"
    shell: "scancel $SLURM_JOB_ID; sleep 600"
"""


@pytest.fixture(scope="module")
def ends(cluster_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlurmLab]:
    """One run of jobs that SLURM ends."""
    settings = {"MinJobAge": "2", "JobAcctGatherParams": "OverMemoryKill", "KillWait": "2"}
    with SlurmCluster(cluster_folder / "acct", accounting=True, settings=settings) as cluster:
        lab = SlurmLab(tmp_path_factory.mktemp("ends"), cluster)
        lab.write(ENDS)
        code = lab.run("--retries", "1", "--plumbline-slurm-poll-seconds", "5")
        assert code == 1
        yield lab


def test_too_much_memory_is_told_with_what_was_asked_for_and_used(ends: SlurmLab):
    message = ends.errors()["memory"]
    assert "OUT_OF_MEMORY on n1" in message
    assert "asked for 200 MB" in message
    assert "give the rule more mem_mb" in message


def test_more_memory_at_the_second_attempt_helps(ends: SlurmLab):
    assert (ends.folder / "out/grows").exists()


def test_accounting_tells_who_cancelled(ends: SlurmLab):
    assert "CANCELLED on n1" in ends.errors()["cancelled"]
    assert f"by user {getpass.getuser()}" in ends.errors()["cancelled"]


def test_what_the_queue_has_forgotten_is_not_lost(ends: SlurmLab):
    assert all((ends.folder / f"out/{n}").exists() for n in range(3))
    assert set(ends.letters()) == {"memory", "cancelled"}


@long
def test_too_much_time(ends: SlurmLab):
    assert ends.run("out/time", "--retries", "0", seconds=240) == 1
    assert "TIMEOUT on n1" in ends.errors()["time"]
    assert "asked for 5 min" in ends.errors()["time"]
    assert not (ends.folder / "out/time").exists()
    assert "time" in ends.letters()
