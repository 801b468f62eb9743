"""What the VA-Calibration API can be asked for, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from web_lab import WebLab, body

from control.record.run_dir import RunDir

EXAMPLES = Path(__file__).with_name("examples")
ASKED = json.loads((EXAMPLES / "004_messages.json").read_text())[-4]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    return WebLab(tmp_path_factory.mktemp("lab"))


DEATHS: list[dict[str, Any]] = [{"id": "d1", "cause": "Prematurity"}, {"id": "d2", "cause": "ü"}]


def test_deaths_that_are_sent_are_inputs_of_the_run(lab: WebLab) -> None:
    asked = {**ASKED, "va_data": {"insilicova": DEATHS, "eava": {"ipre": 3}}, "async": True}
    answer = lab.client().post("/calibrate/realtime", json=asked)
    assert answer.status_code == 200, answer.get_data()
    run = RunDir(lab.runs / body(answer)["job_id"])
    assert "example" not in body(answer)["message"]
    assert json.loads((run.inputs / "va_insilicova.json").read_text()) == DEATHS
    assert json.loads((run.inputs / "va_eava.json").read_text()) == {"ipre": 3}
    assert "../inputs/va_insilicova.json" in run.samples.read_text()
    assert body(lab.client().get("/api/v1/uploads"))["items"] == [], "the run holds them"
    made = body(lab.client("root").get("/api/v1/audit?actor=ada&action=upload.finish"))["items"]
    assert {each["detail"] for each in made} == {"va_insilicova.json", "va_eava.json"}
    noted = body(lab.client("root").get("/api/v1/audit?actor=ada&action=run.submit"))["items"]
    assert noted[0]["target"] == run.run_id


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"country": "Atlantis"}, "country"),
        ({"country": "Kenya,Mali"}, "country"),
        ({"age_group": "adult"}, "age_group"),
        ({"mmat_type": "samples"}, "mmat_type"),
        ({"dataset": "x"}, "dataset"),
        ({"va_data": {"tariff": "use_example"}}, "va_data"),
        ({"va_data": {"eava": [[1, 0], [0, 1]]}}, "va_data.eava"),
        ({"va_data": {}}, "va_data"),
        ({"va_data": {"eava": "/etc/passwd.csv"}}, "va_eava"),
    ],
)
def test_what_is_refused_leaves_nothing(lab: WebLab, change: Any, place: str) -> None:
    client = lab.client("root")
    asked = {**ASKED, "va_data": {"interva": DEATHS}, **change}
    answer = client.post("/calibrate/realtime", json=asked)
    assert answer.status_code == 422, answer.get_data()
    assert place in answer.get_data(as_text=True)
    assert body(client.get("/api/v1/uploads"))["items"] == []


def test_a_viewer_calibrates_nothing(lab: WebLab) -> None:
    assert lab.client("vera").post("/calibrate/realtime", json=ASKED).status_code == 403
    assert lab.client(None).post("/calibrate/realtime", json=ASKED).status_code == 401
