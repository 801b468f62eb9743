"""The command as processes: killed, stopped, several at once."""

import json
import os
import random
import signal
import threading

from fetch_lab import PART
from range_store import Fault
from waiting import poll

from engines.fetch.names import STATE

BIG = "/bucket/run/S1.dat"
DATA = random.Random(5).randbytes(3 << 20)  # 48 parts
CONNECTIONS = 3
KILLS = int(os.environ.get("PLUMBLINE_KILLS", "3"))
ARGUMENTS = ("s3://bucket/run/", "--part-size", "64K", "--connections", str(CONNECTIONS))
DEADLINE = 180


def until(condition):
    poll(condition, DEADLINE, every=0.002)


def last_line(process):
    out, err = process.communicate(timeout=DEADLINE)
    return out, err, json.loads(err.strip().splitlines()[-1])


def kill_when(lab, process, wanted):
    """Kill -9 once the store has sent so many bytes."""
    until(lambda: lab.store.sent[BIG] >= wanted or process.poll() is not None)
    process.kill()
    process.communicate()


def test_killed_at_random_points_it_fetches_only_what_was_in_flight_again(lab):
    lab.store.put(BIG, DATA)
    chance = random.Random(11)
    lab.store.rate = 6 << 20
    for number in range(KILLS):
        wanted = len(DATA) * (number + chance.random()) / KILLS
        kill_when(lab, lab.start(*ARGUMENTS), wanted)
    lab.store.rate = None
    process = lab.start(*ARGUMENTS)
    _, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, err
    assert lab.read("S1.dat") == DATA
    in_flight = KILLS * CONNECTIONS * PART
    assert len(DATA) <= lab.store.sent[BIG] <= len(DATA) + in_flight
    assert not list((lab.into / STATE / "parts").iterdir())


def test_sigterm_leaves_parts_that_are_taken_up(lab):
    lab.store.put(BIG, DATA)
    lab.store.rate = 4 << 20
    process = lab.start(*ARGUMENTS)
    until(lambda: lab.store.sent[BIG] > len(DATA) // 3)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 128 + signal.SIGTERM
    assert "what is here is kept" in err
    before = lab.store.sent[BIG]
    lab.store.rate = None
    data = lab.fetch("s3://bucket/run/")
    assert lab.read("S1.dat") == DATA
    assert lab.store.sent[BIG] <= len(DATA) + CONNECTIONS * PART
    resumed = data["totals"]["bytes_resumed"]
    assert resumed >= before - CONNECTIONS * PART
    assert resumed + data["totals"]["bytes_moved"] == len(DATA)


def test_a_part_that_was_spoiled_on_the_disk_is_fetched_again(lab):
    lab.store.put(BIG, DATA)
    lab.store.rate = 4 << 20
    process = lab.start(*ARGUMENTS)
    journal = lab.into / STATE / "parts" / "S1.dat.part.journal"
    until(lambda: journal.exists() and len(journal.read_text().splitlines()) > 8)
    process.kill()
    process.communicate()
    noted = sorted(json.loads(line)[0] for line in journal.read_text().splitlines()[1:])
    part = lab.into / STATE / "parts" / "S1.dat.part"
    with open(part, "r+b") as handle:
        handle.seek(noted[0] * PART)
        handle.write(b"\0" * 100)
    with open(journal, "a") as handle:
        handle.write("[3")  # as a kill cuts a line off
    lab.store.rate = None
    data = lab.fetch("s3://bucket/run/")
    assert lab.read("S1.dat") == DATA
    assert data["totals"]["bytes_resumed"] == (len(noted) - 1) * PART


def test_two_runs_share_one_download(lab):
    lab.store.put(BIG, DATA)
    go_on = threading.Event()
    lab.store.fail(BIG, Fault(), Fault(before=lambda: go_on.wait(DEADLINE) and None))
    first = lab.start(*ARGUMENTS, "-o", str(lab.folder / "a"))
    until(lambda: lab.store.sent[BIG] > 0)
    second = lab.start(*ARGUMENTS, "-o", str(lab.folder / "b"))
    assert any("another process is fetching it" in line for line in second.stderr)
    go_on.set()
    for process in (first, second):
        process.communicate(timeout=DEADLINE)
        assert process.returncode == 0
    assert lab.store.sent[BIG] == len(DATA)
    summaries = [json.loads((lab.folder / f"{x}.summary.json").read_text()) for x in "ab"]
    assert [s["totals"]["fetched"] for s in summaries] == [1, 0]
    assert lab.read("S1.dat") == DATA


def test_who_waits_takes_over_from_one_that_dies(lab):
    lab.store.put(BIG, DATA)
    go_on = threading.Event()
    faults = [Fault()] * 9 + [Fault(before=lambda: go_on.wait(DEADLINE) and None)] * CONNECTIONS
    lab.store.fail(BIG, *faults)
    first = lab.start(*ARGUMENTS)
    until(lambda: lab.store.sent[BIG] >= 9 * PART)
    second = lab.start(*ARGUMENTS)
    assert any("another process is fetching it" in line for line in second.stderr)
    first.kill()
    first.communicate()
    go_on.set()
    _, err = second.communicate(timeout=DEADLINE)
    assert second.returncode == 0, err
    assert lab.read("S1.dat") == DATA
    assert lab.store.sent[BIG] <= len(DATA) + CONNECTIONS * PART


def test_expired_credentials_end_in_77_with_one_line_for_machines(lab):
    lab.store.put(BIG, DATA)
    lab.store.fail(BIG, *[Fault(400, "ExpiredToken")] * 9)
    process = lab.start(*ARGUMENTS)
    _, _, error = last_line(process)
    assert process.returncode == error["code"] == 77
    assert "aws sso login" in error["hint"]
