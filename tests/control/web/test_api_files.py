"""Files of a run over the API: whole, by range, as a zip, and never a foreign one."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from web_lab import WebLab, body

from control.record.run_dir import RunDir, State

BYTES = bytes(range(256)) * 4000


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    return WebLab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def run(lab: WebLab) -> RunDir:
    return lab.run(State.FAILED)


def get(lab: WebLab, run: RunDir, path: str, **headers: str) -> Any:
    """Ask for something of a run."""
    return lab.client().get(f"/api/v1/runs/{run.run_id}/{path}", headers=headers)


def test_results_are_listed_a_page_at_a_time(lab: WebLab, run: RunDir) -> None:
    seen, client = [], lab.client()
    address: str | None = f"/api/v1/runs/{run.run_id}/files?limit=2"
    while address:
        page = body(client.get(address))
        seen += [(file["path"], file["size"]) for file in page["items"]]
        for file in page["items"]:
            assert len(client.get(file["link"]).get_data()) == file["size"]
        address = page["next"]
    assert seen == [
        ("bytes.bin", 1_024_000),
        ("naïve name.txt", 3),
        ("page.html", 25),
        ("tables/A.tsv", 8),
    ]
    left_out = body(get(lab, run, "files"))["left_out"]
    assert left_out == {"hidden": 1, "link": 1}


def test_a_page_goes_on_behind_a_long_name(lab: WebLab) -> None:
    run = lab.run()
    deep = run.work / "results" / ("a" * 200) / ("b" * 200) / ("c" * 200)
    deep.mkdir(parents=True)
    for name in ("1.txt", "2.txt"):
        (deep / name).write_text(name)
    first = body(get(lab, run, "files?limit=1"))
    second = body(lab.client().get(first["next"]))
    assert [each["path"][-5:] for each in first["items"] + second["items"]] == ["1.txt", "2.txt"]
    assert lab.client().get(second["items"][0]["link"]).get_data() == b"2.txt"


def test_a_file_is_for_saving_by_its_name(lab: WebLab, run: RunDir) -> None:
    answer = get(lab, run, "files/bytes.bin")
    assert answer.get_data() == BYTES
    assert answer.headers["Content-Disposition"] == "attachment; filename=bytes.bin"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Accept-Ranges"] == "bytes"
    named = get(lab, run, "files/na%C3%AFve%20name.txt")
    assert "filename*=UTF-8''na%C3%AFve%20name.txt" in named.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-9", BYTES[:10]),
        ("bytes=300000-300255", BYTES[300000:300256]),
        ("bytes=1023990-", BYTES[-10:]),
        ("bytes=-5", BYTES[-5:]),
        ("bytes=1023990-9999999", BYTES[-10:]),
        ("bytes=-1024000", BYTES),
        ("bytes=-1024001", BYTES),
        ("bytes=-99999999", BYTES),
    ],
)
def test_a_range_gives_those_bytes(lab: WebLab, run: RunDir, asked: str, expected: bytes) -> None:
    answer = get(lab, run, "files/bytes.bin", Range=asked)
    assert answer.status_code == 206
    assert answer.get_data() == expected
    start = BYTES.index(expected) if len(expected) > 256 else int(_start(answer))
    assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(expected) - 1}/1024000"
    assert int(answer.headers["Content-Length"]) == len(expected)


def _start(answer: Any) -> str:
    text: str = answer.headers["Content-Range"]
    return text.removeprefix("bytes ").partition("-")[0]


@pytest.mark.parametrize(
    "asked", ["bytes=1024000-", "bytes=-0", "bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "x"]
)
def test_a_range_that_cannot_be_says_how_long_it_is(lab: WebLab, run: RunDir, asked: str) -> None:
    answer = get(lab, run, "files/bytes.bin", Range=asked)
    assert answer.status_code == 416
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Content-Range"] == "bytes */1024000"


def test_the_last_bytes_of_an_empty_file_are_none(lab: WebLab) -> None:
    run = lab.run()
    (run.work / "results" / "empty.txt").touch()
    answer = get(lab, run, "files/empty.txt", Range="bytes=-100")
    assert (answer.status_code, answer.get_data()) == (200, b"")
    assert answer.headers["Content-Length"] == "0"


def test_a_part_counts_only_for_the_file_it_was_taken_from(lab: WebLab, run: RunDir) -> None:
    etag = get(lab, run, "files/bytes.bin").headers["ETag"]
    same = get(lab, run, "files/bytes.bin", **{"Range": "bytes=5-", "If-Range": etag})
    assert (same.status_code, same.get_data()) == (206, BYTES[5:])
    other = get(lab, run, "files/bytes.bin", **{"Range": "bytes=5-", "If-Range": '"other"'})
    assert (other.status_code, other.get_data()) == (200, BYTES)
    known = get(lab, run, "files/bytes.bin", **{"If-None-Match": etag})
    assert (known.status_code, known.get_data()) == (304, b"")
    refused = get(lab, run, "files/bytes.bin", **{"If-Match": '"other"'})
    assert refused.status_code == 412
    assert refused.content_type == "application/problem+json"


def test_the_head_of_a_file_is_all_but_its_bytes(lab: WebLab, run: RunDir) -> None:
    answer = lab.client().head(f"/api/v1/runs/{run.run_id}/files/bytes.bin")
    assert (answer.status_code, answer.get_data()) == (200, b"")
    assert answer.headers["Content-Length"] == "1024000"


def test_what_a_run_wrote_is_shown_in_a_sandbox(lab: WebLab, run: RunDir) -> None:
    for path in ("files/page.html?inline=true", "report?inline=true"):
        answer = get(lab, run, path)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-scripts")
        assert "allow-same-origin" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("inline")
    assert get(lab, run, "report").headers["Content-Disposition"].startswith("attachment")
    packed = get(lab, run, "files/bytes.bin?inline=true")  # nothing that a browser shows
    assert packed.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "path",
    [
        *("../request.json", "..%2Frequest.json", "%2Fetc%2Fpasswd", "tables/../../request.json"),
        *("passwd", ".hidden", "tables", "none.tsv", "a%00b", "a%0Ab", "%5C..%5Cx", "tables/"),
    ],
)
def test_no_name_leads_out_of_the_results(lab: WebLab, run: RunDir, path: str) -> None:
    answer = get(lab, run, f"files/{path}")
    assert answer.status_code in (403, 404)
    assert answer.content_type == "application/problem+json"


def test_a_log_is_followed_by_range(lab: WebLab) -> None:
    run = lab.run(State.RUNNING)
    log = run.work / "logs" / "align-A.log"
    first = get(lab, run, "jobs/1/log")
    assert first.get_data() == b"reading\n45.5% <b>done</b>\n"
    assert first.headers["Content-Type"] == "text/plain; charset=utf-8"
    have = len(first.get_data())
    assert get(lab, run, "jobs/1/log", Range=f"bytes={have}-").status_code == 416
    with log.open("ab") as file:
        file.write(b"more\n")
    assert get(lab, run, "jobs/1/log", Range=f"bytes={have}-").get_data() == b"more\n"
    assert get(lab, run, "jobs/1/log?number=1").status_code == 404
    assert get(lab, run, "jobs/2/log").status_code == 404  # it has written nothing yet
    assert get(lab, run, "log", Range="bytes=-9").get_data() == b"line 999\n"


def test_a_log_elsewhere_is_not_shown(lab: WebLab, tmp_path: Path) -> None:
    run = lab.run(State.RUNNING)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    log = run.work / "logs" / "align-A.log"
    log.unlink()
    log.symlink_to(secret)
    assert get(lab, run, "jobs/1/log").status_code == 403


def test_all_results_come_as_one_zip(lab: WebLab, run: RunDir) -> None:
    answer = get(lab, run, "archive")
    assert answer.headers["Content-Type"] == "application/zip"
    assert f"filename={run.run_id}.zip" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as archive:
        assert archive.testzip() is None
        assert archive.read(f"{run.run_id}/bytes.bin") == BYTES
        names = {name.removeprefix(f"{run.run_id}/") for name in archive.namelist()}
    assert names >= {"bytes.bin", "naïve name.txt", "page.html", "tables/A.tsv", "MANIFEST.tsv"}
    assert not names & {"passwd", ".hidden"}


def test_what_was_asked_can_be_read_again(lab: WebLab, run: RunDir) -> None:
    asked = body(get(lab, run, "config"))
    told = {"name": "", "analysis": "all", "targets": [], "profile": "default", "options": {}}
    told |= {"launcher": "local", "tags": {}}
    assert asked == told | {"config": "build: GRCh38\n", "samples": "sample\n"}
    typed = lab.run(State.COMPLETED, "")
    answer = lab.client("root").get(f"/api/v1/runs/{typed.run_id}/config")
    unknown = told | {"analysis": "", "profile": "", "launcher": ""}
    assert body(answer) == unknown | {"config": None, "samples": None}


def test_a_configuration_that_nobody_could_submit_is_not_sent(lab: WebLab) -> None:
    run = lab.run()
    with open(run.config, "wb") as file:
        file.truncate(33 << 20)
    answer = lab.client().get(f"/api/v1/runs/{run.run_id}/config")
    assert answer.status_code == 422
    assert "config.yaml has 33 MB" in body(answer)["detail"]
