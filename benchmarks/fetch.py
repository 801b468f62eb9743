"""Time ``plumbline fetch`` beside boto3's transfer manager, awscli, s5cmd and rclone.

    python benchmarks/fetch.py [--rounds 3] [--gib 2] [--small 2000] [--folder DIR]

One large object and many small ones of a store on this machine, which serves ranges fast and
runs in a process of its own. Every client ends with the same proof, the MD5 that is the object's
ETag: plumbline and rclone check it themselves, after the others the files are hashed, and that
counts. Wall seconds are the median of the rounds, taken in turns; memory is the peak of the
process. Clients that are not installed are skipped with a line.
"""

import argparse
import hashlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engines import __version__

ROOT = Path(__file__).resolve().parents[1]
SMALL = 20_000  # bytes
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "RCLONE_CONFIG": os.devnull,
    "PYTHONPATH": str(ROOT / "workflow"),
}

BOTO3 = """
import hashlib, os, sys
from concurrent.futures import ThreadPoolExecutor
import boto3
from boto3.s3.transfer import TransferConfig, create_transfer_manager
endpoint, prefix, into = sys.argv[1:]
client = boto3.client("s3", endpoint_url=endpoint)
size = 16 << 20
config = TransferConfig(
    max_concurrency=8, multipart_chunksize=size, multipart_threshold=size, io_chunksize=1 << 20
)
etags = {}
with create_transfer_manager(client, config) as manager:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="bench", Prefix=prefix):
        for row in page["Contents"]:
            target = os.path.join(into, row["Key"].rsplit("/", 1)[-1])
            etags[target] = row["ETag"].strip('"')
            manager.download("bench", row["Key"], target)
def check(target):
    with open(target, "rb") as handle:
        assert hashlib.file_digest(handle, "md5").hexdigest() == etags[target]
with ThreadPoolExecutor(8) as pool:
    list(pool.map(check, etags))
"""

HASH = """
import hashlib, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
def check(row):
    md5, _, name = row.partition(" ")
    with open(Path(sys.argv[2], Path(name).name), "rb") as handle:
        assert hashlib.file_digest(handle, "md5").hexdigest() == md5
rows = [r for r in open(sys.argv[1]).read().splitlines() if r.split(" ")[1].startswith(sys.argv[3])]
with ThreadPoolExecutor(8) as pool:
    list(pool.map(check, rows))
"""


@dataclass(frozen=True)
class Client:
    """A client: its command, and whether it checks the MD5 itself."""

    name: str
    command: list[str]
    checks: bool


@dataclass(frozen=True)
class Measure:
    """Wall and CPU seconds, peak memory in MiB."""

    wall: float
    cpu: float
    memory: float


def clients(endpoint: str, prefix: str, into: Path) -> tuple[list[Client], list[str]]:
    """The clients that are here, and a line for each of the others."""
    python = sys.executable
    rclone = [
        *("rclone", "copy", f":s3:bench/{prefix}", str(into), "--s3-provider=Other"),
        *(f"--s3-endpoint={endpoint}", "--s3-env-auth", "--transfers=8", "--checkers=8"),
        *("--s3-no-check-bucket", "--s3-list-version=2"),
    ]
    aws = ["aws", "--endpoint-url", endpoint, "s3", "cp", "--recursive", "--only-show-errors"]
    plumbline = [python, "-m", "engines.fetch", f"s3://bench/{prefix}", "--into", str(into)]
    known = [
        Client("plumbline fetch", [*plumbline, "--endpoint", endpoint, "--no-index"], True),
        Client("boto3", [python, "-c", BOTO3, endpoint, prefix, str(into)], True),
        Client("awscli", [*aws, f"s3://bench/{prefix}", str(into)], False),
        Client(
            "s5cmd",
            ["s5cmd", "--endpoint-url", endpoint, "cp", f"s3://bench/{prefix}*", f"{into}/"],
            False,
        ),
        Client("rclone", rclone, True),
    ]
    here = [client for client in known if shutil.which(client.command[0])]
    missing = [f"{client.name}: not installed, skipped" for client in known if client not in here]
    return here, missing


def measure(command: list[str]) -> Measure:
    """Run a command to its end."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=os.environ | ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"{command[0]} failed: {said.decode()[-2000:]}")
    return Measure(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def one_round(client: Client, etags: Path, into: Path, prefix: str) -> Measure:
    """Fetch, and prove what came."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    found = measure(client.command)
    came = sum(path.is_file() for path in into.iterdir() if path.name[0] != ".")
    wanted = sum(f" {prefix}" in line for line in etags.read_text().splitlines())
    if came < wanted:
        raise SystemExit(f"{client.name}: fetched {came} of {wanted} files")
    if not client.checks:
        proof = measure([sys.executable, "-c", HASH, str(etags), str(into), prefix])
        found = Measure(
            found.wall + proof.wall, found.cpu + proof.cpu, max(found.memory, proof.memory)
        )
    return found


@contextmanager
def store(folder: Path) -> Iterator[str]:
    """The address of the store, while it runs."""
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "support" / "range_store.py"), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None and server.stdout is not None
    try:
        yield server.stdout.readline().strip()
    finally:
        server.stdin.close()
        server.wait()


def make_objects(folder: Path, gib: float, small: int) -> None:
    """Write the objects and the list of their MD5."""
    rows = []
    block = os.urandom(1 << 20)
    for name, size in [
        ("large/genome.bam", int(gib * (1 << 30))),
        *((f"small/{number:05}.csv", SMALL) for number in range(small)),
    ]:
        path, md5 = folder / name, hashlib.md5(usedforsecurity=False)
        path.parent.mkdir(exist_ok=True)
        with open(path, "wb") as out:
            for start in range(0, size, len(block)):
                piece = (start.to_bytes(8, "big") + name.encode() + block)[: size - start]
                piece = piece[: len(block)]
                out.write(piece)
                md5.update(piece)
        rows.append(f"{md5.hexdigest()} {name}\n")
    (folder / ".etags").write_text("".join(rows))


def compare(folder: Path, rounds: int) -> None:
    """Print a table for each case."""
    objects, into = folder / "objects", folder / "in"
    for case in ("large", "small"):
        prefix = f"{case}/"
        found: dict[str, list[Measure]] = defaultdict(list)
        for _ in range(rounds):
            with store(objects) as endpoint:  # a new one: it remembers, and slows down
                here, missing = clients(endpoint, prefix, into)
                for client in here:
                    found[client.name].append(one_round(client, objects / ".etags", into, prefix))
        show(case, found)
        print("".join(f"{line}\n" for line in missing))


def show(case: str, found: dict[str, list[Measure]]) -> None:
    """One case: medians, and how they compare with plumbline's."""
    ours = statistics.median(m.wall for m in found["plumbline fetch"])
    print(f"{case:16} {'wall s':>8} {'CPU s':>8} {'MiB':>6}  plumbline takes")
    for name, rounds in found.items():
        wall = statistics.median(m.wall for m in rounds)
        cpu = statistics.median(m.cpu for m in rounds)
        memory = max(m.memory for m in rounds)
        print(f"{name:16} {wall:8.2f} {cpu:8.2f} {memory:6.0f}  {ours / wall:.2f} x as long")


def main() -> None:
    """Make the objects, run the clients in turns."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gib", type=float, default=2)
    parser.add_argument("--small", type=int, default=2000)
    parser.add_argument("--folder", type=Path, help="where the files go [default: memory, or tmp]")
    options = parser.parse_args()
    memory = Path("/dev/shm")  # noqa: S108
    enough = memory.is_dir() and shutil.disk_usage(memory).free > (options.gib * 2 + 1) * (1 << 30)
    base = options.folder or (memory if enough else None)
    print(f"plumbline {__version__}, Python {platform.python_version()}, {os.cpu_count()} CPUs")
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-", dir=base) as folder:
        (Path(folder) / "objects").mkdir()
        make_objects(Path(folder) / "objects", options.gib, options.small)
        compare(Path(folder), options.rounds)


if __name__ == "__main__":
    main()
