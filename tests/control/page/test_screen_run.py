"""Reads screened by the real engine in a real run, watched in a browser."""

import gzip
import os
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from long import long
from service import RealService

DEMO = Path(__file__).parents[3] / "config" / "demo"
JOBS = 120_000  # milliseconds for what real jobs do
CONFIG = {"screen": {"resistance": str(DEMO / "resistance"), "genomes": str(DEMO / "organisms")}}

pytestmark = pytest.mark.skipif(
    not (shutil.which("kma") and shutil.which("minimap2")), reason="KMA or minimap2 is missing"
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    folder = tmp_path_factory.mktemp("service")
    (folder / "open").mkdir()
    allow = {"allow": {"input_folders": [str(folder / "open"), str(DEMO)]}}
    with RealService(folder, allow) as made:
        yield made


@pytest.fixture
def slow(service: RealService) -> Iterator[tuple[Path, threading.Event]]:
    """A file of reads, and a pipe to take its place: its reads end when the event is set."""
    file, enough = service.folder / "open/slow.fastq", threading.Event()
    file.unlink(missing_ok=True)  # of a first try, a pipe
    shutil.copy(DEMO / "reads_1.fastq.gz", file)
    pipe = file.with_suffix(".pipe")
    os.mkfifo(pipe)
    reads = gzip.decompress((DEMO / "reads_1.fastq.gz").read_bytes())

    def feed() -> None:
        with open(pipe, "wb") as writer:
            while not enough.wait(0.05):
                writer.write(4 * reads)

    feeding = threading.Thread(target=feed, daemon=True)
    feeding.start()
    yield file, enough
    enough.set()


def submit(service: RealService, slow: Path) -> str:
    names = {"reads_1": "reads_1", "reads_2": "reads_2"}
    reads = {column: str(DEMO / f"{name}.fastq.gz") for column, name in names.items()}
    samples = [
        {"sample": "isolate", **reads, "species": "Demobacter fictus"},
        {"sample": "unknown", "reads_1": str(slow)},
    ]
    asked = {"name": "Isolates", "analysis": "screen", "config": CONFIG, "samples": samples}
    made = service.request("POST", "/api/v1/runs", json={**asked, "options": {"cores": 2}})
    assert made.ok, made.text
    slow.with_suffix(".pipe").replace(slow)  # a service takes files only
    return str(made.json()["run_id"])


@long
def test_a_run_from_its_reads_to_its_verdicts(
    page: Any, service: RealService, slow: tuple[Path, threading.Event]
) -> None:
    file, enough = slow
    run_id = submit(service, file)
    page.goto(f"/runs/{run_id}")
    live = re.compile(r"% Screening reads, [0-9.,]+ (k |M )?reads/s")
    page.get_by_text(live).first.wait_for(timeout=JOBS)
    enough.set()
    page.locator("#run-head .state", has_text="completed").wait_for(timeout=JOBS)
    page.get_by_role("tab", name="Resistance").click()
    panel = page.get_by_role("tabpanel")
    panel.get_by_text("Genotype, not a susceptibility test").first.wait_for()
    panel.locator("figure[data-drawn=yes]").first.wait_for()
    isolate = panel.locator("section.result", has=page.get_by_role("heading", name="isolate"))
    row = isolate.get_by_role("row").filter(has_text="resistant").first
    row.wait_for()
    report = isolate.get_by_role("link", name="Report", exact=True).get_attribute("href")
    text = page.context.request.get(report).text()
    assert "Genotype, not a susceptibility test" in text
    unknown = panel.locator("section.result", has=page.get_by_role("heading", name="unknown"))
    unknown.get_by_text("Not assessed: mutations: the species is not known").wait_for()
