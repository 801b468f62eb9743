"""Errors as pages where a browser asks for one, and as JSON for everybody else."""

import re
from pathlib import Path

import pytest
from flask import Response
from web_lab import WebLab

from control.web import auth
from engines.contract.errors import Unavailable

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    made = WebLab(tmp_path_factory.mktemp("lab"))

    def away() -> Response:
        raise Unavailable("<b>the scheduler</b> is not there", hint="ask again")

    def broken() -> Response:
        raise ZeroDivisionError("secret")

    for view in (away, broken):
        made.app.add_url_rule(f"/{view.__name__}", view.__name__, auth.public(view))
    return made


def page_of(
    lab: WebLab, address: str, user: str | None = "ada", method: str = "GET"
) -> tuple[int, str]:
    answer = lab.client(user).open(address, method=method, headers=BROWSER)
    assert answer.content_type == "text/html; charset=utf-8"
    assert "Accept" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    text = answer.get_data(as_text=True)
    assert f"Error {answer.status_code}" in text
    assert len(re.findall("<h1>", text)) == 1
    return answer.status_code, text


def test_somebody_elses_run(lab: WebLab) -> None:
    run = lab.run(user="bob")
    for address in (f"/runs/{run.run_id}", f"/api/v1/runs/{run.run_id}/log"):
        status, text = page_of(lab, address)
        assert status == 403
        assert f"Run {run.run_id}: not yours" in text
        assert "Ask its owner, or an admin" in text
        assert "All runs" in text
        assert lab.client("bob").get(address, headers=BROWSER).status_code == 200


@pytest.mark.parametrize(
    "address", ["/no/such", "/runs/x", "/runs/20200101-000000-0000", "/api/v1/x"]
)
def test_what_is_not_there(lab: WebLab, address: str) -> None:
    status, text = page_of(lab, address)
    assert status == 404
    assert "openapi" not in text
    assert page_of(lab, "/no/such", None)[0] == 404
    assert "All runs" not in page_of(lab, "/no/such", None)[1]


def test_who_is_not_signed_in_is_led_there_and_back(lab: WebLab) -> None:
    status, text = page_of(lab, "/api/v1/runs?state=failed", None)
    assert status == 401
    assert "Bearer" not in text
    assert 'href="/sign-in?next=/api/v1/runs?state%3Dfailed"' in text


def test_it_may_go_better_later(lab: WebLab) -> None:
    status, text = page_of(lab, "/away?x=1")
    assert status == 503
    assert "&lt;b&gt;the scheduler&lt;/b&gt; is not there" in text
    assert "in 5 seconds" in text
    assert 'href="/away?x=1">Try again' in text


def test_a_defect_is_told_by_its_number_only(lab: WebLab) -> None:
    status, text = page_of(lab, "/broken")
    assert status == 500
    assert re.search(r"under [0-9a-f]{12}", text)
    assert "secret" not in text


def test_a_wrong_method_offers_no_second_try(lab: WebLab) -> None:
    status, text = page_of(lab, "/sign-in", method="DELETE")
    assert status == 405
    assert "Try again" not in text


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/csv", "text/html;q=0.1, */*", ""]
)
def test_programs_get_json(lab: WebLab, accept: str) -> None:
    answer = lab.client().get("/no/such", headers={"Accept": accept})
    assert answer.content_type == "application/problem+json"
    assert answer.get_json(force=True)["status"] == 404


def test_too_many_requests(tmp_path_factory: pytest.TempPathFactory) -> None:
    lab = WebLab(tmp_path_factory.mktemp("few"), access={"requests_per_minute": 1})
    lab.client().get("/api/v1/session")
    status, text = page_of(lab, "/")
    assert status == 429
    assert re.search(r"in \d+ seconds", text)


def test_where_no_page_can_be_made_there_is_json(
    lab: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise RuntimeError("no template")

    monkeypatch.setattr("control.web.error_pages.render_template", fail)
    answer = lab.client().get("/no/such", headers=BROWSER)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("//evil.example/x", "/evil.example/x?a=%20b"),
        ("/\\evil.example", "/%5Cevil.example?a=%20b"),
        ("/é", "/%C3%A9?a=%20b"),
    ],
)
def test_try_again_leads_nowhere_else(tmp_path: Path, path: str, link: str) -> None:
    lab = WebLab(tmp_path, access={"requests_per_minute": 1})
    client = lab.client()
    given = path.encode().decode("latin-1")  # as WSGI has it
    for _ in range(2):
        answer = client.get("/?a=%20b", headers=BROWSER, environ_overrides={"PATH_INFO": given})
    assert answer.status_code == 429
    links = re.findall('href="([^"]*)">Try again', answer.get_data(as_text=True))
    assert links == [link]
