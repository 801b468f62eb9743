"""Whether the intake would work: broker, topics, service and token."""

from collections.abc import Callable, Iterable

from confluent_kafka import KafkaException

from control.client.api import Api
from control.doctor.findings import Finding, fail, ok, warn
from control.intake import clients
from control.intake.configuration import Configuration
from engines.contract.errors import EngineError

SECONDS = 10.0


def check(configuration: Configuration, url: str | None) -> list[Finding]:
    """Try everything that the intake needs; nothing is changed."""
    parts: Iterable[Callable[[], list[Finding]]] = (
        lambda: [warn("configuration", line) for line in configuration.unused()],
        lambda: _kafka(configuration),
        lambda: _service(url),
    )
    return [finding for part in parts for finding in _looked(part)]


def _looked(part: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return part()
    except EngineError as error:
        return [fail("check", error.message, error.hint)]


def _kafka(configuration: Configuration) -> list[Finding]:
    servers = ",".join(configuration.kafka_servers)
    said: list[str] = []
    client = clients.producer(configuration, error_cb=lambda error: said.append(error.str()))
    try:
        found = client.list_topics(timeout=SECONDS)
    except KafkaException as error:
        client.poll(0)  # lets it say what is behind that
        why = said[0] if said else error.args[0].str()
        return [fail("broker", f"{servers}: {why}", "check kafka_servers and kafka")]
    topics = configuration.topics.model_dump().values()
    missing = [topic for topic in topics if topic not in found.topics]
    hint = "make it, unless the broker makes topics by itself"
    return [
        ok("broker", f"{servers}: {len(found.brokers)} brokers answer"),
        *(warn("topic", f"{topic}: is not there", hint) for topic in missing),
        *(ok("topic", topic) for topic in topics if topic not in missing),
    ]


def _service(url: str | None) -> list[Finding]:
    api = Api(url)
    session = api.get("/session")
    name, role = session["user"], session["role"]
    if not session["rights"]["submit"]:
        hint = "give the intake the token of an operator"
        return [fail("service", f"{api.place.url}: {name} may look, and submit nothing", hint)]
    return [ok("service", f"{api.place.url}: signed in as {name}, {role}")]
