"""From lines of logs to messages: what tools print, and what becomes of it."""

import json
import math
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.events.job_attempts import JobAttempt
from control.events.journal import Draft
from control.events.log_lines import log_line
from control.record.message import Message, MessageType
from engines.contract.errors import fail
from engines.contract.progress import Progress, warn

AT = "2026-11-21T22:10:05.123Z"
JOB = {"jobid": 3, "rule": "calibrate", "wildcards": {"dataset": "demo"}, "attempt": 2}
ATTEMPT = JobAttempt(1, 3, 2, AT, rule="calibrate", wildcards={"dataset": "demo"})
Data = dict[str, Any]


def said(text: str, *, cut: bool = False) -> tuple[MessageType, Data]:
    """Type and data of what a job's line says, without whose it is, which is checked here."""
    draft = log_line(ATTEMPT, text, AT, cut=cut)
    data: Data = json.loads(draft.data)
    assert {key: data.pop(key) for key in JOB} == JOB
    return draft.type, data


def spoken(**fields: Any) -> tuple[MessageType, Data]:
    return said(json.dumps(fields))


def log(text: str, level: str = "info") -> tuple[MessageType, Data]:
    return MessageType.LOG, {"line": text, "level": level, "source": "job"}


def progress(share: float, stage: str, **more: Any) -> tuple[MessageType, Data]:
    data = {"scope": "job", "progress": share, "percentage": f"{share:g}%", "stage": stage}
    return MessageType.PROGRESS, data | more


class TestPlainLines:
    @pytest.mark.parametrize(
        ("line", "level"),
        [
            ("reading 12 files", "info"),
            ("", "info"),
            ("ERROR: no such file", "error"),
            ("error: no such file", "error"),
            ("Error in eval(expr) : object 'x' not found", "error"),
            ("Execution halted", "error"),
            ("Traceback (most recent call last):", "error"),
            ("ValueError: not today", "error"),
            ("java.io.IOException: gone", "error"),
            ('Exception in thread "main" java.lang.Error', "error"),
            ("[E::hts_open_format] Failed to open file", "error"),
            ("[W::bcf_hdr_check] missing contig", "warning"),
            ("[M::mem_process_seqs] Processed 66666 reads", "info"),
            ("warning: 3 records left out", "warning"),
            ("Warning message:", "warning"),
            ("Warning messages:", "warning"),
            ("WARNING:root:careful", "warning"),
            ("2026-11-21 22:10:05,123 - job - WARNING - careful", "warning"),
            ("2026-11-21 22:10:05 [main] ERROR org.x.Tool - gone", "error"),
            ("22:10:05.123 INFO  HaplotypeCaller - 0 ERROR lines", "info"),
            ("22:10:05.123 DEBUG HaplotypeCaller - x", "debug"),
            ("[2026-11-21T22:10:05Z] FATAL: x", "error"),
            ("SUCCESS: all done", "success"),
            ("errors were found in 0 files", "info"),
            ("the level was set to DEBUG by you", "info"),
            ("Errors: none", "info"),
            ("warned you", "info"),
        ],
    )
    def test_levels(self, line: str, level: str) -> None:
        assert said(line) == log(line, level)

    @pytest.mark.parametrize(
        ("raw", "seen"),
        [
            ("\x1b[1;32mgreen\x1b[0m text\x1b[K", "green text"),
            ("\x1b]0;title\x07prompt", "prompt"),
            ("a\tb", "a\tb"),
            ("10%\r20%\r100%", "100%"),
            ("line of Windows\r", "line of Windows"),
            ("bell\x07 null\x00 delete\x7f", "bell␇ null␀ delete␡"),
            ("right\u202eto left", "right<U+202E>to left"),
            ("half \udc80", "half <U+DC80>"),
            ("wide\u00a0space\u2028", "wide space "),
            ("naïve 名前 🧬", "naïve 名前 🧬"),
        ],
    )
    def test_everything_in_a_line_can_be_seen(self, raw: str, seen: str) -> None:
        assert said(raw)[1]["line"] == seen

    def test_a_level_behind_a_colour(self) -> None:
        assert said("\x1b[31mERROR\x1b[0m: x") == log("ERROR: x", "error")

    def test_a_cut_line_says_so(self) -> None:
        kind, data = said("a" * 100, cut=True)
        assert kind is MessageType.LOG and data["cut"] is True and len(data["line"]) == 100

    def test_what_snakemake_printed_is_only_ever_a_log(self) -> None:
        draft = log_line(None, '{"type": "result", "data": {}}', AT)
        assert draft.type is MessageType.LOG
        assert json.loads(draft.data)["source"] == "snakemake"


class TestOurEngines:
    def test_progress(self, capsys: pytest.CaptureFixture[str]) -> None:
        bar = Progress("reading", 200, "bytes", interval=0)
        bar.advance(91)
        kind, data = said(capsys.readouterr().err.strip())
        assert kind is MessageType.PROGRESS
        assert (data["progress"], data["percentage"], data["stage"]) == (45.5, "45.5%", "reading")
        assert (data["done"], data["total"], data["unit"]) == (91, 200, "bytes")

    def test_progress_without_a_total(self, capsys: pytest.CaptureFixture[str]) -> None:
        Progress("fetching", 0, "bytes", interval=0).advance(7)
        kind, data = said(capsys.readouterr().err.strip())
        assert kind is MessageType.PROGRESS and "progress" not in data and data["done"] == 7

    def test_a_warning(self, capsys: pytest.CaptureFixture[str]) -> None:
        warn("3 records left out")
        assert said(capsys.readouterr().err.strip()) == log(
            "warning: 3 records left out", "warning"
        )

    def test_the_last_words_of_a_failure(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            fail("x.vcf: truncated", "fetch it again", 65, "permanent")
        *_, last = capsys.readouterr().err.splitlines()
        assert said(last) == (
            MessageType.ERROR,
            {
                **{"error_class": "permanent", "code": 65, "message": "x.vcf: truncated"},
                **{"hint": "fetch it again", "error": "x.vcf: truncated", "source": "job"},
            },
        )


class TestProgress:
    @pytest.mark.parametrize(
        ("line", "answer"),
        [
            ("PROGRESS: 45.5% - Running MCMC", progress(45.5, "Running MCMC")),
            ("[1] PROGRESS: 7 %", progress(7.0, "")),
            ("PROGRESS: 100% - done", progress(99.9, "done")),
            (
                "Chain 1: Iteration:  200 / 2000 [ 10%]  (Warmup)",
                progress(10.0, "chain 1: warmup", done=200, total=2000, unit="iterations", chain=1),
            ),
            (
                "Iteration: 2000 / 2000 [100%]  (Sampling)",
                progress(99.9, "sampling", done=2000, total=2000, unit="iterations"),
            ),
            ("PROGRESS: many - x", log("PROGRESS: many - x")),
            ("Iteration: 1 / 0 [ 0%] (Warmup)", log("Iteration: 1 / 0 [ 0%] (Warmup)")),
        ],
    )
    def test_well_known_ways_to_write_it(self, line: str, answer: tuple[MessageType, Data]) -> None:
        assert said(line) == answer

    @pytest.mark.parametrize(
        ("told", "share"),
        [("0.5", 50.0), ("1.0", 99.9), ("0", 0.0), ("1", 1.0), ("45", 45.0), ("45.5", 45.5)],
    )
    def test_the_scale_of_a_gpu_pipeline(self, told: str, share: float) -> None:
        line = f'{{"stage": "translated_search", "progress": {told}, "message": "batch 3"}}'
        assert said(line) == progress(share, "translated_search", message="batch 3")

    @pytest.mark.parametrize(
        ("fields", "share"),
        [
            ({"progress": 0.5}, 0.5),
            ({"progress": 250}, 99.9),
            ({"progress": -3}, 0.0),
            ({"done": 1, "total": 8}, 12.5),
        ],
    )
    def test_a_typed_one_is_in_percent(self, fields: Data, share: float) -> None:
        kind, data = spoken(type="progress", data=fields)
        assert kind is MessageType.PROGRESS and data["progress"] == share

    @pytest.mark.parametrize("fields", [{}, {"progress": "half"}, {"progress": True}])
    def test_one_without_a_figure_is_a_log(self, fields: Data) -> None:
        assert spoken(type="progress", data=fields)[0] is MessageType.LOG


class TestStructuredLines:
    @pytest.mark.parametrize("kind", ["result", "variant_update", "variant_error"])
    def test_the_payload_is_passed_on(self, kind: str) -> None:
        payload = {"gene": "BRAF", "tiers": [1, 2.5, None], "type": "snv"}
        assert spoken(type=kind, data=payload) == (MessageType(kind), payload)

    def test_fields_may_stand_beside_the_type(self) -> None:
        assert spoken(type="variant_update", gene="BRAF") == (
            MessageType.VARIANT_UPDATE,
            {"gene": "BRAF"},
        )

    def test_a_log_with_its_level(self) -> None:
        assert spoken(type="log", data={"line": "\x1b[1mx", "level": "success"}) == log(
            "x", "success"
        )
        assert spoken(type="log", message="y", level="loud") == log("y")

    def test_nobody_speaks_for_another(self) -> None:
        forged = {"jobid": 9, "rule": "x", "attempt": 7, "process": 4, "wildcards": {"a": "b"}}
        envelope = {"job_id": "another", "sequence": 1, "timestamp": "2000", "scope": "run"}
        kind, data = spoken(type="result", data={**forged, "value": 1})
        assert (kind, data) == (MessageType.RESULT, {"value": 1})
        kind, data = spoken(type="variant_update", **forged, **envelope, value=1)
        assert data == {"value": 1}
        kind, data = spoken(type="progress", progress=3, **forged, **envelope)
        assert data["scope"] == "job" and "process" not in data

    @pytest.mark.parametrize("kind", ["status", "rule", "connection", "heartbeat", "new", 7, None])
    def test_a_job_cannot_end_the_run(self, kind: object) -> None:
        line = json.dumps({"type": kind, "data": {"status": "completed"}})
        assert said(line) == log(line)

    @pytest.mark.parametrize(
        "line",
        [
            '{"type": "result", "data": {"x": NaN}}',
            '{"type": "result", "data": {"x": 1e999}}',
            '{"type": "result", "data"',
            '{"type": ["result"]}',
            "{}",
            "{a set}",
            '{"type": "error", "data": {"code": 1}}',
            '{"type": "log", "line": 5}',
            '{"type":"result","data":{"x":' + "[" * 100_000,
        ],
    )
    def test_what_is_no_message_is_a_log(self, line: str) -> None:
        kind, data = said(line)
        assert kind is MessageType.LOG and data["line"] == line

    def test_an_error_is_put_in_order(self) -> None:
        letter = ".plumbline/dead_letters/align_A-0123abcd.json"
        kind, data = spoken(
            type="error", error_class="maybe", code="x", message="a\nb", dead_letter=letter
        )
        assert kind is MessageType.ERROR
        assert data == {
            **{"error_class": "unknown", "code": None, "message": "a\nb", "error": "a\nb"},
            **{"hint": "", "dead_letter": letter, "source": "job"},
        }

    @pytest.mark.parametrize("path", ["/etc/passwd", "../x.json", ".plumbline/dead_letters/x", 5])
    def test_a_dead_letter_elsewhere_is_none(self, path: object) -> None:
        assert "dead_letter" not in spoken(type="error", message="x", dead_letter=path)[1]

    def test_of_a_result_that_was_too_long_the_path_remains(self) -> None:
        line = '{"type": "result", "data": {"path": "results/a \\u00e9.json", "rows": [1, 2'
        assert said(line, cut=True) == (
            MessageType.RESULT,
            {"path": "results/a é.json", "cut": True},
        )
        assert said('{"type":"result","data":[1,', cut=True) == (MessageType.RESULT, {"cut": True})
        assert said('{"type":"progress","data":[1,', cut=True)[0] is MessageType.LOG


@given(st.text(max_size=200), st.booleans())
def test_any_line_is_a_message(line: str, cut: bool) -> None:
    _valid(log_line(ATTEMPT, line, AT, cut=cut))
    _valid(log_line(None, line, AT, cut=cut))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KEYS = "type data line message level progress stage done total error_class code hint path jobid"


@given(
    st.sampled_from(["log", "progress", "result", "error", "variant_update", "variant_error", ""]),
    st.dictionaries(st.sampled_from(KEYS.split()), JSON),
    st.booleans(),
)
def test_any_object_is_a_message(kind: str, fields: Data, nested: bool) -> None:
    line = {"type": kind, "data": fields} if nested else {"type": kind, **fields}
    data = _valid(log_line(ATTEMPT, json.dumps(line), AT))
    assert {key: data[key] for key in JOB} == JOB
    share = data.get("progress") if data.get("scope") == "job" else 0
    assert share is None or 0 <= share <= 99.9


def _valid(draft: Draft) -> Data:
    data: Data = json.loads(draft.data, parse_constant=lambda _: math.nan)
    Message(draft.type, "20261121-221005-3f9a", draft.timestamp, 1, data).to_json()
    assert draft.data.isascii() and "\n" not in draft.data
    return data


DOCUMENT = (Path(__file__).parents[3] / "docs" / "messages.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


class TestDocumentation:
    def test_its_examples_are_messages(self) -> None:
        examples = [Message.from_json(block) for block in blocks("json")]
        assert {m.type for m in examples} >= set(MessageType) - {
            *(MessageType.CONNECTION, MessageType.VARIANT_UPDATE, MessageType.VARIANT_ERROR)
        }

    @pytest.mark.parametrize(
        ("language", "program", "kinds"),
        [
            ("sh", "sh", ["progress", "progress", "result"]),
            ("python", sys.executable, ["progress", "variant_update"]),
            ("r", "Rscript", ["progress", "result"]),
        ],
    )
    def test_what_its_programs_print_is_understood(
        self, language: str, program: str, kinds: list[str]
    ) -> None:
        if not (found := shutil.which(program)):
            pytest.skip(f"no {program} here")
        (block,) = blocks(language)
        option = "-e" if language == "r" else "-c"
        ended = subprocess.run([found, option, block], capture_output=True, text=True)
        if language == "r" and "jsonlite" in ended.stderr and ended.returncode:
            pytest.skip("R has no jsonlite here")
        lines = (ended.stdout + ended.stderr).splitlines()
        assert [said(line)[0] for line in lines] == kinds

    def test_its_ways_to_write_progress_are_understood(self) -> None:
        table = re.findall(r"^\| `(\{\"stage.*?|PROGRESS.*?|Chain.*?)`", DOCUMENT, re.MULTILINE)
        assert [said(line)[0] for line in table] == ["progress"] * 3
