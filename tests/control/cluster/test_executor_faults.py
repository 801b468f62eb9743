"""The executor while the cluster fails: nodes die, the controller does, jobs are taken away."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from long import long
from slurm_cluster import SlurmCluster
from slurm_lab import SlurmLab
from waiting import poll

SECONDS = 300
"""For whatever a run has to come to: the queue is looked at every 20 times as long as a look
takes, and some things need two looks."""
# waits for a file before it goes on, and tells of every time it begins
STEPS = """
rule all:
    input: expand("out/{n}", n=range(4))
rule step:
    output: "out/{n}"
    shell: "echo $SLURMD_NODENAME >> begun_{wildcards.n};"
        " until [ -e go ]; do sleep 0.1; done; touch {output}"
"""


@pytest.fixture(scope="module")
def two_nodes(
    tmp_path_factory: pytest.TempPathFactory, cluster_folder: Path
) -> Iterator[SlurmCluster]:
    """Two nodes, and a partition whose jobs take the place of others'."""
    settings = {
        "PreemptType": "preempt/partition_prio",
        "PreemptMode": "REQUEUE",
        "SlurmctldTimeout": "4",
    }
    with SlurmCluster(cluster_folder / "two", nodes=2, cpus=4, settings=settings) as started:
        yield started


def test_a_node_dies_and_its_jobs_run_again(two_nodes: SlurmCluster, tmp_path: Path):
    lab = SlurmLab(tmp_path, two_nodes)
    lab.write(STEPS)
    process = lab.start()
    poll(lambda: len(list(tmp_path.glob("begun_*"))) == 4, SECONDS)
    nodes = {n: (tmp_path / f"begun_{n}").read_text().strip() for n in range(4)}
    dead = nodes[0]
    two_nodes.kill_node(dead)
    two_nodes.run("scontrol", "update", f"nodename={dead}", "state=down", "reason=test")
    again = [n for n, node in nodes.items() if node == dead]
    for job in poll(lambda: two_nodes.run("squeue", "-h", "-tPD", "-o%i").split(), SECONDS):
        two_nodes.let_begin(job)
    poll(lambda: all(len(_text(tmp_path / f"begun_{n}").split()) == 2 for n in again), SECONDS)
    (tmp_path / "go").touch()
    assert process.wait(SECONDS) == 0
    assert set(lab.submissions().values()) == {1}  # SLURM itself has put them back
    restarts = [job["restarts"] for event in lab.events("cluster_jobs") for job in event["jobs"]]
    assert max(restarts) == 1
    two_nodes.revive_node(dead)


def test_without_requeue_a_lost_job_is_submitted_anew(two_nodes: SlurmCluster, tmp_path: Path):
    lab = SlurmLab(tmp_path, two_nodes)
    lab.write(STEPS.replace("range(4)", "range(1)"))
    process = lab.start("--plumbline-slurm-no-requeue", "--retries", "0")
    node = poll(lambda: _text(tmp_path / "begun_0"), SECONDS)
    two_nodes.kill_node(node)
    two_nodes.run("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    poll(lambda: len(_text(tmp_path / "begun_0").split()) == 2, SECONDS)
    (tmp_path / "go").touch()
    assert process.wait(SECONDS) == 0
    assert list(lab.submissions().values()) == [2]
    assert "NODE_FAIL" in lab.log
    assert (tmp_path / "begun_0").read_text().split()[1] != node
    two_nodes.revive_node(node)


def test_the_controller_is_away_for_a_while(two_nodes: SlurmCluster, tmp_path: Path):
    lab = SlurmLab(tmp_path, two_nodes)
    lab.write(STEPS)
    process = lab.start()
    poll(lambda: len(list(tmp_path.glob("begun_*"))) == 4, SECONDS)
    two_nodes.kill_controller()
    (tmp_path / "go").touch()
    poll(lambda: "SLURM does not answer" in lab.log, SECONDS)
    two_nodes.start_controller()
    assert process.wait(SECONDS) == 0
    assert "SLURM answers again" in lab.log
    # jobs that the controller had not written down as begun it calls failed at their launch
    anew = lab.log.count("LAUNCH_FAILED")
    assert sum(lab.submissions().values()) == 4 + anew
    assert "Error in rule" not in lab.log


def _text(file: Path) -> str:
    return file.read_text().strip() if file.exists() else ""


@long
@pytest.mark.parametrize(("mode", "submissions"), [("REQUEUE", 1), ("CANCEL", 2)])
def test_a_job_that_makes_room_runs_again(
    cluster_folder: Path, tmp_path: Path, mode: str, submissions: int
):
    settings = {"PreemptType": "preempt/partition_prio", "PreemptMode": mode}
    with SlurmCluster(cluster_folder / mode, cpus=1, settings=settings) as cluster:
        cluster.run("scontrol", "update", "partitionname=gpu", "PriorityTier=10")
        lab = SlurmLab(tmp_path, cluster)
        lab.write(STEPS.replace("range(4)", "range(1)"))
        process = lab.start("--retries", "0")
        poll(lambda: _text(tmp_path / "begun_0"), SECONDS)
        cluster.run("sbatch", "--wait", "-pgpu", "--mem=100", "-o/dev/null", "--wrap", "true")
        poll(lambda: _text(tmp_path / "begun_0").count("n1") == 2, SECONDS)
        (tmp_path / "go").touch()
        assert process.wait(SECONDS) == 0
        assert list(lab.submissions().values()) == [submissions]
        assert "Error in rule" not in lab.log


def test_of_two_jobs_for_one_output_one_is_cancelled(two_nodes: SlurmCluster, tmp_path: Path):
    lab = SlurmLab(tmp_path, two_nodes)
    lab.write(STEPS.replace("range(4)", "range(1)"))
    process = lab.start()
    poll(lambda: lab.submissions(), SECONDS)
    # one that SLURM took without saying so
    name = f"--job-name={lab.log.partition('SLURM run ID: ')[2].split()[0]}"
    stray = two_nodes.run(
        "sbatch", "--parsable", name, "--mem=100", "-o/dev/null", "--wrap", "exec sleep 600"
    ).strip()
    poll(lambda: f"SLURM job {stray} is none that is followed here" in lab.log, SECONDS)
    poll(lambda: stray not in two_nodes.queue(), SECONDS)
    # and what a killed run has left is cancelled by the next; a node that was killed by another
    # test may not have begun the first job, which is then another one now
    poll(lambda: (tmp_path / "begun_0").exists() and len(two_nodes.queue()) == 1, SECONDS)
    (left,) = two_nodes.queue()
    process.kill()
    process.wait()
    shutil.rmtree(tmp_path / ".snakemake/locks")  # as --unlock does
    process = lab.start("--rerun-incomplete")
    poll(lambda: "earlier runs here that were killed: 1" in lab.log, SECONDS)
    poll(lambda: left not in two_nodes.queue(), SECONDS)
    process.send_signal(signal.SIGINT)
    assert process.wait(SECONDS) == 1
    poll(lambda: two_nodes.queue() == [], SECONDS)
    assert not list((tmp_path / ".snakemake/plumbline_slurm_runs").iterdir())
