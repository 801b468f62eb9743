"""The whole way, in the service as it runs: an event of Snakemake becomes a webhook's request."""

import pytest
from recorded_run import RecordedRun
from service import RealService, poll

from control.record.run_dir import State


@pytest.mark.usefixtures("own_process")
def test_a_run_that_fails_reaches_a_webhook_and_the_inbox(tmp_path, receiver):
    settings = {"notifications": {"allow_private_hosts": True}}
    with RealService(tmp_path / "own", settings) as service:
        report = service.state.steward_report
        poll(lambda: report.exists() and "notifications" in report.read_text())
        channel = {"address": receiver.address(), "events": ["failed"]}
        answer = service.request("POST", "/api/v1/notifications/channels", json=channel)
        assert answer.status_code == 201, answer.text
        RecordedRun(service.runs).start().end(State.FAILED, "1 job failed", 1)
        poll(lambda: receiver.bodies)
        assert receiver.bodies[0]["message"].splitlines()[1] == "1 job failed"
        shown = service.get("/api/v1/notifications").json()
        assert [each["kind"] for each in shown["items"]] == ["failed"]
