"""The executor on a real cluster: what becomes of jobs, and what is said about it."""

import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest
from slurm_cluster import SlurmCluster
from slurm_lab import SlurmLab
from waiting import poll

# One of each kind, in one run.
ALL_KINDS = r"""
rule all:
    input: "out/mail", "out/fails", "out/grows", "out/cancelled", "out/killed", "out/retries",
        "out/quoted", "out/gpu", "out/group_a", "out/group_b", "out/shadow", "out/run"
rule mail:
    output: "out/mail"
    threads: 2
    benchmark: "out/mail.tsv"
    shell: "echo {threads} $SLURM_CPUS_PER_TASK > {output}"
rule fails:
    output: "out/fails"
    log: "logs/fails"
    shell: "echo of no use > {log}; exit 7"
rule grows:
    output: "out/grows"
    resources: mem_mb=lambda w, attempt: 100 * attempt
    shell: "scontrol show job $SLURM_JOB_ID | grep -o MinMemoryNode=200M > {output}"
rule cancelled:
    output: "out/cancelled"
    shell: "touch {output}; scancel $SLURM_JOB_ID; sleep 600"
rule killed:
    input: "Snakefile"
    output: "out/killed"
    shell: "kill -9 $PPID; sleep 600"
rule retries:
    output: "out/retries"
    retries: 1
    resources: number=lambda w, attempt: attempt
    shell: "echo {resources.number} >> tried; test {resources.number} = 2 && touch {output}"
rule quoted:
    output: "out/{name}"
    params: text="it's $(touch intruder) `touch intruder` $HOME"
    wildcard_constraints: name="quoted"
    shell: "echo {params.text:q} > {output}"
rule gpu:
    output: "out/gpu"
    resources: gpu=1
    shell: "echo $CUDA_VISIBLE_DEVICES > {output}"
rule first:
    output: temp("out/first_{name}")
    group: "pair"
    shell: "echo {wildcards.name} $SLURM_JOB_ID > {output}"
rule second:
    input: "out/first_{name}"
    output: "out/group_{name}"
    group: "pair"
    shell: "cat {input} > {output}; echo $SLURM_JOB_ID >> {output}"
rule shadow:
    output: "out/shadow"
    shadow: "minimal"
    shell: "touch left_over; touch {output}"
rule run:
    output: "out/run"
    run:
        open(output[0], "w").write(os.environ["SLURM_JOB_ID"])
"""


@pytest.fixture(scope="module")
def every_kind(cluster: SlurmCluster, tmp_path_factory: pytest.TempPathFactory) -> SlurmLab:
    """One run of jobs that end in every way; the tests of this module look at what it left."""
    lab = SlurmLab(tmp_path_factory.mktemp("kinds"), cluster)
    lab.write(ALL_KINDS)
    assert lab.run("--retries", "1") == 1
    return lab


def test_what_succeeds_leaves_its_output_and_no_log(every_kind: SlurmLab):
    out = every_kind.folder / "out"
    names = "gpu group_a group_b grows mail mail.tsv quoted retries run shadow"
    assert " ".join(sorted(os.listdir(out))) == names
    assert (out / "mail").read_text() == "2 2\n"
    assert (out / "gpu").read_text().strip() in ("0", "1")
    assert (out / "run").read_text().isdigit()
    assert not (every_kind.folder / "left_over").exists()
    logs = [str(file) for file in (every_kind.folder / ".snakemake/slurm_logs").rglob("*.log")]
    assert {Path(log).parent.name for log in logs} <= {
        "rule_fails", "rule_cancelled", "rule_killed", "rule_grows", "rule_retries"
    }  # fmt: skip


def test_a_group_is_one_job(every_kind: SlurmLab):
    for name in "ab":
        first, second = (every_kind.folder / f"out/group_{name}").read_text().splitlines()
        assert first == f"{name} {second}"


def test_no_shell_sees_what_is_in_a_workflow(every_kind: SlurmLab):
    text = (every_kind.folder / "out/quoted").read_text()
    assert text == "it's $(touch intruder) `touch intruder` $HOME\n"
    assert not (every_kind.folder / "intruder").exists()


def test_a_failure_is_retried_with_more_and_told_with_its_reason(every_kind: SlurmLab):
    errors = every_kind.errors()
    assert "FAILED on n1, exit code 1" in errors["fails"]
    assert every_kind.log.count("Error in rule fails:") == 2
    assert "logs/fails" in every_kind.log
    # a rule's own retries count once, not once in the driver and once more in the job
    assert (every_kind.folder / "tried").read_text() == "1\n2\n"


def test_what_somebody_cancels_is_given_up_at_once(every_kind: SlurmLab):
    assert "CANCELLED on n1" in every_kind.errors()["cancelled"]
    assert every_kind.log.count("Error in rule cancelled:") == 1


def test_a_job_that_could_not_speak_has_a_dead_letter(every_kind: SlurmLab):
    letters = every_kind.letters()
    assert set(letters) == {"cancelled", "killed"}
    assert letters["killed"]["error"]["code"] == 137
    assert [each["attempt"] for each in letters["killed"]["attempts"]] == [1, 2]
    assert letters["killed"]["inputs"][0]["path"] == "Snakefile"
    assert letters["cancelled"]["host"] == "n1"
    assert "CANCELLED" in letters["cancelled"]["log"]


def test_every_change_of_a_job_is_an_event(every_kind: SlurmLab):
    told: dict[str, list[str]] = {}
    for event in every_kind.events("cluster_jobs"):
        for job in event["jobs"]:
            told.setdefault(job["external_id"], []).append(job["state"])
    assert sum(every_kind.submissions().values()) == len(told)
    assert {states[-1] for states in told.values()} == {"COMPLETED", "FAILED", "CANCELLED"}
    assert "cluster_jobs" not in every_kind.log


def test_a_letter_goes_when_the_job_succeeds(every_kind: SlurmLab):
    file = every_kind.folder / "Snakefile"
    file.write_text(ALL_KINDS.replace("kill -9 $PPID; sleep 600", "touch {output}"))
    assert every_kind.run("out/killed") == 0
    assert set(every_kind.letters()) == {"cancelled"}


def test_an_interrupt_leaves_nothing_in_the_queue_and_no_process(
    cluster: SlurmCluster, tmp_path: Path
):
    lab = SlurmLab(tmp_path, cluster)
    lab.write(
        "rule all:\n    input: expand('out/{n}', n=range(12))\n"
        "rule wait:\n    output: 'out/{n}'\n    threads: 2\n"
        f'    shell: "touch begun_{{wildcards.n}}; exec sleep 6543.{os.getpid()}"\n'
    )
    process = lab.start()
    poll(lambda: list(tmp_path.glob("begun_*")) and len(cluster.queue()) == 12, 300)
    process.send_signal(signal.SIGINT)
    assert process.wait(300) == 1
    assert cluster.queue() == []
    assert not _running(f"6543.{os.getpid()}")
    assert not (tmp_path / "out").exists() or not os.listdir(tmp_path / "out")
    assert "Taking 12 jobs out of SLURM's queue" in lab.log
    assert "scancel" not in lab.log


def test_a_stop_lets_finish_what_runs_and_takes_out_what_waits(
    cluster: SlurmCluster, tmp_path: Path
):
    lab = SlurmLab(tmp_path, cluster)
    lab.write(
        "rule all:\n    input: expand('out/{n}', n=range(6)), 'accounted'\n"
        "rule held:\n    output: 'out/{n}'\n    threads: 4\n"
        '    shell: "touch begun_{wildcards.n}; until [ -e go ]; do sleep 0.1; done;'
        ' touch {output}"\n'
        "rule accounted:\n    output: 'accounted'\n    resources: slurm_account='nobody'\n"
        "    shell: 'touch {output}'\n"
    )
    process = lab.start("--retries", "3")
    begun = poll(lambda: _begun(tmp_path) if len(cluster.queue()) == 7 else None, 300)
    process.send_signal(signal.SIGTERM)
    poll(lambda: not cluster.run("squeue", "-h", "-tPD"), 300)
    (tmp_path / "go").touch()
    assert process.wait(300) == 1
    made = {file.name for file in (tmp_path / "out").iterdir()}
    assert begun <= made == _begun(tmp_path)
    assert len(made) < 6
    assert "out of SLURM's queue" in lab.log
    assert "Error in rule held" not in lab.log
    assert "empty results for account" not in lab.log
    assert lab.letters() == {}


def _begun(folder: Path) -> set[str]:
    return {file.name.removeprefix("begun_") for file in folder.glob("begun_*")}


def test_what_slurm_never_takes_is_refused_once(cluster: SlurmCluster, tmp_path: Path):
    lab = SlurmLab(tmp_path, cluster)
    lab.write(
        "rule all:\n    input: expand('out/{n}', n=range(30)), 'big'\n"
        "rule wrong:\n    output: 'out/{n}'\n    resources: slurm_partition='nowhere'\n"
        "    shell: 'touch {output}'\n"
        "rule big:\n    output: 'big'\n    log: 'big.log'\n    resources: mem_mb=9_000_000\n"
        "    shell: 'false'\n"
    )
    (tmp_path / "big.log").write_text("said by an earlier attempt\n")
    before = _controller_log(cluster).count("invalid partition")
    assert lab.run("--retries", "3", "--show-failed-logs") == 1
    assert "said by an earlier attempt" not in lab.log
    assert "correct slurm_partition" in lab.errors()["wrong"]
    assert "set a smaller mem_mb" in lab.errors()["big"]
    assert lab.log.count("Error in rule wrong:") == 30
    assert _controller_log(cluster).count("invalid partition") - before <= 4  # one a thread


def test_two_hundred_jobs_each_once(cluster: SlurmCluster, tmp_path: Path):
    lab = SlurmLab(tmp_path, cluster)
    lab.write(
        "rule all:\n    input: expand('out/{n}', n=range(200))\n"
        "rule small:\n    output: 'out/{n}'\n    group: 'few'\n"
        "    shell: 'echo {wildcards.n} >> made; touch {output}'\n"
    )
    assert lab.run("--cores", "2", "--group-components", "few=20") == 0
    assert sorted((tmp_path / "made").read_text().split(), key=int) == [str(n) for n in range(200)]
    assert len(lab.submissions()) == 10


def test_snakemake_itself_may_be_a_job(cluster: SlurmCluster, tmp_path: Path):
    lab = SlurmLab(tmp_path, cluster)
    lab.write(
        "rule all:\n    input: 'out'\n"
        "rule one:\n    output: 'out'\n    threads: 2\n    resources: mem_mb=300\n"
        "    shell: 'echo $SLURM_CPUS_PER_TASK $SLURM_MEM_PER_NODE $SLURM_JOB_NAME > {output}'\n"
    )
    told = lab.environ()
    wrapped = f"cd {tmp_path} && {shlex.join(lab.command())}"
    sbatch = ["sbatch", "--wait", "-o", str(tmp_path / "log"), "--mem=500", "-J", "driver"]
    subprocess.run([*sbatch, "--wrap", wrapped], env=told, cwd=tmp_path, check=True, timeout=300)
    cpus, memory, name = (tmp_path / "out").read_text().split()
    assert (cpus, memory) == ("2", "300")
    assert name != "driver"
    assert "not recommended" not in lab.log


def _running(word: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if word in command:
            found.append(command)
    return found


def _controller_log(cluster: SlurmCluster) -> str:
    return (cluster.folder / "log" / "slurmctld").read_text(errors="replace")
