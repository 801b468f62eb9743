"""Options of the logger plugin, on the command line, in profiles and in the environment."""

from dataclasses import dataclass, field

from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """Where the run directory is.

    Snakemake makes ``--logger-plumbline-runs`` and ``SNAKEMAKE_LOGGER_PLUMBLINE_RUNS``
    of ``runs``, and so on. Every field needs a default and a help text: without
    them Snakemake fails for everybody who merely has the plugin installed.
    """

    runs: str = field(
        default="",
        metadata={
            "help": "Folder that gets a directory for this run. By default $PLUMBLINE_RUNS, "
            "else $XDG_STATE_HOME/plumbline/runs (~/.local/state/plumbline/runs).",
            "env_var": True,
            "metavar": "DIR",
        },
    )
    run_dir: str = field(
        default="",
        metadata={
            "help": "An existing run directory, made by whoever launched this run. "
            "Then only the events are written, and run.json is left to its maker.",
            "env_var": True,
            "metavar": "DIR",
        },
    )
    group_readable: bool = field(
        default=False,
        metadata={
            "help": "Let the group read the run directory (0750); by default only its "
            "owner may (0700).",
            "env_var": True,
        },
    )
    rule_graph: str = field(
        default="",
        metadata={
            "help": "File into which a dry run writes the graph of its rules (JSON).",
            "env_var": True,
            "metavar": "FILE",
        },
    )
