"""The commit of a workflow, read without git and compared with what git says."""

import subprocess
from pathlib import Path

import pytest

from control.record.code_version import code_version, git_commit
from engines import __version__


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    command = ["git", *identity, *arguments]
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    (folder / "workflow").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    assert git_commit(folder) is None  # nothing committed yet
    (folder / "workflow" / "Snakefile").write_text("rule all:\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


def test_every_way_git_stores_a_head(repository: Path) -> None:
    snakefile = repository / "workflow" / "Snakefile"
    head = git(repository, "rev-parse", "HEAD")
    assert code_version(snakefile) == {"plumbline": __version__, "workflow_commit": head}
    assert git_commit(snakefile.parent) == head
    git(repository, "pack-refs", "--all")
    assert git_commit(snakefile) == head
    git(repository, "worktree", "add", "-q", "../tree", "-b", "side")
    tree = repository.parent / "tree"
    git(tree, "commit", "-q", "--allow-empty", "-m", "second")
    assert git_commit(tree / "workflow" / "Snakefile") == git(tree, "rev-parse", "HEAD") != head
    git(repository, "checkout", "-q", "--detach")
    assert git_commit(snakefile) == head


def test_no_checkout_no_commit(tmp_path: Path) -> None:
    assert code_version(None)["workflow_commit"] is None
    broken = tmp_path / ".git"
    broken.write_text("nonsense")
    assert git_commit(tmp_path / "Snakefile") is None
