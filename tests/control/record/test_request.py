"""request.json: what was asked comes back as it was, and nonsense is told by file."""

from pathlib import Path

import pytest

from control.record.request import Request, read_request
from control.record.run_dir import RunDir, UnreadableRun


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    return RunDir.create(tmp_path, 1_763_762_405)


def test_what_was_asked_comes_back(run_dir: RunDir) -> None:
    asked = Request(user="ann", name="HG002", targets=["all"], options={"cores": 2})
    run_dir.request.write_text(asked.to_json())
    assert read_request(run_dir) == asked


def test_a_run_that_somebody_typed_has_none(run_dir: RunDir) -> None:
    assert read_request(run_dir) is None


def test_keys_of_a_later_version_are_passed_over(run_dir: RunDir) -> None:
    run_dir.request.write_text('{"user": "ann", "colour": "red"}')
    assert read_request(run_dir) == Request(user="ann")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "Expecting"),
        ("[]", "not a JSON object"),
        ('{"user": 3}', "user is of type int"),
        ('{"targets": [1]}', "targets are not all texts"),
        ('{"tags": {"a": 1}}', "tags are not all texts"),
        ('{"options": []}', "options is of type list"),
    ],
)
def test_nonsense_is_told_with_its_file(run_dir: RunDir, text: str, told: str) -> None:
    run_dir.request.write_text(text)
    with pytest.raises(UnreadableRun) as caught:
        read_request(run_dir)
    assert str(run_dir.request) in str(caught.value)
    assert told in str(caught.value)
