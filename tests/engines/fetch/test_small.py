"""Small objects take the lane; what is not the straight case takes the ordinary way."""

import hashlib
import itertools
import os
import random
import signal
import threading

import pytest
from fetch_lab import PART
from range_store import Fault
from waiting import poll

from engines.contract.errors import CannotWrite, NotPermitted, Transient
from engines.fetch import publish
from engines.fetch.file import File
from engines.fetch.items import Access, Item, Manner
from engines.fetch.names import STATE
from engines.fetch.part import Part
from engines.fetch.remote import Remote
from engines.fetch.s3 import S3
from engines.fetch.small import is_small
from engines.fetch.transfer import Transfer

COUNT = 40
NAMES = [f"/bucket/run/{number:02}.csv" for number in range(COUNT)]
CONTENT = {name: random.Random(name).randbytes(3000) for name in NAMES}


@pytest.fixture
def many(lab):
    for name, content in CONTENT.items():
        lab.store.put(name, content)
    return lab


@pytest.fixture
def lane_only(monkeypatch):
    """No worker may be needed."""
    monkeypatch.setattr(Transfer, "_work", lambda _: pytest.fail("a worker was started"))


@pytest.fixture
def workers(monkeypatch):
    """The files that went the ordinary way."""
    seen, open_ = [], Transfer._open
    monkeypatch.setattr(
        Transfer, "_open", lambda self, file: seen.append(file.item.name) or open_(self, file)
    )
    return seen


def until(condition):
    poll(condition, 60, every=0.002)


def all_here(lab):
    return all(lab.read(name[-6:]) == content for name, content in CONTENT.items())


def test_many_come_verified_each_asked_for_once(many, lane_only):
    data = many.fetch("s3://bucket/run/")
    assert all_here(many)
    assert {tuple(row["verified"]) for row in data["files"]} == {("md5 (the ETag)",)}
    assert all(len(many.store.requests(name)) == 1 for name in NAMES)
    assert data["totals"]["bytes_moved"] == COUNT * 3000
    again = many.fetch("s3://bucket/run/")
    assert again["totals"]["here_already"] == COUNT
    assert all(len(many.store.requests(name)) == 1 for name in NAMES)


def test_what_each_request_says(many, lane_only):
    many.fetch("s3://bucket/run/", access=Access(requester_pays=True))
    [request] = many.store.requests(NAMES[0])
    assert request.headers["if-match"] == f'"{hashlib.md5(CONTENT[NAMES[0]]).hexdigest()}"'
    assert request.headers["x-amz-request-payer"] == "requester"
    assert request.headers["x-amz-checksum-mode"] == "ENABLED"
    assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=me/")
    assert request.headers["accept-encoding"] == "identity"


def test_credentials_that_renew_themselves_are_asked_for_each_request(many, monkeypatch):
    from botocore.credentials import ReadOnlyCredentials

    count = itertools.count()

    class Renewed:
        @staticmethod
        def get_frozen_credentials():
            return ReadOnlyCredentials(f"key{next(count)}", "secret", "token")

    monkeypatch.setattr(S3, "credentials", Renewed)
    many.fetch("s3://bucket/run/", manner=Manner(connections=1))
    keys = {many.store.requests(n)[0].headers["authorization"].split("/")[0] for n in NAMES}
    assert len(keys) == COUNT


@pytest.mark.parametrize("connections", [1, 7])
def test_a_broken_connection_ends_the_lane_and_all_come(many, workers, connections):
    many.store.fail(NAMES[5], Fault(cut=100))
    many.fetch("s3://bucket/run/", manner=Manner(connections=connections))
    assert all_here(many)
    assert workers
    assert len(many.waits) == 1


def test_a_server_that_closes_after_each_answer(many, lane_only):
    for name in NAMES:
        many.store.fail(name, Fault(headers={"Connection": "close"}))
    many.fetch("s3://bucket/run/")
    assert all_here(many)


def test_one_that_is_gone_or_changes_does_not_end_the_lane(many, workers):
    many.store.fail(NAMES[3], Fault(412, "PreconditionFailed"))
    many.fetch("s3://bucket/run/", manner=Manner(connections=1))
    assert all_here(many)
    assert workers == ["03.csv"] * 2  # to see that it changed, and anew


def test_wrong_bytes_are_fetched_once_more(many, workers, capsys):
    many.store.fail(NAMES[3], Fault(flip=7))
    many.fetch("s3://bucket/run/")
    assert all_here(many)
    assert workers == ["03.csv"]
    assert "03.csv: md5 is" in capsys.readouterr().err


def test_a_refusal_is_told_once(many, workers):
    many.store.fail(NAMES[2], *[Fault(403, "InvalidAccessKeyId")] * 2)
    with pytest.raises(NotPermitted, match="credentials are wrong"):
        many.fetch("s3://bucket/run/", manner=Manner(connections=1))
    assert len(many.store.requests(NAMES[2])) == 1


def test_a_busy_store_is_left_alone_from_the_first_refusal_on(many, workers):
    many.store.fail(NAMES[2], Fault(503, "SlowDown", headers={"Retry-After": "7"}))
    many.fetch("s3://bucket/run/", manner=Manner(connections=1))
    assert many.waits == [7]
    assert workers[0] == "02.csv"
    assert all_here(many)


def test_no_place_for_one_of_them(many):
    (many.into / "03.csv").mkdir(parents=True)
    with pytest.raises(CannotWrite, match=r"03.csv: is there already"):
        many.fetch("s3://bucket/run/")


def test_a_store_that_is_gone_after_the_listing(many, monkeypatch):
    monkeypatch.setattr(Remote, "plain_request", lambda *_: many.store.close() or b"GET /\r\n\r\n")
    with pytest.raises(Transient):
        many.fetch("s3://bucket/run/")


def test_through_a_proxy_they_go_the_ordinary_way(many, workers, monkeypatch):
    monkeypatch.setenv("http_proxy", many.store.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    many.fetch("s3://bucket/run/", access=Access(endpoint="http://store.invalid"))
    assert all_here(many)
    assert len(workers) == COUNT


def test_which_are_small(tmp_path):
    def small(item, **manner):
        return is_small(File(item, tmp_path, Part(tmp_path / "p"), Manner(**manner)))

    assert small(Item("s3://b/k", "k", 1 << 20, '"e"'))
    assert not small(Item("s3://b/k", "k", (1 << 20) + 1, '"e"'))
    assert not small(Item("s3://b/k", "k", PART + 1, '"e"'), part_size=PART)
    assert not small(Item("s3://b/k", "k", None, '"e"'))
    assert not small(Item("s3://b/k", "k", 5, '"e-1"'))
    assert not small(Item("s3://b/k", "k", 5, '"e\r\nX: y"'))
    assert not small(Item("s3://b/k", "k", 5, '"e"', sidecar="s3://b/k.md5"))
    assert not small(Item("https://h/k", "k", 5, '"e"'))
    assert not small(Item("s3://b/k", "k", 5, '"e"'), limit=1000)


def test_a_file_that_another_process_has_is_waited_for(many, capsys):
    path = many.into / STATE / "parts" / "03.csv.part"
    part = Part(path)
    assert part.take()
    fetching = threading.Thread(target=many.fetch, args=("s3://bucket/run/",))
    fetching.start()
    until(lambda: len(list(many.into.glob("*.csv"))) == COUNT - 1)
    part.release()
    fetching.join()
    assert all_here(many)
    assert "03.csv: another process is fetching it" in capsys.readouterr().err


def test_killed_at_any_point_nothing_that_was_whole_is_lost(many):
    chance = random.Random(3)
    many.store.rate = 60_000
    here: list[str] = []
    for _ in range(int(os.environ.get("PLUMBLINE_KILLS", "3"))):
        process = many.start("s3://bucket/run/", "--connections", "3")
        wanted = min(len(here) + chance.randrange(1, 8), COUNT)
        until(lambda n=wanted: len(list(many.into.glob("*.csv"))) >= n)
        process.kill()
        process.communicate()
        here = [name for name in NAMES if (many.into / name[-6:]).exists()]
    assert all(many.read(name[-6:]) == CONTENT[name] for name in here)
    many.store.rate, before = None, dict(many.store.sent)
    data = many.fetch("s3://bucket/run/")
    assert all_here(many)
    assert data["totals"]["here_already"] == len(here)
    assert all(many.store.sent[name] == before[name] for name in here)


@pytest.mark.parametrize("step", [(Part, "publish"), (publish, "_sync_folder")])
def test_stopped_just_before_or_after_files_get_their_names(many, step, monkeypatch):
    """In place of a kill: from there on nothing more is done; some replace others."""

    def fail(*_):
        raise OSError("as if killed")

    many.fetch("s3://bucket/run/", include=("0?.csv",))
    for name in NAMES:
        many.store.put(name, CONTENT[name][::-1])
    with monkeypatch.context() as patch:
        patch.setattr(*step, fail)
        with pytest.raises(OSError, match="as if killed"):
            many.fetch("s3://bucket/run/")
    many.fetch("s3://bucket/run/")
    assert all(many.read(name[-6:]) == CONTENT[name][::-1] for name in NAMES)


def test_sigterm_ends_it_while_answers_are_awaited(many):
    go_on = threading.Event()
    many.store.fail(NAMES[20], Fault(before=lambda: go_on.wait(30) and None))
    process = many.start("s3://bucket/run/", "--connections", "1")
    until(lambda: many.store.requests(NAMES[20]))
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=180)
    go_on.set()
    assert process.returncode == 128 + signal.SIGTERM
    assert "what is here is kept" in err
    data = many.fetch("s3://bucket/run/")
    assert data["totals"]["here_already"] == 20
    assert all_here(many)
