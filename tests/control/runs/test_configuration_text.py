"""YAML of a configuration: read with the line of what is wrong, written, never without an end."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.runs.configuration_text import LONGEST, MOST_CHARACTERS, parse, write
from engines.contract.errors import BadUsage


def test_a_configuration_and_the_lines_of_its_keys() -> None:
    text = "# mine\nbuild: GRCh37\nqc:\n  keep: [pass]\ncalibration: {seed: 7, compat: '2.0'}\n"
    read = parse(text)
    assert read.config == {
        **{"build": "GRCh37", "qc": {"keep": ["pass"]}},
        "calibration": {"seed": 7, "compat": "2.0"},
    }
    assert (read.lines["build"], read.lines["qc.keep"], read.lines["calibration.seed"]) == (2, 4, 5)
    assert read.problems == []


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "~\n", "{}\n"])
def test_an_empty_text_is_an_empty_configuration(text: str) -> None:
    assert parse(text).config == {}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "a: given twice"),
        ("a: 1\nb: [1\n", 3, "no YAML"),
        ("a:\n\tb: 1\n", 2, "no YAML"),
        ("a: 2026-11-21\n", 1, "a date"),
        ("a: 1:30\n", 1, "with colons"),
        ("a: 99999999999999999999\n", 1, "exactly"),
        ("a: .inf\n", 1, "exactly"),
        ("a: !!python/object/apply:os.system [x]\nb: !mine x\n", 2, "not text"),
        ("a: 1\n2: 3\n", 2, "a key that is no text"),
        ("a: 1\n? [x]\n: 2\n", 2, "a key that is no text"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, "<< is not read"),
        ("- a\n- b\n", 1, "no keys and values"),
        ("just text\n", 1, "no keys and values"),
        ("a: 1\n---\nb: 2\n", 2, "single document"),
        ("a: 1\nb: \x00\n", 2, "no text has"),
        ("a: &x [*x]\n", 1, "nested"),
        ("[" * 50_000, 1, "nested"),
        ("a: '" + "x" * LONGEST, 1, "the most is"),
        ("b: 1\na: !!bool maybe\n", 2, "maybe: not true or false"),
        ("a: !!int ''\n", 1, "not a number"),
        ("a: !!float '_'\n", 1, "not a number"),
        ('a: "\\ud800"\n', 1, "half a character"),
        ('b: 1\n"\\udfff": 1\n', 2, "half a character"),
        ('a: "\\U00110000"\n', 1, "no text has"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, said: str) -> None:
    read = parse(text)
    assert read.config is None
    assert any(said in each.message and each.line == line for each in read.problems), read.problems


def test_what_stands_for_others_does_not_grow_without_an_end() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for n in range(1, 15):
        lines.append(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]")
    read = parse("\n".join(lines))
    assert read.config is None
    assert any("too much" in each.message for each in read.problems)
    assert parse("a: &x [1, 2]\nb: *x\n").config == {"a": [1, 2], "b": [1, 2]}


def test_a_short_text_with_long_keys_or_values_does_not_fill_the_memory() -> None:
    inner = "{x: &x {a: 1, b: 1}, " + ", ".join(f"k{n}: *x" for n in range(500)) + "}"
    for _ in range(15):
        inner = "{" + "K" * 1000 + ": " + inner + "}"
    values = "a: &a " + "x" * 50_000 + "\nb: [" + "*a, " * 1000 + "]\n"
    for text in (inner, values):
        read = parse(text)
        assert read.config is None
        assert sum(map(len, read.lines)) <= MOST_CHARACTERS
        assert any("too much" in each.message for each in read.problems)


def test_what_is_too_much_is_not_written() -> None:
    with pytest.raises(BadUsage, match="is the most"):
        write({f"k{n}": "x" * 1000 for n in range(1000)})


_texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=20)
_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | _texts | st.floats(-1e6, 1e6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(_texts, _values, max_size=4))
def test_what_is_written_is_read_as_it_was(config: dict[str, Any]) -> None:
    assert parse(write(config)).config == config
