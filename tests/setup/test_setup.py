"""Setting up, with stand-ins for what would be downloaded: done once, completed after a kill."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Commands that the scripts may take for granted on any machine.
BASIC = """
awk bash cat cc cksum cp cut dirname env flock grep id ln mkdir mv rm sed sleep sort tail touch tr
"""

# Stands in for uv: writes down what it was asked, and "installs" what `works` looks for. It waits
# for as long as there is a file `hold`.
TOOLS = (
    *("bcftools", "samtools", "Rscript", "kma", "minimap2", "diamond"),
    *("bwa", "fastp", "freebayes", "mosdepth", "delly", "sniffles"),
)
UV = """\
echo "$@" >>asked
[[ $2 != sync ]] || while [[ -e hold ]]; do echo holding >held; sleep 0.05; done
for compiled in screen/kernel compare/core; do
  mkdir -p .venv/lib/engines/$compiled
  echo "open('compiled', 'a').write('$compiled ')" >.venv/lib/engines/$compiled/__main__.py
done
for name in control engines snakemake; do
  mkdir -p .venv/lib/$name && touch .venv/lib/$name/__init__.py
  cp -r .venv/lib/$name .venv/lib/python*/site-packages/
done
"""


@pytest.fixture
def tools(tmp_path):
    """A folder of commands, the only one on the PATH: no apt-get, no conda, no sudo."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in BASIC.split():
        (folder / name).symlink_to(shutil.which(name))
    (folder / "python3").symlink_to(sys._base_executable)
    return folder


@pytest.fixture
def clone(tmp_path, tools):
    """A clone with an environment in which every tool is there, and uv."""
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "setup", folder / "setup")
    (folder / "requirements.lock").write_text("snakemake==9.0 \\\n    --hash=sha256:0\n")
    (folder / "pyproject.toml").write_text("[project]\n")
    (folder / "control").mkdir()
    (folder / "workflow/engines").mkdir(parents=True)
    put(tools, "uv", UV)
    for name in TOOLS:
        put(tools, name, "")
    return folder


def put(tools: Path, name: str, script: str) -> None:
    """A command on the PATH; where it was a link, the system's own must stay as it is."""
    (tools / name).unlink(missing_ok=True)
    (tools / name).write_text(f"#!/usr/bin/env bash\n{script}")
    (tools / name).chmod(0o755)


def start(clone: Path, tools: Path, *command: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command or ("setup/setup.sh",),
        cwd=clone,
        env={"PATH": str(tools), "HOME": str(clone)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(clone: Path, tools: Path, *command: str) -> tuple[int, str]:
    process = start(clone, tools, *command)
    said = process.communicate(timeout=180)[0]
    return process.returncode, said


def asked(clone: Path) -> list[str]:
    return (clone / "asked").read_text().splitlines()


def test_done_once_and_again_only_when_something_changed(clone, tools):
    assert run(clone, tools) == (
        0,
        "setup: 1 packages with Python 3.11\nsetup: done\n".replace(
            "3.11", ".".join(map(str, sys.version_info[:2]))
        ),
    )
    assert [line.split()[:2] for line in asked(clone)] == [["pip", "sync"], ["pip", "install"]]
    assert "--require-hashes" in asked(clone)[0]
    assert "--no-deps --editable ." in asked(clone)[1]

    assert run(clone, tools) == (0, "setup: nothing to do\n")
    assert len(asked(clone)) == 2

    with open(clone / "requirements.lock", "a") as lock:
        lock.write("truvari==5.4.0\n")
    assert run(clone, tools)[0] == 0
    assert len(asked(clone)) == 4

    shutil.rmtree(next((clone / ".venv/lib").glob("python*/site-packages")) / "engines")
    assert run(clone, tools)[0] == 0, "what is broken is mended"
    assert len(asked(clone)) == 6


def test_what_was_killed_is_completed_by_the_next(clone, tools):
    (clone / "hold").touch()
    process = start(clone, tools)
    deadline = time.monotonic() + 180
    while not (clone / "held").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert (clone / ".venv").exists()
    leftover = clone / ".venv/lib/half-installed"
    leftover.mkdir()
    (clone / "hold").unlink()

    code, said = run(clone, tools)
    assert code == 0, said
    assert "the last one did not finish; .venv is made again" in said
    assert not leftover.exists()
    assert run(clone, tools) == (0, "setup: nothing to do\n")


def test_two_at_once_wait_for_each_other(clone, tools):
    (clone / "hold").touch()
    first = start(clone, tools)
    deadline = time.monotonic() + 180
    while not (clone / "held").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    second = start(clone, tools)
    assert second.stdout is not None
    assert "waiting for another one" in second.stdout.readline()
    (clone / "hold").unlink()
    assert first.wait(timeout=180) == 0
    assert "nothing to do" in second.communicate(timeout=180)[0]
    assert len(asked(clone)) == 2


def test_bytecode_is_compiled_where_the_environment_forbids_it(clone, tools):
    (tools / "python3").unlink()
    put(tools, "python3", f'export PYTHONDONTWRITEBYTECODE=1\nexec {sys._base_executable} "$@"\n')
    command = ("bash", "-c", "export PYTHONDONTWRITEBYTECODE=1; setup/setup.sh")
    assert run(clone, tools, *command)[0] == 0
    site = next((clone / ".venv/lib").glob("python*/site-packages"))
    assert list((site / "engines/__pycache__").glob("*.pyc"))


def test_a_linked_environment_is_never_changed(clone, tools, tmp_path):
    (tmp_path / "theirs").mkdir()
    (clone / ".venv").symlink_to(tmp_path / "theirs")
    code, said = run(clone, tools)
    assert code == 0
    assert "used as it is" in said
    assert not list((tmp_path / "theirs").iterdir())


def test_no_python_that_fits(clone, tools):
    (tools / "python3").unlink()
    put(tools, "python3", 'echo "3.9"\n')
    (tools / "uv").unlink()
    code, said = run(clone, tools, "setup/python.sh", "install")
    assert code == 69
    assert "Python 3.11, 3.12 or 3.13 is needed, and python3 is 3.9" in said
    assert not (clone / ".venv").exists()


def test_a_missing_tool_that_cannot_be_had_is_named_and_closes_its_analyses(clone, tools):
    (tools / "bcftools").unlink()
    (tools / "cc").unlink()
    code, said = run(clone, tools)
    assert code == 0, "what can be set up is"
    assert "tools are missing that could not be installed here" in said
    for tool in ("C compiler", "zlib headers", "bcftools"):
        assert f"setup: {tool} is missing (Debian: " in said
    assert "closed without it: structural variants" in said
    code, again = run(clone, tools)
    assert "bcftools is missing" in again, "it is said every time"
    assert again.endswith("setup: nothing to do\n")


def test_without_a_compiler_the_rest_of_the_lock_is_installed(clone, tools):
    (tools / "cc").unlink()
    lock = "pyabpoa==1 \\\n    --hash=sha256:1\npysam==2 \\\n    --hash=sha256:2\ntruvari==3\n"
    (clone / "requirements.lock").write_text(lock)
    assert run(clone, tools)[0] == 0
    wanted = (clone / ".venv/requirements.txt").read_text()
    assert wanted == "pysam==2 \\\n    --hash=sha256:2\n"


def test_a_tool_comes_from_debian_where_one_may(clone, tools):
    (tools / "bcftools").unlink()
    put(tools, "id", "echo 0\n")
    put(tools, "apt-get", f'echo "$@" >>apt\n[[ $1 == update ]] || ln -s cat {tools}/bcftools\n')
    code, said = run(clone, tools, "setup/system_tools.sh", "install")
    assert code == 0, said
    asked_for = (clone / "apt").read_text().splitlines()
    assert asked_for[0].startswith("update")
    assert asked_for[1] == "install -y -qq --no-install-recommends bcftools"
    assert run(clone, tools, "setup/system_tools.sh", "check") == (0, "")


def test_without_r_only_calibration_is_closed(clone, tools):
    (tools / "Rscript").unlink()
    code, said = run(clone, tools)
    assert code == 0
    closed = [line for line in said.splitlines() if "closed without it" in line]
    assert [line.partition(" is missing")[0] for line in closed] == [
        "setup: R",
        "setup: R package jsonlite",
    ]
    assert all(line.endswith("calibration of verbal autopsies") for line in closed)


def test_a_missing_package_of_r_comes_alone(clone, tools):
    put(tools, "Rscript", 'echo "$@" >>rscript\n[[ -e jsonlite ]]\n')
    put(tools, "id", "echo 0\n")
    put(tools, "apt-get", 'echo "$@" >>apt\n[[ $1 == update ]] || touch jsonlite\n')
    check = ("setup/system_tools.sh", "check")
    assert run(clone, tools, *check) == (1, "R package jsonlite\n")
    assert "requireNamespace('jsonlite'" in (clone / "rscript").read_text()
    assert run(clone, tools, "setup/system_tools.sh", "install")[0] == 0
    last = (clone / "apt").read_text().splitlines()[-1]
    assert last == "install -y -qq --no-install-recommends r-cran-jsonlite"
    assert run(clone, tools, *check) == (0, "")


def test_a_tool_comes_from_conda_where_debian_is_closed(clone, tools):
    (tools / "bcftools").unlink()
    put(tools, "id", "echo 1000\n")
    put(tools, "apt-get", "exit 100\n")
    put(
        tools,
        "mamba",
        'echo "$@" >>mamba\nmkdir -p .tools/bin && ln -s /bin/true .tools/bin/bcftools\n',
    )
    code, said = run(clone, tools, "setup/system_tools.sh", "install")
    assert code == 0, said
    assert "--channel bioconda bcftools" in (clone / "mamba").read_text()
    assert run(clone, tools, "setup/system_tools.sh", "check") == (0, "")


def test_what_is_in_c_is_made_and_without_it_the_rest_is_set_up(clone, tools):
    assert run(clone, tools)[0] == 0
    assert (clone / "compiled").read_text() == "screen/kernel compare/core "
    put(tools, "uv", UV.replace("$compiled '", "').no_compiler('"))
    (clone / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    code, said = run(clone, tools)
    assert code == 0
    assert said.count("no_compiler") == 2
    closed = [line for line in said.splitlines() if line.endswith(" is closed")]
    assert closed == [
        "setup: screening of reads is closed",
        "setup: comparison of small variants is closed",
    ]
    assert said.splitlines()[-1] == "setup: done"


def test_npm_brings_what_the_tests_of_the_pages_need(clone, tools):
    put(tools, "npm", 'pwd >npm-asked; echo "$@" >>npm-asked; cat package.json >>npm-asked\n')
    assert run(clone, tools)[0] == 0
    said = (clone / ".venv/share/page-tests/npm-asked").read_text()
    assert said.splitlines()[1].startswith("ci --ignore-scripts")
    assert '"axe-core"' in said


def test_without_what_npm_brings_everything_else_is_set_up(clone, tools):
    put(tools, "npm", "echo no network\necho and more\nexit 1\n")
    code, said = run(clone, tools)
    assert code == 0
    assert said.splitlines()[-3:] == [
        "setup: npm: no network",
        "setup: closed without it: the test of the pages' accessibility",
        "setup: done",
    ]
