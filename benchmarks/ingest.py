"""How fast the ingest process brings what runs write into their journals, and what it costs idle.

    python benchmarks/ingest.py --lines 500000 --idle-runs 2000

Real run directories, and the real process beside them. Rate: logs that are there when it
starts are read to their end, index included. Latency: lines written one by one, until they
are committed in the journal. Idle: CPU and memory while nothing happens.
"""

import argparse
import json
import os
import platform
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # beside us lies another `control`

from control.events.ingest import main as serve  # noqa: E402
from control.events.journal import Committed, JournalFiles  # noqa: E402
from control.record.lines import timestamp, to_line  # noqa: E402
from control.record.process import this_process  # noqa: E402
from control.record.run_dir import Run, RunDir, State  # noqa: E402
from control.settings import Settings, StateDir  # noqa: E402

LINE = "[INFO] 2026-11-21 22:10:05 {} reads of 1000000 mapped, 99.1% properly paired\n"
STRUCTURED = '{{"type": "progress", "progress": 45.5, "stage": "mapping {}"}}\n'


class BenchRun:
    """A run directory with running jobs, each with a log."""

    def __init__(self, runs: Path, number: int, jobs: int) -> None:
        self.run_dir = RunDir(runs / f"20261121-{number // 60:06d}-{number:04x}")
        self.run_dir.path.mkdir(parents=True)
        self.logs = [self.run_dir.path / f"{job}.log" for job in range(jobs)]
        start = timestamp(time.time())
        workdir = str(self.run_dir.path)
        run = Run(State.RUNNING, workdir=workdir, process=this_process(), start=start)
        self.run_dir.write_run(run)
        for job, log in enumerate(self.logs):
            self.event("job_started", jobs=[job])
            self.event("job_info", jobid=job, rule_name="map", wildcards={}, log=[log.name])

    def event(self, name: str, **fields: object) -> None:
        """What Snakemake tells."""
        line = to_line({"time": timestamp(time.time()), "level": "info", "event": name, **fields})
        with self.run_dir.events.open("a") as file:
            file.write(line + "\n")

    def end(self) -> None:
        """The run has ended, a while ago."""
        run, end = self.run_dir.read_run(), timestamp(time.time() - 60)
        self.run_dir.write_run(replace(run, state=State.COMPLETED, end=end))

    @property
    def files(self) -> JournalFiles:
        """Its journal."""
        return JournalFiles(self.run_dir.messages, self.run_dir.messages_state)

    @property
    def committed(self) -> Committed:
        """How far its journal holds."""
        return self.files.committed()


@contextmanager
def ingest(settings: Settings) -> Iterator[int]:
    """The process; its id."""
    child = os.fork()
    if child == 0:
        os._exit(serve(settings))
    try:
        yield child
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def wait(condition: Callable[[], object]) -> float:
    """Wait until the condition holds; how many seconds that took."""
    start = time.perf_counter()
    while not condition():
        time.sleep(0.001)
    return time.perf_counter() - start


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> tuple[float, float]:
    """What a process holds now, and the most that it has held, in MB."""
    text = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) for line in text if line.startswith("Vm")}
    return found["VmRSS"] / 1024, found["VmHWM"] / 1024


def measure_rate(folder: Path, lines: int, jobs: int, form: str) -> None:
    """Messages a second from files that are there."""
    settings = Settings(runs=[folder / "runs"], state=folder / "state", log_message_mb=1e6)
    run = BenchRun(folder / "runs", 1, jobs)
    for log in run.logs:
        log.write_text("".join(form.format(n) for n in range(lines // jobs)))
    with ingest(settings) as pid:
        wait(lambda: run.committed.sequence)  # it has started
        first = run.committed.sequence
        seconds = wait(lambda: run.committed.sequence >= lines)
        rate = (run.committed.sequence - first) / seconds
        _, most = memory_mb(pid)
        kind = "plain" if form is LINE else "JSON"
        print(
            f"rate: {rate:9,.0f} messages/s  ({lines:,} {kind} lines in {jobs} logs, {most:.0f} MB)"
        )


def measure_latency(folder: Path, seconds: float, lines_a_second: int, quiet: float) -> None:
    """From a line written to the message committed."""
    settings = Settings(runs=[folder / "runs"], state=folder / "state")
    run = BenchRun(folder / "runs", 1, 1)
    delays: list[float] = []
    with ingest(settings) as pid, run.logs[0].open("a", buffering=1) as log:
        wait(lambda: run.committed.sequence)
        offset, before, due = run.committed.length, cpu_seconds(pid), time.perf_counter()
        end = due + seconds
        while due < end:
            time.sleep(max(0.0, min(0.001, due - time.perf_counter())))
            if time.perf_counter() >= due:
                due += quiet or 1 / lines_a_second
                log.write(f"{time.time()}\n")
            offset = _note_delays(run, offset, delays)
        share = (cpu_seconds(pid) - before) / seconds
    delays.sort()
    p50, p99 = statistics.median(delays), delays[int(len(delays) * 0.99)]
    how = f"a line every {quiet:g} s" if quiet else f"{lines_a_second} lines/s"
    told = f"p50 {p50 * 1e3:5.1f}  p99 {p99 * 1e3:5.1f}  highest {delays[-1] * 1e3:5.1f} ms"
    print(f"latency: {told}  ({how}, {share:.0%} of a core)")


def _note_delays(run: BenchRun, offset: int, delays: list[float]) -> int:
    length = run.committed.length
    if length > offset:
        now = time.time()
        with run.run_dir.messages.open("rb") as file:
            file.seek(offset)
            for line in file.read(length - offset).splitlines():
                data = json.loads(line)["data"]
                if "line" in data:
                    delays.append(now - float(data["line"]))
    return length


def measure_idle(folder: Path, runs: int, seconds: float) -> None:
    """What runs cost that have ended."""
    settings = Settings(runs=[folder / "runs"], state=folder / "state")
    made = [BenchRun(folder / "runs", number, 2) for number in range(runs)]
    for run in made:
        run.end()
    report = StateDir(settings.state).ingest_report
    with ingest(settings) as pid:
        took = wait(lambda: all(run.committed.closed for run in made))
        print(f"catch-up: {runs / took:,.0f} small runs/s")
        wait(lambda: json.loads(report.read_text())["active_runs"] == 0)
        time.sleep(3)
        before = cpu_seconds(pid)
        time.sleep(seconds)
        share = (cpu_seconds(pid) - before) / seconds
        now, most = memory_mb(pid)
        print(f"idle: {share:.2%} of a core, {now:.0f} MB (at most {most:.0f})  ({runs:,} runs)")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=500_000, help="lines for the rate")
    parser.add_argument("--seconds", type=float, default=10, help="for each latency")
    parser.add_argument("--idle-runs", type=int, default=2000, help="runs that have ended")
    parser.add_argument("--folder", type=Path, help="on the disk to measure; default: temporary")
    options = parser.parse_args()
    print(f"machine: {platform.platform()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    names = ("plumbline", "watchfiles")
    print(f"python {platform.python_version()}, " + ", ".join(f"{n} {version(n)}" for n in names))
    measures: list[Callable[[Path], None]] = [
        lambda folder: measure_rate(folder, options.lines, 1, LINE),
        lambda folder: measure_rate(folder, options.lines, 20, LINE),
        lambda folder: measure_rate(folder, options.lines // 5, 1, STRUCTURED),
        lambda folder: measure_latency(folder, options.seconds, 100, 0),
        lambda folder: measure_latency(folder, options.seconds, 1000, 0),
        lambda folder: measure_latency(folder, options.seconds * 2, 0, 3.1),
        lambda folder: measure_idle(folder, options.idle_runs, options.seconds),
    ]
    for measure in measures:
        sys.stdout.flush()  # before the process is doubled
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            measure(Path(folder))


if __name__ == "__main__":
    main()
