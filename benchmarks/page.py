"""How fast the page of a run is: a real `plumbline serve`, a real browser, a long run.

    python benchmarks/page.py [--only PART …] [--rounds 5] [--shaped]

Parts: `load` (first and second visit of a run with 10,000 jobs and 100,000 messages: when
there is something to see, when it answers, how much was transferred, which tasks were
long), `live` (1,000 messages a second on top of that run), `variants` (20,000 of them
streaming in), `log` (a log of 1,000,000 lines: opened, scrolled, searched). With `--shaped`
the load is measured again over 10 Mbit/s and 40 ms.
Service, browser and load share the machine. CPU times hardly depend on what else it does.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

SUPPORT = Path(__file__).resolve().parents[1] / "tests" / "support"
sys.path[0] = str(SUPPORT)  # not the folder of this script: `control` is the package

import chromium  # noqa: E402
from long_run import JOBS, RULES, long_run, variant  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright  # noqa: E402
from recorded_run import RecordedRun  # noqa: E402
from service import RealService, poll  # noqa: E402

from control.record.run_dir import State  # noqa: E402

VARIANTS, LINES = 20_000, 1_000_000
SETTINGS = {"log_message_mb": 1, "access": {"requests_per_minute": 1_000_000}}

# Runs before every script of a page: what it saw is in `seen`.
WATCH = """
  window.seen = {tasks: [], marks: {}}
  new PerformanceObserver((list) => {
    for (const {startTime, duration} of list.getEntries()) seen.tasks.push([startTime, duration])
  }).observe({type: 'longtask', buffered: true})
  const marks = {
    rules: () => document.querySelector('#run-bars li'),
    rows: () => document.querySelector('#run-jobs .virtual .job'),
    log: () => document.querySelector('#run-log .line-text')?.textContent.length > 1,
    all: () => document.querySelector('#run-jobs [role=status]')?.textContent === '10,000 jobs',
  }
  const look = () => {
    for (const [name, is] of Object.entries(marks)) {
      if (!(name in seen.marks) && document.body && is()) seen.marks[name] = performance.now()
    }
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
"""
FRAMES = """([step, frames]) => new Promise((resolve) => {
  const box = document.querySelector('.console'), times = []
  let left = frames, last = performance.now()
  const next = (now) => {
    times.push(now - last)
    last = now
    box.scrollTop += step
    if (left--) requestAnimationFrame(next)
    else resolve(times.sort((a, b) => a - b))
  }
  requestAnimationFrame(next)
})"""


def show(what: str, value: str, target: str = "") -> None:
    """One line of the result."""
    print(f"  {what:62} {value:>28}  {target}", flush=True)


def spread(values: list[float], unit: str = "ms") -> str:
    """Median, and from least to most."""
    middle = statistics.median(values)
    return f"{middle:,.0f} {unit} ({min(values):,.0f} to {max(values):,.0f})"


@contextmanager
def browsing(browser: Browser, cookies: Any, url: str) -> Iterator[BrowserContext]:
    """A browser that is signed in, and has nothing in its cache."""
    context = browser.new_context(
        storage_state=cookies, base_url=url, viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(60_000)
    yield context
    context.close()


def cpu_seconds(service: RealService) -> float:
    """What the processes of the service have used."""
    times = [process.cpu_times() for process in service.family()]
    return sum(time.user + time.system for time in times)


def opened(
    context: BrowserContext, path: str, shaped: bool = False
) -> tuple[Page, dict[str, int], Callable[[], float]]:
    """A page that watches itself, what is transferred for it, and its processor time (ms)."""
    page = context.new_page()
    page.add_init_script(WATCH)
    wire = context.new_cdp_session(page)
    sums = {"bytes": 0, "requests": 0}

    def count(size: float) -> None:
        sums["bytes"] += int(size)

    wire.on("Network.loadingFinished", lambda event: count(event["encodedDataLength"]))
    wire.on("Network.requestWillBeSent", lambda _: sums.update(requests=sums["requests"] + 1))
    wire.on(
        "Network.webSocketFrameReceived", lambda event: count(len(event["response"]["payloadData"]))
    )
    wire.send("Network.enable")
    wire.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy() -> float:
        metrics = wire.send("Performance.getMetrics")["metrics"]
        return 1000 * next(each["value"] for each in metrics if each["name"] == "TaskDuration")

    if shaped:
        speed = 10e6 / 8
        wire.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 40,
                "downloadThroughput": speed,
                "uploadThroughput": speed,
            },
        )
    page.goto(path)
    return page, sums, busy


@contextmanager
def longest_task(browser: Browser, page: Page, what: str) -> Iterator[None]:
    """Show the longest task of the page's main thread: as the clock has it, and in CPU time."""
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline"])
    yield
    events = json.loads(browser.stop_tracing())["traceEvents"]
    mains = {
        (each["pid"], each["tid"])
        for each in events
        if each["name"] == "thread_name" and each["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        each
        for each in events
        if each["name"].endswith("RunTask") and (each["pid"], each["tid"]) in mains
    ]
    wall, cpu = (max(each.get(key, 0) for each in tasks) / 1000 for key in ("dur", "tdur"))
    show(f"{what}: longest task", f"{wall:.0f} ms, CPU {cpu:.0f} ms", "< 200")


def visit(
    context: BrowserContext, service: RealService, path: str, shaped: bool
) -> dict[str, float]:
    """Open the page of the run, and see when what of it is there."""
    before = cpu_seconds(service)
    page, sums, busy = opened(context, path, shaped)
    page.wait_for_function("() => 'rows' in seen.marks")
    until_rows = busy()
    page.wait_for_function("() => 'all' in seen.marks && 'log' in seen.marks", timeout=120_000)
    transferred, until_all = sums["bytes"], busy()
    served = 1000 * (cpu_seconds(service) - before)
    page.wait_for_timeout(1500)  # what is long comes to an end
    found: dict[str, float] = page.evaluate(
        """() => ({
          first: performance.getEntriesByName('first-contentful-paint')[0].startTime,
          ...seen.marks,
          quiet: Math.max(0, ...seen.tasks.map(([start, took]) => start + took)),
          longest: Math.max(0, ...seen.tasks.map(([, took]) => took)),
          tasks: seen.tasks.length,
        })"""
    )
    began = page.evaluate("performance.now()")
    page.locator("#run-bars button").first.click()
    page.get_by_text(f"{JOBS // len(RULES)} of 10,000 jobs").wait_for()
    found["click"] = page.evaluate("performance.now()") - began
    page.close()
    found |= {"until_rows": until_rows, "until_all": until_all, "served": served}
    return found | {"bytes": transferred / 1e3, "requests": sums["requests"]}


def load(
    browser: Browser, service: RealService, run: RecordedRun, rounds: int, shaped: bool
) -> None:
    """First visits, each with an empty cache, and second ones."""
    cookies, first, second = chromium.sign_in(browser, service), [], []
    for _ in range(rounds):
        with browsing(browser, cookies, service.url) as context:
            first.append(visit(context, service, f"/runs/{run.run_id}", shaped))
            second.append(visit(context, service, f"/runs/{run.run_id}", shaped))
    with browsing(browser, cookies, service.url) as context:
        page, *_ = opened(context, "about:blank")
        with longest_task(browser, page, "a visit"):
            page.goto(f"/runs/{run.run_id}")
            page.wait_for_function("() => 'all' in seen.marks", timeout=120_000)
            page.wait_for_timeout(1500)
    lines = {
        "first": ("first content", "≤ 1,000"), "rules": ("rules are shown", ""),
        "rows": ("jobs are listed: interactive", "≤ 2,000"), "log": ("the log is shown", ""),
        "quiet": ("the last task over 50 ms ends", ""),
        "all": ("all 10,000 jobs are there", ""),
        "until_rows": ("CPU of the page until jobs are listed", ""),
        "until_all": ("CPU of the page until all are there", ""),
        "served": ("CPU of the service until then", ""),
        "click": ("a rule is chosen: its jobs are listed", ""),
    }  # fmt: skip
    for name, visits in {"first visit": first, "second visit": second}.items():
        for key, (title, target) in lines.items():
            show(f"{name}: {title}", spread([each[key] for each in visits]), target)
        sizes = spread([each["bytes"] for each in visits], "kB")
        show(f"{name}: transferred", sizes, "≤ 1,500 kB")
        show(f"{name}: requests", f"{statistics.median(each['requests'] for each in visits):.0f}")


def live(browser: Browser, service: RealService, run: RecordedRun) -> None:
    """Lines at 1,000 a second for 10 s while the page is open."""
    with browsing(browser, chromium.sign_in(browser, service), service.url) as context:
        page, *_ = opened(context, f"/runs/{run.run_id}")
        page.wait_for_function("() => 'all' in seen.marks", timeout=120_000)
        page.wait_for_timeout(1500)
        log = f"logs/{RULES[JOBS % len(RULES) - 1]}/{JOBS - 1}.log"
        with longest_task(browser, page, "10,000 lines in 10 s"):
            for number in steadily(100):
                run.log(log, "".join(f"line {number} {each}\n" for each in range(100)))
                page.wait_for_timeout(1)  # let it hear of what is transferred
            page.get_by_text("line 99 99").wait_for()


def steadily(times: int, seconds: float = 0.1) -> Iterator[int]:
    """0, 1, 2 …, one each so many seconds."""
    due = time.time()
    for number in range(times):
        yield number
        due += seconds
        time.sleep(max(0, due - time.time()))


def variants(browser: Browser, service: RealService) -> None:
    """20,000 variants in 20 s, then all of them at once."""
    run = RecordedRun(service.runs, 2)
    run.start()
    run.job(1, "tier.log", rule="tier")
    run.log("tier.log", "begun\n")
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}").status_code == 200)
    all_listed = f"{VARIANTS:,} variants"
    with browsing(browser, chromium.sign_in(browser, service), service.url) as context:
        page, sums, _ = opened(context, f"/runs/{run.run_id}")
        page.locator(".connection[data-kind=live]").wait_for()
        with longest_task(browser, page, f"{VARIANTS:,} variants in 20 s"):
            for part in steadily(200):
                lines = (variant(part * 100 + each) + "\n" for each in range(100))
                run.log("tier.log", "".join(lines))
                page.wait_for_timeout(1)
            page.get_by_text(all_listed, exact=True).wait_for()
        show("transferred", f"{sums['bytes'] / 1e6:.1f} MB")
        page.close()
        page, sums, _ = opened(context, "about:blank")
        with longest_task(browser, page, "the same run opened later"):
            page.goto(f"/runs/{run.run_id}")
            page.get_by_text(all_listed, exact=True).wait_for()
        show("all of them listed", f"{page.evaluate('performance.now()'):,.0f} ms")
        show("transferred", f"{sums['bytes'] / 1e3:.0f} kB")


def log(browser: Browser, service: RealService) -> None:
    """A log of a million lines."""
    run = RecordedRun(service.runs, 3)
    run.start(2)
    run.job(1, "long.log")
    words = ["INFO: step", "WARNING: odd step"]
    run.log("long.log", "".join(f"{words[n % 1000 == 999]} {n}\n" for n in range(LINES)))
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}/jobs/1").status_code == 200)
    with browsing(browser, chromium.sign_in(browser, service), service.url) as context:
        page, sums, _ = opened(context, f"/runs/{run.run_id}")
        page.locator(".connection[data-kind=live]").wait_for()
        page.wait_for_timeout(2000)
        page.evaluate("() => { seen.tasks = [] }")
        before = sums["bytes"]
        job = page.locator(".virtual .job").get_by_role("button", name="Log of align")
        took = _time(page, job.click, f"WARNING: odd step {LINES - 1}")
        show(f"a log of {LINES:,} lines: its end is shown", f"{took:.0f} ms")
        took = _time(page, lambda: page.locator(".console").press("Home"), "INFO: step 0")
        show("its beginning", f"{took:.0f} ms")
        show("transferred for both", f"{(sums['bytes'] - before) / 1e3:.0f} kB")
        for title, step in {"by lines": 60, "by pages": 997, "by far": 40_000}.items():
            frames = page.evaluate(FRAMES, [step, 240])
            shown = f"{frames[120]:.1f} / {frames[228]:.1f} / {frames[-1]:.1f} ms"
            show(f"240 frames while it is scrolled {title}: p50 / p95 / most", shown)
        page.get_by_label("Lines with").fill("step 7654")
        began = time.monotonic()
        page.get_by_text("111 lines", exact=True).wait_for()
        show("all of it searched", f"{time.monotonic() - began:.1f} s")
        told = page.evaluate("seen.tasks.map(([, took]) => took)")
        show("longest task in all that", f"{max(told, default=0):.0f} ms", "< 200")


def _time(page: Page, act: Callable[[], Any], line: str) -> float:
    began = time.perf_counter()
    act()
    page.locator(".console .line").get_by_text(line, exact=True).wait_for()
    return 1000 * (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parts = ("load", "live", "variants", "log")
    parser.add_argument("--only", choices=parts, action="append", help="a part (repeatable)")
    parser.add_argument("--rounds", type=int, default=5, help="visits of each kind")
    parser.add_argument("--shaped", action="store_true", help="over 10 Mbit/s and 40 ms as well")
    options = parser.parse_args()
    chosen = options.only or parts
    path = chromium.find()
    if path is None:
        sys.exit(chromium.MISSING)
    with (
        tempfile.TemporaryDirectory() as folder,
        RealService(Path(folder), SETTINGS) as service,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        names = ", ".join(f"{name} {version(name)}" for name in ("plumbline", "flask", "gunicorn"))
        load_now = os.getloadavg()[0]
        print(f"machine: {platform.platform()}, {os.cpu_count()} CPUs, load {load_now:.1f}")
        print(f"python {platform.python_version()}, Chromium {browser.version}, {names}")
        if {"load", "live"} & set(chosen):
            run = long_run(service)
            if "load" in chosen:
                print("load: 10,000 jobs, 100,000 messages")
                load(browser, service, run, options.rounds, False)
                if options.shaped:
                    print("load over 10 Mbit/s and 40 ms")
                    load(browser, service, run, options.rounds, True)
            if "live" in chosen:
                print("live")
                live(browser, service, run)
            run.end(State.COMPLETED)
        if "variants" in chosen:
            print("variants")
            variants(browser, service)
        if "log" in chosen:
            print("log")
            log(browser, service)
        print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")
        browser.close()


if __name__ == "__main__":
    main()
