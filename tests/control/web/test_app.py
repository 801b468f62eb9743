"""The app as a whole: its document, its headers, its pages, its place below a prefix."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from web_lab import WebLab, body

from control.record.run_dir import State


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    made = WebLab(tmp_path_factory.mktemp("lab"))
    made.run(State.FAILED, name="<script>alert(1)</script>", why="1 of 2 <b>jobs</b> failed")
    made.run(State.RUNNING, "bob", name="bobs")
    return made


def test_the_document_is_valid_and_names_every_route(lab: WebLab) -> None:
    document = body(lab.client().get("/api/v1/openapi.json"))
    assert document["openapi"] == "3.1.0"
    validate(document)
    documented = {(path, method) for path, item in document["paths"].items() for method in item}
    there = set()
    for rule in lab.app.url_map.iter_rules():
        if not is_for_people(rule.endpoint):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            there |= {(path, method.lower()) for method in methods}
    assert documented == there
    for address in ("/api/v1/runs", "/health", "/metrics", "/ws", "/ws/runs/{run_id}"):
        assert (address, "get") in there


def is_for_people(endpoint: str) -> bool:
    """Pages and what they load, and the document itself."""
    return endpoint.split(".")[0] in ("pages", "sign_in", "static", "charts", "openapi")


def test_sockets_are_described_as_what_opens_them(lab: WebLab) -> None:
    paths = body(lab.client().get("/api/v1/openapi.json"))["paths"]
    one, many = paths["/ws/runs/{run_id}"]["get"], paths["/ws"]["get"]
    assert [each["name"] for each in one["parameters"]] == ["run_id", "since", "coalesce", "token"]
    assert [each["name"] for each in many["parameters"]] == ["token"]
    assert "101" in one["responses"] and one["security"] == many["security"]
    sockets = {rule.rule for rule in lab.app.url_map.iter_rules() if rule.websocket}
    for path in sockets:
        operation = paths[re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)]["get"]
        assert operation["tags"] == ["sockets"] and "101" in operation["responses"]


def test_every_operation_is_described_and_says_what_it_refuses(lab: WebLab) -> None:
    document = body(lab.client().get("/api/v1/openapi.json"))
    names, are_open = [], set()
    for path, item in document["paths"].items():
        for operation in item.values():
            names.append(operation["operationId"])
            assert operation["summary"], path
            assert "<br" not in operation.get("description", "")
            assert "application/problem+json" in operation["responses"]["4XX"]["content"]
            are_open |= set() if operation.get("security") else {path}
    assert are_open == OPEN
    assert len(names) == len(set(names))


OPEN = {"/", "/api/v1/session/link", "/health", "/health/live", "/health/ready"}
"""Without a credential in the request."""


def test_every_answer_carries_the_headers(lab: WebLab) -> None:
    client = lab.client()
    addresses = [
        "/",
        "/sign-in",
        "/health/live",
        "/api/v1/runs",
        "/no/such",
        "/static/plumbline.css",
    ]
    for address in addresses:
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        kept = ("no-store", "no-cache")  # what has an ETag may be kept, and is asked for
        assert headers["Cache-Control"].endswith(kept)


class _Page(HTMLParser):
    """What a page loads and links to, and what of it a strict policy would not let through."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        found = [named[key] or "" for key in ("href", "src", "action") if key in named]
        self.links += [link for link in found if not link.startswith("#")]
        if tag == "style" or "style" in named or (tag == "script" and "src" not in named):
            self.inline.append(tag)
        self.inline += [name for name in named if name.startswith("on")]


def pages_of(lab: WebLab, prefix: str = "") -> dict[str, Any]:
    """Every page, by its address."""
    (run, *_) = body(lab.client().get(f"{prefix}/api/v1/runs"))["items"]
    client = lab.client()
    found = {
        address: client.get(prefix + address)
        for address in ("/", "/new", "/compare", "/?state=failed&text=x", f"/runs/{run['run_id']}")
    }
    return found | {"/sign-in": lab.client(None).get(f"{prefix}/sign-in")}


def test_pages_keep_to_the_policy_and_show_names_as_text(lab: WebLab) -> None:
    for address, answer in pages_of(lab).items():
        text = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert _Page(text).inline == [], address
        assert "<script>" not in text
        assert "<b>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages_of(lab)["/"].get_data(as_text=True)


def test_everything_that_a_page_names_is_there(lab: WebLab) -> None:
    client, seen = lab.client(), 0
    for answer in pages_of(lab).values():
        for link in _Page(answer.get_data(as_text=True)).links:
            assert link.startswith("/"), link
            method = "POST" if link == "/sign-out" else "GET"
            assert client.open(link, method=method).status_code in (200, 302, 303), link
            seen += 1
    assert seen > 15


def test_the_start_page_shows_ones_runs_and_finds_some_of_them(lab: WebLab) -> None:
    own = lab.client().get("/").get_data(as_text=True)
    assert _total(own) == "1 run"
    assert "1 of 2" in own
    assert "bobs" not in own
    assert _total(lab.client("root").get("/").get_data(as_text=True)) == "2 runs"
    assert _total(lab.client().get("/?state=queued").get_data(as_text=True)) == "0 runs"
    assert _total(lab.client("vera").get("/").get_data(as_text=True)) == "0 runs"
    assert (
        lab.client().get("/?state=nonsense&sort=size&limit=0&text=" + 300 * "x").status_code == 200
    )


def _total(text: str) -> str:
    return re.findall(r'data-part="total">([^<]*)<', text)[0]


def test_a_run_has_a_page_for_links_in_mails(lab: WebLab) -> None:
    (run,) = body(lab.client().get("/api/v1/runs"))["items"]
    page = lab.client().get(f"/runs/{run['run_id']}").get_data(as_text=True)
    assert "B is empty" in page
    assert run["links"]["report"] in page
    assert lab.client("bob").get(f"/runs/{run['run_id']}").status_code == 403
    assert lab.client().get("/runs/20200101-000000-0000").status_code == 404
    stranger = lab.client(None).get(f"/runs/{run['run_id']}")
    assert stranger.status_code == 302
    assert stranger.headers["Location"] == f"/sign-in?next=/runs/{run['run_id']}"


def test_a_stranger_is_led_to_the_sign_in_and_nowhere_else(lab: WebLab) -> None:
    asked = lab.client(None).get("/?state=failed")
    assert asked.headers["Location"] == "/sign-in?next=/%3Fstate%3Dfailed"
    known = lab.client().get("/sign-in?next=/%3Fstate%3Dfailed")
    assert (known.status_code, known.headers["Location"]) == (302, "/?state=failed")
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert lab.client().get(f"/sign-in?next={elsewhere}").headers["Location"] == "/"


def test_somebody_who_may_not_come_in_is_told_why(tmp_path: Path) -> None:
    proxy = {"header": "X-Remote-User", "trusted": ["127.0.0.1"]}
    lab = WebLab(tmp_path, access={"proxy_header": proxy})
    page = lab.client(None).get("/sign-in", headers={"X-Remote-User": "nina"})
    assert "waits to be confirmed" in page.get_data(as_text=True)


def test_a_provider_has_a_button(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    oidc = {"issuer": "https://idp.example.org", "client_id": "p", "client_secret_file": secret}
    lab = WebLab(tmp_path / "lab", access={"oidc": {**oidc, "name": "the <Institute>"}})
    page = lab.client(None).get("/sign-in?next=/runs/x").get_data(as_text=True)
    assert "Sign in with the &lt;Institute&gt;" in page
    assert 'href="/sign-in/oidc?next=/runs/x"' in page


@pytest.mark.parametrize("cut_off", [False, True])
def test_everything_works_below_a_prefix(tmp_path: Path, cut_off: bool) -> None:
    lab = WebLab(tmp_path, base_path="/lab/plumbline")
    made = lab.run(State.COMPLETED)
    prefix = "/lab/plumbline"
    asked = "" if cut_off else prefix  # some proxies cut it off, some pass it on
    client = lab.client()
    run = body(client.get(f"{asked}/api/v1/runs/{made.run_id}"))
    assert run["links"]["self"] == f"{prefix}/api/v1/runs/{made.run_id}"
    assert run["links"]["socket"] == f"{prefix}/ws/runs/{made.run_id}"
    assert client.get(run["links"]["log"]).status_code == 200
    document = body(client.get(f"{asked}/api/v1/openapi.json"))
    assert document["servers"] == [{"url": prefix}]
    problem = body(client.get(f"{asked}/no/such"))
    assert problem["instance"] == f"{prefix}/no/such"
    answer = client.post(f"{asked}/api/v1/tokens", json={"name": "x"})
    assert answer.headers["Location"].startswith(f"{prefix}/api/v1/tokens/")
    for page in pages_of(lab, asked).values():
        for link in _Page(page.get_data(as_text=True)).links:
            assert link.startswith(prefix + "/"), link
    assert (
        lab.client(None).get(f"{asked}/").headers["Location"] == f"{prefix}/sign-in?next={prefix}/"
    )


def test_a_page_is_looked_up_with_its_ending_slash_too(lab: WebLab) -> None:
    assert lab.client().get("/api/v1/runs/").status_code == 200
    assert lab.client().get("/api/v1//runs").status_code == 404


def test_the_app_loads_nothing_that_only_a_run_or_a_mail_needs() -> None:
    code = "import sys, control.web.app; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"snakemake", "pandas", "apprise", "pysam", "numpy", "boto3", "altair", "prometheus"}
    assert not heavy & set(loaded)
    assert "flask" in loaded
