"""Sending a handful of messages, in a process of its own that cannot hold anybody up."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from signal import SIGKILL
from threading import Timer

from control.notify.send import Batch, Item
from control.record.lines import parse

SECONDS = 60.0
"""How long the messages of one process may take together."""


def send(
    items: Sequence[Item], *, public_only: bool, seconds: float = SECONDS
) -> Iterator[tuple[int, str]]:
    """Send messages; gives of each, as soon as it is known, its id and why it could not be.

    The reason is empty for one that has arrived. What has no answer in time is given
    last, with that as its reason.

    Args:
        items: what to send.
        public_only: to no address inside the network.
        seconds: after which the process is ended.
    """
    batch = Batch(public_only=public_only, seconds=seconds + 5, items=list(items))
    open_items = {item["id"] for item in items}
    process = subprocess.Popen(
        [sys.executable, "-m", "control.notify.send"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it holds addresses
    )
    alarm = Timer(seconds, process.kill)
    with process:
        alarm.start()
        try:
            yield from _answers(process, batch, open_items)
            process.wait()
        finally:
            alarm.cancel()
            process.kill()
    ended = f"no answer within {seconds:g} s"
    if process.returncode != -SIGKILL:
        ended = f"the process that sends ended with {process.returncode}"
    for number in sorted(open_items):
        yield number, ended


def _answers(
    process: "subprocess.Popen[bytes]", batch: Batch, open_items: set[int]
) -> Iterator[tuple[int, str]]:
    assert process.stdin and process.stdout
    try:
        process.stdin.write(json.dumps(batch).encode())
        process.stdin.close()
    except BrokenPipeError:
        return  # it did not even start
    for line in process.stdout:
        answer = parse(line)
        open_items.discard(answer["id"])
        yield answer["id"], answer["error"]
