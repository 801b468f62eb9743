"""The command of a run: only what is known gets into it, and nothing passes for an option."""

from pathlib import Path
from typing import Any

import pytest
from snakemake.cli import parse_args

from control.record.request import Request
from control.record.run_dir import RunDir
from control.runs.command import (
    SNAKEMAKE,
    Demand,
    check_targets,
    demand_of,
    dry_run_command,
    options_of,
    profile_of,
    report_command,
    run_command,
    seconds_of,
    targets_of,
    unlock_command,
)
from control.settings import Settings
from engines.contract.errors import BadData, BadUsage, EngineError, NotPermitted

EVERYTHING = {
    "cores": 4,
    "mem_mb": 2000,
    "retries": 0,
    "latency_wait": 5,
    "force_all": True,
    "keep_temporary": True,
    "rerun_triggers": ["mtime", "code"],
    "software": ["conda", "apptainer"],
    "set_threads": {"align": 3},
    "set_resources": {"align": {"mem_mb": 500, "runtime": 10}, "sort": {"gpu": 1}},
    "run_hours": 2.5,
    "report": False,
}


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    run_dir = RunDir.create(tmp_path / "runs", 1_700_000_000)
    run_dir.config.write_text("{}")
    return run_dir


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    folder = tmp_path / "workflow" / "profiles"
    for name, executor in (("default", ""), ("cluster", "executor: slurm\njobs: 7\n")):
        (folder / name).mkdir(parents=True)
        (folder / name / "config.yaml").write_text(executor + "keep-going: true\n")
    return folder


@pytest.fixture
def settings(tmp_path: Path, profiles: Path) -> Settings:
    return settings_of(tmp_path)


def settings_of(tmp_path: Path, **more: Any) -> Settings:
    return Settings.model_validate(
        {
            "runs": [tmp_path / "runs"],
            "state": tmp_path / "state",
            "workflow": tmp_path / "workflow",
            **more,
        }
    )


def asked(profile: str = "default", **options: Any) -> Request:
    return Request(user="ann", profile=profile, options=options)


def test_snakemake_understands_every_option(settings: Settings, run_dir: RunDir) -> None:
    command = run_command(settings, run_dir, asked(**EVERYTHING), ["all", "results/a b.txt"])
    assert tuple(command[:4]) == SNAKEMAKE
    _, args = parse_args(command[4:])
    assert args.targets == ["all", "results/a b.txt"]
    assert args.directory == run_dir.work
    assert args.configfile == [run_dir.config]
    assert args.logger == ["plumbline"]
    assert args.logger_plumbline_run_dir == str(run_dir.path)
    assert args.keep_going and args.rerun_incomplete and args.forceall and args.notemp
    assert (args.cores, args.retries, args.latency_wait) == (4, 0, 5)
    assert args.resources["mem_mb"].value == 2000
    assert {str(method) for method in args.software_deployment_method} == {"conda", "apptainer"}
    assert {str(trigger) for trigger in args.rerun_triggers} == {"mtime", "code"}
    assert args.set_threads["align"] == 3
    assert args.set_resources["align"]["mem_mb"].value == 500


def test_a_cluster_gets_the_id_of_the_run_and_nothing_of_this_machine(
    settings: Settings, run_dir: RunDir
) -> None:
    command = run_command(settings, run_dir, asked("cluster", jobs=20), [])
    _, args = parse_args(command[4:])
    assert (args.executor, args.jobs) == ("slurm", 20)
    assert args.slurm_jobname_prefix == run_dir.run_id
    assert "--cores" not in command
    assert demand_of(settings, asked("cluster")) == Demand(1, 0, 0)


def test_the_other_commands_log_nothing_and_use_no_cluster(
    settings: Settings, run_dir: RunDir
) -> None:
    for command in (
        unlock_command(settings, run_dir),
        report_command(settings, run_dir, run_dir.report, ["all"]),
    ):
        assert "--logger" not in command and "--workflow-profile none" in " ".join(command)
    dry = dry_run_command(settings, run_dir, asked("cluster"), ["all"])
    assert dry[-2:] == ["--", "all"] and "--dry-run" in dry
    assert "--logger-plumbline-run-dir" not in dry  # it leaves its graph, and no events


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"corse": 2}, "there is no option 'corse'"),
        ({"cores": 0}, "option cores: Input should be greater than or equal to 1, not 0"),
        ({"cores": "2"}, "option cores: Input should be a valid integer, not '2'"),
        ({"cores": True}, "option cores: Input should be a valid integer, not True"),
        ({"retries": 1.5}, "option retries: Input should be a valid integer, not 1.5"),
        ({"software": ["docker"]}, "option software.0: Input should be 'conda', 'apptainer' or"),
        ({"set_threads": {"--x": 2}}, "option set_threads.--x.[key]: String should match pattern"),
        ({"set_resources": {"a": {"slurm_extra": 1}}}, "option set_resources.a.slurm_extra.[key]"),
        ({"run_hours": float("nan")}, "option run_hours: Input should be greater than 0, not nan"),
    ],
)
def test_options_that_cannot_be_are_told_in_one_line(options: Any, message: str) -> None:
    with pytest.raises(BadData) as told:
        options_of(asked(**options))
    assert told.value.message.startswith(message)
    assert "\n" not in told.value.message


def test_a_misspelt_option_is_told_with_the_nearest() -> None:
    with pytest.raises(BadData) as told:
        options_of(asked(retrys=2))
    assert told.value.hint == "did you mean retries?"


@pytest.mark.parametrize(
    "target", ["", "-n", "--dry-run", "-", "/etc/passwd", "../x", "a/../../x", "a\nb", "a\x00"]
)
def test_targets_that_look_like_something_else_are_refused(target: str) -> None:
    with pytest.raises(BadUsage):
        check_targets(["all", target])


def test_targets_are_those_asked_for(settings: Settings) -> None:
    assert targets_of(settings, Request(targets=["x.txt"])) == ["x.txt"]
    assert targets_of(settings, Request()) == []
    with pytest.raises(EngineError):  # this workflow says nothing of analyses
        targets_of(settings, Request(analysis="all"))


def test_profiles_are_the_workflows_and_those_that_are_allowed(
    tmp_path: Path, settings: Settings, profiles: Path
) -> None:
    assert profile_of(settings, "default").is_local
    assert profile_of(settings, "cluster").executor == "slurm"
    elsewhere = tmp_path / "mine"
    elsewhere.mkdir()
    (elsewhere / "profile.v9+.yaml").write_text("executor: slurm\n")
    (elsewhere / "config.yaml").write_text("executor: local\n")
    for name in (str(elsewhere), "../workflow/profiles/default", ".", "/etc"):
        with pytest.raises(NotPermitted):
            profile_of(settings, name)
    allowed = settings_of(tmp_path, allow={"profiles": [elsewhere]})
    # as Snakemake does, the file for the latest version counts
    assert profile_of(allowed, str(elsewhere)).executor == "slurm"
    with pytest.raises(BadUsage) as told:
        profile_of(settings, "clusters")
    assert told.value.hint == "did you mean cluster?"


def test_a_workflow_without_profiles_has_a_default_one(tmp_path: Path) -> None:
    assert profile_of(settings_of(tmp_path), "default").path is None


def test_a_profile_that_cannot_be_read_is_told(settings: Settings, profiles: Path) -> None:
    (profiles / "cluster" / "config.yaml").write_text("a: [")
    with pytest.raises(BadData, match="cannot be read"):
        profile_of(settings, "cluster")


def test_a_run_takes_what_it_may_where_it_does_not_say(tmp_path: Path, run_dir: RunDir) -> None:
    limits = {"limits": {"cores": 1, "mem_mb": 900}, "limits_per_user": {"mem_mb": 500}}
    settings = settings_of(tmp_path, **limits)
    assert demand_of(settings, asked()) == Demand(1, 1, 500)
    assert demand_of(settings, asked(cores=9, mem_mb=800)) == Demand(1, 9, 800)
    command = " ".join(run_command(settings, run_dir, asked(), []))
    assert "--cores 1 --resources mem_mb=500" in command


def test_jobs_are_for_clusters(settings: Settings, run_dir: RunDir) -> None:
    with pytest.raises(BadUsage, match="jobs is for clusters"):
        run_command(settings, run_dir, asked(jobs=3), [])


def test_the_shortest_limit_of_time_counts(tmp_path: Path) -> None:
    assert seconds_of(settings_of(tmp_path), asked()) is None
    limits = {"limits": {"run_hours": 2}, "limits_per_user": {"run_hours": 3}}
    assert seconds_of(settings_of(tmp_path, **limits), asked(run_hours=9.0)) == 7200
    assert seconds_of(settings_of(tmp_path, **limits), asked(run_hours=0.5)) == 1800
