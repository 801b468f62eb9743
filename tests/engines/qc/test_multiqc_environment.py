"""MultiQC's own environment: made once, under a lock, again after a kill; the real one if asked."""

import json
import os
import re
import signal
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from dragen_files import write_dragen
from qc_lab import run

from engines.qc import multiqc_environment

ROOT = Path(__file__).resolve().parents[3]
LOCK = ROOT / "resources" / "multiqc.lock"

# `uv` as far as it is used here: it makes an environment, and puts a small multiqc into it. With
# BLOCK in its folder it says that it is at work, and waits to be let go.
UV = """\
import os, subprocess, sys
from pathlib import Path
here, words = Path(__file__).parent, sys.argv[1:]
with open(here / "calls", "a") as calls:
    calls.write(" ".join(words[:2]) + "\\n")
if (here / "fail").exists():
    print((here / "fail").read_text())
    sys.exit(1)
if words[0] == "venv":
    folder = words[-1]
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
else:
    python = Path(words[words.index("--python") + 1])
    (site,) = python.parents[1].glob("lib/python*/site-packages")
    (site / "half").touch()
    if (here / "block").exists():
        (here / "block").unlink()
        (here / "at_work").write_text("yes")  # a FIFO: ends when it is read
        (here / "go").read_text()
    print("Resolved 57 packages in 5ms\\nDownloading polars (51.4MiB)\\n + multiqc==1.35")
    (site / "multiqc.py").write_text("__version__ = '1.35'")
"""


@pytest.fixture
def uv(tmp_path: Path) -> Path:
    """The folder of the only programs on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "uv").write_text(f"#!{sys.executable}\n{UV}")
    (folder / "uv").chmod(0o755)
    return folder


def start(uv: Path, **environment: str) -> subprocess.Popen[str]:
    """``plumbline qc multiqc --install`` as a process."""
    environment = {
        **{"PATH": str(uv), "HOME": str(uv), "XDG_CACHE_HOME": str(uv.parent / "cache")},
        **{"PYTHONPATH": str(ROOT / "workflow"), "UV_INDEX_URL": "https://example.org/simple"},
        **environment,
    }
    arguments = [sys.executable, "-m", "engines.qc", "multiqc", "--install"]
    return subprocess.Popen(arguments, env=environment, stderr=subprocess.PIPE, text=True)


def install(uv: Path, **environment: str) -> tuple[int, list[str]]:
    process = start(uv, **environment)
    _, said = process.communicate()
    return process.returncode, said.splitlines()


def calls(uv: Path) -> list[str]:
    return (uv / "calls").read_text().splitlines()


def test_it_is_made_once_and_told(uv: Path) -> None:
    code, said = install(uv)
    assert code == 0, said
    assert re.fullmatch(r"no MultiQC on the PATH: it is installed into .* \(1 GB, once\)", said[0])
    progress = [json.loads(line) for line in said if line.startswith('{"type"')]
    stages = [message["data"]["stage"] for message in progress]
    assert stages == ["Installing MultiQC: Downloading polars (51.4MiB)"]
    assert re.fullmatch(r"MultiQC 1\.35 is installed \(uv, \d+ s\)", said[-2])
    code, said = install(uv)
    assert (code, len(said)) == (0, 1)
    assert calls(uv) == ["venv --quiet", "pip install"]


def test_one_whose_making_was_killed_is_made_again(uv: Path) -> None:
    """The installer lives on and still writes: the next one waits until it has ended."""
    for name in ("at_work", "go"):
        os.mkfifo(uv / name)
    (uv / "block").touch()
    first = start(uv)
    assert (uv / "at_work").read_text() == "yes"
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = start(uv)
    assert second.stderr is not None
    assert second.stderr.readline() == "waiting for another plumbline that installs MultiQC\n"
    (uv / "go").write_text("go")
    said = second.stderr.read()
    assert second.wait() == 0, said
    assert "an installation of MultiQC did not finish, and is made again" in said
    assert calls(uv) == ["venv --quiet", "pip install"] * 2


def test_two_at_once_make_one(uv: Path) -> None:
    both = [start(uv), start(uv)]
    said = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert calls(uv) == ["venv --quiet", "pip install"]


def test_another_lock_has_another_environment_and_unused_ones_go(uv: Path) -> None:
    install(uv)
    (mark,) = (uv.parent / "cache").glob("plumbline/multiqc/*/complete.json")
    old = mark.parent.with_name("0123456789ab")
    mark.parent.rename(old)
    os.utime(old / mark.name, (0, 0))
    code, said = install(uv)
    assert code == 0
    assert f"removed, unused for 90 days: {old}" in said
    assert (mark.exists(), old.exists()) == (True, False)


@pytest.mark.parametrize(
    ("pip_says", "message"),
    [
        (
            [
                "WARNING: Retrying after connection broken by NewConnectionError",
                "ERROR: None found",
            ],
            "no package can be reached",
        ),
        (["ERROR: THESE PACKAGES DO NOT MATCH", "  Got 0"], "ERROR: THESE PACKAGES DO NOT MATCH"),
    ],
)
def test_what_cannot_be_installed_ends_with_a_line(
    uv: Path,
    monkeypatch: pytest.MonkeyPatch,
    pip_says: list[str],
    message: str,
) -> None:
    """pip is tried after uv."""
    (uv / "fail").write_text("error: Request failed after 3 retries\n  cause: dns error")
    monkeypatch.setenv("PATH", str(uv))
    monkeypatch.setenv("XDG_CACHE_HOME", str(uv.parent / "cache"))
    monkeypatch.setenv("UV_INDEX_URL", "https://example.org/simple")
    ended = multiqc_environment.Done(1, deque(pip_says))
    monkeypatch.setattr(multiqc_environment, "_with_pip", lambda *_: ended)
    done = run("multiqc", "--install")
    words = json.loads(done.stderr.splitlines()[-1])
    assert (done.exit_code, words["code"]) == (69, 69)
    assert words["message"] == f"MultiQC could not be installed: {message}"
    assert "uv: error: Request failed after 3 retries; now with pip" in done.stderr
    assert "qc multiqc --install" in words["hint"]


def test_a_cache_that_cannot_be_written(uv: Path) -> None:
    (uv.parent / "cache").write_text("a file")
    code, said = install(uv)
    assert (code, json.loads(said[-1])["hint"]) == (73, "set XDG_CACHE_HOME")


def test_the_lock_names_hashes_and_no_addresses() -> None:
    text = LOCK.read_text()
    release = re.search(r"^multiqc==(\S+) ", text, re.M)
    assert release
    assert f"multiqc ={release[1]}\n" in (ROOT / "envs" / "multiqc.yaml").read_text()
    packages = re.findall(r"^[a-z].*==.*\\$", text, re.M)
    assert len(packages) > 50
    assert text.count(" \\\n    --hash=sha256:") >= len(packages)
    assert "://" not in text


@pytest.mark.skipif(
    os.environ.get("PLUMBLINE_MULTIQC") != "1",
    reason="installs 1 GB: PLUMBLINE_MULTIQC=1, as make test-long does",
)
def test_the_real_one(tmp_path: Path) -> None:
    """Installed from the lock; then it knows every module that is expected, under one name."""
    folder = write_dragen(tmp_path / "in", "NA24143_Lib3_Rep1")
    mapping = folder / "NA24143_Lib3_Rep1.mapping_metrics.csv"
    unique = (
        "MAPPING/ALIGNING SUMMARY,,Number of unique reads (excl. duplicate marked reads),6300000"
    )
    mapping.write_text(f"{unique},90.00\n{mapping.read_text()}")  # by which MultiQC knows it
    (folder / "x.idxstats").write_text("chr1\t248956422\t100\t1\n*\t0\t0\t5\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow")}
    environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    arguments = [sys.executable, "-m", "engines.qc", "multiqc", str(folder)]
    arguments += ["--sample", "NA24143_Lib3_Rep1", "--out", str(tmp_path / "o")]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    record: dict[str, Any] = json.loads((tmp_path / "o.multiqc.provenance.json").read_text())
    assert [name.partition(".")[2] for name in sorted(record["not_shown"])] == [
        *("roh_metrics.csv", "sv_metrics.csv", "vc_hethom_ratio_metrics.csv"),
    ]
    page = (tmp_path / "o.multiqc.html").read_text()
    assert "NA24143_Lib3_Rep1" in page
    assert "plumbline-multiqc-" not in page  # no name of a folder of this machine
