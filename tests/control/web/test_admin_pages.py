"""Users and the audit log on the page, without scripts: what admins see and do there."""

import re
from pathlib import Path

import pytest
from page_forms import browser_of, refused, sent, shown
from web_lab import WebLab, body

from control.access import database, users
from control.access.audit import Actor
from control.access.roles import Role
from control.web import auth
from control.web.pages import audit as audit_page

API = "/api/v1"


@pytest.fixture
def lab(tmp_path: Path) -> WebLab:
    return WebLab(tmp_path)


# -- users


def test_a_newcomer_is_let_in(lab: WebLab) -> None:
    root = lab.client("root")
    with database.connect(lab.state).write() as db:
        users.arrive(db, "nina", Actor("nina", "proxy"))
        users.arrive(db, "mallory", Actor("mallory", "proxy"))
    assert "Waiting to be let in" in shown(root, "/users")
    assert ">2<span" in shown(root, "/audit") and ">2<span" not in shown(lab.client(), "/")
    page = sent(root, "/users/nina", do="confirm", role="operator")
    assert "They may come in now" in page
    assert "They are refused" in sent(root, "/users/mallory", do="refuse")
    found = {user["name"]: user for user in body(root.get(f"{API}/users"))["items"]}
    assert (found["nina"]["state"], found["nina"]["role"]) == ("active", "operator")
    assert found["mallory"]["state"] == "disabled"
    assert "Waiting" not in shown(root, "/users")
    assert "let in again" not in shown(root, "/users/nina").lower()


def test_a_user_is_added_changed_and_shut_out(lab: WebLab) -> None:
    root = lab.client("root")
    page = sent(root, "/users", name="o'lga+x@lab.org".replace("'", ""), role="viewer")
    assert "User olga+x@lab.org" in page and "The user is added" in page
    place = "/users/olga+x@lab.org"
    assert 'value="admin" selected' in sent(root, place, do="role", role="admin")
    assert 'value="root"' in sent(root, place, do="account", os_user="root")
    assert 'name="os_user"' in sent(root, place, do="account", os_user="")
    assert refused(root, place, do="account", os_user="no-such-account")[0] == 400
    answer = root.post(f"{place}/link")
    (link,) = re.findall(r'value="http://localhost(/sign-in/link/[^"]+)"', answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Sign in as olga+x@lab.org" in shown(lab.client(None), link)
    browser = browser_of(lab, "olga+x@lab.org")
    assert "signed out" in sent(root, place, do="sign-out")
    assert browser.get(f"{API}/session").status_code == 401
    assert lab.client(None).get(link).status_code == 401
    assert "shut out" in sent(root, place, do="disable")
    assert refused(root, f"{place}/link")[0] == 403
    assert "come in again" in sent(root, place, do="enable")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": "ada", "role": "viewer"}, 409),
        ({"name": "ü", "role": "viewer"}, 400),
        ({"name": "x", "role": "god"}, 400),
        ({"name": "", "role": "viewer"}, 400),
    ],
)
def test_a_user_that_cannot_be_is_refused(lab: WebLab, fields: dict[str, str], status: int) -> None:
    answer = lab.client("root").post("/users", data=fields)
    assert answer.status_code == status
    assert f'value="{fields["name"]}"' in answer.get_data(as_text=True)


def test_the_last_admin_stays(lab: WebLab) -> None:
    root = lab.client("root")
    assert refused(root, "/users/root", do="disable")[0] == 409
    assert refused(root, "/users/root", do="role", role=Role.VIEWER.value)[0] == 409
    assert root.get("/users/nobody").status_code == 404


# -- the audit log


def test_the_audit_log_is_searched(lab: WebLab) -> None:
    root = lab.client("root")
    sent(root, "/users", name="eve", role="viewer")
    root.post(f"{API}/tokens", json={"name": "</td><script>alert(1)</script>"})
    raw = root.get("/audit").get_data(as_text=True)
    assert "<script>" not in raw and "&lt;/td&gt;&lt;script&gt;" in raw
    rows = re.findall(r"<tr>.*?</tr>", shown(root, "/audit?action=user.&target=eve"), re.S)[1:]
    assert [re.findall(r"action=([\w.]+)", row) for row in rows] == [["user.add"]]
    assert "Nothing is like that" in shown(root, "/audit?actor=nobody")
    assert "Nothing is like that" in shown(root, "/audit?until=2020-01-01")
    today = body(root.get(f"{API}/audit?limit=1"))["items"][0]["at"][:10]
    found = shown(root, f"/audit?since={today}&until={today}&actor=root")
    assert "user.add" in found  # the last day belongs to it
    (export,) = re.findall(r'href="([^"]*/audit/export[^"]*csv[^"]*)"', found)
    table = root.get(export).get_data(as_text=True)
    assert table.startswith("id,at,actor") and "user.add" in table
    wrong = shown(root, "/audit?since=yesterday")
    assert "yesterday: is no day" in wrong and "user.add" in wrong


def test_a_long_audit_log_has_pages(lab: WebLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_page, "SHOWN", 2)
    root = lab.client("root")
    for name in ("eve", "eva", "eli"):
        sent(root, "/users", name=name, role="viewer")
    address, seen = "/audit?action=user.add&actor=root", []
    while address:
        page = shown(root, address)
        seen += re.findall(r'<a href="[^"]*target=(\w+)"', page)
        address = "".join(re.findall(r'href="([^"]*before=[^"]*)"', page))
    assert seen == ["eli", "eva", "eve"]


def test_every_action_is_in_a_group() -> None:
    code = "".join(path.read_text() for path in Path(auth.__file__).parents[1].rglob("*.py"))
    actions = re.findall(r'(?:note|record)\(\s*(?:\w+, )*"(\w+\.)\w+"', code)
    assert len(set(actions)) > 5
    assert set(actions) <= set(audit_page.ACTIONS)
