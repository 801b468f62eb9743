"""make setup-tests with stand-ins for Debian's tools: what is missing comes, and nothing starts."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# notes what it was asked and whether services may start, and "installs" the missing program
APT = """\
echo "$@" >>apt-asked
[[ " $* " != *" unheard-of "* ]] || exit 100
if [[ $1 == install ]]; then
  "$POLICY"; echo "policy $?" >>apt-asked
  cp "$POLICY" left-behind
  printf '#!/bin/sh\\n' >"$TOOLS/strange-server" && chmod 755 "$TOOLS/strange-server"
fi
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose table names one program that no machine has."""
    shutil.copytree(ROOT / "setup", tmp_path / "clone" / "setup")
    row = "strange-server\tstrange-package\tstrange-unit\tof strange servers\n"
    (tmp_path / "clone/setup/test_servers.tsv").write_text(f"# a table\n{row}")
    (tmp_path / "tools").mkdir()
    return tmp_path / "clone"


def setup_tests(clone: Path, user: int) -> str:
    tools = clone.parent / "tools"
    commands = {"apt-get": APT, "id": f"echo {user}", "systemctl": 'echo "$@" >>units'}
    for name, text in commands.items():
        (tools / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
        (tools / name).chmod(0o755)
    environ = {
        **os.environ,
        "PATH": f"{tools}:{os.environ['PATH']}",
        "TOOLS": str(tools),
        "POLICY": str(clone.parent / "policy-rc.d"),
    }
    ended = subprocess.run(
        [clone / "setup/test_servers.sh"], cwd=clone, env=environ, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_what_is_missing_is_installed_and_may_not_start(clone: Path):
    assert setup_tests(clone, user=0).splitlines() == [
        "setup: for the tests, from Debian's packages: strange-package"
    ]
    update, install, policy = (clone / "apt-asked").read_text().splitlines()
    assert update.startswith("update") and install.endswith(" strange-package")
    assert policy == "policy 101", "no service may be started while it installs"
    assert (clone / "units").read_text() == "--quiet disable strange-unit\n"
    assert not (clone.parent / "policy-rc.d").exists()
    assert setup_tests(clone, user=0) == "", "nothing is left to be done"


def test_a_policy_that_was_left_behind_forbids_nothing(clone: Path):
    setup_tests(clone, user=0)
    (clone.parent / "tools/strange-server").unlink()
    left = shutil.copy(clone / "left-behind", clone.parent / "policy-rc.d")  # as after kill -9
    assert subprocess.run([left]).returncode == 0
    setup_tests(clone, user=0)
    assert not Path(left).exists()


def test_the_policy_of_a_machine_is_put_aside_and_holds_again(clone: Path):
    own, text = clone.parent / "policy-rc.d", '#!/bin/sh\n[ "$1" != ours ]\n'
    own.write_text(text)
    own.chmod(0o755)
    setup_tests(clone, user=0)
    assert (clone / "apt-asked").read_text().splitlines()[-1] == "policy 101"
    assert own.read_text() == text
    assert list(clone.parent.glob("policy-rc.d?*")) == []
    (clone.parent / "tools/strange-server").unlink()
    own.rename(own.with_name("policy-rc.d.aside"))
    left = shutil.copy(clone / "left-behind", own)  # as after kill -9: the machine's own decides
    assert subprocess.run([left, "ours"]).returncode == 1
    assert subprocess.run([left, "other"]).returncode == 0
    setup_tests(clone, user=0)
    assert own.read_text() == text


def test_without_root_it_says_which_tests_are_skipped(clone: Path):
    assert setup_tests(clone, user=1000).splitlines() == [
        "setup: they could not be installed here; as root: apt-get install strange-package",
        "setup: tests are skipped: of strange servers",
    ]
    assert not (clone / "apt-asked").exists()


def test_a_package_that_this_release_does_not_know_keeps_no_other_away(clone: Path):
    with (clone / "setup/test_servers.tsv").open("a") as table:
        table.write("no-such-server\tunheard-of\t-\tof what nobody has\n")
    assert setup_tests(clone, user=0).splitlines() == [
        "setup: for the tests, from Debian's packages: strange-package unheard-of",
        "setup: they could not be installed here; as root: apt-get install strange-package"
        " unheard-of",
        "setup: tests are skipped: of what nobody has",
    ]
