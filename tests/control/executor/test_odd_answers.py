"""Commands of SLURM that say more than they are asked, nothing at all, or too late."""

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake_interface_common.exceptions import WorkflowError
from waiting import poll

from snakemake_executor_plugin_plumbline_slurm import cancelling, preparation, submission
from snakemake_executor_plugin_plumbline_slurm.earlier_runs import FOLDER, Note
from snakemake_executor_plugin_plumbline_slurm.queue_view import Used, look, look_up_use
from snakemake_executor_plugin_plumbline_slurm.submission import Call, Submitter

CALL = Call(("--mem=1",), "the job [1]", "#!/bin/sh\n", Path("/nowhere/%j.log"), "run")
SQUEUE = f"{71:<24}{'RUNNING':<24}{0:<8}{0:<12}{'N/A':<24}{'n1':<120}{'None':<120}\n"
NOTICE = "Notice: maintenance of the whole cluster on Monday, 08:00 until 12:00, see the page\n"
TIMED_OUT = "echo 'sbatch: error: Socket timed out on send/recv operation' >&2; exit 1"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that are found before all others."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(submission, "_LOOK_AGAIN", 0.2)
    monkeypatch.setattr(cancelling, "_SHORTEST", 0.1)
    return tmp_path


def write(folder: Path, name: str, script: str) -> None:
    """A program that tells in ``asked`` how it was called."""
    text = f'#!/bin/sh\ncd {folder}; echo "{name} $*" >> asked\n{script}\n'
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def asked(folder: Path) -> list[str]:
    file = folder / "asked"
    return file.read_text().splitlines() if file.exists() else []


def test_a_line_that_is_no_job_is_passed_over(programs: Path):
    (programs / "says").write_text(f"{NOTICE}CLUSTER: lab\n{SQUEUE}12 jobs\n")
    write(programs, "squeue", "cat says")
    write(programs, "sacct", "echo accounting storage is disabled; echo '7|1K|00:01|COMPLETED'")
    assert {job: (seen.state, seen.node) for job, seen in look("run").items()} == {
        "71": ("RUNNING", "n1")
    }
    assert look_up_use(["7"])["7"] == Used("", "00:01")


def test_what_cannot_be_seen_is_cancelled_all_the_same(programs: Path):
    write(programs, "squeue", "exit 1")
    write(programs, "scancel", "exit 0")
    assert "may still be" in cancelling.cancel_all("run", seconds=0.1).problem
    assert asked(programs)[0] == "scancel --name=run"


def test_a_job_is_not_submitted_again_while_nobody_knows_whether_it_was(programs: Path):
    write(programs, "sbatch", f"cat > /dev/null; {TIMED_OUT}")
    # does not answer, then does not know it yet, then knows it
    write(programs, "squeue", "echo x >> looks; case $(wc -l < looks) in"
          " 1|2) exit 1;; 3) ;; *) echo '71|the job [1]';; esac")  # fmt: skip
    submitter = Submitter(print)
    assert submitter.submit(CALL) == "71"
    assert sum(line.startswith("sbatch") for line in asked(programs)) == 1
    assert submitter.live == {"71"}


def test_the_end_of_a_run_does_not_wait_for_an_answer(programs: Path):
    write(programs, "sbatch", f"cat > /dev/null; {TIMED_OUT}")
    write(programs, "squeue", "exit 1")
    submitter = Submitter(print)
    answers: list[str | None] = []
    thread = threading.Thread(target=lambda: answers.append(submitter.submit(CALL)))
    thread.start()
    poll(lambda: len(asked(programs)) > 3)
    submitter.stop()
    thread.join(2)
    assert answers == [None]


def test_a_job_that_nobody_follows_is_told_from_one_on_its_way(programs: Path):
    write(programs, "sbatch", "cat > /dev/null; until [ -e go ]; do sleep 0.05; done; echo 71")
    submitter = Submitter(print)
    thread = threading.Thread(target=submitter.submit, args=(CALL,))
    thread.start()
    poll(lambda: asked(programs))
    assert [submitter.strays(["70", "71"]) for _ in range(3)] == [[], [], []]
    (programs / "go").touch()
    thread.join(5)
    assert submitter.strays(["70", "71"]) == ["70"]  # that one was there before, and is not ours
    submitter.ended("71")
    assert submitter.strays(["71"]) == []
    assert submitter.strays(["71"]) == ["71"]  # it came back


def test_nodes_that_a_rule_excludes_stay_excluded():
    asked = ("--mem=1", "--exclude", "n3", "-x", "n4,n5", "-xn6", "--exclude=n7", "--exclusive")
    anew = Call(asked, "", "", Path(), "").anew(1, but_not_on="n1").asked
    assert anew == ("--mem=1", "--exclusive", "--exclude=n3,n4,n5,n6,n7,n1")


@pytest.mark.parametrize(
    ("name", "value", "is_refused"),
    [
        ("cluster", "other", True),
        ("clusters", "other", True),
        ("slurm_cluster", "other", True),
        ("slurm_extra", "-M other", True),
        ("slurm_extra", "--exclusive --clusters=other", True),
        ("slurm_extra", "--cluster-constraint=big", False),
    ],
)
def test_no_rule_chooses_its_cluster(name: str, value: str, is_refused: bool):
    job = SimpleNamespace(resources={name: value})
    if is_refused:
        with pytest.raises(WorkflowError, match="SLURM_CLUSTERS"):
            preparation._refuse_other_clusters(job)
    else:
        preparation._refuse_other_clusters(job)


def test_a_killed_run_is_told_from_one_that_is_alive(programs: Path):
    names = [f"{n}0000000-0000-0000-0000-000000000000" for n in range(4)]
    locks = [programs / f"{n}.lock" for n in range(4)]
    write(programs, "squeue", "cat says")
    write(programs, "scancel", "exit 0")
    (programs / "says").touch()
    for name, lock in zip(names[:2], locks, strict=False):
        lock.touch()
        Note(programs, name, [str(lock)]).begin()
    locks[0].unlink()  # killed and unlocked; the other one goes on
    locks[2].touch()
    assert Note(programs, names[2], [str(locks[2])]).begin() == 1
    assert [line for line in asked(programs) if "scancel" in line] == [f"scancel --name={names[0]}"]
    assert sorted(file.name for file in (programs / FOLDER).iterdir()) == names[1:3]
    Note(programs, names[2], [str(locks[2])]).end()
    locks[1].unlink()
    (programs / "says").write_text(SQUEUE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("snakemake_executor_plugin_plumbline_slurm.cancelling.SECONDS", 0.1)
        with pytest.raises(WorkflowError, match="1 jobs may still be in SLURM's queue"):
            Note(programs, names[3], [str(locks[3])]).begin()
