"""What every command of the workflow begins with: its log, and who has the last word in it."""

import json
import subprocess
from pathlib import Path

import pytest
import workflow_folder

LOG_TO = workflow_folder.ROOT / "workflow/scripts/log_to.sh"


def said(code: int = 65, message: str = "a.fq: cut off", hint: str = "copy it again") -> str:
    """The line by which an engine ends."""
    return json.dumps(
        {"error_class": "permanent", "code": code, "message": message, "hint": hint},
        ensure_ascii=False,
    )


ODD = said(message='no "é" in a\\b')


def end_of(folder: Path, script: str) -> str:
    """What is in a job's log behind the line of its attempt; it may fail."""
    (folder / "words").write_text(script)
    command = f"set -euo pipefail; source {LOG_TO}; log_to job.log; {{ bash words; }} | cat"
    subprocess.run(["bash", "-c", command], cwd=folder, check=False)
    return (folder / "job.log").read_text().split(" on ")[-1].partition("\n")[2]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (f"echo '{said()}'; echo more; exit 65", "error: a.fq: cut off\n  hint: copy it again\n"),
        (f"echo '{said(hint='')}'; echo bwa: done; exit 1", "error: a.fq: cut off\n"),
        (f"echo '{ODD}'; echo x; exit 1", 'error: no "é" in a\\b\n  hint: copy it again\n'),
        (f"echo '{said(75)}'; echo x; echo '{said()}'; echo x; exit 65",
         "error: a.fq: cut off\n  hint: copy it again\n"),
    ],
)  # fmt: skip
def test_who_knows_why_has_the_last_word(tmp_path: Path, script: str, told: str) -> None:
    log = end_of(tmp_path, script)
    assert log.endswith(told) and log.count("error: ") == 1


@pytest.mark.parametrize(
    "script",
    [
        f"echo '{said()}'; exit 65",  # is the last line already
        f"echo '{said()}'; echo got over it",
        "echo no words for programs; exit 3",
        "echo '{\"error_class\": [1]}'; echo x; exit 1",
    ],
)
def test_nothing_is_added_where_it_is_not_needed(tmp_path: Path, script: str) -> None:
    assert "error: " not in end_of(tmp_path, script)


def test_what_an_earlier_attempt_said_is_not_the_cause_of_this_one(tmp_path: Path) -> None:
    end_of(tmp_path, f"echo '{said()}'; exit 65")
    assert end_of(tmp_path, "echo killed; exit 137") == "killed\n"
