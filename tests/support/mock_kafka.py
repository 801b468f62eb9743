"""A Kafka broker for tests: librdkafka's own mock cluster, the real protocol on a port.

with MockKafka() as kafka:
    kafka.send("new_jobs", {"job_id": ...})
    kafka.records("job_updates")
"""

import ctypes
import json
from pathlib import Path
from typing import Any

import confluent_kafka
from confluent_kafka import Consumer, Producer, TopicPartition

Json = dict[str, Any]
PRODUCER = 0
QUIET = {"log_level": 0, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200}
"""Settings of clients that shall come back soon, and complain of nothing."""
TOPICS = ("new_jobs", "job_updates", "notifications", "failed_jobs_dlq")


def _library() -> ctypes.CDLL:
    """The librdkafka that the Python package brings."""
    folder = Path(confluent_kafka.__file__).parents[1] / "confluent_kafka.libs"
    library = ctypes.CDLL(str(next(folder.glob("librdkafka*.so*"))))
    texts = [ctypes.c_char_p] * 3
    for name, result, arguments in (
        ("rd_kafka_conf_new", ctypes.c_void_p, []),
        ("rd_kafka_conf_set", ctypes.c_int, [ctypes.c_void_p, *texts, ctypes.c_size_t]),
        ("rd_kafka_new", ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p]),
        ("rd_kafka_destroy", None, [ctypes.c_void_p]),
        ("rd_kafka_mock_cluster_new", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int]),
        ("rd_kafka_mock_cluster_destroy", None, [ctypes.c_void_p]),
        ("rd_kafka_mock_cluster_bootstraps", ctypes.c_char_p, [ctypes.c_void_p]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class MockKafka:
    """One broker with the documented topics.

    Args:
        partitions: of the topic of new jobs.

    Attributes:
        servers: address of the broker.
    """

    def __init__(self, partitions: int = 1) -> None:
        self._library, error = _library(), ctypes.create_string_buffer(500)
        configuration = self._library.rd_kafka_conf_new()
        self._library.rd_kafka_conf_set(configuration, b"log_level", b"0", None, 0)
        self._client = self._library.rd_kafka_new(PRODUCER, configuration, error, 500)
        assert self._client, error.value
        self._cluster = ctypes.c_void_p(self._library.rd_kafka_mock_cluster_new(self._client, 1))
        self.servers = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()
        self._producer = Producer({**QUIET, "bootstrap.servers": self.servers, "linger.ms": 0})
        # it listens from the beginning, and hears of what it is to do only when it answers
        self._producer.list_topics(timeout=20)
        self._do("rd_kafka_mock_group_initial_rebalance_delay_ms", ctypes.c_int32(0))
        for topic in TOPICS:
            count = partitions if topic == "new_jobs" else 1
            self._do("rd_kafka_mock_topic_create", topic.encode(), count, 1)

    def __enter__(self) -> "MockKafka":
        return self

    def __exit__(self, *_: object) -> None:
        del self._producer
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)

    def _do(self, name: str, *arguments: Any) -> None:
        getattr(self._library, name)(self._cluster, *arguments)

    def down(self) -> None:
        """The broker is gone: connections are closed, and none is taken."""
        self._do("rd_kafka_mock_broker_set_down", 1)

    def up(self) -> None:
        """It is back, with all that it had."""
        self._do("rd_kafka_mock_broker_set_up", 1)

    def send(
        self,
        topic: str,
        value: Json | bytes | None,
        key: str | bytes | None = None,
        partition: int = -1,
    ) -> None:
        """Put a record in a topic; JSON as the document's producer writes it."""
        data = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
        self._producer.produce(topic, data, key=key, partition=partition)
        assert self._producer.flush(20) == 0

    def records(self, topic: str) -> list[Json]:
        """Everything that lies in a topic of one partition."""
        return [value for _, value in self.keyed(topic)]

    def keyed(self, topic: str) -> list[tuple[str, Json]]:
        """Everything that lies in a topic of one partition, with its key."""
        reader = self._reader("tests")
        try:
            place = TopicPartition(topic, 0, 0)
            _, end = reader.get_watermark_offsets(place, timeout=20)
            reader.assign([place])
            found: list[tuple[str, Json]] = []
            while len(found) < end:
                message = reader.poll(20)
                assert message is not None and message.error() is None
                key = (message.key() or b"").decode()
                found.append((key, json.loads(message.value() or b"null")))
            return found
        finally:
            reader.close()

    def committed(self, partition: int = 0, group: str = "biogpu_workers") -> int:
        """Offset that the group has committed in the topic of new jobs; -1001 for none."""
        reader = self._reader(group)
        try:
            (found,) = reader.committed([TopicPartition("new_jobs", partition)], timeout=20)
            return int(found.offset)
        finally:
            reader.close()

    def _reader(self, group: str) -> Consumer:
        return Consumer({**QUIET, "bootstrap.servers": self.servers, "group.id": group})
