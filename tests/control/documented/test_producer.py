"""The documented producer of jobs, as it stands: what it sends becomes a run."""

import runpy
from pathlib import Path

from faulty_service import FaultyService
from intake_lab import Threads
from mock_kafka import MockKafka
from waiting import poll

PRODUCER = Path(__file__).with_name("examples") / "002_producer.py"


def test_the_documented_producer_sends_a_job_that_becomes_a_run(tmp_path: Path) -> None:
    with MockKafka() as kafka, FaultyService() as service:
        script = tmp_path / "producer.py"
        script.write_text(PRODUCER.read_text().replace("localhost:9092", kafka.servers))
        producer = runpy.run_path(str(script))["producer"]
        producer.close(timeout=60)  # the script leaves it to its end
        with Threads(kafka, service.url, tmp_path):
            poll(lambda: service.names == ["job-123"], 60)
    (run,) = service.runs.values()
    assert run["samples"] == [
        {
            "sample": "Patient789_Day5",
            "reads_1": "/path/to/sample_R1.fastq.gz",
            "reads_2": "/path/to/sample_R2.fastq.gz",
        }
    ]
