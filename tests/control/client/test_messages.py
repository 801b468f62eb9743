"""The messages of a run, sync and async: each once and in order, whatever breaks on the way."""

import asyncio
import json
import re
import subprocess
import sys
import threading
import time
from contextlib import aclosing

import pytest
from live_service import LiveService
from recorded_run import RecordedRun
from service import RealService, poll
from socket_proxy import SocketProxy

from control.client import AsyncClient, Client, EngineError, Refused, TimedOut, following
from control.web import connection as connection_module
from control.web.tally import tally


class Reading:
    """Follows a run in a thread.

    Attributes:
        got: what has come.
    """

    def __init__(self, kind: str, client: Client | AsyncClient, run_id: str, **more) -> None:
        self._client, self._asked = client, (run_id, more)
        self.got: list[dict] = []
        self._failed: list[BaseException] = []
        go = self._go if kind == "sync" else lambda: asyncio.run(self._go_async())
        self._thread = threading.Thread(target=self._guard, args=(go,), daemon=True)
        self._thread.start()

    def end(self) -> list[dict]:
        """Wait until it ends; gives what has come, each once."""
        self._thread.join(60)
        assert not self._thread.is_alive()
        if self._failed:
            raise self._failed[0]
        first = self._asked[1].get("since", 0) + 1
        assert sequences(self.got) == list(range(first, first + len(self.got)))
        return self.got

    def _guard(self, go) -> None:
        try:
            go()
        except BaseException as error:
            self._failed.append(error)

    def _go(self) -> None:
        for message in self._client.messages(self._asked[0], **self._asked[1]):
            self.got.append(message)

    async def _go_async(self) -> None:
        async for message in self._client.messages(self._asked[0], **self._asked[1]):
            self.got.append(message)


@pytest.fixture(params=["sync", "async"])
def kind(request) -> str:
    return request.param


@pytest.fixture
def read(kind):
    """Follow a run by one of the two; ``by`` says how the client is made."""

    def begin(run_id: str, *by: str, since: int = 0, timeout=None, **how) -> Reading:
        client = (Client if kind == "sync" else AsyncClient)(*by, **how)
        return Reading(kind, client, run_id, since=since, timeout=timeout)

    return begin


@pytest.fixture
def live(tmp_path, monkeypatch):
    with LiveService(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def working(recorded):
    made = recorded(1)
    made.job(1, "logs/1.log")
    work(made, 0, 50)
    return made


def work(made: RecordedRun, first: int, count: int) -> None:
    """The job of a run prints lines."""
    made.log("logs/1.log", "".join(f"line {n}\n" for n in range(first, first + count)))


def finish(made: RecordedRun) -> None:
    made.finish(1)
    made.end()


def sequences(messages) -> list[int]:
    return [message["sequence"] for message in messages]


def log_lines(messages) -> list[str]:
    return [each["data"]["line"] for each in messages if each["type"] == "log"]


def lines(count: int) -> list[str]:
    return [f"line {n}" for n in range(count)]


class TestFollowing:
    def test_to_the_end_and_from_the_middle(self, here, read, working):
        reading = read(working.run_id)
        poll(lambda: len(log_lines(reading.got)) == 50)
        work(working, 50, 50)
        finish(working)
        got = reading.end()
        assert log_lines(got) == lines(100)
        assert got[-1]["data"]["status"] == "completed"
        assert read(working.run_id, since=20).end() == got[20:]

    def test_behind_a_proxy_without_websockets(self, here, read, working):
        said: list[str] = []
        with SocketProxy(here.url, cut_after=0) as proxy:
            reading = read(working.run_id, proxy.url, here.token, say=said.append)
            poll(lambda: len(log_lines(reading.got)) == 50)
            work(working, 50, 5)
            finish(working)
            assert log_lines(reading.end()) == lines(55)
        assert proxy.refused == 1, "it is not tried again and again"
        assert said == ["no WebSocket (status 400); asking instead"]

    def test_connections_that_are_cut_off_anywhere(self, here, read, working, monkeypatch):
        monkeypatch.setattr(following, "FIRST_PAUSE", 0.001)
        monkeypatch.setattr(following, "COALESCE", 0)  # each message is a frame
        finish(working)
        with SocketProxy(here.url, cut_after=4000) as proxy:
            assert log_lines(read(working.run_id, proxy.url, here.token).end()) == lines(50)
        assert proxy.cut >= 3

    def test_not_in_time(self, here, read, working):
        reading = read(working.run_id, timeout=0.5)
        with pytest.raises(TimedOut, match=r"did not end within 0\.5 s") as caught:
            reading.end()
        assert caught.value.hint == f"go on with since={len(reading.got)}"

    def test_an_interrupted_run_ends_it_until_it_is_resumed(self, here, read, working):
        lived = working.run_dir.read_run()
        gone = type(lived.process)(
            lived.process.host, lived.process.boot_id, lived.process.pid_namespace, 2**31 - 2, "1"
        )
        working.run_dir.write_run(type(lived)(**{**vars(lived), "process": gone}))
        got = read(working.run_id).end()
        assert got[-1]["data"]["status"] == "interrupted"
        working.run_dir.write_run(lived)
        finish(working)
        rest = read(working.run_id, since=len(got)).end()
        assert rest[-1]["data"]["status"] == "completed"
        assert got + rest == read(working.run_id).end(), "it is passed by when it is over"

    def test_a_service_that_says_goodbye(self, live, read):
        run = live.run()
        run.write(10)
        reading = read(run.run_id, live.address(""), "ada")
        poll(lambda: len(reading.got) == 10)
        for connection in list(live.live.connections):
            connection.close_with(1001, "the service restarts")
        run.write(10, closed=True)
        assert len(reading.end()) == 20


class TestRefusals:
    @pytest.mark.parametrize(
        ("token", "number", "since", "status"),
        [
            ("nobody", 1, 0, 401),
            ("bob", 1, 0, 403),
            ("ada", 2, 0, 404),
            ("ada", 1, -1, 400),
        ],
    )
    def test_are_raised_at_once(self, live, read, token, number, since, status):
        live.run(1).write(3)
        before = tally.connections
        reading = read(f"20261121-221005-{number:04x}", live.address(""), token, since=since)
        with pytest.raises(Refused) as caught:
            reading.end()
        assert (caught.value.status, caught.value.error_class) == (status, "permanent")
        assert caught.value.message
        assert tally.connections == before + 1, "nothing is asked twice"

    def test_a_service_that_is_away_for_too_long(self, read, monkeypatch, live):
        monkeypatch.setattr(following, "FIRST_PAUSE", 0.01)
        said: list[str] = []
        with SocketProxy(live.address(""), cut_after=0) as proxy:
            gone = proxy.url
        reading = read("20261121-221005-0001", gone, "ada", patience=0.1, say=said.append)
        with pytest.raises(EngineError) as caught:
            reading.end()
        assert (caught.value.code, caught.value.error_class) == (75, "transient")
        assert len(said) == 1 and said[0].endswith("; trying again")


class TestPressure:
    def test_who_is_too_slow_is_closed_and_comes_back(self, live, kind, monkeypatch):
        """What is not read waits with the service, which ends that after a while (4008)."""
        monkeypatch.setattr(connection_module, "STALL_SECONDS", 0.2)
        run = live.run()
        run.write(300, text="x" * 100_000, closed=True)
        before, dropped = tally.connections, tally.dropped
        got: list[int] = []

        def wait_until_dropped() -> None:
            poll(lambda: tally.dropped > dropped)
            monkeypatch.setattr(connection_module, "STALL_SECONDS", 10)

        if kind == "sync":
            for message in Client(live.address(""), "ada").messages(run.run_id):
                got.append(message["sequence"])
                if len(got) == 1:
                    wait_until_dropped()
        else:

            async def follow() -> None:
                async for message in AsyncClient(live.address(""), "ada").messages(run.run_id):
                    got.append(message["sequence"])
                    if len(got) == 1:
                        await asyncio.to_thread(wait_until_dropped)

            asyncio.run(follow())
        assert got == list(range(1, 301))
        assert tally.connections == before + 2

    def test_many_runs_that_ask(self, here, recorded, caplog):
        """Where no WebSocket gets through, polls wait in threads, and not for each other."""
        runs = [recorded() for _ in range(12)]  # more than asyncio has threads here

        async def follow(client: AsyncClient, run: RecordedRun) -> str:
            return [each async for each in client.messages(run.run_id)][-1]["data"]["status"]

        async def follow_all(url: str) -> list[str]:
            client = AsyncClient(url, here.token)
            tasks = [asyncio.create_task(follow(client, run)) for run in runs]
            await asyncio.to_thread(poll, lambda: waiting_polls(here) >= len(runs))
            for run in runs:
                run.end()
            return await asyncio.gather(*tasks)

        with SocketProxy(here.url, cut_after=0) as proxy:
            assert asyncio.run(follow_all(proxy.url)) == ["completed"] * len(runs)
        assert "pool is full" not in caplog.text

    def test_many_runs_at_once(self, live):
        runs = [live.run(number) for number in range(1, 41)]
        client = AsyncClient(live.address(""), "ada")

        async def follow(run) -> list[int]:
            return [message["sequence"] async for message in client.messages(run.run_id)]

        async def follow_all() -> list[list[int]]:
            tasks = [asyncio.create_task(follow(run)) for run in runs]
            await asyncio.to_thread(poll, lambda: len(live.live.connections) == len(runs))
            for run in runs:
                run.write(20, closed=True)
            return await asyncio.gather(*tasks)

        assert asyncio.run(follow_all()) == [list(range(1, 21))] * len(runs)


def waiting_polls(service: RealService) -> float:
    found = re.search(r"^plumbline_polls_waiting (\S+)", service.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0


class TestLeaving:
    def test_a_closed_generator_closes_its_connection(self, live):
        run = live.run()
        run.write(3)
        messages = Client(live.address(""), "ada").messages(run.run_id)
        assert next(messages)["sequence"] == 1
        assert len(live.live.connections) == 1
        messages.close()
        poll(lambda: not live.live.connections)

    def test_a_cancelled_task_closes_its_connection(self, live):
        run = live.run()
        run.write(3)
        got: list[int] = []

        async def follow() -> None:
            async for message in AsyncClient(live.address(""), "ada").messages(run.run_id):
                got.append(message["sequence"])

        async def cancel() -> None:
            task = asyncio.create_task(follow())
            await asyncio.to_thread(poll, lambda: len(got) == 3)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.to_thread(poll, lambda: not live.live.connections)

        asyncio.run(cancel())

    def test_who_leaves_the_loop_early(self, live):
        run = live.run()
        run.write(3)

        async def first() -> int:
            async with aclosing(AsyncClient(live.address(""), "ada").messages(run.run_id)) as found:
                async for message in found:
                    return message["sequence"]
            raise AssertionError("nothing came")

        assert asyncio.run(first()) == 1
        poll(lambda: not live.live.connections)

    def test_a_cancelled_poll_keeps_nobody(self, here, working):
        """Neither the task nor the end of the event loop waits for the answer, 25 s long."""
        got: list[int] = []

        async def follow(client: AsyncClient) -> None:
            async for message in client.messages(working.run_id):
                got.append(message["sequence"])

        async def cancel(url: str) -> float:
            known = (await AsyncClient().run(working.run_id))["last_sequence"]
            task = asyncio.create_task(follow(AsyncClient(url, here.token)))
            await asyncio.to_thread(poll, lambda: got[-1:] >= [known])
            cancelled = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return cancelled

        with SocketProxy(here.url, cut_after=0) as proxy:
            cancelled = asyncio.run(cancel(proxy.url))
        assert time.monotonic() - cancelled < following.POLL_SECONDS - 10


def test_over_a_restart_of_the_service(tmp_path, monkeypatch):
    """Killed while clients follow; back on another port, with another token for us."""
    with RealService(tmp_path / "own") as service:
        monkeypatch.setenv("PLUMBLINE_CONFIG", str(service.config))
        for name in ("PLUMBLINE_URL", "PLUMBLINE_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        made = RecordedRun(service.runs, 1).start(1)
        made.job(1, "logs/1.log")
        work(made, 0, 20)
        poll(lambda: service.get(f"/api/v1/runs/{made.run_id}").ok)
        readings = [
            Reading("sync", Client(), made.run_id),
            Reading("async", AsyncClient(), made.run_id),
        ]
        command = [sys.executable, "-m", "control.cli", "tail", made.run_id, "--json", "--since=0"]
        tail = subprocess.Popen(command, env=service.environ, stdout=subprocess.PIPE, text=True)
        assert tail.stdout is not None
        shown = [json.loads(tail.stdout.readline())]
        while log_lines(shown)[-1:] != ["line 19"]:
            shown.append(json.loads(tail.stdout.readline()))
        poll(lambda: all(log_lines(each.got) == lines(20) for each in readings))
        service.kill()
        work(made, 20, 20)
        service.start()
        finish(made)
        rest, _ = tail.communicate(timeout=60)
        assert tail.returncode == 0
        shown += [json.loads(line) for line in rest.splitlines()]
        assert log_lines(shown) == lines(40)
        assert readings[0].end() == readings[1].end() == shown
