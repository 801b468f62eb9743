"""The handler, called as Snakemake calls it: nothing it meets gets out of it."""

import json
import logging
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry
from snakemake_interface_logger_plugins.tests import MockOutputSettings, TestLogHandlerBase

from control.record.run_dir import RunDir, State, is_run_id
from snakemake_logger_plugin_plumbline import LogHandler, LogHandlerSettings
from snakemake_logger_plugin_plumbline.recorder import KEPT_BEFORE_START


class TestAsTheInterfaceAsks(TestLogHandlerBase):
    """The interface's own tests, with run directories in a scratch folder."""

    __test__ = True

    @pytest.fixture(autouse=True)
    def _scratch(self, tmp_path: Path) -> Iterator[None]:
        self.runs, self.handlers = tmp_path, list[LogHandlerBase]()
        yield
        for handler in self.handlers:
            handler.close()

    def get_log_handler_cls(self) -> type[LogHandler]:
        return LogHandler

    def get_log_handler_settings(self) -> LogHandlerSettings:
        return LogHandlerSettings(runs=str(self.runs))

    def _create_handler(self) -> Any:
        handler = super()._create_handler()
        self.handlers.append(handler)
        return handler

    def test_a_workflow_that_starts_is_recorded(self) -> None:
        handler = self._create_handler()
        handler.emit(self._create_event_record(LogEvent.WORKFLOW_STARTED, host="h"))
        handler.emit(self._create_event_record(LogEvent.PROGRESS, done=3, total=3))
        handler.close()
        handler.close()
        (path,) = self.runs.iterdir()
        assert events_of(path)[0]["host"] == "h"
        assert RunDir(path).read_run().state is State.COMPLETED


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Any:
    def typed(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["/opt/bin/snakemake", *arguments])

    typed()
    return typed


def handler_for(dryrun: bool = False, **settings: Any) -> LogHandler:
    common = MockOutputSettings()
    common.dryrun = dryrun
    return LogHandler(common, LogHandlerSettings(**settings))


def record(event: LogEvent | None = None, msg: str = "", **fields: Any) -> logging.LogRecord:
    extra = {"event": event, **fields} if event else fields
    return logging.makeLogRecord({"msg": msg, "levelno": 20, "levelname": "INFO", **extra})


def start() -> logging.LogRecord:
    return record(LogEvent.WORKFLOW_STARTED, snakemake_version="9")


def events_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (path / "events.ndjson").read_text().splitlines()]


def test_snakemake_can_read_its_settings() -> None:
    info = LoggerPluginRegistry().get_plugin("plumbline").get_settings_info()
    assert [(field["cliarg"], field["env_var"]) for field in info] == [
        ("--logger-plumbline-runs", "SNAKEMAKE_LOGGER_PLUMBLINE_RUNS"),
        ("--logger-plumbline-run-dir", "SNAKEMAKE_LOGGER_PLUMBLINE_RUN_DIR"),
        ("--logger-plumbline-group-readable", "SNAKEMAKE_LOGGER_PLUMBLINE_GROUP_READABLE"),
        ("--logger-plumbline-rule-graph", "SNAKEMAKE_LOGGER_PLUMBLINE_RULE_GRAPH"),
    ]


def test_a_dry_run_leaves_its_graph_where_it_is_asked_for(tmp_path: Path, command: Any) -> None:
    command("-n")
    file = tmp_path / "graph.json"
    handler = handler_for(True, runs=str(tmp_path / "runs"), rule_graph=str(file))
    graph = {"nodes": [{"rule": "a"}], "links": []}
    for each in (start(), record(LogEvent.RULEGRAPH, rulegraph=graph), record(msg="b")):
        handler.emit(each)
    handler.close()
    assert json.loads(file.read_text())["rulegraph"] == graph
    assert list(tmp_path.iterdir()) == [file]


def test_a_graph_that_cannot_be_written_stops_nothing(tmp_path: Path, command: Any) -> None:
    command("-n")
    handler = handler_for(True, rule_graph=str(tmp_path / "none" / "graph.json"))
    graph = {"nodes": [], "links": []}
    handler.emit(record(LogEvent.RULEGRAPH, rulegraph=graph))
    handler.emit(record(LogEvent.RULEGRAPH, rulegraph=graph))
    handler.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "dryrun"),
    [
        (["-n"], True),
        (["--mode", "remote"], False),
        (["--mode", "subprocess"], False),
        (["--mode=remote"], False),
    ],
)
def test_no_run_no_directory(
    tmp_path: Path, command: Any, arguments: list[str], dryrun: bool
) -> None:
    command(*arguments)
    handler = handler_for(dryrun, runs=str(tmp_path))
    handler.emit(start())
    handler.close()
    assert not list(tmp_path.iterdir())


def test_mode_default_is_a_run(tmp_path: Path, command: Any) -> None:
    command("--mode", "default")
    handler = handler_for(runs=str(tmp_path))
    handler.emit(start())
    handler.close()
    assert len(list(tmp_path.iterdir())) == 1


def error() -> logging.LogRecord:
    return record(LogEvent.ERROR, "SyntaxError: line 3", exception="SyntaxError")


def test_a_workflow_that_cannot_be_read_is_a_failed_run(tmp_path: Path, command: Any) -> None:
    handler = handler_for(runs=str(tmp_path))
    handler.emit(record(msg="host: me"))
    handler.emit(error())
    handler.close()
    (path,) = tmp_path.iterdir()
    run = RunDir(path).read_run()
    assert (run.state, run.why) == (State.FAILED, "SyntaxError: line 3")
    assert [event["event"] for event in events_of(path)] == ["message", "error"]


@pytest.mark.parametrize("option", ["--lint", "--unlock", "-S", "--report=x.html", "--dag"])
def test_a_command_that_runs_nothing_is_no_run(tmp_path: Path, command: Any, option: str) -> None:
    command(option)
    handler = handler_for(runs=str(tmp_path))
    handler.emit(error())
    handler.close()
    assert not list(tmp_path.iterdir())


def test_what_run_json_tells(tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    command("-c2", "--config", "api_key=abc")
    monkeypatch.chdir(tmp_path)
    handler = handler_for(runs="runs", group_readable=True)  # from here, not from a later folder
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    handler.emit(start())
    (path,) = (tmp_path / "runs").iterdir()
    run = RunDir(path).read_run()
    assert is_run_id(path.name) and RunDir(path).state() is State.RUNNING
    assert run.command == "snakemake -c2 --config 'api_key=***'"
    assert run.workdir == str(tmp_path / "work")
    assert run.launched_by == "hand" and run.return_code is None and run.end is None
    assert run.version["snakemake"] == "9" and run.version["plumbline"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    assert {stat.S_IMODE((path / f).stat().st_mode) for f in ("run.json", "events.ndjson")} == {
        0o640
    }
    handler.close()


def test_the_command_in_the_events_is_that_of_run_json(tmp_path: Path, command: Any) -> None:
    command("--config", "db_password=my s3cret,w0rd", "--storage-s3-secret-key", "a:K1", "b:K2")
    handler = handler_for(runs=str(tmp_path))
    handler.emit(record(LogEvent.WORKFLOW_STARTED, cmd=" ".join(sys.argv)))  # as Snakemake does
    handler.close()
    (path,) = tmp_path.iterdir()
    expected = "snakemake --config 'db_password=***' --storage-s3-secret-key *** ***"
    assert events_of(path)[0]["cmd"] == RunDir(path).read_run().command == expected


def test_a_long_text_is_cut_after_its_secrets_are_hidden(tmp_path: Path, command: Any) -> None:
    handler = handler_for(runs=str(tmp_path))
    handler.emit(start())
    assert handler._recorder is not None
    url = "https://u:s3cret" + "t" * 500 + "@h"
    handler._recorder.note_error("no", ValueError(), record(msg=url))
    handler.close()
    (path,) = tmp_path.iterdir()
    assert "s3cret" not in RunDir(path).plugin_errors.read_text()


def test_without_a_heartbeat_everything_else_is_recorded(
    tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_more)
    handler = handler_for(runs=str(tmp_path))
    handler.emit(start())
    handler.emit(record(LogEvent.PROGRESS, done=1, total=1))
    handler.close()
    (path,) = tmp_path.iterdir()
    assert [event["event"] for event in events_of(path)] == ["workflow_started", "progress"]
    run = RunDir(path).read_run()
    assert (run.state, run.plugin_errors) == (State.COMPLETED, 1)
    assert "can't start new thread" in RunDir(path).plugin_errors.read_text()


def test_in_a_drivers_directory_only_events_are_written(tmp_path: Path, command: Any) -> None:
    given = RunDir.create(tmp_path, 0)
    for _attempt in range(2):
        handler = handler_for(run_dir=str(given.path), runs="ignored")
        handler.emit(record(msg="host: me"))  # at once, before the workflow starts
        assert given.events.exists()
        handler.emit(start())
        handler.close()
    assert [path.name for path in given.path.iterdir()] == ["events.ndjson"]
    assert [e["event"] for e in events_of(given.path)] == ["message", "workflow_started"] * 2
    assert list(tmp_path.iterdir()) == [given.path]


@pytest.mark.parametrize("setting", ["runs", "run_dir"])
def test_a_folder_that_cannot_be_is_one_warning(
    tmp_path: Path, command: Any, capsys: pytest.CaptureFixture[str], setting: str
) -> None:
    (tmp_path / "file").write_text("")
    impossible = str(tmp_path / "file" / "runs")
    handler = handler_for(runs=impossible) if setting == "runs" else handler_for(run_dir=impossible)
    for _ in range(3):
        handler.emit(start())
        handler.emit(error())
    handler.close()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("plumbline logger: this run is not recorded: ") and "file" in said


def test_a_home_that_is_not_known_is_one_warning(
    command: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("PLUMBLINE_RUNS", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "expanduser", nobody)
    handler = handler_for()
    handler.emit(start())
    handler.close()
    assert "this run is not recorded: RuntimeError" in capsys.readouterr().err


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_a_record_that_cannot_be_translated_is_counted_and_named(
    tmp_path: Path, command: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = handler_for(runs=str(tmp_path))
    handler.emit(start())
    handler.emit(record(LogEvent.RUN_INFO, "stats", stats={"a": Unspeakable()}))
    handler.emit(record(LogEvent.PROGRESS, done=1, total=1))
    handler.close()
    (path,) = tmp_path.iterdir()
    assert [event["event"] for event in events_of(path)] == [
        "workflow_started",
        "events_lost",
        "progress",
    ]
    (noted,) = (json.loads(line) for line in RunDir(path).plugin_errors.read_text().splitlines())
    assert noted["error"] == "an event could not be translated: RuntimeError: no words"
    assert noted["event"] == "run_info"
    assert RunDir(path).read_run().plugin_errors == 1
    assert capsys.readouterr().err == ""


def test_an_error_anywhere_else_does_not_get_out(
    tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = handler_for(runs=str(tmp_path))

    def broken(*_arguments: Any) -> None:
        raise ZeroDivisionError

    assert handler._recorder is not None
    monkeypatch.setattr(handler._recorder._outcome, "observe", broken)
    handler.emit(start())
    monkeypatch.setattr(handler._recorder._outcome, "decide", broken)
    handler.close()
    (path,) = tmp_path.iterdir()
    assert "ZeroDivisionError" in RunDir(path).plugin_errors.read_text()


def test_events_before_the_start_are_kept_up_to_a_limit(tmp_path: Path, command: Any) -> None:
    handler = handler_for(runs=str(tmp_path))
    for number in range(KEPT_BEFORE_START + 7):
        handler.emit(record(msg=f"line {number}"))
    handler.emit(start())
    handler.close()
    (path,) = tmp_path.iterdir()
    events = events_of(path)
    assert len(events) == KEPT_BEFORE_START + 2
    assert events[KEPT_BEFORE_START] | {"time": ""} == {
        "time": "",
        "level": "error",
        "event": "events_lost",
        "count": 7,
    }
    assert events[-1]["event"] == "workflow_started"


def test_a_deleted_directory_is_one_line_at_the_end(
    tmp_path: Path, command: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = handler_for(runs=str(tmp_path / "runs"))
    handler.emit(start())
    (path,) = (tmp_path / "runs").iterdir()
    for file in path.iterdir():
        file.unlink()
    path.rmdir()
    handler.emit(record(LogEvent.PROGRESS, done=1, total=1))
    handler.close()
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "the record of this run has gaps" in said
    assert not path.exists()


def test_an_interrupt_before_the_first_job_is_a_cancellation(tmp_path: Path, command: Any) -> None:
    handler = handler_for(runs=str(tmp_path))
    handler.emit(start())
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        handler.close()  # as Snakemake's context does on the way out
    (path,) = tmp_path.iterdir()
    assert RunDir(path).read_run().state is State.CANCELLED


def test_an_error_that_snakemake_cannot_tell_is_told(tmp_path: Path, command: Any) -> None:
    handler = handler_for(runs=str(tmp_path))
    handler.emit(record(msg="host: me"))
    try:
        try:
            raise SyntaxError("Unexpected keyword inptu")
        except SyntaxError:
            raise KeyError(2) from None
    except KeyError:
        handler.close()
    (path,) = tmp_path.iterdir()
    run = RunDir(path).read_run()
    assert run.state is State.FAILED
    assert run.why == "KeyError: 2 (after SyntaxError: Unexpected keyword inptu)"
    assert events_of(path)[-1]["message"] == run.why
