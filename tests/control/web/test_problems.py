"""Every error has the one shape, whoever raises it and wherever."""

import errno
import json
import logging
import re
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from web_lab import WebLab, body
from werkzeug.test import TestResponse

from control.access.errors import Clash, NotSignedIn, TooMany, Unknown
from control.record.run_dir import State, UnreadableRun
from control.runs.errors import Conflict
from control.runs.validation import NotAccepted, Problem, Report
from control.web import auth
from control.web.strict import StrictRequest
from engines.contract.errors import (
    BadData,
    BadUsage,
    CannotWrite,
    EngineError,
    InputMissing,
    NotPermitted,
    TimedOut,
    Transient,
    Unavailable,
)

KEYS = {"type", "title", "status", "detail", "hint", "instance", "code", "log_id", "errors"}
REQUIRED = {"type", "title", "status", "detail", "hint", "instance"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SECRET = "/home/ann/secret.key"

ERRORS: dict[str, tuple[Callable[[], Exception], int]] = {
    "bad-usage": (lambda: BadUsage("what, where", hint="do this"), 400),
    "not-signed-in": (lambda: NotSignedIn("what, where", hint="do this"), 401),
    "not-permitted": (lambda: NotPermitted("what, where", hint="do this"), 403),
    "missing": (lambda: InputMissing("what, where", hint="do this"), 404),
    "unknown": (lambda: Unknown("what, where", hint="do this"), 404),
    "clash": (lambda: Clash("what, where", hint="do this"), 409),
    "conflict": (lambda: Conflict("what, where", hint="do this"), 409),
    "bad-data": (lambda: BadData("what, where", hint="do this"), 422),
    "too-many": (lambda: TooMany("what, where", retry_after=7.2, hint="do this"), 429),
    "unavailable": (lambda: Unavailable("what, where", hint="do this"), 503),
    "transient": (lambda: Transient("what, where", hint="do this"), 503),
    "timed-out": (lambda: TimedOut("what, where", hint="do this"), 503),
    "cannot-write": (lambda: CannotWrite("what, where", hint="do this"), 507),
    "unreadable": (lambda: UnreadableRun("run.json: no JSON"), 422),
    "bare": (lambda: EngineError(SECRET), 500),
    "bug": (lambda: ValueError(SECRET), 500),
    "lost-file": (lambda: FileNotFoundError(errno.ENOENT, "gone", SECRET), 500),
    "full-disk": (lambda: OSError(errno.ENOSPC, "No space left", SECRET), 507),
    "no-table": (lambda: sqlite3.OperationalError(SECRET), 500),
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    """An app whose address /boom/NAME raises the error of that name."""
    made = WebLab(tmp_path_factory.mktemp("lab"))
    made.run(State.COMPLETED, "bob")

    @auth.public
    def boom(name: str) -> str:
        raise ERRORS[name][0]()

    made.app.add_url_rule("/boom/<name>", "boom", boom)
    return made


def problem_in(answer: object, status: int) -> dict[str, object]:
    """The problem in an answer, which has this status and the shape of all problems."""
    assert answer.status_code == status  # type: ignore[attr-defined]
    assert answer.content_type == "application/problem+json"  # type: ignore[attr-defined]
    found = body(answer)
    assert set(found) >= REQUIRED
    assert set(found) <= KEYS
    assert found["type"] == "about:blank"
    assert found["status"] == status
    assert isinstance(found["detail"], str) and found["detail"]
    assert "\n" not in found["detail"]
    assert isinstance(found["hint"], str)
    return dict(found)


@pytest.mark.parametrize("name", ERRORS)
def test_each_error_has_its_status(lab: WebLab, name: str) -> None:
    make, status = ERRORS[name]
    answer = lab.client().get(f"/boom/{name}")
    found = problem_in(answer, status)
    assert found["instance"] == f"/boom/{name}"
    error = make()
    if status != 500 and isinstance(error, EngineError):
        assert (found["detail"], found["hint"]) == ("what, where", "do this")
        assert found["code"] == error.code
    assert SECRET not in answer.get_data(as_text=True)


def test_a_defect_is_in_the_log_under_the_id_that_the_client_has(
    lab: WebLab, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        found = problem_in(lab.client().get("/boom/bug"), 500)
    assert re.fullmatch("[0-9a-f]{12}", str(found["log_id"]))
    assert str(found["log_id"]) in str(found["detail"])
    assert str(found["log_id"]) in caplog.text
    assert f"ValueError: {SECRET}" in caplog.text


def test_what_helps_is_in_the_headers(lab: WebLab) -> None:
    client = lab.client()
    assert client.get("/boom/too-many").headers["Retry-After"] == "8"
    assert client.get("/boom/unavailable").headers["Retry-After"] == "5"
    assert client.get("/boom/not-signed-in").headers["WWW-Authenticate"] == "Bearer"


def test_a_busy_database_is_worth_another_try(lab: WebLab, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy() -> sqlite3.OperationalError:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorname = "SQLITE_BUSY"
        return error

    monkeypatch.setitem(ERRORS, "bug", (busy, 503))
    answer = lab.client().get("/boom/bug")
    problem_in(answer, 503)
    assert answer.headers["Retry-After"] == "1"


def test_a_refused_submission_names_every_place(
    lab: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> NotAccepted:
        report = Report()
        report.problems += [
            Problem("is no build", "say GRCh38", "config.yaml", key="build"),
            Problem("is not there", "", "samples.tsv", row=3, key="target"),
            Problem("asks for nothing"),
        ]
        return NotAccepted(report)

    monkeypatch.setitem(ERRORS, "bug", (refused, 422))
    found = problem_in(lab.client().get("/boom/bug"), 422)
    assert found["errors"] == [
        {"place": "config.yaml, build", "message": "is no build", "hint": "say GRCh38"},
        {"place": "samples.tsv, row 3, target", "message": "is not there", "hint": ""},
        {"place": "submission", "message": "asks for nothing", "hint": ""},
    ]


def addresses(app: Flask) -> Iterator[tuple[str, set[str]]]:
    """An example of every address, with the methods that it has."""
    values = {"run_id": "20261121-221001-0001", "jobid": 1, "sequence": 1, "path": "x.txt"}
    values |= {"letter": "x-00000000", "upload_id": "0" * 16, "token_id": "0" * 12}
    values |= {"session_id": "0" * 12, "name": "x", "code": "x", "filename": "none.css"}
    values |= {"notification_id": 1, "channel_id": 1, "template_id": 1, "_form": "x", "number": 1}
    values |= {"job_id": values["run_id"], "config_id": 1, "sample_id": "S1"}
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        if not rule.websocket and not rule.rule.startswith(("/ws", "/boom")):
            _, address = rule.build({name: values[name] for name in rule.arguments}) or ("", "")
            found.setdefault(address, set()).update(rule.methods or ())
    yield from sorted(found.items())


def test_every_address_is_closed_to_strangers(lab: WebLab) -> None:
    stranger, closed = lab.client(None), 0
    for address, methods in addresses(lab.app):
        for method in methods & set(METHODS):
            answer = stranger.open(address, method=method)
            if address == "/api/v1/session/link":  # where one comes in
                continue
            if address.startswith("/api/") or answer.status_code == 401:
                if "html" not in (answer.content_type or ""):
                    problem_in(answer, 401)
                closed += 1
    assert closed > 40
    open_, led_away = set(), set()
    for address, methods in addresses(lab.app):
        answer = stranger.get(address) if "GET" in methods else None
        if answer is None or answer.status_code in (401, 404):
            continue
        (led_away if answer.status_code == 302 else open_).add(address)
        assert answer.status_code != 302 or answer.headers["Location"].startswith("/sign-in?")
    assert open_ == {"/sign-in", "/health", "/health/live", "/health/ready"}
    run = "/runs/20261121-221001-0001"
    assert led_away >= {"/", "/new", run, f"{run}/verdicts"}
    assert not any(address.startswith("/api/") for address in led_away)


def test_every_address_refuses_other_methods(lab: WebLab) -> None:
    client = lab.client("root")
    for address, _ in addresses(lab.app):
        # another rule may have the same address, for another method
        methods = set(lab.app.url_map.bind("localhost").allowed_methods(address))
        for method in set(METHODS) - methods:
            answer = client.open(address, method=method)
            problem_in(answer, 405)
            assert set(answer.headers["Allow"].split(", ")) == methods


def test_every_address_refuses_a_body_that_is_no_json(lab: WebLab) -> None:
    client, refused = lab.client("root"), 0
    document = body(client.get("/api/v1/openapi.json"))
    for address, methods in addresses(lab.app):
        for method in methods & set(METHODS):
            rule, _ = lab.app.url_map.bind("localhost").match(address, method, return_rule=True)
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            operation = document["paths"].get(path, {}).get(method.lower(), {})
            if "application/json" not in operation.get("requestBody", {}).get("content", {}):
                continue
            refused += 1
            problem_in(client.open(address, method=method, data="x=1"), 415)
            for nonsense in (b"", b"{", b'{"a": NaN}', b"\xff", b"[]", b'"{}"', b'{"a":"\\ud800"}'):
                answer = client.open(
                    address, method=method, data=nonsense, content_type="application/json"
                )
                problem_in(answer, 400)
            answer = client.open(address, method=method, json={"no_such_key": 1})
            found = problem_in(answer, 422)
            places = [each["place"] for each in found["errors"]]  # type: ignore[attr-defined]
            assert "body.no_such_key" in places
    assert refused > 8


def test_every_list_refuses_a_parameter_that_it_does_not_know(lab: WebLab) -> None:
    client = lab.client("root")
    for address in ("/api/v1/runs", "/api/v1/audit", "/api/v1/tokens"):
        found = problem_in(client.get(f"{address}?no_such=1"), 422)
        assert found["errors"] == [
            {"place": "query.no_such", "message": "is not known here", "hint": ""}
        ]


def test_who_goes_away_at_the_handshake_is_no_defect(
    lab: WebLab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")

    monkeypatch.setattr("flask_sock.Server", gone)
    with caplog.at_level("DEBUG", logger="control.web.problems"):
        asked = lab.client().get(
            "/ws/runs/none", headers={"Connection": "Upgrade", "Upgrade": "websocket"}
        )
    assert asked.status_code == 400
    assert [each.levelname for each in caplog.records] == ["DEBUG"]


def test_plain_errors_of_http_have_the_shape_too(lab: WebLab) -> None:
    client = lab.client()
    missing = problem_in(client.get("/no/such/page"), 404)
    assert missing["detail"] == "/no/such/page: there is no such address"
    other = "550e8400-e29b-41d4-a716-446655440000"  # an id of an older system
    for address in ("api/v1/runs/{}", "calibrate/{}/status", "workflows/jobs/{}/"):
        found = problem_in(client.get(f"/{address.format(other)}"), 404)
        assert found["detail"] == f"there is no run {other}"
        assert "like 20261121-" in found["hint"]
    problem_in(client.get("/api/v1/runs/20261121-221005-3f9a"), 404)
    run = body(client.get("/api/v1/runs"))
    assert run["total"] == 0  # bob's is not hers
    log = "/api/v1/runs/20261121-221001-0001/log"
    problem_in(client.get(log), 403)
    answer = lab.client("bob").get(log, headers={"Range": "bytes=999999-"})
    problem_in(answer, 416)
    assert answer.headers["Content-Range"].startswith("bytes */")


def sent(lab: WebLab, user: str, address: str, size: int) -> TestResponse:
    """The answer to so many bytes that are no JSON in the end."""
    return lab.client(user).post(address, data=b"[" * size, content_type="application/json")


@pytest.mark.parametrize(
    ("address", "most"),
    [
        *(("/api/v1/tokens", 2), ("/api/v1/configuration", 2), ("/api/v1/upload/aws", 2)),
        *(("/api/v1/runs", 20), ("/api/v1/runs/validate", 20), ("/api/v1/templates", 20)),
        ("/calibrate/realtime", 20),
    ],
)
def test_a_body_has_a_limit_that_is_told(lab: WebLab, address: str, most: int) -> None:
    found = problem_in(sent(lab, "ada", address, most * 1_000_000 + 1), 413)
    assert found["detail"] == f"the body is larger than {most} MB, the most here"
    problem_in(sent(lab, "ada", address, 500), 400)


def test_the_role_counts_before_anything_is_read(
    lab: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object, **__: object) -> bytes:
        raise AssertionError("the body is read")

    monkeypatch.setattr(StrictRequest, "get_data", read)
    for address in ("/api/v1/runs", "/calibrate/realtime", "/api/v1/upload/aws"):
        problem_in(sent(lab, "vera", address, 10), 403)
    monkeypatch.undo()
    problem_in(sent(lab, "ada", "/api/v1/runs", 10), 400)


def test_too_many_requests_say_when_to_come_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    lab = WebLab(tmp_path_factory.mktemp("few"), access={"requests_per_minute": 3})
    client = lab.client()
    answers = [client.get("/api/v1/session") for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    problem_in(answers[-1], 429)
    assert int(answers[-1].headers["Retry-After"]) >= 1
    json.loads(answers[0].get_data())
