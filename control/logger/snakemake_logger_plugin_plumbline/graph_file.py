"""The graph of rules of a dry run, for whoever asked what would be done."""

import json
from logging import LogRecord
from pathlib import Path

from snakemake_logger_plugin_plumbline.events import translate


class GraphFile:
    """Writes the graph of rules into a file, and nothing else of a dry run.

    Args:
        path: of the file; seen from where Snakemake was started.
    """

    def __init__(self, path: str) -> None:
        # now, because Snakemake has yet to change to its own working directory
        self._path = Path(path).expanduser().absolute()

    def add(self, record: LogRecord) -> None:
        """Take one record.

        Raises:
            OSError: the file cannot be written.
        """
        if str(getattr(record, "event", "")).lower() != "rulegraph":
            return
        event = translate(record)
        self._path.write_text(json.dumps(event), encoding="utf-8")
