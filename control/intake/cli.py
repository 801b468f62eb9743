"""``plumbline intake``: jobs that come by other ways than the API."""

import importlib.util
from pathlib import Path

import click

from control.doctor.findings import Level
from control.intake.configuration import Configuration, load
from control.settings import load as load_settings
from engines.contract.errors import EngineCommand, Unavailable


@click.group()
def intake() -> None:
    """Take jobs that come by other ways than the API."""


@intake.command(cls=EngineCommand)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="JSON file; the variables of the same names win over it.",
)
@click.option("--url", metavar="URL", help="Of the service [default: PLUMBLINE_URL, or yours].")
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of what is remembered, of this intake alone"
    " [default: intake/ in the service's state folder].",
)
@click.option("--check", is_flag=True, help="Try all that it needs, and end.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False),
    default="info",
    show_default=True,
)
def kafka(
    config: Path | None, url: str | None, state: Path | None, check: bool, log_level: str
) -> None:
    """Make runs of the jobs that come in a Kafka topic, and tell there what becomes of them.

    Topic new_jobs has a JSON object a job: job_id, sample_id, path_to_r1, path_to_r2 and
    output_path. Each becomes one run of the analysis 'screen', however often it comes. Updates go
    to job_updates, ends to notifications and failed_jobs_dlq.

    KAFKA_SERVERS=broker1:9092,broker2:9092 plumbline intake kafka
    """
    if importlib.util.find_spec("confluent_kafka") is None:
        hint = "install the extra: pip install '.[kafka]', or pip install confluent-kafka"
        raise Unavailable("Kafka: confluent-kafka is not installed", hint=hint)
    configuration = load(config)
    url = url or configuration.url
    if check:
        return _check(configuration, url)
    from control.intake.service import serve
    from control.serve import logs

    logs.set_up(log_level.lower(), "intake")
    serve(configuration, state or load_settings().state / "intake", url)


def _check(configuration: Configuration, url: str | None) -> None:
    from control.intake.check import check

    findings = check(configuration, url)
    for each in findings:
        click.echo(f"{each.level.value:<5} {each.what:<14} {each.text}")
        if each.hint:
            click.echo(f"{'':<20} {each.hint}")
    if any(each.level is Level.FAIL for each in findings):
        raise Unavailable("the intake would not work", hint="see the lines above")
