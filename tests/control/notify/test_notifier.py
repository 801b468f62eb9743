"""From what happens to a run to those who hear of it: once, the right ones, however late."""

import multiprocessing
import os
import signal
import time

import pytest

from control.notify import channels, deliveries, inbox
from control.notify.deliveries import GATHER_SECONDS, GIVE_UP_SECONDS
from control.notify.notifier import Notifier
from control.notify.service_addresses import problems_of


@pytest.mark.usefixtures("own_process")
def test_a_webhook_hears_of_a_failed_run_once(lab, receiver):
    lab.channel("bob", receiver.address())
    run = lab.run()
    lab.happens(run, "running")
    lab.happens(run, "failed", "2 jobs failed: align (sample=A)")
    for _ in range(3):
        lab.tick()
    (body,) = receiver.bodies
    assert body["title"] == "Plumbline: cohort 7 failed"
    assert body["message"].splitlines() == [
        f"Run cohort 7 ({run.run_id}) failed.",
        "2 jobs failed: align (sample=A)",
        f"https://plumbline.example.org/lab/runs/{run.run_id}",
    ]
    (delivery,) = lab.deliveries("bob")
    assert (delivery.state, delivery.error) == ("sent", "")


@pytest.mark.usefixtures("own_process")
def test_a_mail(lab, mail_sink):
    address = f"mailto://plumbline@127.0.0.1:{mail_sink.port}?to=bob@lab.example.org&from=p@x.org"
    assert lab.channel("bob", address).shown == "mail to bob@lab.example.org"
    run = lab.run()
    lab.happens(run, "completed")
    lab.tick()
    assert [each.state for each in lab.deliveries()] == ["sent"]
    (mail,) = mail_sink.mails
    assert "To: bob@lab.example.org" in mail
    assert "cohort 7 completed" in mail


def test_only_what_a_channel_wants(lab, receiver):
    lab.channel("bob", receiver.address(), "completed")
    first, second = lab.run(), lab.run()
    lab.happens(first, "failed")
    lab.happens(second, "completed")
    lab.tick()
    assert receiver.titles() == ["Plumbline: cohort 7 completed"]


def test_owners_hear_and_others_do_not(lab, receiver):
    for user in ("ada", "bob", "eve"):
        lab.channel(user, receiver.address(f"of-{user}"))
    lab.happens(lab.run("bob"), "failed")
    lab.happens(lab.run("eve"), "failed")  # who was disabled
    typed = lab.run("", name="")  # by ada's account
    lab.happens(typed, "failed")
    lab.tick()
    assert sorted(each.user for each in map(recipient, lab.deliveries())) == ["ada", "bob"]
    assert [each.run_id for each in lab.inbox("ada")] == [typed.run_id]
    assert lab.inbox("ada")[0].title == f"Plumbline: {typed.run_id} failed"
    assert len(lab.inbox("bob")) == 1


def recipient(delivery):
    return delivery.recipient


def test_a_channel_for_one_run(lab, receiver):
    wanted, other = lab.run("bob"), lab.run("bob")
    lab.channel("ada", receiver.address(), run_id=wanted.run_id)
    lab.happens(wanted, "completed")
    lab.happens(other, "completed")
    lab.tick()
    assert [each.message.run_id for each in lab.deliveries("ada")] == [wanted.run_id]


def test_the_same_address_twice_is_told_once(lab, receiver):
    run = lab.run("bob")
    lab.channel("bob", receiver.address())
    lab.channel("bob", receiver.address(), run_id=run.run_id)
    lab.happens(run, "completed")
    lab.tick()
    assert len(receiver.bodies) == 1


def test_what_was_before_is_nobodys_news(lab, receiver):
    run = lab.run()
    lab.happens(run, "failed")
    lab.pass_time(1)
    lab.channel("bob", receiver.address())
    lab.tick()
    assert receiver.bodies == []
    assert len(lab.inbox("bob")) == 1, "the service was there already"
    lab.happens(run, "completed")  # resumed
    lab.tick()
    assert receiver.titles() == ["Plumbline: cohort 7 completed"]


def test_runs_from_before_the_first_start_fill_no_inbox(lab):
    run = lab.run()
    lab.time -= 3600
    lab.happens(run, "failed")
    lab.time += 3600
    lab.tick()
    assert lab.inbox("bob") == []


def test_what_is_read_days_late_is_still_told(lab, receiver):
    """Ingest was down, or the run directory lay on a file system that was away."""
    lab.channel("bob", receiver.address())
    run = lab.run()
    lab.pass_time(3 * 86400)
    lab.tick()
    lab.time -= 2 * 86400
    lab.happens(run, "failed")
    lab.time += 2 * 86400
    lab.tick(100)
    assert receiver.titles() == ["Plumbline: cohort 7 failed"]


@pytest.mark.usefixtures("own_process")
def test_down_then_up(lab, receiver):
    lab.channel("bob", receiver.address())
    receiver.down = True
    lab.happens(lab.run(), "failed")
    lab.tick()
    (delivery,) = lab.deliveries()
    assert (delivery.state, delivery.tries) == ("waiting", 1)
    assert "error=503" in delivery.error
    lab.tick(10)
    assert lab.deliveries()[0].tries == 1, "not before half a minute"
    lab.tick(30)
    assert lab.deliveries()[0].tries == 2
    receiver.down = False
    lab.tick(61)
    assert lab.deliveries()[0].state == "sent"
    assert len(receiver.bodies) == 1


def test_down_for_a_day_is_given_up_and_recorded(lab, receiver):
    lab.channel("bob", receiver.address())
    receiver.down = True
    lab.happens(lab.run(), "failed")
    lab.tick()
    lab.tick(GIVE_UP_SECONDS / 2)
    assert lab.deliveries()[0].state == "waiting"
    lab.tick(GIVE_UP_SECONDS / 2)
    (delivery,) = lab.deliveries()
    assert delivery.state == "given up"
    assert "503" in delivery.error and delivery.ended
    receiver.down = False
    lab.tick(GIVE_UP_SECONDS)
    assert receiver.bodies == []


def test_a_dead_channel_does_not_keep_others_waiting(lab, receiver):
    lab.channel("bob", f"json://127.0.0.1:{free_port()}/x")
    lab.channel("bob", receiver.address())
    lab.happens(lab.run(), "failed")
    lab.tick()
    assert len(receiver.bodies) == 1
    assert sorted(each.state for each in lab.deliveries()) == ["sent", "waiting"]


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.usefixtures("own_process")
def test_a_server_that_never_answers_is_left(lab):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        lab.channel("bob", f"json://127.0.0.1:{silent.getsockname()[1]}/x?cto=600&rto=600")
        lab.happens(lab.run(), "failed")
        lab.pass_time(1)
        lab.new_notifier(seconds=1.5).tick()
    (delivery,) = lab.deliveries()
    assert (delivery.state, delivery.error) == ("waiting", "no answer within 1.5 s")


def test_dead_letters_of_one_run_are_gathered(lab, receiver):
    lab.channel("bob", receiver.address(), "dead_letter")
    run = lab.run()
    for number in range(25):
        lab.happens(run, "dead_letter", f"sample {number} is gone")
        lab.tick(0)
    assert receiver.bodies == []
    lab.tick(GATHER_SECONDS)
    (body,) = receiver.bodies
    assert body["title"] == "Plumbline: cohort 7 gave up a job (and 24 more)"
    assert body["message"].count(" is gone") == 21
    assert body["message"].endswith("… and 4 more")
    assert len(lab.inbox("bob")) == 25
    lab.happens(run, "dead_letter", "one more")
    lab.tick()
    lab.tick(GATHER_SECONDS)
    assert len(receiver.bodies) == 1, "the second is waited for twice as long"
    lab.tick(GATHER_SECONDS)
    assert len(receiver.bodies) == 2
    assert [each.state for each in lab.deliveries()].count("joined") == 24


def test_a_removed_channel_is_not_sent_to(lab, receiver):
    made = lab.channel("bob", receiver.address())
    receiver.down = True
    lab.happens(lab.run(), "failed")
    lab.tick()
    receiver.down = False
    with lab.database.write() as db:
        channels.remove(db, "bob", made.id)
    lab.tick(60)
    assert receiver.bodies == []
    (delivery,) = lab.deliveries("bob")
    assert (delivery.state, delivery.error) == ("given up", "the channel was removed")


def test_no_secret_leaves(lab, receiver):
    made = lab.channel("bob", receiver.address("very-secret-path"))
    assert "secret" not in made.shown
    receiver.down = True
    run = lab.run()
    lab.happens(run, "failed", "curl https://bob:hunter2@host/x?token=abcdef failed \x1b[31m")
    lab.tick()
    receiver.down = False
    lab.tick(60)
    message = receiver.bodies[0]["message"]
    assert "https://***@host/x?token=*** failed" in message
    assert "\x1b" not in message
    shown = repr(lab.deliveries()) + repr(lab.inbox("bob")) + repr(made)
    assert "very-secret" not in shown and "hunter2" not in shown


class TestServiceAddresses:
    """Those of the operator's file."""

    @pytest.fixture
    def file(self, tmp_path):
        return tmp_path / "addresses"

    @pytest.fixture
    def lab(self, tmp_path, file):
        from tests.control.notify.conftest import Lab

        file.write_text("# nobody yet\n")
        return Lab(tmp_path, addresses_file=file, allow_private_hosts=False)

    def test_they_hear_of_every_run(self, lab, file, receiver):
        file.write_text(f"\n# ours\n{receiver.address()}\n")
        lab.tick()
        lab.happens(lab.run("bob"), "failed")
        lab.happens(lab.run(""), "interrupted")
        lab.happens(lab.run("ada"), "completed")  # not among notifications.events
        lab.tick()
        assert len(receiver.bodies) == 2
        assert lab.deliveries("bob") == []
        assert {each.recipient.user for each in lab.deliveries()} == {None}

    def test_a_new_one_hears_nothing_of_the_past(self, lab, file, receiver):
        lab.happens(lab.run(), "failed")
        lab.tick()
        file.write_text(receiver.address())
        lab.tick()
        assert receiver.bodies == []

    def test_a_removed_one_is_not_sent_to(self, lab, file, receiver):
        file.write_text(receiver.address())
        lab.tick()
        receiver.down = True
        lab.happens(lab.run(), "failed")
        lab.tick()
        file.write_text("")
        receiver.down = False
        lab.tick(60)
        assert receiver.bodies == []
        assert lab.deliveries()[0].error == "its address was removed"

    def test_a_file_that_cannot_be_read_stops_nobody_else(self, lab, file, receiver, caplog):
        file.unlink()
        other = lab.channel("bob", receiver.address())
        lab.happens(lab.run(), "failed")
        for _ in range(3):
            lab.tick()
        assert inbox_size(lab, "bob") == 1
        assert other.id
        assert [record.levelname for record in caplog.records] == ["ERROR"], "said once"
        assert problems_of(file) == [f"{file}: No such file or directory"]

    def test_a_line_that_is_no_address_is_named_without_its_secret(self, lab, file):
        file.write_text("slakc://TOKEN/secret\njson://host/path\n")
        assert problems_of(file) == [f"{file}: address slakc://…: not one that Apprise knows"]
        lab.tick()
        lab.happens(lab.run(), "failed")
        lab.tick()
        shown = {each.recipient.shown for each in lab.deliveries()}
        assert shown == {"an address that Apprise does not know", "json://host/…"}


def inbox_size(lab, user: str) -> int:
    with lab.database.read() as db:
        return inbox.unread(db, user)


def test_an_inbox(lab):
    for number in range(3):
        lab.happens(lab.run(name=f"run {number}"), "completed")
    lab.tick()
    newest, middle, oldest = lab.inbox("bob")
    assert [each.title for each in (oldest, middle, newest)] == [
        f"Plumbline: run {number} completed" for number in range(3)
    ]
    with lab.database.write() as db:
        assert inbox.mark_read(db, "bob", [middle.id, 999]) == 1
        assert inbox.mark_read(db, "ada", [newest.id]) == 0, "not hers"
        assert inbox.unread(db, "bob") == 2
        assert inbox.listing(db, "bob", unread_only=True) == [newest, oldest]
        assert inbox.listing(db, "bob", before=newest.id, limit=1)[0].id == middle.id
        assert inbox.mark_read(db, "bob") == 2
        assert inbox.unread(db, "bob") == 0


def test_what_is_old_is_forgotten_while_the_service_runs(lab, receiver):
    lab.channel("bob", receiver.address())
    lab.happens(lab.run(), "failed")
    lab.tick()
    lab.tick(80 * 86400)
    assert len(lab.inbox("bob")) == len(lab.deliveries("bob")) == 1
    lab.tick(11 * 86400)
    assert lab.inbox("bob") == lab.deliveries("bob") == []


def test_counts_for_metrics(lab, receiver):
    lab.channel("bob", receiver.address())
    lab.happens(lab.run(), "failed")
    lab.tick()
    with lab.database.read() as db:
        assert deliveries.counts(db) == {"sent": 1}


def test_a_rebuilt_index_tells_nothing_twice(lab, receiver):
    from control.events.run_facts import RunFacts, run_dirs

    lab.channel("bob", receiver.address())
    lab.happens(lab.run(), "failed")
    lab.tick()
    facts = [RunFacts.of(each, lab.state.journals) for each in run_dirs([lab.folder / "runs"])]
    lab.index.rebuild(facts)
    lab.notifier = lab.new_notifier()
    lab.tick()
    assert len(receiver.bodies) == 1
    assert len(lab.inbox("bob")) == 1


def test_no_index_yet_is_no_error(tmp_path):
    from tests.control.notify.conftest import Lab

    lab = Lab(tmp_path)
    lab.state.index.unlink()
    lab.tick()


def _steward(lab_settings, time_now: float) -> None:
    notifier = Notifier(lab_settings, now=lambda: time_now, seconds=20)
    while True:
        notifier.tick()
        time.sleep(0.01)


@pytest.mark.usefixtures("own_process")
def test_killed_again_and_again_it_sends_everything_and_little_twice(lab, receiver):
    """A kill between the answer and its note sends again; at most what was on its way then."""
    lab.channel("bob", receiver.address())
    total, kills = 40, 4
    for number in range(total):
        lab.happens(lab.run(name=f"run {number}"), "completed")
    context = multiprocessing.get_context("spawn")
    deadline = time.monotonic() + 180
    for kill in range(1, kills + 1):
        steward = context.Process(target=_steward, args=(lab.settings, lab.time + 1))
        steward.start()
        while len(set(receiver.titles())) < kill * total // (kills + 1):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        assert steward.pid
        os.kill(steward.pid, signal.SIGKILL)
        steward.join()
    lab.notifier = lab.new_notifier()
    for _ in range(5):
        lab.tick()
    assert set(receiver.titles()) == {f"Plumbline: run {n} completed" for n in range(total)}
    assert {each.state for each in lab.deliveries()} == {"sent"}
    assert len(lab.deliveries()) <= total
    assert len(receiver.bodies) - total <= kills * 16
    assert len(lab.inbox("bob")) == total
