"""A second logger plugin for the tests: it notes what it receives, and can break its neighbour.

PROBE_FILE names the file for the event names. PROBE_BREAKS names an event whose
translation by the plumbline plugin is made to fail.
"""

import os
from logging import LogRecord
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase


class LogHandler(LogHandlerBase):
    writes_to_stream = writes_to_file = False
    has_filter = has_formatter = needs_rulegraph = True

    def __post_init__(self) -> None:
        self.file = Path(os.environ["PROBE_FILE"])
        broken = os.environ.get("PROBE_BREAKS")
        if broken:
            break_translation_of(broken)

    def emit(self, record: LogRecord) -> None:
        with self.file.open("a") as file:
            file.write(str(getattr(record, "event", "message")) + "\n")


def break_translation_of(event: str) -> None:
    from snakemake_logger_plugin_plumbline import events, recorder

    def broken(record: LogRecord) -> Any:
        if str(getattr(record, "event", None)) == event:
            raise RuntimeError("injected")
        return events.translate(record)

    vars(recorder)["translate"] = broken
