"""Time ``plumbline calibrate`` with the built-in engine, and the R process of it alone.

    python benchmarks/calibrate.py [--rounds 5]

Wall and CPU seconds and peak memory of the median round, R's start included; the command's are
of everything that it starts. It is typed twice: the second time its answer is kept. Deaths and
matrices of ../shared/data (Mozambique, three algorithms) where they are, else the made-up
example of the demo, which has no children.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from engines import __version__
from engines.calibrate.case import Request
from engines.calibrate.preparation import prepare
from engines.calibrate.question import specification
from engines.calibrate.session import MAIN, RSession

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data" / "calibration"
DEMO = ROOT / "config" / "demo"
ALGORITHMS = ("eava", "insilicova", "interva")
CASES = {
    "neonates, one algorithm": ("neonate", ("insilicova",), "prior"),
    "neonates, three and ensemble": ("neonate", ALGORITHMS, "prior"),
    "neonates, the same, fixed": ("neonate", ALGORITHMS, "fixed"),
    "children, three and ensemble": ("child", ALGORITHMS, "prior"),
}


@dataclass(frozen=True)
class Source:
    """Where deaths and matrices are.

    Attributes:
        deaths: file of an algorithm's deaths, with {age_group} and {algorithm}.
        matrices: the file of matrices.
        country: whose they are.
    """

    deaths: str
    matrices: Path
    country: str


def sources() -> Source:
    """The real data where they are."""
    if SHARED.is_dir():
        deaths = f"{SHARED}/counts/{{age_group}}_{{algorithm}}.csv"
        return Source(deaths, SHARED / "ccva_missmat_asDirich.json", "Mozambique")
    return Source(f"{DEMO}/va_{{algorithm}}.csv", DEMO / "va_matrices.json", "Demoland")


def cases(source: Source) -> dict[str, Request]:
    """What is asked, for those that there are deaths for."""
    asked = {}
    for case, (age_group, algorithms, mmat_type) in CASES.items():
        va_data = {
            name: source.deaths.format(age_group=age_group, algorithm=name) for name in algorithms
        }
        if source.matrices.parent == DEMO and age_group == "child":
            continue
        asked[case] = Request(
            va_data=va_data,
            age_group=age_group,
            country=source.country,
            out=Path("result"),
            mmat_type=mmat_type,
            engine="builtin",
            misclassification=source.matrices,
            report=False,
        )
    return asked


def command(request: Request, out: Path) -> list[str]:
    """The request, typed. Without the report, whose charts cost the same whatever they show."""
    return [
        sys.executable, "-m", "engines.calibrate",
        *(f"--va-data={name}={file}" for name, file in request.va_data.items()),
        "--age-group", request.age_group, "--country", request.country,
        "--mmat-type", request.mmat_type, "--engine", request.engine,
        "--misclassification", str(request.misclassification), "--no-report", "--out", str(out),
    ]  # fmt: skip


def to_r(request: Request, folder: Path) -> bytes:
    """What the command sends to R."""
    with RSession() as session:
        case = prepare(request, session, folder)
    return (json.dumps(specification(case, folder / "r.json")) + "\n").encode()


def run(command: list[str], cache: Path, given: bytes = b"") -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak megabytes of one run with all that it starts."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL,
                               env={**os.environ, "XDG_CACHE_HOME": str(cache)})  # fmt: skip
    assert process.stdin
    process.stdin.write(given)
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Run every case, the command and R in turn, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    source = sources()
    with RSession() as session:
        hello = session.hello
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"plumbline {__version__}, Python {platform.python_version()}, R {hello.r}")
    print(f"deaths and matrices: {source.matrices.parent}")
    alone = ["Rscript", "--no-init-file", str(MAIN)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case, request in cases(source).items():
            given = to_r(request, folder)
            runs = []
            for number in range(rounds):
                typed = command(request, folder / "out")
                # a user's cache with no answers, then with this one
                cache = folder / f"{case} {number}"
                runs.append((run(typed, cache), run(typed, cache), run(alone, cache, given)))
            print(case)
            for label, figures in zip(
                ("plumbline calibrate", "the same again", "R alone"),
                zip(*runs, strict=True),
                strict=True,
            ):
                wall, cpu, memory = map(statistics.median, zip(*figures, strict=True))
                print(f"  {label:<20} {wall:6.2f} s wall {cpu:6.2f} s CPU {memory:6.0f} MB peak")


if __name__ == "__main__":
    main()
