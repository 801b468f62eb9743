"""Looking where samples come from: what is shown, a page at a time, and what is refused."""

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError
from s3_store import s3_admin, s3_store, use_store
from web_lab import WebLab, body

from control.runs import source_listing
from control.web.api import sources
from control.web.service import Recent
from engines.fetch.items import Access

SOURCES = "/api/v1/sources"
NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_store() as address:
        admin = s3_admin(address)
        for bucket in ("runs", "secret"):
            admin.create_bucket(Bucket=bucket)
        keys = ["2026/", "2026/HG001/a.vcf.gz", "2026/HG002/a.vcf.gz", "2026/notes.txt"]
        keys += [f"2026/{NASTY}/a.vcf.gz", "2026-other/x.txt", "2027/b.txt"]
        for key in keys:
            admin.put_object(Bucket="runs", Key=key, Body=b"x" * len(key))
        admin.put_object(Bucket="secret", Key="key", Body=b"x")
        yield address


@pytest.fixture(autouse=True)
def _store(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use_store(monkeypatch, endpoint, "service")
    monkeypatch.setattr(sources, "_STORE", Recent(600))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    return WebLab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    """One whose administrator has named what may be read."""
    folder = tmp_path_factory.mktemp("narrow")
    for name in ("open/run 7", "open/.hidden", "closed"):
        (folder / name).mkdir(parents=True)
    (folder / "open/a.vcf.gz").write_bytes(b"12345")
    (folder / "closed/b.vcf.gz").touch()
    (folder / "open/out").symlink_to(folder / "closed")
    (folder / "open/inside").symlink_to(folder / "open/run 7")
    os.utime(folder / "open/a.vcf.gz", (1_700_000_000, 1_700_000_000))
    allow = {
        "sources": ["s3://runs/2026/", "https://data.lab.org"],
        "input_folders": [folder / "open"],
    }
    return WebLab(folder / "lab", allow=allow)


def listed(lab: WebLab, address: str, **more: Any) -> Any:
    query = "&".join(f"{key}={quote(str(value))}" for key, value in more.items())
    return lab.client().get(f"{SOURCES}?address={quote(address)}&{query}".rstrip("&"))


def names(found: Any) -> list[tuple[str, str]]:
    return [(each["kind"], each["name"]) for each in body(found)["items"]]


def test_a_level_of_a_store_has_folders_and_files(lab: WebLab) -> None:
    found = listed(lab, "s3://runs/2026/")
    assert names(found) == [
        ("folder", NASTY),
        ("folder", "HG001"),
        ("folder", "HG002"),
        ("file", "notes.txt"),
    ]
    told = body(found)
    assert told["next"] is None
    assert told["items"][1] == {
        **{"name": "HG001", "address": "s3://runs/2026/HG001/", "kind": "folder"},
        **{"size": None, "changed": ""},
    }
    file = told["items"][3]
    assert (file["address"], file["size"]) == ("s3://runs/2026/notes.txt", 14)
    assert file["changed"].endswith("Z")


def test_without_a_slash_it_is_what_begins_so(lab: WebLab) -> None:
    assert names(listed(lab, "s3://runs/2026/HG")) == [("folder", "HG001"), ("folder", "HG002")]
    assert names(listed(lab, "s3://runs/20")) == [
        ("folder", "2026"),
        ("folder", "2026-other"),
        ("folder", "2027"),
    ]
    assert names(listed(lab, "s3://runs")) == names(listed(lab, "s3://runs/20"))


def test_pages_together_are_the_whole(lab: WebLab) -> None:
    address: str | None = f"{SOURCES}?address=s3://runs/2026/&limit=1"
    seen = []
    while address:
        page = body(lab.client().get(address))
        assert len(page["items"]) <= 1
        seen += [each["name"] for each in page["items"]]
        address = page["next"]
    assert sorted(seen) == sorted(name for _, name in names(listed(lab, "s3://runs/2026/")))


@pytest.mark.parametrize(
    ("address", "status", "told"),
    [
        ("s3://none-such/", 404, "none-such"),
        ("s3://", 400, "no address"),
        ("s3://runs/../secret/", 403, ".."),
        ("s3://key:secret@runs/", 403, "password"),
        ("https://example.org/", 400, "cannot be looked into"),
        ("file:///etc/", 400, "cannot be looked into"),
        ("http://169.254.169.254/", 400, "cannot be looked into"),
        ("/etc/", 403, "not in a folder that runs may read"),
        ("s3://runs/\n", 400, "no address"),
    ],
)
def test_what_cannot_be_looked_into(lab: WebLab, address: str, status: int, told: str) -> None:
    refused = listed(lab, address)
    assert refused.status_code == status
    problem = body(refused)
    assert told in problem["detail"]
    assert "\n" not in problem["detail"] and problem["hint"]


class Refusing:
    """A store that knows no cursor, as Amazon's answers."""

    access = Access()

    def bucket(self, name: str) -> tuple[str, str]:
        return name, "us-east-1"

    def client(self, region: str) -> "Refusing":
        return self

    def list_objects_v2(self, **wanted: str) -> None:
        assert wanted["ContinuationToken"] == "nonsense"
        error = {"Error": {"Code": "InvalidArgument"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        raise ClientError(error, "ListObjectsV2")


def test_a_cursor_of_nowhere_is_no_fault_of_the_service(
    lab: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources._STORE, "get", lambda read: Refusing())
    refused = listed(lab, "s3://runs/2026/", cursor="nonsense")
    assert refused.status_code == 400
    assert "cursor" in body(refused)["detail"]


def test_only_what_the_administrator_has_named(narrow: WebLab) -> None:
    assert names(listed(narrow, "s3://runs/2026/"))[1] == ("folder", "HG001")
    for address in ("s3://runs/", "s3://runs/2026", "s3://runs/2026-other/", "s3://secret/"):
        refused = listed(narrow, address)
        assert refused.status_code == 403, address
        assert "s3://runs/2026/" in body(refused)["hint"]


def test_one_can_begin_where_it_is_opened(lab: WebLab, narrow: WebLab) -> None:
    begin = [each["address"] for each in body(narrow.client().get(SOURCES))["items"]]
    folder = f"{narrow.settings.allow.input_folders[0]}/"
    assert begin == ["s3://runs/2026/", folder]
    assert body(lab.client().get(SOURCES))["items"] == []
    for address in begin:
        assert listed(narrow, address).status_code == 200


def test_an_open_folder_shows_nothing_that_leads_out(narrow: WebLab) -> None:
    opened = str(narrow.settings.allow.input_folders[0])
    assert names(listed(narrow, f"{opened}/")) == [
        ("file", "a.vcf.gz"),
        ("folder", "inside"),
        ("folder", "run 7"),
    ]
    assert body(listed(narrow, f"{opened}/a"))["items"] == [
        {
            **{"name": "a.vcf.gz", "address": f"{opened}/a.vcf.gz", "kind": "file"},
            **{"size": 5, "changed": "2023-11-14T22:13:20.000Z"},
        }
    ]
    first = body(listed(narrow, f"{opened}/", limit=2))
    assert [each["name"] for each in first["items"]] == ["a.vcf.gz", "inside"]
    assert [each["name"] for each in body(narrow.client().get(first["next"]))["items"]] == ["run 7"]
    for address in (f"{opened}/out/", f"{opened}/../closed/", f"{opened}/../"):
        assert listed(narrow, address).status_code == 403, address
    assert listed(narrow, f"{opened}/none/").status_code == 404


def test_who_may_not_submit_may_not_look(lab: WebLab) -> None:
    assert lab.client("vera").get(SOURCES).status_code == 403
    assert lab.client(None).get(SOURCES).status_code == 401


def test_a_store_that_is_not_there_is_said_at_once(
    lab: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_store(monkeypatch, "http://127.0.0.1:9", "service")
    refused = listed(lab, "s3://runs/")
    assert refused.status_code == 502
    assert "s3://runs" in body(refused)["detail"]
    assert "administrator" in body(refused)["hint"]


def test_a_folder_of_links_is_looked_at_a_part_at_a_time(
    narrow: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder,) = narrow.settings.allow.input_folders
    links = folder / "run 7" / "links"
    links.mkdir()
    for number in range(7):
        (links / f"{number}").symlink_to("/etc/passwd")
    (links / "8").touch()
    monkeypatch.setattr(source_listing, "MOST_LOOKED_AT", 3)
    seen, address, pages = [], f"{SOURCES}?address={quote(f'{links}/')}&limit=1", 0
    while address:
        page = body(narrow.client().get(address))
        seen += [each["name"] for each in page["items"]]
        address, pages = page["next"], pages + 1
    assert seen == ["8"]
    assert pages == 3
