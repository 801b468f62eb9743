"""Notifications and the addresses for them over the API."""

from pathlib import Path

import pytest
from receiver import Receiver
from web_lab import WHEN, WebLab, body

from control.access import database
from control.notify import deliveries, inbox, trial
from control.notify.deliveries import Message, Recipient
from control.notify.events import Event

API = "/api/v1/notifications"
RUN = "20261121-221005-3f9a"


@pytest.fixture
def lab(tmp_path: Path) -> WebLab:
    return WebLab(tmp_path, notifications={"allow_private_hosts": True})


def tell(lab: WebLab, user: str, count: int) -> None:
    """Put notifications into somebody's inbox."""
    with database.connect(lab.state).write() as db:
        for number in range(1, count + 1):
            inbox.add(db, user, Message(RUN, number, Event.FAILED, f"number {number}", "why"), WHEN)


def test_notifications_are_listed_and_marked(lab: WebLab) -> None:
    tell(lab, "ada", 3)
    tell(lab, "bob", 1)
    client = lab.client()
    page = body(client.get(f"{API}?limit=2"))
    assert (page["unread"], [each["title"] for each in page["items"]]) == (
        3,
        ["number 3", "number 2"],
    )
    assert [each["title"] for each in body(client.get(page["next"]))["items"]] == ["number 1"]
    newest = page["items"][0]["id"]
    assert body(client.post(f"{API}/read", json={"ids": [newest]})) == {"marked": 1}
    left = body(client.get(f"{API}?unread_only=true"))
    assert [each["title"] for each in left["items"]] == ["number 2", "number 1"]
    assert body(client.post(f"{API}/read", json={})) == {"marked": 2}
    assert body(client.get(API))["unread"] == 0
    assert body(lab.client("bob").get(API))["unread"] == 1


def test_an_address_is_added_shown_without_its_secret_and_removed(lab: WebLab) -> None:
    client = lab.client()
    address = "jsons://ada:hunter2@hooks.example.org/secret-path"
    made = client.post(f"{API}/channels", json={"address": address, "name": "lab"})
    assert made.status_code == 201, made.get_data()
    found = body(client.get(made.headers["Location"]))
    assert found["events"] == ["failed", "interrupted", "dead_letter"]
    everything = client.get(f"{API}/channels").get_data(as_text=True) + str(found)
    assert "hunter2" not in everything
    assert "secret-path" not in everything
    assert lab.client("bob").get(made.headers["Location"]).status_code == 404
    assert lab.client("bob").delete(made.headers["Location"]).status_code == 404
    again = client.post(f"{API}/channels", json={"address": address})
    assert again.status_code == 409
    assert client.delete(made.headers["Location"]).status_code == 204
    assert body(client.get(f"{API}/channels"))["items"] == []
    entries = body(lab.client("root").get("/api/v1/audit?action=channel."))["items"]
    assert [each["action"] for each in entries] == ["channel.remove", "channel.add"]
    assert "hunter2" not in str(entries)


def test_a_channel_for_one_run_is_for_a_run_that_one_may_see(lab: WebLab) -> None:
    bobs, own = lab.run(user="bob"), lab.run()
    asked = {"address": "jsons://hooks.example.org/x", "events": ["completed"]}
    client = lab.client()
    foreign = client.post(f"{API}/channels", json={**asked, "run_id": bobs.run_id})
    assert foreign.status_code == 403
    made = body(client.post(f"{API}/channels", json={**asked, "run_id": own.run_id}))
    assert (made["run_id"], made["events"]) == (own.run_id, ["completed"])


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"address": "nothing"}, 400),
        ({"address": "file:///etc/passwd"}, 400),
        ({"address": "syslog://"}, 403),
        ({"address": "jsons://h.example/x", "events": []}, 422),
        ({"address": "jsons://h.example/x", "events": ["exploded"]}, 422),
        ({"address": "jsons://h.example/x", "name": "x" * 101}, 422),
        ({}, 422),
    ],
)
def test_an_address_that_cannot_be_is_refused(
    lab: WebLab, content: dict[str, object], status: int
) -> None:
    assert lab.client().post(f"{API}/channels", json=content).status_code == status


def test_what_was_sent_where_can_be_seen(lab: WebLab) -> None:
    own = body(lab.client().post(f"{API}/channels", json={"address": "jsons://h.example/x"}))
    about = Message(RUN, 7, Event.FAILED, "a run failed", "why")
    with database.connect(lab.state).write() as db:
        for who in (Recipient("c", own["shown"], own["id"], "ada"), Recipient("s", "mail to us")):
            deliveries.add(db, who, about, 1_700_000_000)
    (sent,) = body(lab.client().get(f"{API}/deliveries"))["items"]
    assert (sent["to"], sent["run_id"], sent["state"], sent["tries"]) == (
        *(own["shown"], RUN, "waiting"),
        0,
    )
    assert sent["created"] == "2023-11-14T22:13:20.000Z"
    assert body(lab.client("bob").get(f"{API}/deliveries"))["items"] == []
    assert lab.client().get(f"{API}/deliveries?all_users=true").status_code == 403
    everybodys = body(lab.client("root").get(f"{API}/deliveries?all_users=true&limit=1"))
    assert [each["to"] for each in everybodys["items"]] == ["mail to us"]
    assert body(lab.client("root").get(everybodys["next"]))["items"] == [sent]


def test_an_address_hears_of_other_events_under_another_name(lab: WebLab) -> None:
    client = lab.client()
    made = client.post(f"{API}/channels", json={"address": "jsons://h.example/x", "name": "lab"})
    place = made.headers["Location"]
    changed = body(client.patch(place, json={"events": ["completed", "failed"]}))
    assert (changed["name"], changed["events"]) == ("lab", ["completed", "failed"])
    changed = body(client.patch(place, json={"name": ""}))
    assert (changed["name"], changed["events"]) == ("", ["completed", "failed"])
    assert body(client.get(place)) == changed
    assert client.patch(place, json={"events": []}).status_code == 422
    assert client.patch(place, json={"address": "jsons://h.example/y"}).status_code == 422
    assert lab.client("bob").patch(place, json={"name": "mine"}).status_code == 404


def test_an_address_is_tried_out(lab: WebLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_allowances", trial.Allowances(2))
    client = lab.client()
    with Receiver() as receiver:
        made = client.post(f"{API}/channels", json={"address": receiver.address()})
        place = made.headers["Location"] + "/test"
        assert lab.client("bob").post(place).status_code == 404
        assert body(client.post(place)) == {"taken": True, "error": ""}
        (heard,) = receiver.bodies
        assert (heard["title"], "ada asked" in heard["message"]) == ("Plumbline: a test", True)
        receiver.down = True
        tried = body(client.post(place))
        assert (tried["taken"], "503" in tried["error"]) == (False, True)
        assert "s3cret" not in tried["error"]
        refused = client.post(place)
        assert (refused.status_code, refused.headers["Retry-After"].isdigit()) == (429, True)
    entries = body(lab.client("root").get("/api/v1/audit?action=channel.test"))["items"]
    assert [each["detail"].partition(": ")[2][:5] for each in entries] == [
        tried["error"][:5],
        "taken",
    ]


def test_no_test_reaches_into_the_network(tmp_path: Path) -> None:
    lab = WebLab(tmp_path)
    with Receiver() as receiver:
        with database.connect(lab.state).write() as db:  # from before it was forbidden
            db.execute(
                "INSERT INTO channels (user, name, address, shown, events, created)"
                " VALUES ('ada', '', ?, 'x', 'failed', '')",
                (receiver.address(),),
            )
        tried = body(lab.client().post(f"{API}/channels/1/test"))
        assert (tried["taken"], "inside the network" in tried["error"]) == (False, True)
        assert receiver.bodies == []
