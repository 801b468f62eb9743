"""The handler that Snakemake calls: it hands every record on and lets no error out.

An exception from ``emit`` would end Snakemake's listener thread, and with it
every logger plugin of the run; one from ``__post_init__`` would end the run.
"""

import sys
from logging import LogRecord
from typing import TYPE_CHECKING

from snakemake_interface_logger_plugins.base import LogHandlerBase

from snakemake_logger_plugin_plumbline.settings import LogHandlerSettings
from snakemake_logger_plugin_plumbline.warning import warn

if TYPE_CHECKING:
    from snakemake_logger_plugin_plumbline.graph_file import GraphFile
    from snakemake_logger_plugin_plumbline.recorder import Recorder


class LogHandler(LogHandlerBase):
    """Writes the run directory of this run.

    In a dry run it does nothing (but for the graph of rules, where that is asked for), and
    nothing in the Snakemake that Snakemake starts for a single job (``--mode``): those read
    profiles and variables too.
    """

    writes_to_stream = False
    writes_to_file = False
    # With a filter and a formatter "of its own" it gets every record, also under --quiet.
    has_filter = True
    has_formatter = True
    needs_rulegraph = True

    _recorder: "Recorder | None" = None
    _graph: "GraphFile | None" = None

    def __post_init__(self) -> None:
        if _is_for_a_single_job(sys.argv):
            return
        if self.common_settings.dryrun:
            self._record_graph()
            return
        try:
            # Late, so that a folder of the user's that is called "control" too can
            # never keep Snakemake itself from starting.
            from snakemake_logger_plugin_plumbline.recorder import Recorder

            settings = self.settings
            if not isinstance(settings, LogHandlerSettings):
                settings = LogHandlerSettings()
            self._recorder = Recorder(settings, sys.argv)
        except Exception as error:
            warn(f"this run is not recorded: {type(error).__name__}: {error}")

    def emit(self, record: LogRecord) -> None:
        """Record one event; never raises."""
        if self._recorder is None:
            self._add_to_graph(record)
            return
        try:
            self._recorder.add(record)
        except Exception as error:
            self._recorder.note_error("a record was not handled", error, record)

    def _record_graph(self) -> None:
        path = getattr(self.settings, "rule_graph", "")
        if path:
            from snakemake_logger_plugin_plumbline.graph_file import GraphFile  # late, as below

            self._graph = GraphFile(path)

    def _add_to_graph(self, record: LogRecord) -> None:
        try:
            if self._graph is not None:
                self._graph.add(record)
        except Exception as error:
            self._graph = None
            warn(f"the graph of the rules is not written: {type(error).__name__}: {error}")

    def close(self) -> None:
        """Write the final state; called twice by Snakemake, never raises."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            try:
                recorder.close(leaving_with=sys.exc_info()[1])
            except Exception as error:
                warn(f"the end of this run is not recorded: {type(error).__name__}: {error}")
        super().close()


def _is_for_a_single_job(argv: list[str]) -> bool:
    for option, value in zip(argv, [*argv[1:], ""], strict=True):
        name, _, joined = option.partition("=")
        if name == "--mode":
            return (joined or value) in ("subprocess", "remote")
    return False
