"""From one name and one address to verdicts: a real service, the real workflow, and a store."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from dragen_files import dragen_texts
from s3_store import s3_admin, s3_store
from service import RealService, poll

from control.record.run_dir import RunDir, State

ENDED = [state.value for state in State if state.is_final]
NOBODY = {"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    with s3_store() as endpoint:
        store = s3_admin(endpoint)
        store.create_bucket(Bucket="runs")
        for name, text in dragen_texts("mine").items():
            store.put_object(Bucket="runs", Key=f"2026/mine/{name}", Body=text.encode())
        environ = {"AWS_ENDPOINT_URL_S3": endpoint, "AWS_EC2_METADATA_DISABLED": "true", **NOBODY}
        environ |= {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "me"}
        settings = {
            "allow": {"sources": ["s3://runs/2026/"]},
            "access": {"requests_per_minute": 1_000_000},
        }
        folder = tmp_path_factory.mktemp("service")
        with RealService(folder, settings, environ) as running:
            yield running


def ended(service: RealService, run_id: str) -> Any:
    """The run as soon as it has ended."""

    def look() -> Any:
        run = service.get(f"/api/v1/runs/{run_id}").json()
        return run if run.get("state") in ENDED else None

    return poll(look, 240)


def test_one_sample_by_one_command(service: RealService) -> None:
    sample = ("--sample", "mine", "--source", "s3://runs/2026/{sample}/")
    typed = service.run_command("submit", *sample, "--cores", "2", "-o", "report=false")
    assert typed.returncode == 0, typed.stderr
    run_id = typed.stdout.strip()
    run = ended(service, run_id)
    log = (service.runs / run_id / "driver.log").read_text()
    assert (run["state"], run["jobs"]["failed"]) == ("completed", 0), log
    assert run["name"] == "mine", "called like its sample where nobody says"
    assert "Left out: small variants of mine: no truth is known" in log
    results = RunDir(service.runs / run_id).work / "results"
    assert (results / "qc/mine.verdict.json").stat().st_size > 0
    assert (results / "report/qc.verdict.html").stat().st_size > 0
    (shared,) = service.runs.glob(".shared-*")
    (copy,) = shared.glob("fetched/s3/**/mine.mapping_metrics.csv")
    assert copy.samefile(results / "fetched/mine/metrics/mine.mapping_metrics.csv")
    assert list(shared.glob("history/*.parquet"))
    (qc,) = service.get(f"/api/v1/runs/{run_id}/verdicts").json()["items"]
    verdict = json.loads((results / "qc/mine.verdict.json").read_text())["samples"][0]["verdict"]
    assert (qc["sample"], qc["machine"]["verdict"]) == ("mine", verdict)


def test_what_nobody_opened_is_read_by_nobody(service: RealService) -> None:
    asked = ("submit", "--sample", "mine", "--source", "s3://runs/2025/{sample}/")
    refused = service.run_command(*asked)
    assert refused.returncode == 65
    assert "samples.tsv, row 2, source: s3://runs/2025/mine/: runs may not read" in refused.stderr
    elsewhere = service.run_command(*asked, "--set", "fetch.endpoint=https://evil.org")
    assert "fetch.endpoint: is not yours to set" in elsewhere.stderr
