"""Kept answers: only to the very same question, and only whole ones."""

import json

import pytest

from engines.calibrate import kept, question
from engines.calibrate.session import Hello
from engines.contract.errors import Transient

HELLO = Hello("4.2.2", {"jsonlite": "1.8.4", "vacalibration": None})
QUESTION = {
    "do": "calibrate",
    "output": "/tmp/one.json",
    "cache": "/home/one",
    "engine": "builtin",
    "compat": "2.2",
    "seed": 1,
    "causes": ["sepsis", "other"],
    "ensemble": False,
    "algorithms": [{"name": "eava", "counts": [3, 4], "dirichlet": [[2, 1], [1, 2]]}],
}
ANSWER = {"engine": "builtin", "fits": [{"name": "eava", "mean": [0.5, 0.5]}]}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache with one answer in it; where it is."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kept.keep(QUESTION, HELLO, ANSWER)
    (file,) = (tmp_path / "plumbline/calibrations").iterdir()
    return file


def test_the_same_question_wherever_its_files_go():
    assert kept.find(QUESTION | {"output": "/other.json", "cache": None}, HELLO) == ANSWER


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 2},
        {"engine": "vacalibration"},
        {"compat": "2.0"},
        {"causes": ["sepsis", "rest"]},
        {"ensemble": True},
        {"algorithms": [{**QUESTION["algorithms"][0], "counts": [4, 3]}]},
        {"algorithms": [{**QUESTION["algorithms"][0], "dirichlet": [[2, 1], [1, 2.0001]]}]},
        {"algorithms": [{**QUESTION["algorithms"][0], "name": "interva"}]},
        {"something new": None},
    ],
)
def test_another_question_has_no_answer(changed):
    assert kept.find(QUESTION | changed, HELLO) is None


@pytest.mark.parametrize(
    "hello",
    [
        Hello("4.2.3", HELLO.packages),
        Hello("4.2.2", HELLO.packages | {"vacalibration": "2.2"}),
        Hello("4.2.2", HELLO.packages | {"jsonlite": "1.9"}),
    ],
)
def test_other_programs_are_asked_again(hello):
    assert kept.find(QUESTION, hello) is None


def test_another_engine_of_ours_is_asked_again(monkeypatch):
    monkeypatch.setattr(kept, "_code", lambda: "of another day")
    assert kept.find(QUESTION, HELLO) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"fits": [{"name": "ea',
        "null",
        "[]",
        "{}",
        '{"fits": 3}',
        '{"fits": [{}]}',
        json.dumps({"fits": [{"name": "interva"}]}),
        "\x00\x00",
    ],
)
def test_what_is_no_answer_to_this_is_not_used(cache, text):
    cache.write_text(text)
    assert kept.find(QUESTION, HELLO) is None
    kept.keep(QUESTION, HELLO, ANSWER)
    assert kept.find(QUESTION, HELLO) == ANSWER


def test_an_answer_that_cannot_be_touched_is_one(monkeypatch):
    def refuse(*_, **__):
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.touch", refuse)
    assert kept.find(QUESTION, HELLO) == ANSWER


def test_nothing_is_kept_where_nothing_can_be(cache, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    kept.keep(QUESTION, HELLO, ANSWER)
    assert kept.find(QUESTION, HELLO) is None


def test_somebody_without_a_home_calibrates_too(monkeypatch):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    for module in (kept, question):
        monkeypatch.setattr(module, "user_cache", nowhere)
    kept.keep(QUESTION, HELLO, ANSWER)
    assert kept.find(QUESTION, HELLO) is None
    assert question._folder_of_models() is None


def test_an_answer_that_is_cut_off_may_pass(tmp_path):
    output = tmp_path / "0.json"
    output.write_text('{"fits": [')
    with pytest.raises(Transient, match="cut off") as caught:
        question._read(output)
    assert "room" in caught.value.hint
