"""The console command ``plumbline``: subcommands are imported only when they are asked for."""

import importlib

import click

from engines import __version__
from engines.contract.errors import nearest, run_command

# name → where its click command lives. An engine needs nothing of `control`, so
# each can also be run alone: `python -m engines.compare`.
COMMANDS = {
    "fetch": "engines.fetch.cli:fetch",
    "upload": "engines.upload.cli:upload",
    "compare": "engines.compare.cli:compare",
    "read-happy": "engines.compare.cli:read_happy",
    "compare-sv": "engines.compare_sv.cli:compare_sv",
    "simulate": "engines.simulate.cli:simulate",
    "screen": "engines.screen.cli:screen",
    "annotate": "engines.annotate.cli:annotate",
    "annotate-history": "engines.annotate.history.cli:history",
    "calibrate": "engines.calibrate.cli:calibrate",
    "pileup": "engines.pileup.cli:pileup",
    "qc": "engines.qc.cli:qc",
    "settings": "engines.configuration.cli:settings",
    "references": "engines.references.cli:references",
    "reads": "engines.reads.cli:reads",
    "knowledge": "engines.annotate.knowledge.cli:knowledge",
    "chart": "engines.charts.cli:chart",
    "results": "engines.charts.cli:results",
    "history": "engines.history.cli:history",
    "serve": "control.serve.cli:serve",
    "submit": "control.client.cli:submit",
    "runs": "control.client.cli:runs",
    "cancel": "control.client.cli:cancel",
    "tail": "control.client.cli:tail",
    "verdict": "control.client.verdict_cli:verdict",
    "user": "control.access.cli:user",
    "calling": "engines.calling.cli:calling",
    "gpu": "engines.gpu.cli:gpu",
    "attempt": "control.attempt.cli:attempt",
    "doctor": "control.doctor.cli:doctor",
    "reindex": "control.events.cli:reindex",
    "backup": "control.access.cli:backup",
    "intake": "control.intake.cli:intake",
    "agent": "control.runs.launch.ssh.agent:agent",
}


class LazyGroup(click.Group):
    """A group whose commands are loaded by name: ``plumbline --help`` imports no engine."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where the given one does not exist."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            near = nearest(args[0], COMMANDS)
            question = f" Did you mean {near!r}?" if near else ""
            raise click.UsageError(f"No such command {args[0]!r}.{question}", ctx) from None


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="plumbline")
def plumbline() -> None:
    """Measure call sets against truth, and show and steer the runs that do it."""


def main() -> None:
    """Entry point of the console script."""
    run_command(plumbline, "plumbline")


if __name__ == "__main__":
    main()
