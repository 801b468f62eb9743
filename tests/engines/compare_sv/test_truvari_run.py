"""Running truvari: what a failure becomes, and that only the installed truvari is run."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.compare_sv.options import Options
from engines.compare_sv.truvari_run import Truvari, last_meaningful_line
from engines.contract.errors import EngineError, Transient, Unavailable

FAKE = """
import sys
sys.stderr.write({stderr!r})
{more}
sys.exit({code})
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Puts a truvari in front of the real one that says and does what is asked."""

    def make(stderr: str = "", code: int = 1, more: str = "") -> Truvari:
        package = tmp_path / "fake" / "truvari"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "__main__.py").write_text(FAKE.format(stderr=stderr, code=code, more=more))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))
        return Truvari(tmp_path)

    return make


def bench(truvari: Truvari) -> None:
    truvari.bench(Path("t.vcf.gz"), Path("q.vcf.gz"), None, None, Options())


def test_the_exception_is_the_reason(fake, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    log = (
        "2026-01-01 [INFO] Truvari v5\nTraceback (most recent call last):\n  File x\n"
        "ValueError: Cannot compare multi-allelic records. Please split\nline chr1\t5\n"
    )
    with pytest.raises(EngineError) as caught:
        bench(fake(log))
    assert caught.value.message == (
        "truvari bench failed (exit code 1): "
        "ValueError: Cannot compare multi-allelic records. Please split"
    )
    assert "report" in caught.value.hint
    assert (caught.value.code, caught.value.error_class) == (70, "permanent")
    assert capsys.readouterr().err == log, "truvari's own lines belong into the log"


def test_a_kill_may_pass_by_itself(fake) -> None:  # type: ignore[no-untyped-def]
    more = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(Transient, match="truvari bench was ended by SIGKILL") as caught:
        bench(fake(more=more))
    assert "memory" in caught.value.hint


def test_success_without_a_result_is_no_result(fake) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(FileNotFoundError, match=r"summary\.json"):
        bench(fake(code=0))


# refine's own processes: a manager, and a pool of which one worker dies while the other works.
# The manager first: forked beside the threads of a pool it inherits their locks, and once in some
# thousand times waits for ever (truvari has them the other way round).
POOL = """
import multiprocessing, os, signal, threading
def work(number):
    if number == 0:
        threading.Event().wait()
    {end}
with multiprocessing.Manager(), multiprocessing.Pool(2) as pool:
    pool.map(work, [0, 1], chunksize=1)
"""


@pytest.fixture
def deadline() -> Iterator[None]:
    """Turns waiting for ever into a failure."""

    def give_up(*_: object) -> None:
        raise TimeoutError("truvari is still waited for")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def refine(truvari: Truvari) -> None:
    truvari.folder.mkdir()
    (truvari.folder / "candidate.refine.bed").write_text("chr1\t5\t9\n")
    truvari.refine(Path("ref.fa"), Options(), 2)


@pytest.mark.usefixtures("deadline")
def test_a_killed_worker_ends_the_run(fake) -> None:  # type: ignore[no-untyped-def]
    more = POOL.format(end="os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(Transient, match="truvari refine was ended by SIGKILL") as caught:
        refine(fake(more=more))
    assert "memory" in caught.value.hint


@pytest.mark.usefixtures("deadline")
def test_a_worker_that_leaves_ends_the_run(fake) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(EngineError, match="a worker process ended with exit code 3") as caught:
        refine(fake(more=POOL.format(end="os._exit(3)")))
    assert (caught.value.code, caught.value.error_class) == (70, "permanent")


@pytest.mark.usefixtures("deadline")
def test_workers_that_are_done_do_not(fake) -> None:  # type: ignore[no-untyped-def]
    more = (
        "import multiprocessing\n"
        "with multiprocessing.Pool(2, maxtasksperchild=1) as pool:\n"
        "    print(pool.map(abs, [-1, -2, -3, -4], chunksize=1))\n"
    )
    with pytest.raises(EngineError, match=r"exit code 255\): \[1, 2, 3, 4\]"):
        refine(fake(code=255, more=more))


def test_truvari_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def absent(name: str) -> str:
        raise __import__("importlib").metadata.PackageNotFoundError(name)

    monkeypatch.setattr("engines.compare_sv.truvari_run.metadata.version", absent)
    with pytest.raises(Unavailable, match="truvari is not installed"):
        Truvari(tmp_path)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["x", "KeyError: 'GT'", ""], "KeyError: 'GT'"),
        (["numpy._core.MemoryError: no", "[INFO] bye"], "numpy._core.MemoryError: no"),
        (
            ["ERROR:root:File a does not exist", "Couldn't run Truvari. Please fix parameters"],
            "File a does not exist",
        ),
        (
            ["2026-01-01 09:00:00,1 [ERROR] Contig c has no length definition. Fix header."],
            "Contig c has no length definition. Fix header.",
        ),
        (
            ["[E::bcf_translate] Unchecked error (2 Tag not defined in header)", "  "],
            "Unchecked error (2 Tag not defined in header)",
        ),
        (["something", "", " "], "something"),
        ([], "it said nothing"),
    ],
)
def test_last_meaningful_line(lines: list[str], expected: str) -> None:
    assert last_meaningful_line(lines) == expected


def test_nothing_to_refine_is_not_refined(fake, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    truvari = fake("must not be started")
    truvari.folder.mkdir()
    (truvari.folder / "candidate.refine.bed").write_text("")
    assert truvari.refine(tmp_path / "ref.fa", Options(), 1) is None
    (truvari.folder / "candidate.refine.bed").write_text("HLA-A*01:01\t5\t9\n")
    assert truvari.refine(tmp_path / "ref.fa", Options(), 1) is None
    assert truvari.warnings == [
        "1 regions are not refined: truvari cannot read contig names with - or :"
    ]


def test_refine_that_found_no_region_is_not_refined(fake, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    truvari = fake("No regions to be refined. Exiting", code=0)
    truvari.folder.mkdir()
    (truvari.folder / "candidate.refine.bed").write_text("chr1\t5\t9\n")
    assert truvari.refine(tmp_path / "ref.fa", Options(), 1) is None


def test_a_failed_refine_says_how_to_do_without(fake, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    truvari = fake("KeyError: 'x'\n")
    truvari.folder.mkdir()
    (truvari.folder / "candidate.refine.bed").write_text("chr1\t5\t9\n")
    with pytest.raises(EngineError, match=r"truvari refine failed .*KeyError") as caught:
        truvari.refine(tmp_path / "ref.fa", Options(), 1)
    assert "--no-refine" in caught.value.hint


def test_every_parameter_reaches_truvari() -> None:
    arguments = Options(
        pick="multi",
        dup_to_ins=False,
        passonly=False,
        typeignore=True,
        roll=False,
        decompose=False,
        no_ref="a",
        sizemin=7,
        sizemax=-1,
        extend=3,
    ).bench_arguments()
    assert {
        "--pick=multi", "--typeignore", "--no-roll", "--no-decompose", "--no-ref=a", "--sizemin=7",
        "--sizefilt=7", "--sizemax=-1", "--extend=3", "--max-resolve=25000", "--bnddist=100",
        "--pctseq=0.7", "--pctsize=0.7", "--pctovl=0.0", "--refdist=500", "--chunksize=1000",
    } == set(arguments)  # fmt: skip
    assert {"--pick=ac", "--dup-to-ins", "--passonly", "--sizefilt=30"} <= set(
        Options().bench_arguments()
    )
    json.dumps(Options().as_data(refine=True))


def test_an_interrupt_ends_the_workers_too(fake, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """The worker holds truvari's output open, so reading ends only when it is gone."""
    more = (
        "import subprocess\n"
        "worker = subprocess.Popen([sys.executable, '-c', 'import sys, time; time.sleep(600)'])\n"
        "print('worker', worker.pid, flush=True)\n"
        "worker.wait()"
    )
    said: list[str] = []

    def interrupt(line: str) -> None:
        said.append(line)
        raise KeyboardInterrupt

    monkeypatch.setattr("engines.compare_sv.truvari_run.say", interrupt)
    with pytest.raises(KeyboardInterrupt):
        bench(fake(more=more))
    worker = int(said[0].split()[1])
    deadline = time.monotonic() + 180
    while Path(f"/proc/{worker}").exists() and "Z" not in _state(worker):
        assert time.monotonic() < deadline, "the worker is still there"
        time.sleep(0.01)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return "Z"
