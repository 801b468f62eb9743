"""Verdicts over the API: who may give one, on what, and what becomes of it."""

import csv
import io
import threading
from pathlib import Path
from typing import Any

import pytest
from verdict_lab import FAIL, PASS, WARN, judge, verdict_file
from web_lab import WebLab, body

from control.record.run_dir import RunDir

NASTY = "<script>alert(1)<"


@pytest.fixture
def lab(tmp_path: Path) -> WebLab:
    return WebLab(tmp_path)


def address(run: RunDir) -> str:
    return f"/api/v1/runs/{run.run_id}/verdicts"


def say(lab: WebLab, run: RunDir, user: str = "ada", **more: Any) -> Any:
    """Give a verdict on S1."""
    content = {"sample": "S1", "verdict": "pass", "comment": "looked at it", **more}
    return lab.client(user).post(address(run), json=content)


def only(lab: WebLab, run: RunDir, user: str = "ada") -> Any:
    """What the list has, where that is one sample."""
    (found,) = body(lab.client(user).get(address(run)))["items"]
    return found


def test_from_nothing_to_current_to_out_of_date(lab: WebLab) -> None:
    run = lab.run()
    assert body(lab.client().get(address(run))) == {
        **{"items": [], "next": None, "total": 0, "left_out": 0, "may_give": True},
    }
    seen = judge(run, "S1", WARN)
    found = only(lab, run)
    assert (found["machine"]["verdict"], found["machine"]["sha256"]) == ("warn", seen)
    assert found["machine"]["reasons"] == [
        "Average alignment coverage over genome: 20 is less than 30"
    ]
    assert (found["person"], found["state"], found["machine"]["page"]) == (None, "none", None)
    file = lab.client().get(found["machine"]["link"])
    assert file.get_data() == verdict_file(run, "S1").read_bytes()

    made = say(lab, run, sha256=seen)
    assert made.status_code == 201
    found = only(lab, run)
    assert found["person"] == body(made)
    assert (found["state"], found["person"]["user"]) == ("current", "ada")
    assert say(lab, run, sha256=seen).status_code == 200, "the same again"

    now = judge(run, "S1", FAIL)
    assert only(lab, run)["state"] == "out_of_date"
    assert say(lab, run, sha256=seen, supersedes=1).status_code == 409
    second = body(say(lab, run, sha256=now, supersedes=1))
    assert (second["supersedes"], second["machine"]) == (1, "fail")
    assert only(lab, run)["state"] == "current"
    verdict_file(run, "S1").unlink()
    found = only(lab, run)
    assert (found["machine"], found["state"], found["person"]["id"]) == (None, "out_of_date", 2)
    listed = body(lab.client().get("/api/v1/verdicts"))["items"]
    assert [(each["id"], each["state"]) for each in listed] == [
        (2, "out_of_date"),
        (1, "superseded"),
    ]


def test_who_may(lab: WebLab) -> None:
    run = lab.run(user="ada")
    typed = lab.run(user="")
    seen, of_typed = judge(run, "S1"), judge(typed, "S1")
    assert say(lab, run, "bob", sha256=seen).status_code == 403
    assert lab.client("bob").get(address(run)).status_code == 403
    assert lab.client(None).post(address(run), json={}).status_code == 401
    assert say(lab, run, "root", sha256=seen).status_code == 201
    assert say(lab, typed, "ada", sha256=of_typed).status_code == 403
    assert say(lab, typed, "root", sha256=of_typed).status_code == 201
    veras = lab.run(user="vera")
    assert say(lab, veras, "vera", sha256=judge(veras, "S1")).status_code == 403
    page = body(lab.client("vera").get(address(veras)))
    assert (page["total"], page["may_give"]) == (1, False)
    entries = body(lab.client("root").get("/api/v1/audit"))["items"]
    told = [(each["actor"], each["action"], each["outcome"]) for each in entries]
    assert told.count(("root", "verdict.give", "ok")) == 2
    assert ("vera", "run.steer", "refused") in told

    def runs_of(user: str) -> set[str]:
        items = body(lab.client(user).get("/api/v1/verdicts"))["items"]
        return {each["run_id"] for each in items}

    assert runs_of("root") == {run.run_id, typed.run_id}
    assert runs_of("ada") == {run.run_id}
    assert runs_of("bob") == runs_of("vera") == set()


def test_everyone_sees_all_where_the_settings_say_so(tmp_path: Path) -> None:
    open_lab = WebLab(tmp_path, access={"everyone_sees_all_runs": True})
    run = open_lab.run(user="ada")
    say(open_lab, run, sha256=judge(run, "S1"))
    assert len(body(open_lab.client("vera").get("/api/v1/verdicts"))["items"]) == 1
    assert say(open_lab, run, "bob", sha256=judge(run, "S1"), supersedes=1).status_code == 403


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"comment": ""}, 422, "takes a comment"),
    ({"sample": "HG02"}, 404, 'has not judged a sample "HG02"; did you mean HG01?'),
    ({"sample": "../../samples"}, 404, "has not judged"),
    ({"sample": ""}, 422, "sample"),
    ({"sha256": "00" * 32}, 409, "another one than you looked at"),
    ({"sha256": "zz"}, 422, "sha256"),
    ({"verdict": "none"}, 422, "verdict"),
    ({"supersedes": 5}, 409, "none of its verdicts"),
    ({"supersedes": 2**60}, 422, "supersedes"),
    ({"comment": "a\x07"}, 422, "control characters"),
    ({"comment": "x" * 2001}, 422, "2001 characters"),
    ({"at": "2020-01-01"}, 422, "not known"),
]


def test_what_cannot_be_is_refused(lab: WebLab) -> None:
    run = lab.run()
    seen = judge(run, "HG01", WARN)
    for change, status, why in REFUSED:
        refused = say(lab, run, **{"sample": "HG01", "sha256": seen, **change})
        assert (refused.status_code, why in body(refused)["detail"]) == (status, True), change
    assert body(lab.client().get("/api/v1/verdicts"))["items"] == []


def test_two_people_at_once(lab: WebLab) -> None:
    run = lab.run()
    seen = judge(run, "S1")
    start, statuses = threading.Barrier(2), list[int]()

    def go(user: str) -> None:
        start.wait(60)
        statuses.append(say(lab, run, user, sha256=seen).status_code)

    both = [threading.Thread(target=go, args=(user,)) for user in ("ada", "root")]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert sorted(statuses) == [201, 409]


def test_a_damaged_file_is_told_and_signed_by_nobody(lab: WebLab) -> None:
    run = lab.run()
    seen = judge(run, "S1")
    assert say(lab, run, sha256=seen).status_code == 201
    verdict_file(run, "S1").write_text('{"schema":')
    found = only(lab, run)
    assert (found["machine"]["verdict"], found["state"]) == (None, "out_of_date")
    assert "no plumbline/qc.verdict/1" in found["machine"]["problem"]
    refused = say(lab, run, sha256=found["machine"]["sha256"], supersedes=1)
    assert refused.status_code == 422
    assert "damaged" in body(refused)["detail"]
    assert body(lab.client().get("/api/v1/verdicts"))["items"][0]["state"] == "out_of_date"


def test_pages_of_samples(lab: WebLab) -> None:
    run = lab.run()
    for number in range(5):
        judge(run, f"S{number}")
    (run.work / "results" / "qc" / "a\nb.verdict.json").touch()
    verdict_file(run, "S3").with_name("S3.verdict.html").touch()
    seen: list[str] = []
    link: str | None = f"{address(run)}?limit=2"
    while link:
        page = body(lab.client().get(link))
        assert (page["total"], page["left_out"]) == (5, 1)
        seen += [each["sample"] for each in page["items"]]
        link = page["next"]
    assert seen == [f"S{number}" for number in range(5)]
    (one,) = body(lab.client().get(f"{address(run)}?sample=S3"))["items"]
    assert lab.client().get(one["machine"]["page"]).status_code == 200
    assert body(lab.client().get(f"{address(run)}?sample=S9"))["items"] == []


def test_the_list_of_all_runs_page_by_page(lab: WebLab) -> None:
    runs = [lab.run() for _ in range(3)]
    for run in runs:
        say(lab, run, sha256=judge(run, "S1"))
    client, seen = lab.client(), []
    link: str | None = "/api/v1/verdicts?sample=S1&limit=2"
    while link:
        page = body(client.get(link))
        seen += [each["id"] for each in page["items"]]
        link = page["next"]
    assert seen == [3, 2, 1]
    assert body(client.get(f"/api/v1/verdicts?run_id={runs[1].run_id}"))["items"][0]["id"] == 2
    assert body(client.get("/api/v1/verdicts?since=2999-01-01"))["items"] == []
    assert client.get("/api/v1/verdicts?since=never").status_code == 400
    assert client.get("/api/v1/verdicts?sample=../x").status_code == 400
    assert client.get("/api/v1/verdicts?smaple=S1").status_code == 422


def test_what_was_said_of_a_deleted_run_stays(lab: WebLab) -> None:
    run, kept = lab.run(), lab.run()
    for each in (run, kept):
        assert say(lab, each, sha256=judge(each, "S1")).status_code == 201
    assert lab.client().delete(f"/api/v1/runs/{run.run_id}").status_code == 204
    assert lab.client().get(address(run)).status_code == 404
    for user in ("ada", "root"):
        found = body(lab.client(user).get("/api/v1/verdicts"))["items"]
        assert [(each["state"], each["link"]) for each in found] == [
            ("current", f"/api/v1/runs/{kept.run_id}"),
            ("gone", None),
        ]
    assert body(lab.client("bob").get("/api/v1/verdicts"))["items"] == []


def test_a_run_that_takes_the_id_of_a_deleted_one_has_none_of_its_verdicts(lab: WebLab) -> None:
    run = lab.run(is_indexed=False)
    seen = judge(run, "S1")
    assert say(lab, run, sha256=seen).status_code == 201
    (run.path / "request.json").unlink()  # as one that somebody typed
    found = only(lab, run, "root")
    assert (found["person"], found["state"]) == (None, "none")
    assert say(lab, run, "root", sha256=seen).status_code == 201
    states = [each["state"] for each in body(lab.client("root").get("/api/v1/verdicts"))["items"]]
    assert states == ["current", "gone"]


@pytest.mark.parametrize("kind", ["csv", "tsv", "json"])
def test_export(lab: WebLab, kind: str) -> None:
    run = lab.run()
    sample = f"{NASTY}=S1"
    seen = judge(run, sample, PASS)
    formula = '=HYPERLINK("http://192.0.2.1/")\n+1'
    assert say(lab, run, sha256=seen, sample=sample, comment=formula).status_code == 201
    answer = lab.client().get(f"/api/v1/verdicts/export?format={kind}")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=verdicts.{kind}"
    text = answer.get_data(as_text=True)
    if kind == "json":
        (told,) = body(answer)
        assert (told["comment"], told["sample"], told["state"]) == (formula, sample, "current")
    else:
        assert "text/" in answer.headers["Content-Type"]
        delimiter = "," if kind == "csv" else "\t"
        quoting = csv.QUOTE_MINIMAL if kind == "csv" else csv.QUOTE_NONE
        (told,) = csv.DictReader(io.StringIO(text), delimiter=delimiter, quoting=quoting)
        assert told["comment"].startswith("'=HYPERLINK")
        assert told["sample"] == sample
    assert lab.client("bob").get(f"/api/v1/verdicts/export?format={kind}").text.count("ada") == 0
    assert lab.client().get("/api/v1/verdicts/export?format=xlsx").status_code == 422
