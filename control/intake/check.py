"""Whether the intake would work: broker, topics, service, token and databases."""

from collections.abc import Callable

from confluent_kafka import KafkaException

from control.client.api import Api
from control.doctor.findings import Finding, fail, ok, warn
from control.intake import clients
from control.intake.configuration import Configuration
from control.intake.job import Asked, Job, submission
from control.intake.refusals import is_operators, said
from engines.contract.errors import EngineError

SECONDS = 10.0
NOWHERE = "/nowhere/reads.fastq.gz"


def check(configuration: Configuration, url: str | None) -> list[Finding]:
    """Try everything that the intake needs; nothing is changed."""
    parts: dict[str, Callable[[], list[Finding]]] = {
        "configuration": lambda: [warn("configuration", line) for line in configuration.unused()],
        "broker": lambda: _kafka(configuration),
        "service": lambda: _service(Api(url), configuration),
    }
    return [finding for name, part in parts.items() for finding in _looked(name, part)]


def databases(api: Api, configuration: Configuration) -> list[Finding]:
    """What the service says against the configuration: a submission without reads is tried.

    Raises:
        EngineError: it cannot be asked.
    """
    asked = Asked(job_id="check", sample_id="check", path_to_r1=NOWHERE, path_to_r2=NOWHERE)
    body = submission(Job(asked, {}), configuration) | {"idempotency_key": None}
    problems = api.post("/runs/validate", body, repeat=True)["problems"]
    return [
        fail("configuration", said(each["key"], each["message"]), each["hint"])
        for each in problems
        if is_operators(each["file"] or each["key"])
    ]


def _looked(name: str, part: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return part()
    except EngineError as error:
        return [fail(name, error.message, error.hint)]


def _kafka(configuration: Configuration) -> list[Finding]:
    servers = configuration.where()
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


def _service(api: Api, configuration: Configuration) -> list[Finding]:
    session = api.get("/session")
    name, role = session["user"], session["role"]
    if not session["rights"]["submit"]:
        hint = "give the intake the token of an operator"
        return [fail("service", f"{api.place.url}: {name} may look, and submit nothing", hint)]
    signed_in = ok("service", f"{api.place.url}: signed in as {name}, {role}")
    return [signed_in, *databases(api, configuration)]
