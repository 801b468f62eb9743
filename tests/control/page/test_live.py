"""live.js in a browser: each message once and in order, whatever happens to the connection."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from recorded_run import RecordedRun
from service import RealService, poll

FOLLOW = """async ([run, since]) => {
  const {follow} = await import(`/static/js/run/live.js`)
  window.heard = []; window.states = []
  window.live = follow({
    socket: `/ws/runs/${run}`, events: `/api/v1/runs/${run}/events`, since,
    onMessages: (messages) => window.heard.push(...messages),
    onState: (state) => window.states.push(state),
  })
}"""
LINES = "heard.filter((m) => m.type === 'log' && m.data.jobid).map((m) => m.data.line)"
IS_DENSE = "heard.every((message, at) => message.sequence === at + 1)"


@pytest.fixture(scope="module")
def service(own_service: RealService) -> RealService:
    return own_service


def open_follower(page: Any, run: RecordedRun, since: int = 0) -> None:
    page.goto("/")
    page.evaluate(FOLLOW, [run.run_id, since])


def make_run(service: RealService, number: int) -> RecordedRun:
    run = RecordedRun(service.runs, number)
    run.start()
    run.job(1, "job.log")
    run.log("job.log", "first\n")
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}").status_code == 200)
    return run


def wait_for_line(page: Any, line: str) -> None:
    page.wait_for_function(f"(line) => {LINES}.includes(line)", arg=line)


def wait_for_state(page: Any, kind: str) -> None:
    page.wait_for_function("(kind) => states.at(-1)?.kind === kind", arg=kind)


def test_follows_a_run_to_its_end(page: Any, service: RealService) -> None:
    run = make_run(service, 1)
    open_follower(page, run)
    wait_for_state(page, "live")
    run.log("job.log", "second\n")
    wait_for_line(page, "second")
    run.finish(1)
    run.end()
    wait_for_state(page, "ended")
    assert page.evaluate(IS_DENSE)
    assert page.evaluate(LINES) == ["first", "second"]
    last = service.get(f"/api/v1/runs/{run.run_id}/events?since=0").json()["last"]
    assert page.evaluate("heard.length") == last
    page.evaluate(FOLLOW, [run.run_id, last])
    wait_for_state(page, "ended")
    assert page.evaluate("heard") == []


def test_polls_where_no_socket_gets_through(page: Any, service: RealService) -> None:
    run = make_run(service, 2)
    page.route_web_socket("**/ws/**", lambda ws: ws.close())
    open_follower(page, run)
    wait_for_state(page, "polling")
    wait_for_line(page, "first")
    run.log("job.log", "".join(f"{n}\n" for n in range(3000)))
    wait_for_line(page, "2999")
    run.finish(1)
    run.end()
    wait_for_state(page, "ended")
    assert page.evaluate(IS_DENSE)
    assert page.evaluate(LINES) == ["first", *map(str, range(3000))]


@pytest.mark.parametrize(("is_blocked", "kills"), [(False, 2), (True, 1)])
def test_service_is_killed_and_comes_back(
    page: Any, service: RealService, is_blocked: bool, kills: int
) -> None:
    run = make_run(service, 3 + is_blocked)
    if is_blocked:
        page.route_web_socket("**/ws/**", lambda ws: ws.close())
    open_follower(page, run)
    wait_for_line(page, "first")
    with written_steadily(run) as written:
        for _ in range(kills):
            service.kill()
            wait_for_state(page, "waiting")
            assert page.evaluate("states.at(-1).seconds") >= 1
            run.log("job.log", "while it was away\n")
            service.start()
            page.evaluate("live.retry()")
            wait_for_state(page, "polling" if is_blocked else "live")
    run.log("job.log", "last\n")
    wait_for_line(page, "last")
    assert page.evaluate(IS_DENSE)
    lines = page.evaluate(LINES)
    assert lines.count("while it was away") == kills
    assert [line for line in lines if line.isdecimal()] == written
    assert len(lines) == len(written) + kills + 2


@contextmanager
def written_steadily(run: RecordedRun) -> Iterator[list[str]]:
    """Numbers go to the log of the job, a hundred a second, until the block ends."""
    written: list[str] = []
    is_over = threading.Event()

    def write() -> None:
        while not is_over.wait(0.01):
            run.log("job.log", f"{len(written)}\n")
            written.append(str(len(written)))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        is_over.set()
        thread.join()


def test_a_connection_that_has_fallen_silent_is_given_up(page: Any, service: RealService) -> None:
    """As after a night with the lid closed: the socket is dead, and nobody said so."""
    run = make_run(service, 7)
    sockets: list[str] = []

    def fall_silent(ws: Any) -> None:
        server, is_first = ws.connect_to_server(), not sockets
        sockets.append(ws.url)
        heard: list[str] = []

        def pass_on(frame: str) -> None:
            heard.append(frame)
            if not (is_first and "second" in "".join(heard)):
                ws.send(frame)

        server.on_message(pass_on)

    page.clock.install()
    page.route_web_socket("**/ws/**", fall_silent)
    open_follower(page, run)
    wait_for_line(page, "first")
    run.log("job.log", "second\n")
    page.clock.fast_forward(74_000)
    assert page.evaluate("states.at(-1).kind") == "live"
    page.clock.fast_forward("08:00:00")
    page.clock.run_for(2000)
    wait_for_line(page, "second")
    wait_for_state(page, "live")
    assert page.evaluate(IS_DENSE)
    assert page.evaluate(LINES) == ["first", "second"]
    assert len(sockets) == 2
    assert "since=0" in sockets[0] and "since=0" not in sockets[1]


def test_a_page_that_was_frozen_goes_on(page: Any, service: RealService) -> None:
    run = make_run(service, 8)
    open_follower(page, run)
    wait_for_state(page, "live")
    browser = page.context.new_cdp_session(page)
    browser.send("Page.setWebLifecycleState", {"state": "frozen"})
    run.log("job.log", "while it was frozen\n" * 500)
    address = f"/api/v1/runs/{run.run_id}"
    poll(lambda: service.get(address).json()["last_sequence"] > 500)
    browser.send("Page.setWebLifecycleState", {"state": "active"})
    run.log("job.log", "later\n")
    wait_for_line(page, "later")
    assert page.evaluate(IS_DENSE)
    assert page.evaluate(LINES) == ["first", *["while it was frozen"] * 500, "later"]


def test_polls_while_a_socket_says_nothing_and_tries_it_again(
    page: Any, service: RealService
) -> None:
    """A proxy lets the socket open, and then nothing through; later it is mended."""
    run = make_run(service, 9)
    tried: list[str] = []
    is_mended = threading.Event()

    def hold(ws: Any) -> None:
        tried.append(ws.url)
        if is_mended.is_set():
            ws.connect_to_server()

    page.clock.install()
    page.route_web_socket("**/ws/**", hold)
    open_follower(page, run)
    page.wait_for_function("() => states.length > 0")
    page.clock.fast_forward(10_000)
    wait_for_state(page, "polling")
    wait_for_line(page, "first")
    for number, kind in enumerate(("polling", "live"), 1):
        page.clock.fast_forward(121_000)
        run.log("job.log", f"{number}\n")  # the poll that waits is answered
        wait_for_line(page, str(number))
        page.wait_for_function(
            "(tries) => states.filter((s) => s.kind === 'connecting').length === tries",
            arg=number + 1,
        )
        if kind == "polling":
            page.clock.fast_forward(10_000)
            is_mended.set()
        wait_for_state(page, kind)
    assert len(tried) == 3
    assert page.evaluate(IS_DENSE)
    assert page.evaluate(LINES) == ["first", "1", "2"]


def test_takes_nothing_twice_and_asks_again_for_what_is_missing(
    page: Any, service: RealService
) -> None:
    run = make_run(service, 5)
    sent: list[str] = []

    def mangle(ws: Any) -> None:
        server, cut = ws.connect_to_server(), not sent
        sent.append(ws.url)
        if cut:  # the first connection loses the first frame and doubles the others
            lost: list[str] = []

            def pass_on(frame: str) -> None:
                if frame.startswith("[") and not lost:
                    lost.append(frame)
                    return
                ws.send(frame)
                ws.send(frame)

            server.on_message(pass_on)

    page.route_web_socket("**/ws/**", mangle)
    open_follower(page, run)
    wait_for_state(page, "live")
    run.log("job.log", "second\n")
    wait_for_line(page, "second")
    assert page.evaluate(IS_DENSE)
    assert len(sent) == 2
    assert page.evaluate(LINES) == ["first", "second"]


def test_says_why_it_is_over(page: Any, service: RealService) -> None:
    run = make_run(service, 6)
    page.goto("/")
    page.evaluate(FOLLOW, ["20010101-000000-0000", 0])
    wait_for_state(page, "gone")
    page.context.clear_cookies()
    page.evaluate(FOLLOW, [run.run_id, 0])
    wait_for_state(page, "signed-out")


def test_waits_longer_each_time_and_not_all_clients_alike(page: Any, service: RealService) -> None:
    page.goto("/sign-in")
    least, most = page.evaluate(
        """async () => {
          const {delay} = await import('/static/js/run/live.js')
          const tries = [1, 2, 3, 4, 5, 6, 50]
          return [() => 0, () => 1].map((random) => tries.map((n) => delay(n, random)))
        }"""
    )
    assert least == [500, 1000, 2000, 4000, 8000, 15000, 15000]
    assert most == [2 * each for each in least]
