"""The pages about people without scripts: what they show, what their forms do, and to whom."""

import re
from pathlib import Path

import pytest
from page_forms import browser_of, refused, sent, shown
from web_lab import WHEN, WebLab, body

from control.access import database
from control.notify import deliveries, inbox
from control.notify.deliveries import Message, Recipient
from control.notify.events import Event
from control.web import auth
from control.web.pages import inbox as inbox_page
from control.web.pages.agents import browser_name

API = "/api/v1"
RUN = "20261121-221005-3f9a"
OURS = {"Origin": "http://localhost"}


@pytest.fixture
def lab(tmp_path: Path) -> WebLab:
    return WebLab(tmp_path)


def tell(lab: WebLab, user: str, *kinds: Event) -> None:
    """Put notifications into somebody's inbox."""
    with database.connect(lab.state).write() as db:
        for number, kind in enumerate(kinds, 1):
            body = f"Run x ({RUN}) {kind}.\n<b>why</b>\nhttps://p.org/runs/{RUN}"
            inbox.add(db, user, Message(RUN, number, kind, f"Plumbline: x {kind}", body), WHEN)


# -- who gets to see what


@pytest.mark.parametrize("page", ["/account", "/notifications", "/users", "/users/ada", "/audit"])
def test_a_stranger_is_led_to_the_sign_in(lab: WebLab, page: str) -> None:
    stranger = lab.client(None)
    assert stranger.get(page).headers["Location"] == f"/sign-in?next={page}"


@pytest.mark.parametrize(
    ("form", "home"),
    [
        ("/account/tokens", "/account"),
        ("/account/tokens/0123456789ab/revoke", "/account"),
        ("/account/addresses", "/account"),
        ("/account/addresses/1", "/account"),
        ("/account/addresses/1/remove", "/account"),
        ("/account/addresses/1/test", "/account"),
        ("/account/browsers/0123456789ab/end", "/account"),
        ("/notifications", "/notifications"),
        ("/users", "/users"),
        ("/users/ada", "/users"),
        ("/users/ada/link", "/users"),
        ("/users/ada/tokens/0123456789ab/revoke", "/users"),
    ],
)
def test_the_forms_of_a_stranger_do_nothing(lab: WebLab, form: str, home: str) -> None:
    answer = lab.client(None).post(form, data={"name": "x", "do": "disable"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sign-in?next={home}")
    foreign = browser_of(lab, "root").post(form, headers={"Origin": "https://evil.org"})
    assert foreign.status_code == 403
    if home == "/users":
        assert lab.client("ada").post(form, data={"do": "disable"}).status_code == 403
    assert "disabled" not in shown(lab.client("root"), "/users")


@pytest.mark.parametrize("page", ["/users", "/users/ada", "/audit"])
def test_only_admins_see_users_and_the_audit_log(lab: WebLab, page: str) -> None:
    assert lab.client("ada").get(page).status_code == 403
    assert lab.client("root").get(page).status_code == 200


@pytest.mark.parametrize(
    ("who", "entries"),
    [
        ("vera", ["Runs"]),
        ("ada", ["Runs", "New run"]),
        ("root", ["Runs", "New run", "Users", "Audit log"]),
    ],
)
def test_the_frame_leads_where_one_may_go(lab: WebLab, who: str, entries: list[str]) -> None:
    text = shown(lab.client(who), "/")
    (nav,) = re.findall(r"<nav .*?</nav>", text, re.S)
    assert re.findall(r">([^<\n]+)</a>", nav) == entries
    assert re.findall(r'aria-current="page">([^<]+)<', nav) == ["Runs"]
    assert 'href="#main"' in text and '<main id="main"' in text


def test_a_page_is_shown_also_while_the_unread_cannot_be_counted(
    lab: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(lab, "ada", Event.FAILED)
    assert "<span>1</span>" in shown(lab.client(), "/new")

    def fail(*_: object) -> int:
        raise auth.Transient("the database is busy")

    monkeypatch.setattr(inbox, "unread", fail)
    assert "<span>0</span>" in shown(lab.client(), "/new")


def test_nobody_signed_in_has_no_navigation(lab: WebLab) -> None:
    text = lab.client(None).get("/sign-in").get_data(as_text=True)
    assert "<nav" not in text and 'id="bell"' not in text


# -- tokens


def test_a_token_is_made_shown_once_and_revoked(lab: WebLab) -> None:
    client = lab.client()
    answer = client.post(
        "/account/tokens", data={"name": "n<i>ghtly", "role": "viewer", "days": "7"}
    )
    text = answer.get_data(as_text=True)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    (token,) = re.findall(r'value="(plb_[^"]+)"', text)
    made = lab.app.test_client()
    held = body(made.get(f"{API}/session", headers={"Authorization": f"Bearer {token}"}))
    assert (held["user"], held["role"]) == ("ada", "viewer")
    assert "n&lt;i&gt;ghtly" in text
    page = shown(client, "/account")
    assert token not in page
    (revoke,) = re.findall(rf'action="([^"]*{token[4:16]}[^"]*)"', page)
    assert "The token is revoked" in sent(client, revoke)
    gone = made.get(f"{API}/session", headers={"Authorization": f"Bearer {token}"})
    assert gone.status_code == 401


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"name": "  ", "days": "7"}, 400, "the token has no name"),
        ({"name": ""}, 400, "name: "),
        (
            {"name": "x", "role": "admin", "days": "7"},
            403,
            "you have the role operator here, less than admin",
        ),
        ({"name": "x", "role": "god"}, 400, "role: "),
        ({"name": "x", "days": "-1"}, 400, "days: "),
    ],
)
def test_a_token_that_cannot_be_is_refused(
    lab: WebLab, fields: dict[str, str], status: int, said: str
) -> None:
    got, text = refused(lab.client(), "/account/tokens", **fields)
    assert (got, text.startswith(said)) == (status, True), text


def test_somebody_elses_token_is_not_revoked(lab: WebLab) -> None:
    (token, *_) = body(lab.client("bob").get(f"{API}/tokens"))["items"]
    status, said = refused(lab.client(), f"/account/tokens/{token['id']}/revoke")
    assert (status, "there is none" in said or "none with this id" in said) == (404, True)
    page = sent(lab.client("root"), f"/users/bob/tokens/{token['id']}/revoke")
    assert "1 revoked or expired" in page
    assert lab.client("bob").get(f"{API}/session").status_code == 401


def test_the_address_of_a_form_leads_to_its_page(lab: WebLab) -> None:
    root = lab.client("root")
    assert root.get("/account/tokens").headers["Location"] == "/account"
    assert root.get("/users/ada/link").headers["Location"] == "/users/ada"


# -- browsers


def test_a_browser_is_signed_out_from_another(lab: WebLab) -> None:
    phone = browser_of(lab, "ada", "Mozilla/5.0 (iPhone; …) Safari/604.1")
    desk = browser_of(lab, "ada", "Mozilla/5.0 (X11; Linux) Gecko Firefox/150.0")
    page = shown(desk, "/account")
    assert page.count("Safari on iPhone") == 2  # the row, and what its button is called
    (this,) = re.findall(r"<th[^>]*><span[^>]*>([^<]*)</span> <strong>\(this one\)", page)
    assert this == "Firefox on Linux"
    (end,) = re.findall(r'action="(/account/browsers/[^"]*)"', page)
    answer = desk.post(end, headers=OURS)
    assert answer.headers["Location"] == "/account?did=browser-ended#browsers"
    assert phone.get(f"{API}/session").status_code == 401
    status, _ = refused(lab.client("bob"), end)
    assert status == 404


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/140 Safari/537 Edg/140",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605", "Safari on Mac"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit Chrome/140 Safari/537", "Chrome on Android"),
        ("Firefox/1", "Firefox"),
        ("curl/8", "curl/8"),
        ("", "unknown"),
    ],
)
def test_browsers_are_called_what_people_call_them(agent: str, name: str) -> None:
    assert browser_name(agent) == name


# -- addresses


def test_an_address_is_added_changed_and_removed(lab: WebLab) -> None:
    client = lab.client()
    given = {"address": "jsons://h.example/s3cret", "name": "l<a>b", "events": ["failed"]}
    page = sent(client, "/account/addresses", **given)
    assert "The address is added" in page and "s3cret" not in page
    (channel,) = body(client.get(f"{API}/notifications/channels"))["items"]
    assert (channel["name"], channel["events"]) == ("l<a>b", ["failed"])
    place = f"/account/addresses/{channel['id']}"
    assert "kept" in sent(client, place, name="lab", events=["completed", "failed"])
    assert refused(client, place, name="lab")[0] == 400
    assert refused(lab.client("bob"), place, name="lab", events=["failed"])[0] == 404
    (channel,) = body(client.get(f"{API}/notifications/channels"))["items"]
    assert (channel["name"], channel["events"]) == ("lab", ["completed", "failed"])
    status, said = refused(client, "/account/addresses", **given)
    assert (status, "already" in said) == (409, True)
    assert "is removed" in sent(client, f"{place}/remove")
    assert body(client.get(f"{API}/notifications/channels"))["items"] == []


def test_what_was_typed_comes_back_with_the_reason(lab: WebLab) -> None:
    typed = {"address": "nothing", "name": "my lab", "events": ["completed"]}
    answer = lab.client().post("/account/addresses", data=typed)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'value="nothing"' in text and 'value="my lab"' in text
    assert re.findall(r'value="(\w+)" checked', text) == ["completed"]


def test_what_was_sent_is_listed_a_part_at_a_time(lab: WebLab) -> None:
    with database.connect(lab.state).write() as db:
        for number in range(1, 13):
            about = Message(RUN, number, Event.FAILED, f"Plumbline: run {number}.", "why")
            deliveries.add(db, Recipient("c", "mail to me", None, "ada"), about, 1_700_000_000)
        one = deliveries.listing(db, "ada", limit=1)[0]
        deliveries.give_up(db, one, "nobody <b>there</b>", 1_700_000_000)
    raw = lab.client().get("/account").get_data(as_text=True)
    assert "nobody &lt;b&gt;there" in raw
    first = shown(lab.client(), "/account")
    assert re.findall(r">run (\d+)\.<", first) == [str(n) for n in range(12, 2, -1)]
    (earlier,) = re.findall(r'href="(/account\?before=[^"]*)"', first)
    assert re.findall(r">run (\d+)\.<", shown(lab.client(), earlier)) == ["2", "1"]
    assert "What was sent" not in shown(lab.client("bob"), "/account")


# -- the inbox


def test_the_inbox_shows_what_happened_and_marks_it(lab: WebLab) -> None:
    tell(lab, "ada", Event.COMPLETED, Event.FAILED, Event.DEAD_LETTER)
    client = lab.client()
    page = client.get("/notifications").get_data(as_text=True)
    lines = re.findall(r'<li class="unread".*?</li>', page, re.S)
    words = [re.findall(r'class="state \w+">([^<]*)<', line)[0] for line in lines]
    assert words == ["job given up", "failed", "completed"]
    assert '<p class="told">&lt;b&gt;why&lt;/b&gt;</p>' in lines[0]  # not title and link again
    assert f'href="/runs/{RUN}">x failed</a>' in lines[1]
    numbers = re.findall(r'data-id="(\d+)"', page)
    assert len(re.findall('class="unread"', sent(client, "/notifications", id=numbers[1]))) == 2
    tell(lab, "ada", *[Event.CANCELLED] * 4)  # one more, which the page that is sent has not shown
    left = sent(client, "/notifications", last=numbers[0], show="unread")
    assert re.findall(r"state \w+\">([^<]*)<", left) == ["cancelled"] * 4
    assert "Nothing yet" in shown(lab.client("bob"), "/notifications")
    sent(lab.client("bob"), "/notifications", last="999999")
    assert "<span>4</span>" in shown(client, "/notifications")


def test_a_long_inbox_has_pages(lab: WebLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_page, "SHOWN", 2)
    tell(lab, "ada", Event.COMPLETED, Event.FAILED, Event.CANCELLED)
    first = shown(lab.client(), "/notifications")
    (earlier,) = re.findall(r'href="([^"]*before=[^"]*)"', first)
    rest = shown(lab.client(), earlier)
    assert re.findall(r"state (\w+)\"", first + rest) == ["cancelled", "failed", "completed"]
    assert "Newest" in rest and "Mark all" not in rest
