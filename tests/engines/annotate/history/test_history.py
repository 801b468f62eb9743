"""What changed between two annotations, and because of which statements."""

import hashlib
import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from engines.annotate.history import compare as comparing
from engines.annotate.history.cli import history
from engines.annotate.history.read import read
from engines.annotate.history.show import lines
from engines.annotate.stream import message
from engines.annotate.verdict import Context, Nearness
from engines.contract.errors import BadData, InputMissing
from tests.support.annotate_texts import (
    SUMMARY_SCHEMA,
    annotated,
    call,
    context,
    item,
    match,
    summary_of,
    tiered,
)

SCHEMA = json.loads(
    (
        Path(__file__).parents[4] / "workflow" / "schemas" / "annotation.history.schema.json"
    ).read_text()
)


def compare(old, new):
    """Every comparison of these tests is of the schema's form."""
    found = comparing.compare(old, new)
    jsonschema.validate(found, SCHEMA)
    return found


@pytest.fixture
def run(tmp_path):
    """Writes an annotation of verdicts and reads it back."""

    def write(name, verdicts, messages=True, **changed):
        data = summary_of(verdicts, **changed)
        jsonschema.validate(data, SUMMARY_SCHEMA)
        folder = tmp_path / name
        folder.mkdir()
        if messages:
            told = [message.update(n, v, "T", "melanoma") for n, v in enumerate(verdicts, 1)]
            text = b"".join(message.line("variant_update", each) for each in told)
            (folder / "t.ndjson").write_bytes(text)
            data["messages"]["sha256"] = hashlib.sha256(text).hexdigest()
        (folder / "t.summary.json").write_text(json.dumps(data))
        return read(folder / "t.summary.json")

    return write


def only(found):
    (change,) = found["changes"]
    return change


def causes(change):
    return {each["id"]: each for each in change["causes"]}


def test_the_same_twice_has_no_change(run):
    found = compare(run("a", [tiered(item())]), run("b", [tiered(item())]))
    assert found["changes"] == [] and found["compared"] == 1
    assert "No change among 1 variants" in "\n".join(lines(found))


def test_an_item_that_is_new_raises_a_variant_that_no_summary_listed(run):
    found = compare(run("a", [annotated(call())]), run("b", [tiered(item())]))
    change = only(found)
    assert (change["kind"], change["before"], change["after"]) == ("raised", "III", "I-A")
    assert change["contexts"] == {"therapeutic": [None, "I-A"]}
    assert causes(change)["EID1"]["what"] == "added" and causes(change)["EID1"]["decisive"]
    text = "\n".join(lines(found))
    assert "BRAF p.Val600Glu (7:1000:A:T): III → I-A, raised" in text
    assert "EID1 added, decisive: level – → A" in text


def test_an_item_that_is_gone_lowers(run):
    found = compare(run("a", [tiered(item())]), run("b", [annotated(call())]))
    change = only(found)
    assert (change["kind"], change["after"]) == ("lowered", "III")
    assert causes(change)["EID1"]["what"] == "removed"


def test_a_level_that_changed_is_named(run):
    old = tiered(item(level="B", rating=2), tier="II-C")
    found = compare(run("a", [old]), run("b", [tiered(item(level="A"))]))
    cause = causes(only(found))["EID1"]
    assert cause["what"] == "changed"
    assert cause["changes"]["level"] == ["B", "A"] and cause["changes"]["rating"] == [2, 4]
    assert "EID1 changed, decisive: level B → A; rating 2 → 4" in "\n".join(lines(found))


def test_a_statement_that_is_rejected_now_says_why(run):
    germline = annotated(call(), [match(item(), None, None, rejected="germline")])
    found = compare(run("a", [tiered(item())]), run("b", [germline]))
    cause = causes(only(found))["EID1"]
    assert cause["what"] == "rejected" and cause["changes"]["rejected"] == [None, "germline"]
    back = compare(run("c", [germline]), run("d", [tiered(item())]))
    assert causes(only(back))["EID1"]["what"] == "counted"


def test_a_variant_of_one_input_alone_is_no_change_of_knowledge(run):
    found = compare(run("a", []), run("b", [tiered(item())]))
    assert only(found)["kind"] == "added" and only(found)["causes"] == []
    found = compare(run("c", [tiered(item())]), run("d", []))
    assert only(found)["kind"] == "gone"


def test_without_messages_it_is_said_that_nobody_can_tell(run):
    found = compare(run("a", [annotated(call())], messages=False), run("b", [tiered(item())]))
    assert only(found)["kind"] == "unknown"
    text = "\n".join(lines(found))
    assert "of tier III or IV there, or not in its input" in text
    assert "are not beside it" in text


def test_a_variant_that_becomes_common_is_told(run):
    fourth = annotated(call(population_af=0.2), tier="IV")
    found = compare(run("a", [annotated(call())]), run("b", [fourth]))
    assert (only(found)["before"], only(found)["after"]) == ("III", "IV")
    assert "by no statement" in "\n".join(lines(found))


def test_what_was_asked_otherwise_is_told(run):
    other = {"asked": "lung", "name": "lung", "doid": "1", "site": None}
    found = compare(run("a", [tiered(item())]), run("b", [tiered(item())], disease=other))
    assert found["setting"]["disease"][1] == other
    assert "asked otherwise: disease: melanoma, melanoma, 1909, Skin → lung, lung, 1" in "\n".join(
        lines(found)
    )


def test_sources_that_changed_are_told_with_their_dates(run):
    old, new = run("a", []), run("b", [])
    new.summary["knowledge"] = [
        {**old.summary["knowledge"][0], "date": "2027-01-01", "sha256": "1"}
    ]
    found = compare(old, new)
    assert found["knowledge"][0] == {
        "name": "CIViC", "role": "evidence", "before": "2026-11-01", "after": "2027-01-01",
    }  # fmt: skip


def test_evidence_that_changed_without_a_tier_is_counted(run):
    statement = item()
    more = tiered(statement)
    more.matches.append(match(item("EID2", "B"), nearness=Nearness.OTHER, tier="II-C"))
    found = compare(run("a", [tiered(statement)]), run("b", [more]))
    assert found["changes"] == [] and found["evidence_only"] == ["7:1000:A:T"]


def test_another_question_of_the_same_tier_is_told(run):
    both = tiered(item())
    both.contexts.append(context(item(), kind=Context.RESISTANCE))
    found = compare(run("a", [tiered(item())]), run("b", [both]))
    assert only(found)["kind"] == "contexts"
    assert only(found)["contexts"] == {"resistance": [None, "I-A"]}


def test_the_command_prints_and_writes(run, tmp_path):
    old, new = run("a", [annotated(call())]), run("b", [tiered(item())])
    out = tmp_path / "history.json"
    done = CliRunner().invoke(history, [str(old.path), str(new.path), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "III → I-A, raised" in done.output
    assert json.loads(out.read_text())["changes"][0]["after"] == "I-A"
    before = new.path.read_bytes()
    for target in (new.path, new.messages):
        done = CliRunner().invoke(history, [str(old.path), str(new.path), "-o", str(target)])
        assert done.exit_code == 64 and "is an input" in done.output
    assert new.path.read_bytes() == before


def test_messages_of_another_run_are_refused(run):
    one = run("a", [tiered(item())])
    one.messages.write_bytes(one.messages.read_bytes()[:-30])
    with pytest.raises(BadData, match=r"not the messages of t\.summary\.json"):
        read(one.path)


def test_files_that_are_no_annotation(tmp_path):
    with pytest.raises(InputMissing):
        read(tmp_path / "none.json")
    other = tmp_path / "other.json"
    for text in ("{", "[]", '{"schema": "else"}'):
        other.write_text(text)
        with pytest.raises(BadData):
            read(other)
