"""The streaming service's clients, with the messages of its document (seeds/002)."""

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import chromium
import pytest
from live_service import close_code, say
from live_service import received as received_in
from waiting import poll
from web_lab import WHEN, WebLab, body
from websockets.sync.client import ClientConnection, connect
from werkzeug.serving import make_server

from control.events.journal import Draft, Journal, JournalFiles, draft
from control.record.message import MessageType
from control.record.run_dir import RunDir, State
from control.web import named_runs
from control.web import session as session_module
from control.web.documented import streaming
from engines.contract.errors import Unavailable

received = partial(received_in, seconds=30)
JOB = {"jobid": 1, "rule": "screen", "wildcards": {"sample": "Patient789_Day5"}, "attempt": 1}

# as they stand in the document; only host and token are put in
CONNECT = "const ws = new WebSocket('ws://localhost:8765');"
AUTH = """ws.send(JSON.stringify({
    type: 'auth',
    token: 'your-jwt-token'
}));"""
SUBSCRIBE = """ws.send(JSON.stringify({
    type: 'subscribe',
    job_id: 'job-123'
}));"""


class Service:
    """The lab on a real socket."""

    def __init__(self, lab: WebLab, port: int) -> None:
        self.lab, self.host = lab, f"localhost:{port}"

    def jwt(self, user: str = "ada") -> str:
        """As the document's clients have one."""
        return str(body(self.lab.client(user).post("/api/v1/session/jwt"))["jwt"])

    def connect(self, **options: Any) -> ClientConnection:
        """A client that has not said anything."""
        return connect(f"ws://{self.host}", max_size=None, proxy=None, legacy=True, **options)

    def client(self, user: str = "ada") -> ClientConnection:
        """One that has signed in."""
        made = self.connect()
        say(made, type="auth", token=self.jwt(user))
        assert received(made) == {"type": "auth_success", "user_id": user}
        return made

    def job(self, name: str, user: str = "ada") -> RunDir:
        """A run that waits, of one sample."""
        made = self.lab.run(State.QUEUED, user, name=name)
        made.samples.write_text("sample\tr1\tr2\nPatient789_Day5\ta\tb\n")
        return made

    def write(self, run: RunDir, *drafts: Draft, closed: bool = False) -> int:
        """Let something happen; gives the last sequence."""
        journal = Journal(JournalFiles.of(run, self.lab.state.journals), run.run_id)
        try:
            return journal.append(list(drafts), {}, closed=closed).sequence
        finally:
            journal.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    lab = WebLab(tmp_path_factory.mktemp("lab"))
    server = make_server("127.0.0.1", 0, lab.app, threaded=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield Service(lab, server.port)
    server.shutdown()
    server.server_close()
    lab.index.close()


def status(state: str, message: str = "") -> Draft:
    return draft(MessageType.STATUS, WHEN, {"status": state, "message": message})


def stage(words: str, percent: float) -> Draft:
    told = {"scope": "job", "stage": words, "progress": percent, **JOB}
    return draft(MessageType.PROGRESS, WHEN, told)


def line() -> Draft:
    return draft(MessageType.LOG, WHEN, {"line": "hello", "level": "info", "source": "job", **JOB})


def told(client: ClientConnection, type: str = "job_update") -> Any:
    """What the next update says."""
    message = received(client)
    assert message["type"] == type, message
    return message["data"]


def test_the_documents_javascript_follows_a_job(service: Service) -> None:
    run = service.job("job-123")
    service.write(run, status("running"), stage("Screening reads", 31.5))
    begin = CONNECT.replace("localhost:8765", service.host)
    signed = AUTH.replace("your-jwt-token", service.jwt())
    script = f"""() => {{
        {begin}
        window.messages = [];
        ws.onmessage = (event) => window.messages.push(JSON.parse(event.data));
        ws.onopen = () => {{
            {signed}
            {SUBSCRIBE}
        }};
    }}"""
    with chromium.launched() as browser:
        page = browser.new_page()
        page.evaluate(script)
        page.wait_for_function("window.messages.length === 2")
        service.write(run, stage("Calling genes and mutations", 60), status("completed"))
        page.wait_for_function("window.messages.length === 4")
        signed_in, standing, *updates = page.evaluate("window.messages")
    assert signed_in == {"type": "auth_success", "user_id": "ada"}
    assert standing["type"] == "status_update"
    assert standing["data"] == {
        "job_id": "job-123",
        "sample_id": "Patient789_Day5",
        "stage": "minimizer_screening",
        "progress": 0.315,
        "message": "Screening reads",
        "data": {"run_id": run.run_id},
        "timestamp": WHEN,
        "error_details": None,
        "sequence": 3,
    }
    assert [each["type"] for each in updates] == ["job_update", "job_update"]
    stages = [(each["data"]["stage"], each["data"]["progress"]) for each in updates]
    assert stages == [("mutation_calling", 0.6), ("completed", 1.0)]


def test_a_job_that_is_not_there_yet_is_awaited(service: Service) -> None:
    other = service.job("await-2")
    with service.client() as client:
        say(client, type="subscribe", job_id="await-123")
        say(client, type="ping")
        assert received(client) == {"type": "pong"}
        say(client, type="subscribe", job_id="await-2")
        assert told(client, "status_update")["job_id"] == "await-2"
        service.job("await-1234")  # another name
        run = service.job("await-123")
        standing = told(client, "status_update")
        assert standing["data"]["run_id"] == run.run_id
        assert (standing["job_id"], standing["stage"]) == ("await-123", "submitted")
        service.write(other, status("running"))
        assert told(client)["job_id"] == "await-2", "both are followed"


def test_nobody_waits_any_more_after_unsubscribing(service: Service) -> None:
    first, second = service.job("await-1"), service.job("await-2")
    with service.client() as client:
        for job_id in ("await-1", "await-2", "await-3"):
            say(client, type="subscribe", job_id=job_id)
        assert {told(client, "status_update")["job_id"] for _ in range(2)} == {"await-1", "await-2"}
        say(client, type="unsubscribe", job_id="await-1")
        say(client, type="unsubscribe", job_id="await-3")
        say(client, type="ping")
        assert received(client) == {"type": "pong"}, "and no other answer"
        service.job("await-3")
        say(client, type="subscribe", job_id="await-4")
        say(client, type="ping")
        assert received(client) == {"type": "pong"}
        service.job("await-4")
        assert told(client, "status_update")["job_id"] == "await-4", "and not the third"
        service.write(first, status("running"))
        service.write(second, status("running"))
        assert told(client)["job_id"] == "await-2"


def test_who_comes_back_is_told_what_they_missed(service: Service) -> None:
    run = service.job("job-123")
    service.write(run, status("running"), line(), stage("Abundance", 85), line())
    with service.client() as client:
        say(client, type="subscribe", job_id="job-123", since=2)
        assert told(client, "status_update")["data"]["status"] == "running"
        assert told(client)["stage"] == "em_quantification"
        say(client, type="subscribe", job_id="job-123", since=0)
        whole = [told(client) for _ in range(3)]
        assert [each["sequence"] for each in whole] == [1, 2, 4], "logs are no updates"
        service.write(run, stage("Writing results", 92))
        assert told(client)["progress"] == 0.92, "each came once"


def test_late_clients_hear_what_became_of_it(service: Service) -> None:
    run = service.job("job-123")
    cut = {"error_class": "permanent", "code": 65, "message": "cut off", "hint": "", **JOB}
    service.write(run, status("running"), stage("Screening reads", 40))
    service.write(run, draft(MessageType.ERROR, WHEN, cut), line())
    again = draft(MessageType.RULE, WHEN, {**JOB, "state": "retried"})
    service.write(run, again, draft(MessageType.ERROR, WHEN, cut))
    with service.client() as client:
        say(client, type="subscribe", job_id=run.run_id)
        standing = told(client, "status_update")
        assert (standing["job_id"], standing["stage"]) == (run.run_id, "retry_pending")
        assert standing["error_details"]["error_message"] == "cut off"
        service.write(run, status("failed", "1 job failed: screen"), line(), closed=True)
        end = told(client)
        assert (end["stage"], end["progress"], end["message"]) == (
            "failed",
            0.4,
            "1 job failed: screen",
        )
    with service.client() as client:
        say(client, type="subscribe", job_id="job-123")
        assert told(client, "status_update")["stage"] == "failed"
        say(client, type="ping")
        assert received(client) == {"type": "pong"}, "the socket stays"


def test_the_newest_of_a_name_that_one_may_see(service: Service) -> None:
    service.job("job-123")
    mine = service.job("job-123")
    foreign = service.job("job-123", "bob")
    with service.client() as client:
        say(client, type="subscribe", job_id="job-123")
        assert told(client, "status_update")["data"]["run_id"] == mine.run_id
        say(client, type="subscribe", job_id=foreign.run_id)
        refused = received(client)
        assert refused["type"] == "error" and "not your run" in refused["message"]
    with service.client("root") as client:
        say(client, type="subscribe", job_id="job-123")
        assert told(client, "status_update")["data"]["run_id"] == foreign.run_id


def test_a_deleted_run_is_an_error(service: Service) -> None:
    run = service.job("job-123")
    with service.client() as client:
        say(client, type="subscribe", job_id="job-123")
        told(client, "status_update")
        JournalFiles.of(run, service.lab.state.journals).state.unlink()
        assert received(client) == {"type": "error", "message": "the run was deleted"}


@pytest.mark.parametrize("token", ["nobody", "plb_nobody", 7, None])
def test_a_token_that_does_not_hold(service: Service, token: Any) -> None:
    with service.connect() as client:
        say(client, type="auth", token=token)
        assert received(client) == {"type": "auth_error", "message": "no valid token"}
        assert close_code(client) == 4001


def test_who_says_nothing_is_not_waited_for(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "SIGN_IN_SECONDS", 0.2)
    with service.connect() as client:
        assert received(client)["type"] == "auth_error"
        assert close_code(client) == 4001


def test_the_first_message_signs_in(service: Service) -> None:
    token = service.lab.tokens["ada"]  # where nothing else is said, a cookie or header counts
    with service.connect(additional_headers={"Authorization": f"Bearer {token}"}) as client:
        say(client, type="subscribe", job_id="job-123")
        assert received(client)["type"] == "error"
        client.send("{")
        assert received(client)["type"] == "error"
        say(client, type="auth", token=service.jwt("bob"))
        assert received(client) == {"type": "auth_success", "user_id": "bob"}
        for sent in ("{", "[]", '{"type":"dance"}', '{"type":"subscribe"}'):
            client.send(sent)
            assert received(client)["type"] == "error"
        say(client, type="subscribe", job_id="x" * 201)
        assert received(client) == {"type": "error", "message": "job_id: at most 200 characters"}


def test_many_awaited_jobs_have_their_turns(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named_runs, "MOST_LOOKS", 1)
    monkeypatch.setattr(named_runs, "MAX_STREAMS", 3)
    monkeypatch.setattr(named_runs, "LOOK_SECONDS", 0.02)
    with service.client() as client:
        for number in range(4):
            say(client, type="subscribe", job_id=f"turn-{number}")
        many = {"type": "error", "message": "more than 3 jobs: open another connection"}
        assert received(client) == many
        for number in (2, 1, 0):
            service.job(f"turn-{number}")
            assert told(client, "status_update")["job_id"] == f"turn-{number}"
        say(client, type="subscribe", job_id="turn-9")  # those that have come count, too
        poll(lambda: received(client) == many, 30)


def test_an_index_that_is_made_anew_is_waited_for(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.job("anew-1")
    asked = []

    def none_yet(name: str, *rest: Any) -> None:
        asked.append(name)
        raise Unavailable("the index is made anew")

    with service.client() as client, monkeypatch.context() as patched:
        patched.setattr(named_runs, "named", none_yet)
        say(client, type="subscribe", job_id="anew-1")
        poll(lambda: len(asked) > 1, 30)
        patched.undo()
        assert told(client, "status_update")["job_id"] == "anew-1"


def test_an_idle_client_is_pinged(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "HEARTBEAT_SECONDS", 0.05)
    pings = []
    with service.connect(ping_interval=None) as client:
        handle, ping = client.process_event, streaming.PING[0] & 15

        def seen(event: Any) -> None:
            if getattr(event, "opcode", None) == ping:
                pings.append(event)
            handle(event)

        client.process_event = seen  # type: ignore[method-assign]
        say(client, type="auth", token=service.jwt())
        assert received(client)["type"] == "auth_success"
        poll(lambda: len(pings) >= 3, 60)


def test_a_token_that_ends_ends_the_socket(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "HEARTBEAT_SECONDS", 0.05)
    with service.client("vera") as client:
        done = service.lab.client("root").patch("/api/v1/users/vera", json={"state": "disabled"})
        assert done.status_code == 200
        assert received(client)["type"] == "auth_error"
        assert close_code(client) == 4001


def test_the_page_at_the_same_address_is_still_there(service: Service) -> None:
    answer = service.lab.client("ada").get("/")
    assert answer.status_code == 200 and answer.mimetype == "text/html"
    assert service.lab.client(None).get("/").status_code == 302
