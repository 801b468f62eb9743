"""The command as processes: killed, stopped, several at once, and what it says."""

import json
import os
import random
import signal
import threading

from upload_lab import PART, Refusal
from waiting import poll

CONNECTIONS = 2
BIG = random.Random(5).randbytes(20 * PART + 7)
SMALL = {f"sub/{n}.tsv": random.Random(n).randbytes(5_000) for n in range(12)}
KILLS = int(os.environ.get("PLUMBLINE_KILLS", "3"))
ARGUMENTS = ("--part-size", "64K", "--connections", str(CONNECTIONS))
DEADLINE = 180


def until(condition):
    poll(condition, DEADLINE, every=0.002)


def fill(lab):
    lab.write("calls.bam", BIG)
    for name, content in SMALL.items():
        lab.write(name, content)
    return {"run7/calls.bam": BIG} | {f"run7/{name}": c for name, c in SMALL.items()}


def finish(process):
    out, err = process.communicate(timeout=DEADLINE)
    return process.returncode, out, err


def test_killed_at_random_points_it_sends_only_what_was_in_flight_again(lab):
    wanted = fill(lab)
    total = sum(len(content) for content in wanted.values())
    chance = random.Random(13)
    for number in range(KILLS):
        goal = total * (number + chance.random()) / KILLS
        process = lab.start(*ARGUMENTS, "--limit", "2M")
        until(lambda: lab.store.received >= goal or process.poll() is not None)  # noqa: B023
        process.kill()
        process.communicate()
    code, _, err = finish(lab.start(*ARGUMENTS))
    assert code == 0, err
    assert lab.objects() == wanted
    assert lab.unfinished() == lab.journals() == []
    in_flight = KILLS * CONNECTIONS * PART
    assert total <= lab.store.received <= total + in_flight
    assert finish(lab.start(*ARGUMENTS))[1].startswith(
        f"13 files, {total:,} bytes at {lab.to}: 0 sent"
    )


def kill_at(lab, does, number=None, after=False):
    """Kill -9 while the store is asked for this; ``after``: once it has done it."""
    reached = threading.Event()

    def rule(seen):
        if seen.does == does and seen.number == number and seen.is_ours:
            reached.set()
            return Refusal(500, "InternalError", after=after)
        return None

    lab.store.rule = rule
    process = lab.start(*ARGUMENTS)
    assert reached.wait(DEADLINE)
    until(lambda: not after or process.stderr.readline().startswith("warning: "))
    process.kill()
    process.communicate()
    lab.store.rule = lambda seen: None


def test_killed_before_it_learns_the_id_of_what_it_began(lab):
    lab.write("calls.bam", BIG)
    kill_at(lab, "create", after=True)
    assert lab.unfinished() == ["run7/calls.bam"]
    code, _, err = finish(lab.start(*ARGUMENTS))
    assert code == 0, err
    assert lab.objects() == {"run7/calls.bam": BIG}
    assert lab.unfinished() == lab.journals() == []


def test_killed_before_it_learns_that_all_is_there(lab):
    lab.write("calls.bam", BIG)
    kill_at(lab, "complete", after=True)
    received = lab.store.received
    code, _, err = finish(lab.start(*ARGUMENTS))
    assert code == 0, err
    assert lab.store.received == received
    assert lab.unfinished() == lab.journals() == []


def test_what_was_begun_of_a_file_that_is_gone_is_taken_back(lab):
    lab.write("calls.bam", BIG)
    kill_at(lab, "part", number=4)
    assert lab.unfinished() == ["run7/calls.bam"]
    (lab.folder / "calls.bam").unlink()
    lab.write("a", b"1")
    assert finish(lab.start(*ARGUMENTS))[0] == 0
    assert lab.objects() == {"run7/a": b"1"}
    assert lab.unfinished() == lab.journals() == []


def test_a_file_that_changed_since_begins_anew(lab):
    lab.write("calls.bam", BIG)
    kill_at(lab, "part", number=4)
    lab.write("calls.bam", BIG[::-1])
    assert finish(lab.start(*ARGUMENTS))[0] == 0
    assert lab.objects() == {"run7/calls.bam": BIG[::-1]}
    assert lab.unfinished() == lab.journals() == []


def test_uploads_of_others_are_not_touched(lab):
    lab.write("calls.bam", BIG)
    for key in ("run7/calls.bam", "run7/calls.bam.bai"):
        upload = lab.store.admin.create_multipart_upload(Bucket=lab.bucket, Key=key)
        lab.store.admin.upload_part(
            Bucket=lab.bucket, Key=key, UploadId=upload["UploadId"], PartNumber=1, Body=b"1"
        )
    kill_at(lab, "create", after=True)
    assert finish(lab.start(*ARGUMENTS))[0] == 0
    assert lab.unfinished() == ["run7/calls.bam", "run7/calls.bam.bai"]


def test_sigterm_keeps_what_is_there(lab):
    wanted = fill(lab)
    process = lab.start(*ARGUMENTS, "--limit", "500K")
    until(lambda: lab.store.did("part"))
    process.send_signal(signal.SIGTERM)
    code, _, err = finish(process)
    assert code == 128 + signal.SIGTERM
    assert "the same command goes on from there" in err
    before = lab.store.received
    code, _, err = finish(lab.start(*ARGUMENTS))
    assert code == 0, err
    assert lab.store.received - before <= sum(map(len, wanted.values())) - PART
    assert lab.objects() == wanted
    assert lab.unfinished() == lab.journals() == []


def test_two_at_once_from_one_place_share_the_work(lab):
    wanted = fill(lab)
    go_on = threading.Event()
    lab.store.rule = lambda seen: go_on.wait(DEADLINE) and None if seen.does == "part" else None
    first = lab.start(*ARGUMENTS, "-o", str(lab.base / "a"))
    until(lambda: lab.store.did("put"))
    second = lab.start(*ARGUMENTS, "-o", str(lab.base / "b"))
    assert any("another process uploads to" in line for line in second.stderr)
    go_on.set()
    assert [finish(process)[0] for process in (first, second)] == [0, 0]
    assert lab.store.received == sum(map(len, wanted.values()))
    assert lab.objects() == wanted


def test_two_at_once_from_two_places(lab):
    """As from two machines, which share no journal; with the parts that S3 itself takes."""
    wanted = fill(lab)
    wanted["run7/large.bam"] = BIG * 8
    lab.write("large.bam", BIG * 8)
    options = ("--part-size", "5M")
    processes = [
        lab.start(*options, "-o", str(lab.base / x / "upload"), small_parts=False) for x in "ab"
    ]
    for process in processes:
        code, _, err = finish(process)
        assert code == 0, err
    assert lab.objects() == wanted
    assert lab.unfinished() == lab.journals() == []
    summaries = [json.loads((lab.base / x / "upload.summary.json").read_text()) for x in "ab"]
    assert all(s["totals"]["files"] == len(wanted) for s in summaries)


def test_killed_while_it_copies_to_a_folder(lab):
    content = random.Random(1).randbytes(4 << 20)
    lab.write("calls.bam", content)
    shelf = lab.base / "shelf"
    process = lab.start("--to", f"file://{shelf}", "--limit", "2M")
    until(lambda: shelf.exists() and any(path.stat().st_size for path in shelf.iterdir()))
    process.kill()
    process.communicate()
    assert not (shelf / "calls.bam").exists()
    assert finish(lab.start("--to", f"file://{shelf}"))[0] == 0
    assert [path.name for path in shelf.iterdir()] == ["calls.bam"]
    assert (shelf / "calls.bam").read_bytes() == content
    assert lab.journals() == []


def test_a_failure_ends_in_one_line_for_machines(lab):
    lab.write("a", b"1")
    lab.store.rule = lambda seen: Refusal(400, "ExpiredToken") if seen.is_ours else None
    code, _, err = finish(lab.start())
    error = json.loads(err.strip().splitlines()[-1])
    assert code == error["code"] == 77
    assert "aws sso login" in error["hint"]
