"""Compiled engines: made once, shared, and explained where they cannot be made."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engines.compare.core.native import COMPILED as CORE
from engines.contract.compiled import FLAGS, Compiled, compiler
from engines.contract.errors import Unavailable
from engines.screen.kernel.library import COMPILED as KERNEL

READS = "from engines.screen.kernel.native import native; print(native()._name)"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CC", raising=False)
    return tmp_path / "cache" / "plumbline" / "screen"


def test_it_is_made_once_and_kept_for_machines_without_a_compiler(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = KERNEL.path()
    assert made.parent.parent == cache and made.stat().st_size > 1000
    assert [path.name for path in made.parent.iterdir()] == [made.name]
    monkeypatch.setenv("PATH", "")
    assert KERNEL.path() == made
    run = subprocess.run([sys.executable, "-c", READS], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(made)


def test_other_sources_are_another_library(tmp_path: Path) -> None:
    copy = replace(KERNEL, folder=tmp_path)
    for name in (*KERNEL.sources, *KERNEL.headers):
        (tmp_path / name).write_bytes((KERNEL.folder / name).read_bytes())
    assert copy.key() == KERNEL.key()
    with open(tmp_path / "screen_read.h", "a") as header:
        header.write("\n")
    assert copy.key() != KERNEL.key()


def test_without_a_compiler_the_error_says_what_to_install(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match=r"a C compiler .* is not there") as caught:
        KERNEL.path()
    assert caught.value.code == 69 and "apt install gcc" in caught.value.hint
    monkeypatch.setenv("CC", "no-such-compiler -O1")
    with pytest.raises(Unavailable, match="no-such-compiler, which CC names,"):
        KERNEL.path()
    for module in ("engines.screen.kernel", "engines.compare.core"):
        run = subprocess.run([sys.executable, "-m", module], capture_output=True, text=True)
        assert run.returncode == 1 and "apt install gcc" in run.stderr
    assert not cache.exists() or not list(cache.rglob("*.so"))


@pytest.mark.parametrize("script", ["echo no headers >&2; exit 1", "exit 0", "exit 3"])
def test_a_compiler_that_fails_leaves_nothing(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    compiler = tmp_path / "cc"
    compiler.write_text(f"#!/bin/sh\n{script}\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CC", str(compiler))
    with pytest.raises(Unavailable, match=r"cannot make the screen's kernel: (no headers|it said)"):
        KERNEL.path()
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_a_cache_that_cannot_be_written_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = KERNEL.path()
    assert made.is_file() and tmp_path in made.parents


def test_a_library_that_cannot_be_loaded_is_explained(cache: Path) -> None:
    made = KERNEL.path()
    os.truncate(made, 100)
    code = (
        "from engines.contract.errors import EngineError\n"
        "try:\n    from engines.screen.kernel.native import native; native()\n"
        "except EngineError as error:\n    print(error.code, error.message, error.hint)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("69 ") and "remove the file" in run.stdout


@pytest.mark.parametrize("made", [KERNEL, CORE], ids=lambda made: made.name)
def test_the_sources_compile_without_a_warning(tmp_path: Path, made: Compiled) -> None:
    sources = [str(made.folder / name) for name in made.sources]
    strict = ["-Wall", "-Wextra", "-Werror", "-Wvla", "-Wshadow", "-pedantic"]
    if made is CORE:
        strict.append("-Wconversion")
    command = [*compiler(made.what), *FLAGS, *strict, *sources, "-lm", "-o", str(tmp_path / "x.so")]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
