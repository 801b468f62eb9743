"""Time ``plumbline qc``: one sample's folder collected, one and all judged against a cohort.

    python benchmarks/qc.py [--rounds 3] [--samples 500] [--folder DIR]

The samples are DRAGEN's files of all categories, with the 3,366 contigs of GRCh38 with its HLA
sequences, and their values differ as samples do. Wall seconds are the median of the rounds, each a
whole process; memory is its peak (of the largest process). The last two cases are run once.
"""

import argparse
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "tests" / "support")]

from dragen_files import write_dragen  # noqa: E402

from engines import __version__  # noqa: E402
from engines.qc.collection import collect  # noqa: E402
from engines.qc.summary import as_text, summary  # noqa: E402

CONTIGS = 3366


@dataclass(frozen=True)
class Measure:
    """Wall and CPU seconds, peak memory in MiB."""

    wall: float
    cpu: float
    memory: float


def make_sample(folder: Path, number: int, chance: random.Random) -> Path:
    """A folder of DRAGEN files."""
    name, depth = f"S{number:04}", round(chance.gauss(36, 3), 2)
    write_dragen(folder, name, depth, round(chance.gauss(3.9e6, 6e4)))
    lines = [f"contig{n},{round(depth * 1e5)},{depth:.4f}\n" for n in range(CONTIGS)]
    with open(folder / f"{name}.wgs_contig_mean_cov.csv", "a", encoding="utf-8") as out:
        out.writelines(lines)
    return folder


def make_cohort(folder: Path, count: int) -> list[Path]:
    """Tables of many samples, collected here: one by one as processes they would take minutes."""
    chance, tables = random.Random(1), []  # noqa: S311 not for secrets
    (folder / "qc").mkdir()
    for number in range(count):
        name = f"S{number:04}"
        files = make_sample(folder / "in" / name, number, chance)
        table = folder / "qc" / f"{name}.qc.json"
        table.write_text(as_text(summary(collect([files], name), name, (), None)))
        tables.append(table)
    return tables


def measure(arguments: list[str]) -> Measure:
    """Run ``plumbline qc`` to its end."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "engines.qc", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"qc failed: {said.decode()[-2000:]}")
    return Measure(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def cases(folder: Path, tables: list[Path]) -> dict[str, list[str]]:
    """What is measured → arguments."""
    one, every, cohort = str(tables[0]), [str(path) for path in tables], str(folder / "qc")
    out, each = ["--out", str(folder / "out" / "o")], ["--each", str(folder / "out" / "each")]
    count = len(tables)
    sample = ["--sample", "S0000", "--out", str(folder / "out" / "S0000")]
    return {
        "collect one sample": ["collect", str(folder / "in" / "S0000"), *sample],
        f"judge 1 against {count}": ["judge", one, "--cohort", cohort, *out],
        f"judge 1 against {count}, no page": [
            "judge",
            one,
            "--cohort",
            cohort,
            "--no-report",
            *out,
        ],
        f"judge {count} against {count}": ["judge", *every, "--cohort", cohort, *out],
        f"judge {count}, each, no pages": ["judge", *every, *each, "--no-report", *out],
        f"judge {count}, each with its page": ["judge", *every, *each, *out],
        f"the same, {os.cpu_count()} threads": [
            *("judge", *every, *each, *out),
            *("--threads", str(os.cpu_count())),
        ],
    }


def main() -> None:
    """Make the samples, run the cases in turns."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--folder", type=Path, help="where the files go")
    options = parser.parse_args()
    print(f"plumbline {__version__}, Python {platform.python_version()}, {os.cpu_count()} CPUs")
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-", dir=options.folder) as name:
        tables = make_cohort(Path(name), options.samples)
        print(f"{'':36} {'wall s':>8} {'CPU s':>8} {'MiB':>6}")
        for case, arguments in cases(Path(name), tables).items():
            rounds = 1 if case.endswith(("its page", "threads")) else options.rounds
            found = [measure(arguments) for _ in range(rounds)]
            wall, cpu = (statistics.median(getattr(m, k) for m in found) for k in ("wall", "cpu"))
            print(
                f"{case:36} {wall:8.2f} {cpu:8.2f} {max(m.memory for m in found):6.0f}", flush=True
            )


if __name__ == "__main__":
    main()
