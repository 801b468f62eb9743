"""The QC section of a run's page: a form without scripts, from our own pages alone."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from verdict_lab import PASS, WARN, judge, verdict_file
from web_lab import WebLab, body

from control.access import sessions, users
from control.access.audit import Actor
from control.access.database import connect
from control.record.run_dir import RunDir

OURS = {"Origin": "http://localhost"}


@pytest.fixture
def lab(tmp_path: Path) -> WebLab:
    return WebLab(tmp_path)


class Forms(HTMLParser):
    """The forms of a page: the names and values of their fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.actions: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {key: value or "" for key, value in attrs}
        if tag == "form" and "verdict-form" in named.get("class", ""):
            self.found.append({})
            self.actions.append(named["action"])
        elif tag in ("input", "select", "textarea") and self.found and "name" in named:
            self.found[-1][named["name"]] = named.get("value", "")


def browser_of(lab: WebLab, user: str) -> Any:
    """A browser in which somebody is signed in."""
    with lab.app.app_context():
        from control.web import auth

        cookies = auth.authentication().cookies
    with connect(lab.state).write() as db:
        held = sessions.create(db, users.get(db, user), Actor(user, "link"), 12)
    client = lab.app.test_client()
    client.set_cookie(cookies.name, cookies.write(held))
    return client


def page_of(client: Any, run: RunDir, query: str = "") -> str:
    text: str = client.get(f"/runs/{run.run_id}{query}").get_data(as_text=True)
    return text


def test_a_run_without_qc_has_no_such_section(lab: WebLab) -> None:
    assert "Quality control" not in page_of(browser_of(lab, "ada"), lab.run())


def test_a_verdict_is_given_and_the_page_comes_again(lab: WebLab) -> None:
    run, browser = lab.run(), browser_of(lab, "ada")
    seen = judge(run, "S1", WARN)
    forms = Forms(page_of(browser, run))
    (fields,) = forms.found
    assert (fields["sample"], fields["sha256"], fields["supersedes"]) == ("S1", seen, "")
    fields |= {"verdict": "pass", "comment": "first line\r\nsecond <b>line</b>"}
    sent = browser.post(forms.actions[0], data=fields, headers=OURS)
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/runs/{run.run_id}#qc")
    text = page_of(browser, run)
    assert "by ada" in text
    assert "first line\nsecond &lt;b&gt;line&lt;/b&gt;" in text
    assert "out of date" not in text
    (fields,) = Forms(text).found
    assert fields["supersedes"] == "1"
    judge(run, "S1", PASS)
    assert "out of date" in page_of(browser, run)
    entries = body(lab.client("root").get("/api/v1/audit?action=verdict.give"))["items"]
    assert [(each["actor"], each["via"]) for each in entries] == [("ada", "session")]


def test_what_is_refused_comes_back_with_what_was_typed(lab: WebLab) -> None:
    run, browser = lab.run(), browser_of(lab, "ada")
    judge(run, "S1", WARN)
    forms = Forms(page_of(browser, run))
    (fields,), (action,) = forms.found, forms.actions
    refused = browser.post(action, data={**fields, "verdict": "pass"}, headers=OURS)
    assert refused.status_code == 422
    assert "takes a comment" in refused.text
    assert "<option selected>pass</option>" in refused.text
    refused = browser.post(action, data={**fields, "comment": "kept </textarea>"}, headers=OURS)
    assert refused.status_code == 400
    assert "choose a verdict" in refused.text
    assert "kept &lt;/textarea&gt;" in refused.text
    now = judge(run, "S1", WARN - 1)
    fields |= {"verdict": "pass", "comment": "typed with care"}
    refused = browser.post(action, data=fields, headers=OURS)
    assert refused.status_code == 409
    assert "another one than you looked at" in refused.text
    assert "19 is less than 30" in refused.text, "as it is now"
    (again,) = Forms(refused.text).found
    assert again["sha256"] == now
    assert "typed with care" in refused.text
    assert (
        browser.post(action, data={**again, **{"verdict": "fail"}}, headers=OURS).status_code == 303
    )


ODD = (
    {"supersedes": "x"},
    {"supersedes": "9" * 40},
    {"supersedes": "-1"},
    {"sample": "../../S1"},
    {"sample": "\x00"},
    {"sha256": ""},
    {"verdict": "<b>"},
    {"comment": "\x07"},
)


def test_odd_forms_are_refused(lab: WebLab) -> None:
    run, browser = lab.run(), browser_of(lab, "ada")
    judge(run, "S1")
    (fields,) = Forms(page_of(browser, run)).found
    for odd in ODD:
        sent = {**fields, "verdict": "pass", **odd}
        answer = browser.post(f"/runs/{run.run_id}/verdicts", data=sent, headers=OURS)
        assert answer.status_code in (400, 404, 409, 422), odd
        assert 'role="alert"' in answer.text
    assert body(lab.client().get("/api/v1/verdicts"))["items"] == []


def test_another_sites_page_cannot_sign(lab: WebLab) -> None:
    run, browser = lab.run(), browser_of(lab, "ada")
    judge(run, "S1")
    (fields,) = Forms(page_of(browser, run)).found
    fields["verdict"] = "pass"
    for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = browser.post(f"/runs/{run.run_id}/verdicts", data=fields, headers=headers)
        assert answer.status_code == 403
    assert body(lab.client().get("/api/v1/verdicts"))["items"] == []


def test_who_is_not_signed_in_goes_there_and_comes_back(lab: WebLab) -> None:
    run = lab.run()
    for method, code in (("GET", 302), ("POST", 303)):
        answer = lab.client(None).open(f"/runs/{run.run_id}/verdicts", method=method)
        assert answer.status_code == code
        assert answer.headers["Location"] == f"/sign-in?next=/runs/{run.run_id}"
    again = browser_of(lab, "ada").get(f"/runs/{run.run_id}/verdicts?after=S1")
    assert again.headers["Location"] == f"/runs/{run.run_id}?after=S1#qc"


def test_what_was_typed_outlives_the_session(lab: WebLab) -> None:
    run = lab.run()
    seen = judge(run, "S1", WARN)
    fields = {"sample": "S1", "sha256": seen, "verdict": "pass", "after": "S0"}
    sent = {**fields, "comment": "typed </textarea> with care"}
    stranger = lab.client(None)
    answer = stranger.post(f"/runs/{run.run_id}/verdicts", data=sent)
    assert answer.status_code == 401
    assert "typed &lt;/textarea&gt; with care" in answer.text
    assert f'href="/runs/{run.run_id}?after=S0"' in answer.text
    assert "typed" not in stranger.get("/sign-in").text
    assert body(lab.client().get("/api/v1/verdicts"))["items"] == []


def test_who_may_only_look_sees_no_form(lab: WebLab) -> None:
    run = lab.run(user="vera")
    judge(run, "S1")
    browser = browser_of(lab, "vera")
    text = page_of(browser, run)
    assert "Quality control" in text
    assert Forms(text).found == []
    sent = {"sample": "S1", "verdict": "pass", "sha256": judge(run, "S1")}
    answer = browser.post(f"/runs/{run.run_id}/verdicts", data=sent, headers=OURS)
    assert answer.status_code == 403


def test_names_and_texts_of_others_are_text(lab: WebLab) -> None:
    run, browser = lab.run(), browser_of(lab, "ada")
    sample = "\"><script>alert('1')<&amp;"
    judge(run, sample, WARN)
    verdict_file(run, "damaged").write_text('{"schema": "<script>"}')
    text = page_of(browser, run)
    assert "<script>" not in text  # the page's own have a source
    forms = Forms(text)
    (fields,) = forms.found  # none for the damaged one
    assert fields["sample"] == sample
    assert "damaged" in text
    fields |= {"verdict": "pass", "comment": "<img src=x onerror=alert(1)>"}
    assert browser.post(forms.actions[0], data=fields, headers=OURS).status_code == 303
    (fields,) = Forms(page_of(browser, run)).found
    fields |= {"verdict": "warn", "comment": "</textarea><script>alert(1)</script>"}
    assert browser.post(forms.actions[0], data=fields, headers=OURS).status_code == 303
    text = page_of(browser, run)
    assert "<img" not in text and "<script>" not in text
    (link,) = re.findall(r'href="([^"]*/verdicts\?[^"]*)"', text)
    listed = body(browser.get(link.replace("&amp;", "&")))["items"]
    assert [each["sample"] for each in listed] == [sample, sample]


def test_many_samples_come_page_by_page(lab: WebLab) -> None:
    run, browser = lab.run(), browser_of(lab, "ada")
    judge(run, "S000")
    content = verdict_file(run, "S000").read_text()
    for number in range(1, 60):
        name = f"S{number:03}"
        verdict_file(run, name).write_text(content.replace('"S000"', f'"{name}"'))
    text = page_of(browser, run)
    assert "60 samples, a part of them" in text
    assert len(Forms(text).found) == 50
    (more,) = re.findall(r'href="([^"]*after=S049[^"]*)"', text)
    text = browser.get(more).text
    assert [form["sample"] for form in Forms(text).found] == [f"S{n:03}" for n in range(50, 60)]
    forms = Forms(text)
    fields = {**forms.found[0], "verdict": "pass"}
    answer = browser.post(forms.actions[0], data=fields, headers=OURS)
    assert answer.headers["Location"] == f"/runs/{run.run_id}?after=S049#qc"


def test_below_a_prefix(tmp_path: Path) -> None:
    lab = WebLab(tmp_path, base_path="/plumbline")
    run, client = lab.run(), lab.client()
    judge(run, "S1")
    text = client.get(f"/plumbline/runs/{run.run_id}").text
    (action,) = Forms(text).actions
    assert action == f"/plumbline/runs/{run.run_id}/verdicts"
    (fields,) = Forms(text).found
    answer = client.post(action, data={**fields, "verdict": "pass"})
    assert answer.headers["Location"] == f"/plumbline/runs/{run.run_id}#qc"
    (link,) = re.findall(r'href="([^"]*/verdicts/export[^"]*)"', text)
    assert client.get(link).status_code == 200
