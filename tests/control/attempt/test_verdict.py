"""What a failure is taken for: known endings, and the class, words and waits they must give."""

import json
import time
from email.utils import formatdate

import pytest

from control.attempt.command import Outcome
from control.attempt.verdict import judge
from engines.contract.errors import EngineError


def outcome(code: int, *lines: str, timed_out: bool = False) -> Outcome:
    return Outcome(code, "\n".join(lines).encode() + b"\n", timed_out)


def engine_line(error_class: str, code: int, **more: object) -> str:
    return json.dumps(
        {"error_class": error_class, "code": code, "message": "m", "hint": "h", **more}
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (64, "permanent"),
        (65, "permanent"),
        (66, "permanent"),
        (69, "transient"),
        (70, "unknown"),
        (73, "permanent"),
        (75, "transient"),
        (77, "permanent"),
        (78, "permanent"),
        (124, "transient"),
        (126, "permanent"),
        (127, "permanent"),
        (130, "unknown"),
        (137, "unknown"),
        (139, "unknown"),
        (1, "unknown"),
        (255, "unknown"),
    ],
)
def test_exit_codes(code, expected):
    assert judge(outcome(code, "something went wrong")).error_class == expected


@pytest.mark.parametrize("code", [64, 65, 66, 73, 77])
def test_every_permanent_error_of_the_engines_is_permanent_by_its_code_alone(code):
    kinds = {kind.code: kind.error_class for kind in EngineError.__subclasses__()}
    assert judge(outcome(code)).error_class == kinds[code] == "permanent"


def test_the_last_line_is_believed_before_the_exit_code():
    verdict = judge(outcome(65, "error: m", engine_line("transient", 65)))
    assert (verdict.error_class, verdict.message, verdict.hint) == ("transient", "m", "h")
    assert verdict.by == "its last line"


def test_the_line_of_a_failure_that_was_got_over_is_not_believed():
    ended = outcome(1, engine_line("permanent", 65), "the second source: Connection refused")
    assert judge(ended).error_class == "transient"
    assert "Connection refused" in judge(ended).by


def test_a_line_that_is_not_the_last_is_believed_when_it_tells_the_code_of_the_end():
    ended = outcome(65, engine_line("unknown", 65), "+ cleaning up")
    assert (judge(ended).error_class, judge(ended).by) == ("unknown", "its last line")


@pytest.mark.parametrize(
    "line",
    [
        '{"error_class": "harmless", "code": 1}',
        '{"error_class": "permanent", "code": 1',
        '{"error_class": ["permanent"]}',
        '"error_class"',
        '{"error_class":' + "[" * 5000,
    ],
)
def test_a_line_that_is_no_error_of_the_contract_says_nothing(line):
    assert judge(outcome(1, line)).error_class == "unknown"


@pytest.mark.parametrize(
    "line",
    [
        "An error occurred (SlowDown) when calling the GetObject operation",
        "curl: (6) Could not resolve host: example.org",
        "curl: (22) The requested URL returned error: 503",
        "HTTP/1.1 429 Too Many Requests",
        "urllib.error.HTTPError: HTTP Error 502: Bad Gateway",
        "requests.exceptions.ConnectionError: ('Connection aborted.', ConnectionResetError(104))",
        "ConnectionResetError: [Errno 104] Connection reset by peer",
        "OSError: [Errno 28] No space left on device",
        "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB",
        "torch.OutOfMemoryError: CUDA error: out of memory",
        "CUDA error: all CUDA-capable devices are busy or unavailable",
        "terminate called after throwing an instance of 'std::bad_alloc': Cannot allocate memory",
        "sqlite3.OperationalError: database is locked",
        "\x1b[31mERROR\x1b[0m: Read timed out.",
    ],
)
def test_words_of_what_may_pass(line):
    assert judge(outcome(1, "begin", line, "  ")).error_class == "transient"


@pytest.mark.parametrize(
    "line",
    [
        "botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling GetObject",
        "An error occurred (NoSuchKey) when calling the GetObject operation",
        "curl: (22) The requested URL returned error: 404",
        "HTTP/1.1 403 Forbidden",
        "cat: /data/x: No such file or directory",
        "bash: line 1: samtoolz: command not found",
        "ModuleNotFoundError: No module named 'torch'",
        "gzip: x.gz: not in gzip format",
        "touch: cannot touch '/x': Permission denied",
        "main.py: error: unrecognized arguments: --fast",
    ],
)
def test_words_of_what_will_not_pass(line):
    assert judge(outcome(1, "Connection reset", line)).error_class == "permanent", "the last counts"


@pytest.mark.parametrize(
    "line",
    ["wrote 503 records", "chr1:429-500", "status quo", "404 variants", "timeout=30"],
)
def test_numbers_in_other_texts_mean_nothing(line):
    assert judge(outcome(1, line)).error_class == "unknown"


def test_words_before_a_kill_mean_nothing():
    verdict = judge(outcome(137, "No such file or directory"))
    assert verdict.error_class == "unknown"
    assert "memory" in verdict.message


def test_a_time_limit_is_transient_whatever_the_command_said_while_it_was_ended():
    verdict = judge(outcome(124, engine_line("permanent", 130), timed_out=True))
    assert (verdict.error_class, verdict.message) == ("transient", "its time was over")


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ([engine_line("transient", 75, retry_after=7)], 7),
        ([engine_line("transient", 75, retry_after=0)], 0),
        (["Retry-After: 120", engine_line("transient", 75)], 120),
        (["< retry-after: 3"], 3),
        (['{"Retry-After": "9"}'], 9),
        (["the store answers 503, and asks to come back in 600 s"], 600),
        (["Please try again in 2 minutes."], 120),
        (["Retry after 1.5 seconds"], 1.5),
        (["Retry-After: 120", "Retry-After: 5"], 5),
        (["retry-after: soon"], None),
        ([engine_line("transient", 75, retry_after=-1)], None),
        ([engine_line("transient", 75, retry_after=True)], None),
        (["failed after 3 retries"], None),
    ],
)
def test_how_long_a_server_asks_to_wait(lines, seconds):
    assert judge(outcome(75, *lines)).retry_after == seconds


def test_a_date_to_wait_for():
    asked = judge(outcome(75, f"Retry-After: {formatdate(time.time() + 90, usegmt=True)}"))
    assert asked.retry_after is not None
    assert 60 < asked.retry_after <= 90
    past = judge(outcome(75, f"Retry-After: {formatdate(time.time() - 90, usegmt=True)}"))
    assert past.retry_after == 0


def test_no_secret_and_no_escape_sequence_gets_into_the_message():
    verdict = judge(outcome(1, "\x1b]0;title\x07GET https://me:pw@host/x?token=abc failed"))
    assert verdict.message.endswith("GET https://***@host/x?token=*** failed")
    assert "\x1b" not in verdict.message


def test_a_log_without_end_is_judged_by_its_end():
    lines = ["No such file or directory", *["x" * 100_000] * 60, "Connection refused"]
    assert judge(outcome(1, *lines)).error_class == "transient"
    assert len(judge(outcome(1, "x" * 10_000)).message) <= 300


def test_silence_is_named():
    assert judge(Outcome(3, b"")).message == "ended with exit code 3 and said nothing"
    assert judge(Outcome(3, b"\xff\xfe\n")).error_class == "unknown"
