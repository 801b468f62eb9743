"""What differs between two runs: configurations, sample sheets, and what they measured."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from summary_files import small_row, small_summary, sv_summary
from verdict_lab import WARN, judge

from control.record.run_dir import Run, RunDir, State
from control.runs import measured
from control.runs.comparison import (
    Difference,
    SampleDifference,
    differences,
    flat,
    read_config,
    read_samples,
    sample_differences,
)
from engines.contract.errors import BadData


@pytest.fixture
def made(tmp_path: Path) -> RunDir:
    made = RunDir(tmp_path / "20261121-221005-3f9a")
    (made.work / "results").mkdir(parents=True)
    made.write_run(Run(State.COMPLETED, workdir=str(made.work)))
    return made


def put(made: RunDir, place: str, content: Any) -> Path:
    file = made.work / "results" / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


class TestConfiguration:
    def test_nested_values_have_one_key_each(self, made: RunDir) -> None:
        made.config.write_text(
            "build: GRCh38\nqc: {keep: [pass, warn], empty: {}}\nwhen: 2026-11-21\nnone:\n"
        )
        assert read_config(made) == {
            **{"build": "GRCh38", "qc.keep[0]": "pass", "qc.keep[1]": "warn", "qc.empty": "{}"},
            **{"when": "2026-11-21", "none": None},
        }

    def test_a_run_without_one(self, made: RunDir) -> None:
        assert read_config(made) == {} and read_samples(made) == {}

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("a: [", "no YAML"),
            ("a: &x\n  b: *x\n", "nested more than"),
            ("a: [" + ", ".join("1" * 10_001) + "]", "more than 10000 keys"),
            ("#" * ((1 << 18) + 1), "larger than"),
            ("a: " + "[" * 200_000, "no YAML"),
            ("a: &x {b: 1}\nc: {<<: *x}\n", "no YAML"),
            ("a: " + "[" * 5000 + "]" * 5000, "no YAML|nested"),
            ("a: " + "9" * 5000, "no YAML"),
        ],
    )
    def test_what_cannot_be_compared(self, made: RunDir, content: str, told: str) -> None:
        made.config.write_text(content)
        with pytest.raises(BadData, match=told):
            read_config(made)

    def test_a_long_key_around_many_others(self, made: RunDir) -> None:
        made.config.write_text(
            "? " + "K" * 100_000 + "\n:\n" + "".join(f" k{n}: 1\n" for n in range(9000))
        )
        with pytest.raises(BadData, match="too long keys"):
            read_config(made)

    def test_values_that_grow_when_they_are_written_out(self, made: RunDir) -> None:
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 10) + "]" for n in range(1, 12)]
        made.config.write_text("\n".join(lines))
        with pytest.raises(BadData, match="more than"):
            read_config(made)

    def test_what_is_not_the_same(self) -> None:
        one = {"same": 1, "changed": "x", "type": 1, "gone": None}
        other = {"same": 1, "changed": "y", "type": True, "new": 2}
        assert differences(one, other) == [
            Difference("changed", "x", "y", None),
            Difference("type", 1, True, None),
            Difference("gone", None, None, "a"),
            Difference("new", None, 2, "b"),
        ]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
TREES = st.dictionaries(
    st.text(max_size=3),
    SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=3), SCALARS),
    max_size=3,
)


@settings(max_examples=50)
@given(TREES, TREES)
def test_two_runs_turned_round_differ_in_the_same_keys(one: Any, other: Any) -> None:
    there, back = differences(flat(one), flat(other)), differences(flat(other), flat(one))
    assert {each.key for each in there} == {each.key for each in back}
    assert differences(flat(one), flat(one)) == []
    json.dumps([vars(each) for each in there], allow_nan=False)


class TestSamples:
    def test_rows_by_their_first_column(self, made: RunDir) -> None:
        made.samples.write_text('sample\tsource\tdate\nA\tx\t\n\nB\ty\nA\t"z\t2026\n')
        assert read_samples(made) == {
            "A": {"source": "x", "date": ""},
            "B": {"source": "y"},
            "A (2)": {"source": '"z', "date": "2026"},
        }

    def test_what_is_not_the_same(self) -> None:
        one = {"A": {"source": "x", "date": ""}, "B": {"source": "y"}, "C": {"source": "z"}}
        other = {"A": {"source": "x"}, "B": {"source": "q", "date": "1"}, "D": {}}
        assert sample_differences(one, other) == [
            SampleDifference(
                "B",
                None,
                [Difference("source", "y", "q", None), Difference("date", None, "1", "b")],
            ),
            SampleDifference("C", "a", []),
            SampleDifference("D", "b", []),
        ]


class TestResults:
    def test_the_numbers_that_the_command_gives(self, made: RunDir) -> None:
        rows = [small_row("SNP", (90, 10, 0, 5)), small_row("INDEL", (8, 2, 2, 1))]
        put(made, "small_variants/HG002.summary.json", small_summary(rows=rows))
        put(made, "structural_variants/HG002.summary.json", sv_summary())
        judge(made, "S1", WARN)
        found = measured.measured(made)
        assert found.problems == []
        snp = found.values["small_variants", "HG002", "SNP PASS"]
        assert (snp["recall"], snp["precision"], snp["truth_tp"]) == (0.9, 1.0, 90)
        assert found.values["small_variants", "HG002", ""] == {
            **{"records_set_aside": 0, "capped_clusters": 0, "warnings": 0}
        }
        assert ("structural_variants", "HG002", "bench") in found.values
        assert found.values["qc", "S1", ""]["verdict"] == "warn"
        assert found.values["qc", "S1", ""]["counts.warn"] == 1

    def test_what_cannot_be_used_is_told_without_our_own_folders(self, made: RunDir) -> None:
        put(made, "small_variants/A.summary.json", "{")
        put(made, "small_variants/B.summary.json", small_summary("B"))
        put(made, "samples.tsv", "sample\tvariants\nB\tsmall_variants\nC\tsmall_variants\n")
        found = measured.measured(made)
        # A is of an earlier run into the same folder: the sheet does not name it
        assert [problem.partition(":")[0] for problem in found.problems] == ["C"]
        put(made, "samples.tsv", "no table")
        found = measured.measured(made)
        assert len(found.problems) == 2
        assert all(problem.startswith("results/") for problem in found.problems)
        assert ("small_variants", "B", "SNP PASS") in found.values

    def test_a_run_without_results(self, made: RunDir) -> None:
        assert measured.measured(made) == measured.Measured()

    def test_no_link_is_followed(self, made: RunDir) -> None:
        outside = made.path / "outside.summary.json"
        outside.write_text(json.dumps(small_summary()))
        (made.work / "results" / "small_variants").mkdir()
        os.symlink(outside, made.work / "results" / "small_variants" / "A.summary.json")
        (made.work / "results" / "calibration").symlink_to(made.path)
        found = measured.measured(made)
        assert found.values == {}
        assert len(found.problems) == 1 and "A.summary.json" in found.problems[0]

    def test_too_much_is_said(self, made: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in "ABC":
            put(made, f"small_variants/{name}.summary.json", small_summary(name))
        monkeypatch.setattr(measured, "MOST_FILES", 2)
        found = measured.measured(made)
        assert {sample for _, sample, _ in found.values} == {"A", "B"}
        assert found.problems == ["1 more results were not read: too much"]
        monkeypatch.setattr(measured, "MOST_BYTES", 10)
        assert measured.measured(made).values == {}

    def test_a_file_that_is_nothing_but_brackets(self, made: RunDir) -> None:
        put(made, "small_variants/A.summary.json", "[" * 100_000)
        found = measured.measured(made)
        assert found.values == {} and found.problems
