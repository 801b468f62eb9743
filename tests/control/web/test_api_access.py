"""Session, tokens, users and the audit log over the API."""

import csv
import functools
import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from web_lab import WebLab, body

from control.access import audit

API = "/api/v1"


@pytest.fixture
def lab(tmp_path: Path) -> WebLab:
    return WebLab(tmp_path)


def bearer(lab: WebLab, token: str) -> FlaskClient:
    """A client with another token."""
    made = lab.app.test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return made


def signed_in(lab: WebLab, user: str) -> FlaskClient:
    """A browser that has opened a sign-in link of the user."""
    link = lab.client("root").post(f"{API}/users/{user}/links")
    path = body(link)["address"].partition("localhost")[2]
    browser = lab.app.test_client()
    answer = browser.post(path, headers={"Origin": "http://localhost"})
    assert answer.status_code == 303, answer.get_data()
    return browser


def test_the_session_tells_who_one_is(lab: WebLab) -> None:
    rights = {}
    for user in ("vera", "ada", "root"):
        found = body(lab.client(user).get(f"{API}/session"))
        assert (found["user"], found["via"]) == (user, "token")
        rights[user] = tuple(found["rights"].values())
    assert rights == {
        "vera": (False, False, False),
        "ada": (True, False, False),
        "root": (True, True, True),
    }


def test_a_jwt_is_as_good_as_what_it_came_from(lab: WebLab) -> None:
    made = lab.client().post(f"{API}/session/jwt")
    assert made.status_code == 201
    with_jwt = bearer(lab, body(made)["jwt"])
    assert body(with_jwt.get(f"{API}/session"))["via"] == "jwt"
    assert with_jwt.post(f"{API}/session/jwt").status_code == 403


def test_a_browser_signs_in_by_link_and_out(lab: WebLab) -> None:
    browser = signed_in(lab, "ada")
    assert body(browser.get(f"{API}/session"))["via"] == "session"
    (open_,) = body(browser.get(f"{API}/sessions"))["items"]
    assert open_["is_this"]
    refused = browser.delete(f"{API}/session", headers={"Origin": "http://evil.example"})
    assert refused.status_code == 403  # another site's page
    same = {"Sec-Fetch-Site": "same-origin"}
    assert browser.delete(f"{API}/session", headers=same).status_code == 204
    assert browser.get(f"{API}/session").status_code == 401


def test_a_browser_signs_in_by_link_over_the_api(lab: WebLab) -> None:
    made = body(lab.client("root").post(f"{API}/users/ada/links"))
    code = made["address"].rpartition("/")[2]
    browser, asked = lab.app.test_client(), {"code": code}
    foreign = {"Origin": "http://evil.example"}
    assert browser.post(f"{API}/session/link", json=asked, headers=foreign).status_code == 403
    assert browser.post(f"{API}/session/link", json=asked).status_code == 204
    assert body(browser.get(f"{API}/session"))["user"] == "ada"
    again = lab.app.test_client().post(f"{API}/session/link", json=asked)
    assert again.status_code == 401


def test_a_session_can_be_ended_from_elsewhere(lab: WebLab) -> None:
    browser = signed_in(lab, "ada")
    (open_,) = body(lab.client().get(f"{API}/sessions"))["items"]
    assert not open_["is_this"]
    address = f"{API}/sessions/{open_['id']}"
    assert lab.client("bob").delete(address).status_code == 404
    assert lab.client().delete(address).status_code == 204
    assert browser.get(f"{API}/session").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("POST", "/tokens", {"name": "x"}),
        ("POST", "/runs/delete", {"run_ids": ["20200101-000000-0000"]}),
        ("POST", "/notifications/read", {}),
        ("POST", "/tokens/000000000000/revoke", None),
        ("PATCH", "/users/ada", {"role": "admin"}),
        ("PUT", "/runs/20200101-000000-0000/keep", None),
    ],
)
def test_another_sites_page_changes_nothing(
    lab: WebLab, method: str, path: str, content: Any
) -> None:
    browser = signed_in(lab, "root")
    for origin in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        answer = browser.open(f"{API}{path}", method=method, json=content, headers=origin)
        assert answer.status_code == 403
    assert browser.get(f"{API}/session").status_code == 200


def test_a_token_is_shown_once_works_and_is_revoked(lab: WebLab) -> None:
    client = lab.client()
    made = client.post(f"{API}/tokens", json={"name": "cron", "role": "viewer", "days": 1})
    assert made.status_code == 201
    token, address = body(made)["token"], made.headers["Location"]
    assert body(bearer(lab, token).get(f"{API}/session"))["role"] == "viewer"
    listed = body(client.get(f"{API}/tokens"))["items"]
    assert {each["name"] for each in listed} == {"cron", "tests"}
    assert token not in client.get(f"{API}/tokens").get_data(as_text=True)
    assert body(client.get(address))["is_alive"]
    assert not body(client.post(f"{address}/revoke"))["is_alive"]
    assert bearer(lab, token).get(f"{API}/session").status_code == 401


def test_a_lesser_token_makes_no_greater_one(lab: WebLab) -> None:
    made = lab.client("root").post(f"{API}/tokens", json={"name": "look", "role": "viewer"})
    viewer = bearer(lab, body(made)["token"])
    refused = viewer.post(f"{API}/tokens", json={"name": "more", "role": "admin"})
    assert refused.status_code == 403
    made = viewer.post(f"{API}/tokens", json={"name": "as much"})
    again = bearer(lab, body(made)["token"])
    assert body(again.get(f"{API}/session"))["role"] == "viewer"
    assert again.get(f"{API}/users").status_code == 403


def test_a_jwt_makes_no_token_that_would_outlive_it(lab: WebLab) -> None:
    short = bearer(lab, body(lab.client("ada").post(f"{API}/session/jwt"))["jwt"])
    assert short.get(f"{API}/tokens").status_code == 200
    assert short.post(f"{API}/tokens", json={"name": "x", "days": None}).status_code == 403


def test_a_token_makes_none_that_would_outlive_it(lab: WebLab) -> None:
    short = bearer(lab, body(post_token(signed_in(lab, "ada"), days=1))["token"])
    for days in (2, None):
        refused = post_token(short, days=days)
        assert refused.status_code == 403
        assert "outlives" in body(refused)["detail"]
    assert post_token(short, days=0.5).status_code == 201


def post_token(client: FlaskClient, days: float | None) -> Any:
    """Make a token."""
    new = {"name": "script", "days": days}
    return client.post(f"{API}/tokens", json=new, headers={"Origin": "http://localhost"})


def test_tokens_are_their_owners_and_an_admins(lab: WebLab) -> None:
    made = lab.client("ada").post(f"{API}/tokens", json={"name": "cron"})
    address = made.headers["Location"]
    assert lab.client("bob").get(address).status_code == 404
    assert lab.client("bob").post(f"{address}/revoke").status_code == 404
    assert lab.client("bob").get(f"{API}/tokens?user=ada").status_code == 403
    found = body(lab.client("root").get(f"{API}/tokens?user=ada"))["items"]
    assert {each["user"] for each in found} == {"ada"}
    assert not body(lab.client("root").post(f"{address}/revoke"))["is_alive"]


@pytest.mark.parametrize("path", ["/users", "/users/ada", "/audit"])
def test_only_an_admin_sees_users_and_the_audit_log(lab: WebLab, path: str) -> None:
    assert lab.client("ada").get(f"{API}{path}").status_code == 403
    assert lab.client("root").get(f"{API}{path}").status_code == 200


def test_an_admin_adds_changes_and_disables_users(lab: WebLab) -> None:
    root = lab.client("root")
    made = root.post(f"{API}/users", json={"name": "eve", "role": "viewer"})
    assert (made.status_code, body(made)["state"]) == (201, "active")
    address = made.headers["Location"]
    assert root.post(f"{API}/users", json={"name": "eve", "role": "viewer"}).status_code == 409
    assert root.post(f"{API}/users", json={"name": "é", "role": "viewer"}).status_code == 400
    changed = body(root.patch(address, json={"role": "operator", "os_user": "root"}))
    assert (changed["role"], changed["os_user"]) == ("operator", "root")
    assert body(root.patch(address, json={"os_user": None}))["os_user"] is None
    assert body(root.patch(address, json={}))["role"] == "operator"
    assert root.patch(address, json={"os_user": "no_such_account"}).status_code == 400
    eve = signed_in(lab, "eve")
    assert body(root.patch(address, json={"state": "disabled"}))["state"] == "disabled"
    assert eve.get(f"{API}/session").status_code == 401
    assert body(root.patch(address, json={"state": "active"}))["state"] == "active"
    assert root.patch(f"{API}/users/nobody", json={"role": "viewer"}).status_code == 404


def test_a_newcomer_is_confirmed_with_a_role(tmp_path: Path) -> None:
    proxy = {"header": "X-Remote-User", "trusted": ["127.0.0.1"]}
    lab = WebLab(tmp_path, access={"proxy_header": proxy})
    newcomer = lab.client(None)
    newcomer.environ_base["HTTP_X_REMOTE_USER"] = "nina"
    waits = newcomer.get(f"{API}/session")
    assert waits.status_code == 403
    assert "waits to be confirmed" in body(waits)["detail"]
    root = lab.client("root")
    assert body(root.get(f"{API}/users"))["items"][0]["name"] == "nina"
    incomplete = root.patch(f"{API}/users/nina", json={"state": "active"})
    assert incomplete.status_code == 422
    root.patch(f"{API}/users/nina", json={"state": "active", "role": "operator"})
    assert body(newcomer.get(f"{API}/session"))["role"] == "operator"


def test_a_change_is_made_whole_or_not_at_all(lab: WebLab) -> None:
    root = lab.client("root")
    # the role can be changed, the account is none: nothing of it is kept
    both = {"role": "viewer", "os_user": "no_such_account"}
    assert root.patch(f"{API}/users/ada", json=both).status_code == 400
    assert body(root.get(f"{API}/users/ada"))["role"] == "operator"


def test_the_last_admin_stays(lab: WebLab) -> None:
    for change in ({"role": "viewer"}, {"state": "disabled"}):
        refused = lab.client("root").patch(f"{API}/users/root", json=change)
        assert refused.status_code == 409
        assert "last admin" in body(refused)["detail"]


def test_everything_is_in_the_audit_log(lab: WebLab) -> None:
    root = lab.client("root")
    root.post(f"{API}/users", json={"name": "eve", "role": "viewer"})
    made = body(root.post(f"{API}/tokens", json={"name": "cron"}))
    root.post(f"{API}/tokens/{made['id']}/revoke")
    root.post(f"{API}/users/eve/sign-out")
    page = body(root.get(f"{API}/audit?actor=root&limit=2"))
    newest = [(each["action"], each["target"]) for each in page["items"]]
    assert newest == [("user.sign_out", "eve"), ("token.revoke", made["id"])]
    older = body(root.get(page["next"]))["items"]
    assert [(each["action"], each["target"]) for each in older] == [
        ("token.create", made["id"]),
        ("user.add", "eve"),
    ]
    assert {each["via"] for each in older} == {"token"}
    only = body(root.get(f"{API}/audit?action=user.&target=eve"))["items"]
    assert {each["action"] for each in only} == {"user.sign_out", "user.add"}
    assert root.get(f"{API}/audit?cursor=x").status_code == 422


@pytest.mark.parametrize("kind", ["csv", "tsv", "json"])
def test_the_audit_log_is_exported_whole(
    lab: WebLab, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = lab.client("root")
    for number in range(7):
        token = {"name": f"=cmd {number}"}
        assert root.post(f"{API}/tokens", json=token).status_code == 201
    parts = functools.partial(audit.all_entries, at_once=3)
    monkeypatch.setattr(audit, "all_entries", parts)
    answer = root.get(f"{API}/audit/export?action=token.create&actor=root&format={kind}")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=audit.{kind}"
    listed = body(root.get(f"{API}/audit?action=token.create&actor=root"))["items"]
    assert len(listed) == 7 and listed[0]["detail"].startswith("=cmd 6")
    text = answer.get_data(as_text=True)
    if kind == "json":
        assert json.loads(text) == listed
    else:
        rows = list(csv.DictReader(io.StringIO(text), delimiter="," if kind == "csv" else "\t"))
        assert [row["id"] for row in rows] == [str(entry["id"]) for entry in listed]
        assert rows[0]["detail"] == "'" + listed[0]["detail"]
    assert root.get(f"{API}/audit/export?since=yesterday&format={kind}").status_code == 400
    assert lab.client("ada").get(f"{API}/audit/export").status_code == 403
