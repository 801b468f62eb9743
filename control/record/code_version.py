"""Which code a run ran: the version of Plumbline and the commit of the workflow."""

from pathlib import Path

from engines import __version__


def code_version(workflow: Path | None) -> dict[str, str | None]:
    """Name the code of a run.

    Args:
        workflow: the Snakefile or its folder.

    Returns:
        ``plumbline`` (version) and ``workflow_commit`` (None outside of a git
        checkout). Changes that were not committed cannot be seen in the commit.
    """
    return {
        "plumbline": __version__,
        "workflow_commit": git_commit(workflow) if workflow is not None else None,
    }


def git_commit(path: Path) -> str | None:
    """The commit that is checked out around ``path``, read from git's files; None if none is.

    Nothing is started: a git command costs more than the rest of a logger's start.
    """
    try:
        for folder in (path, *path.resolve().parents):
            if (folder / ".git").exists():
                return _head_of(folder / ".git")
    except (OSError, ValueError):
        pass
    return None


def _head_of(git: Path) -> str | None:
    if git.is_file():  # a worktree or submodule: "gitdir: PATH"
        git = git.parent / git.read_text().removeprefix("gitdir:").strip()
    head = (git / "HEAD").read_text().strip()
    if not head.startswith("ref:"):
        return head
    name = head.removeprefix("ref:").strip()
    shared = git / "commondir"
    folders = [git, git / shared.read_text().strip()] if shared.exists() else [git]
    for folder in folders:
        if (folder / name).is_file():
            return (folder / name).read_text().strip()
        packed = folder / "packed-refs"
        for line in packed.read_text().splitlines() if packed.is_file() else ():
            commit, _, ref = line.partition(" ")
            if ref == name:
                return commit
    return None  # a repository without a first commit
