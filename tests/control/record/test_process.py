"""Processes: told apart without /proc too."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from control.record import process
from control.record.process import is_alive, this_process


def test_this_one_lives() -> None:
    me = this_process()
    assert me.pid == os.getpid() and me.pid_start
    assert is_alive(me) is True


def test_names_with_brackets_and_spaces_do_not_confuse(tmp_path: Path) -> None:
    odd = tmp_path / "a) b (c 1 2 3"
    odd.symlink_to(os.path.realpath(sys.executable))
    starts = [process._start_of(os.getpid())]
    for program in (odd, sys.executable):
        with subprocess.Popen([program, "-c", "input()"], stdin=subprocess.PIPE) as child:
            starts.append(process._start_of(child.pid))
            child.communicate(b"\n")
    first, odd_one, last = (int(start or -1) for start in starts)
    assert 0 < first <= odd_one <= last


def test_without_proc_ps_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ps = tmp_path / "bin" / "ps"
    ps.parent.mkdir()
    ps.write_text('#!/bin/sh\n[ "$4" = 1 ] || echo "Sat Nov 21 22:10:05 2026 $4"\n')
    ps.chmod(0o755)
    monkeypatch.setattr(process, "PROC", tmp_path / "none")
    monkeypatch.setenv("PATH", str(ps.parent), prepend=os.pathsep)
    me = this_process()
    assert me.boot_id is None and me.pid_namespace is None
    assert me.pid_start == f"Sat Nov 21 22:10:05 2026 {me.pid}"
    assert is_alive(me) is True
    assert is_alive(replace(me, pid_start="Fri Nov 20 22:10:05 2026")) is False


def test_what_the_system_hides_is_not_called_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    me = this_process()
    monkeypatch.setattr(process, "_start_of", lambda _pid: None)
    assert is_alive(me) is None
