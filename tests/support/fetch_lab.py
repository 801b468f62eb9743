"""A call of ``plumbline fetch`` against a store of this machine, waiting for nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from range_store import RangeStore

from engines.fetch import session
from engines.fetch.items import Access, Job, Manner, Plan
from engines.fetch.patience import Waiting
from engines.transfer.download import Patience

ROOT = Path(__file__).resolve().parents[2]
PART = 64 << 10
AWS = {
    "AWS_ACCESS_KEY_ID": "me",
    "AWS_SECRET_ACCESS_KEY": "me",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
}


@dataclass
class FetchLab:
    """A store, and a folder to fetch into; ``waits`` are the seconds that would have passed."""

    store: RangeStore
    folder: Path
    waits: list[float] = field(default_factory=list)

    @property
    def into(self) -> Path:
        return self.folder / "in"

    def job(self, *sources: str, manner: Manner | None = None, **more: Any) -> Job:
        access = more.pop("access", Access())
        return Job(
            sources=sources,
            into=self.into,
            out=more.pop("out", self.folder / "fetch"),
            access=replace(access, endpoint=access.endpoint or self.store.url),
            manner=manner or Manner(connections=4, part_size=PART),
            **more,
        )

    def waiting(self) -> Waiting:
        return Waiting(Patience(tries=4, sleep=self.waits.append))

    def fetch(self, *sources: str, sample: str | None = None, **more: Any) -> dict[str, Any]:
        return session.fetch(self.job(*sources, **more), sample, self.waiting())

    def plan(self, *sources: str, sample: str | None = None, **more: Any) -> Plan:
        return session.plan(self.job(*sources, **more), sample, self.waiting())

    def read(self, name: str) -> bytes:
        return (self.into / name).read_bytes()

    def command(self, *arguments: str) -> list[str]:
        return [
            *(sys.executable, "-m", "engines.fetch", *arguments),
            *("--into", str(self.into), "--endpoint", self.store.url),
        ]

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """The command as a process of its own."""
        return subprocess.Popen(
            self.command(*arguments),
            env={**os.environ, **AWS, "PYTHONPATH": str(ROOT / "workflow"), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@contextmanager
def fetch_lab(folder: Path) -> Iterator[FetchLab]:
    store = RangeStore()
    try:
        yield FetchLab(store, folder)
    finally:
        store.close()
