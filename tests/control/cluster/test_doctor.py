"""The doctor on a real cluster: what is well, and what a site or a profile can have wrong."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from slurm_cluster import SlurmCluster, missing_programs

from control.doctor.cluster import checks, site, trial
from control.doctor.cluster.asked import Asked, read
from control.doctor.cluster.commands import minutes
from control.doctor.findings import Finding, Level
from control.doctor.launchers import launchers
from control.settings import ROOT, Settings

Look = Callable[..., list[Finding]]

SOUND = {"slurm_partition": "cpu", "slurm_account": "lab", "runtime": 60, "mem_mb": 1000}
FOLDERS = ("references", "runs", "work")
RULE = """
rule {}:
    threads: {}
    resources:
        mem_mb={},
        runtime={},
    shell:
        "true"
"""


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Everything that is said of a profile on a cluster, in a workflow of two small rules."""
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("PLUMBLINE_REFERENCES", str(tmp_path / "references"))
    (tmp_path / "workflow").mkdir()
    rules = RULE.format("small", 1, "lambda wildcards, attempt: 100 * attempt", 10)
    (tmp_path / "workflow" / "rules.smk").write_text(rules + RULE.format("large", 4, 4000, 240))
    settings = Settings(runs=[tmp_path / "runs"], workflow=tmp_path)

    def looked(cluster: SlurmCluster, with_job: bool = False, **profile: object) -> list[Finding]:
        monkeypatch.setenv("SLURM_CONF", str(cluster.conf))
        file = tmp_path / "config.yaml"
        content = {"executor": "slurm", "jobs": 20, "default-resources": SOUND}
        file.write_text(yaml.safe_dump({**content, **profile}))
        return list(checks.looked_at(read(file), settings, with_job))

    return looked


def of(found: list[Finding], what: str) -> list[Finding]:
    return [each for each in found if each.what == what]


def failures(found: list[Finding]) -> list[Finding]:
    return [each for each in found if each.level is Level.FAIL]


def test_a_sound_site_and_what_a_node_sees(look, cluster, tmp_path):
    gpu = {"large": {"slurm_partition": "gpu", "gpu": 1}}
    found = look(cluster, with_job=True, **{"set-resources": gpu, "latency-wait": 60})
    assert not failures(found)
    assert of(found, "partition cpu")[0].text == "1 nodes, jobs of any length"
    assert "none: ends are seen in the queue, kept 300 s" in of(found, "accounting")[0].text
    assert [each.text for each in of(found, "shared folder")][:3] == [
        f"{tmp_path / folder} is seen from n1, and back" for folder in FOLDERS
    ]
    assert [each.level for each in of(found, "test job")] == [Level.OK] * 2  # with and without GPU
    (shown,) = of(found, "GPU")
    assert "CUDA_VISIBLE_DEVICES=0" in shown.text
    assert "latency-wait is long enough" in of(found, "file system")[0].text
    left = {path.name for path in tmp_path.rglob("*")} - {"workflow", "rules.smk", "config.yaml"}
    assert left == set(FOLDERS), "nothing of the looking is left"
    assert cluster.queue() == []


def test_who_is_told_to_end_leaves_no_job(look, cluster, monkeypatch):
    ask = trial.ask

    def asked(*command: str) -> str:
        said = ask(*command)
        if command[0] == "sbatch":  # as by SIGTERM, before anybody has noted its number
            raise SystemExit(143)
        return said

    monkeypatch.setattr(trial, "ask", asked)
    with pytest.raises(SystemExit):
        look(cluster, with_job=True)
    assert cluster.queue() == []


@pytest.mark.parametrize(
    ("profile", "what", "text", "hint"),
    [
        (
            {"default-resources": {**SOUND, "slurm_partition": "cpus"}},
            "partition cpus", "there is none of this name",
            "did you mean cpu? (config.yaml, default-resources: slurm_partition)",
        ),
        (
            {"set-resources": {"small": {"slurm_partition": "short"}}},
            "partition short", "allows 1 minute, and rule small asks for 10",
            "set a shorter runtime under set-resources, or choose a longer partition"
            " (config.yaml, set-resources: small: slurm_partition)",
        ),
        (
            {"set-resources": ["large:mem_mb=400000"]},
            "jobs", "SLURM refuses rule large: sbatch: allocation failure: Requested node"
            " configuration is not available (--partition=cpu --account=lab --time=240 --mem=400000"
            " --cpus-per-task=4)",
            "set less under set-resources or set-threads of the profile, or another partition",
        ),
        (
            {"jobs": None},
            "jobs at once", "the profile does not say how many",
            "config.yaml, jobs: 200",
        ),
    ],
)  # fmt: skip
def test_what_a_profile_has_wrong(look, cluster, tmp_path, profile, what, text, hint):
    (found,) = failures(look(cluster, **profile))
    assert (found.what, found.text) == (what, text)
    assert found.hint.replace(f"{tmp_path}/", "") == hint


def test_last_attempts_that_ask_for_too_much(look, cluster):
    short = {"mem_mb": "40000 * attempt", "runtime": 1, "slurm_partition": "short"}
    found = look(cluster, retries=1, **{"set-resources": {"large": short}})
    assert not failures(found)
    (memory,) = of(found, "last attempts")
    assert "SLURM would refuse the last attempt of rule large" in memory.text
    assert "--mem=80000" in memory.text
    long = {"runtime": "1 * attempt", "slurm_partition": "short"}
    (time_limit,) = of(
        look(cluster, retries=1, **{"set-resources": {"large": long}}), "last attempts"
    )
    assert "allows 1 minute, and rule large asks for 2" in time_limit.text


def test_partitions_to_choose_from(look, cluster, tmp_path):
    file = tmp_path / "partitions.yaml"
    file.write_text("partitions: {short: {max_runtime: 1}, cpu: {}}")
    named = {"slurm-partition-config": str(file), "default-resources": {"runtime": 60}}
    found = look(cluster, **named)
    assert not failures(found)
    assert of(found, "partition short") and of(found, "partition cpu")
    file.write_text("partitions: {shrt: {max_runtime: 1}, cpu: {}}")
    (wrong,) = failures(look(cluster, **named))
    assert (wrong.what, wrong.text) == ("partition shrt", "there is none of this name")


def test_a_gpu_where_there_is_none(look, cluster_folder):
    with SlurmCluster(cluster_folder / "no-gpu", gpus=0, settings={"MinJobAge": "20"}) as cluster:
        gpu = {"large": {"slurm_partition": "gpu", "gpu": 1}}
        found = {each.what: each for each in look(cluster, **{"set-resources": gpu})}
        assert found["partition gpu"].text == "has no GPU, and rule large asks for one"
        assert found["accounting"].level is Level.WARN
        assert "MinJobAge of 300 s" in found["accounting"].hint

        cluster.kill_controller()
        began = time.monotonic()
        (down,) = look(cluster)
        assert (down.level, down.text) == (Level.FAIL, "its controller is down")
        assert time.monotonic() - began < 5, "no command that tries for 9 seconds was asked"


@pytest.mark.skipif(bool(missing_programs(accounting=True)), reason="no slurmdbd: make setup-tests")
def test_accounts_and_their_limits(look, cluster_folder):
    with SlurmCluster(cluster_folder / "booked", accounting=True) as cluster:
        found = look(cluster)
        assert not failures(found)
        assert of(found, "account")[0].text == "lab"
        cluster.run("sacctmgr", "-i", "modify", "qos", "normal", "set", "MaxSubmitJobsPerUser=10")
        (limited,) = of(look(cluster), "jobs at once")
        assert (limited.level, limited.text) == (
            Level.WARN,
            "20, and MaxSubmitPU of QOS normal is 10",
        )
        assert limited.hint.endswith("config.yaml, jobs: 9, which leaves some to you")
        (wrong,) = failures(look(cluster, **{"default-resources": {**SOUND, "slurm_account": "x"}}))
        assert (wrong.what, wrong.text) == ("account", "'x' is not yours")
        assert "yours: lab" in wrong.hint


def test_a_launcher_whose_partition_is_not_there_or_whose_time_is_short(look, cluster, tmp_path):
    look(cluster)
    there = {"kind": "slurm", "partition": "cpu", "runtime": "2-00:00"}
    named = {"night": there, "gone": {**there, "partition": "long"}}
    named |= {
        "brief": {**there, "runtime": "100"},
        "short": {"kind": "slurm", "partition": "short"},
    }
    found = launchers(Settings.model_validate({"launchers": named, "workflow": tmp_path}))
    night, gone, brief, short = found
    assert night.level is Level.OK
    assert (gone.level, gone.hint) == (
        Level.FAIL,
        "correct launchers.gone of the service's settings",
    )
    assert (brief.level, short.level) == (Level.WARN, Level.WARN)
    assert brief.text.startswith("its driver has 100 minutes, rule large asks for 240: ")
    assert short.text.startswith("its driver has 1 minutes, ")


class TestTheNodesAnswer:
    """What needs a site of its own: two file systems, another clock, another version."""

    ASKED = Asked(Path("config.yaml"), "slurm", latency_wait=5)

    def told(self, about: dict[str, object] | None = None, **other: object) -> list[Finding]:
        from control.doctor.cluster.asked import Job
        from control.doctor.cluster.node import _about

        place = Path("/shared")
        answer = {"about": {**_about(), **(about or {})}, "seen": [place], "waited": 1.0}
        found = trial.Answer(**{"round_trip": 0.1, "skew": 0.0, **answer, **other})
        return list(trial.told(self.ASKED, Job("", {"gpu": "1"}), [place], found))

    def test_a_folder_that_it_does_not_see(self):
        (found,) = of(self.told(seen=[]), "shared folder")
        assert found.level is Level.FAIL

    def test_another_version(self):
        (found,) = of(self.told({"plumbline": "0.0.9"}), "installation")
        assert (found.level, "plumbline 0.0.9" in found.text) == (Level.FAIL, True)

    def test_a_slow_file_system_and_another_clock(self):
        found = self.told(round_trip=12.0, skew=-90.0)
        assert of(found, "file system")[0].hint == "config.yaml, latency-wait: 60"
        assert "-90 s away" in of(found, "clock")[0].text

    def test_no_gpu_and_little_scratch(self):
        found = self.told({"gpus": "", "scratch": {"folder": "/tmp", "variable": "", "free": 9}})
        assert of(found, "GPU")[0].level is Level.FAIL
        assert "no TMPDIR is set" in of(found, "scratch")[0].text


def test_processes_and_memory_of_a_site():
    loose = site._processes({"ProctrackType": "proctrack/linuxproc"})
    assert loose.level is Level.WARN
    kill = {"SelectTypeParameters": "CR_CORE_MEMORY", "JobAcctGatherParams": "OverMemoryKill"}
    assert "is killed" in site._memory(kill).text
    assert site._memory({"SelectTypeParameters": "CR_CORE"}).level is Level.WARN
    assert site._version({"SLURM_VERSION": "19.05.2"}).level is Level.WARN


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", 90), ("1:30", 1.5), ("02:00:00", 120), ("2-12:00:00", 3600), ("1-06", 1800),
     ("UNLIMITED", float("inf"))],
)  # fmt: skip
def test_times_of_slurm(text, expected):
    assert minutes(text) == expected


def test_what_the_rules_ask_for_is_found_in_their_text_and_told_in_the_documentation():
    asked = read(ROOT / "profiles" / "slurm" / "config.yaml")
    found = {job.rule: job for job in asked.requests(ROOT)}
    assert found["compare_small_variants"].number("threads") == 4
    assert "fetch_calls" not in found, "it runs where Snakemake does"
    for rule, job in found.items():
        assert job.number("mem_mb") and job.number("runtime"), rule
    table = (ROOT / "docs" / "cluster.md").read_text().partition("<!-- rules -->\n")[2]
    told = {
        f"| `{rule}` | {job.number('threads') or 1} | {job.number('mem_mb'):,}"
        f" | {job.number('runtime')} |"
        for rule, job in found.items()
        if rule
    }
    assert set(table.partition("<!-- end -->")[0].splitlines()) == told
