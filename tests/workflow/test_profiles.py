"""The profiles: each says only what Snakemake and its plugins know, and plans the same jobs.

The plugins of other schedulers than SLURM are no part of the environment: what needs them runs by
`make check-profiles`, which names a folder with them in PLUMBLINE_PLUGINS.
"""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stand_in_pbs
import workflow_folder
import yaml
from s3_store import s3_admin, s3_store, use_store
from snakemake.cli import get_argument_parser
from waiting import poll
from workflow_folder import ROOT

PROFILES = sorted(path.parent.name for path in (ROOT / "profiles").glob("*/config.yaml"))
PLUGINS = os.environ.get("PLUMBLINE_PLUGINS", "")
STORES = ("kubernetes", "aws-batch")
MEASURED = {
    "annotate": 1,
    "calibrate": 1,
    "collect_qc": 2,
    "compare_small_variants": 2,
    "compare_structural_variants": 1,
    "screen": 1,
}
needs_plugins = pytest.mark.skipif(not PLUGINS, reason="make check-profiles: plugins to install")


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text())
    return content


def packages() -> dict[str, set[str]]:
    """What setup/executors.txt has for each profile."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "setup/executors.txt").read_text().splitlines():
        if not line.startswith("#"):
            profile, package = line.split()
            found.setdefault(profile, set()).add(package)
    return found


@pytest.mark.parametrize("name", PROFILES)
def test_every_key_is_an_option(name):
    content = read(name)
    executor = content.get("executor", "local")
    known = {
        option.removeprefix("--")
        for action in get_argument_parser()._actions
        for option in action.option_strings
    }
    prefixes = (f"{executor}-", "storage-s3-")
    strange = {key for key in content if key not in known and not key.startswith(prefixes)}
    assert not strange
    assert content["keep-going"] and content["rerun-incomplete"]
    assert content["logger"] == ["plumbline"]


@pytest.mark.parametrize("name", sorted(packages()))
def test_what_it_needs_is_pinned(name):
    content = read(name)
    needed = {f"snakemake-executor-plugin-{content['executor']}"}
    if store := content.get("default-storage-provider"):
        needed.add(f"snakemake-storage-plugin-{store}")
    assert {each.split("==")[0] for each in packages()[name]} == needed
    document = (ROOT / "docs/executors.md").read_text()
    for package in packages()[name]:
        assert f"`{package.replace('==', ' ')}`" in document, "the docs name the same version"


# ---- with the plugins


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config").symlink_to(ROOT / "config")
    return tmp_path


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """A store with everything that the demonstration reads."""
    with s3_store() as endpoint:
        admin = s3_admin(endpoint)
        admin.create_bucket(Bucket="bucket")
        for path in (each for each in (ROOT / "config").rglob("*") if each.is_file()):
            admin.upload_file(str(path), "bucket", f"plumbline/{path.relative_to(ROOT)}")
        yield endpoint


def snakemake(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Snakemake with the plugins, on the demonstration."""
    with start(folder, *arguments) as process:
        out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    workflow = ["--snakefile", str(ROOT / "workflow/Snakefile")]
    given = ["--configfile", "config/demo/config.yaml", "--nocolor", *arguments]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.Popen(
        [f"{PLUGINS}/bin/python", "-m", "snakemake", *workflow, *given],
        cwd=folder,
        env=os.environ | {"PATH": path, "SNAKEMAKE_LOGGER_PLUMBLINE_RUNS": str(folder / "runs")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@needs_plugins
@pytest.mark.parametrize("name", sorted(packages()))
def test_a_dry_run_of_the_demonstration(name, folder, store, monkeypatch):
    arguments = ["-n", "--quiet", "rules", "--workflow-profile", str(ROOT / "profiles" / name)]
    if name in STORES:
        use_store(monkeypatch, store, "key")
        arguments += ["--storage-s3-endpoint-url", store]
    ended = snakemake(folder, *arguments)
    assert ended.returncode == 0, ended.stderr[-3000:]
    planned = workflow_folder.jobs(ended.stdout + ended.stderr)
    measured = Counter({rule: n for rule, n in planned.items() if rule in MEASURED})
    assert measured == MEASURED
    assert ("chart_small_variants" in planned) == (name not in STORES)


@pytest.fixture
def queue(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The queue of a stand-in for PBS, which is on the PATH."""
    programs = stand_in_pbs.install(folder / "pbs")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STAND_IN_PBS", str(folder / "pbs" / "queue"))
    return folder / "pbs" / "queue"


ON_PBS = ("--workflow-profile", str(ROOT / "profiles/pbs"), "--latency-wait", "5")


@needs_plugins
def test_a_run_on_pbs(folder, queue):
    """The real workflow and the real plugin; in the place of PBS a stand-in."""
    target = "results/report/structural_variants.html"
    grouped = "results/qc/caller_a.qc.json"
    ended = snakemake(folder, *ON_PBS, "--", target, grouped)
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert (folder / target).stat().st_size > 1000
    assert (folder / grouped).exists()
    assert len(list(queue.glob("*.json"))) == 3, "comparison, chart, and a group"
    assert not list((folder / ".snakemake/pbs").glob("*.job"))


@needs_plugins
def test_a_run_on_pbs_that_is_cancelled_leaves_no_job(folder, queue):
    with start(folder, *ON_PBS, "--", "results/report/structural_variants.html") as process:
        poll(lambda: list((folder / "logs").rglob("*.log")), seconds=90)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=180)
    assert process.returncode == 1
    (job,) = (json.loads(file.read_text()) for file in queue.glob("*.json"))
    poll(lambda: not stand_in_pbs.is_there(job["process"]))
