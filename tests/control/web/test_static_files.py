"""Scripts and styles: kept by browsers for as long as they are the same, and packed."""

import gzip
import re
from pathlib import Path

import pytest
from web_lab import WebLab, body

from control.web import static_files


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    return WebLab(tmp_path_factory.mktemp("lab"))


def test_files_of_a_page_are_kept_for_ever_and_packed(lab: WebLab) -> None:
    page = lab.client().get("/").get_data(as_text=True)
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert addresses
    for address in addresses:
        plain = lab.client(None).get(address)
        assert plain.status_code == 200, address
        assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        packed = lab.client(None).get(address, headers={"Accept-Encoding": "gzip, br"})
        if "Content-Encoding" in packed.headers:
            assert gzip.decompress(packed.get_data()) == plain.get_data()
            assert packed.content_length < plain.content_length
        else:
            assert plain.content_length < 1000
    assert any(address.endswith("plumbline.css") for address in addresses)


@pytest.mark.parametrize("version", ["", "v-000000000000/"])
def test_an_address_of_no_or_another_version_is_asked_for_again(lab: WebLab, version: str) -> None:
    client = lab.client(None)
    first = client.get(f"/static/{version}js/common/api.js")
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["Content-Type"] == "text/javascript; charset=utf-8"
    packed = client.get(f"/static/{version}js/common/api.js", headers={"Accept-Encoding": "gzip"})
    for tag in (first.headers["ETag"], packed.headers["ETag"]):
        again = client.get(f"/static/{version}js/common/api.js", headers={"If-None-Match": tag})
        assert (again.status_code, again.get_data()) == (304, b"")


@pytest.mark.parametrize(
    "path",
    ["none.js", "../app.py", "..%2Fapp.py", "v-000000000000/../../app.py", "js", "", "a%00b"],
)
def test_no_name_leads_out_of_the_folder(lab: WebLab, path: str) -> None:
    assert lab.client(None).get(f"/static/{path}").status_code == 404


def test_a_page_names_every_module_that_its_scripts_import(lab: WebLab) -> None:
    run = lab.run()
    page = lab.client().get(f"/runs/{run.run_id}").get_data(as_text=True)
    named = set(re.findall(r'rel="modulepreload" href="/static/v-\w+/([^"]+)"', page))
    assert named >= {
        "js/common/api.js",
        "js/common/dom.js",
        "js/run/live.js",
        "js/log/log_pages.js",
    }
    assert all((static_files.FOLDER / each).is_file() for each in named)


def test_imports_are_followed_and_a_circle_ends(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    files = {
        "a.js": "import {\n  b,\n} from './b.js'\nimport './c.js'\nawait import('./later.js')\n",
        "b.js": "export {c} from '../js/c.js'\n",
        "c.js": "import {a} from './a.js'\nconst from = './none.js'\n",
    }
    for name, text in files.items():
        (tmp_path / "js" / name).write_text(text)
    assert sorted(static_files.imports_of(tmp_path, "js/a.js")) == ["js/b.js", "js/c.js"]


def test_the_version_changes_with_names_and_contents(tmp_path: Path) -> None:
    found = set()
    for name, text in [("a", "1"), ("a", "2"), ("b", "2"), ("c/b", "2")]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        found.add(static_files.version_of(tmp_path))
    assert len(found) == 4


def test_a_long_answer_is_packed_where_that_is_taken(lab: WebLab) -> None:
    for _ in range(3):
        lab.run()
    plain = lab.client().get("/api/v1/runs")
    assert "Accept-Encoding" in plain.headers["Vary"]
    packed = lab.client().get("/api/v1/runs", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.get_data())
    assert len(packed.get_data()) < len(plain.get_data()) / 2
    assert gzip.decompress(packed.get_data()) == plain.get_data()
    refused = lab.client().get("/api/v1/runs", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers
    assert body(refused)["total"] == 3 + 1
    known = {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}
    assert lab.client().get("/api/v1/runs", headers=known).status_code == 304


@pytest.mark.parametrize("name", ["a" * 400, "js", "%00", "js/common/api.js/x", "..%2f..%2fapp.py"])
def test_a_name_that_no_file_has_is_not_found(lab: WebLab, name: str) -> None:
    for version in ("", "v-000000000000/"):
        assert lab.client(None).get(f"/static/{version}{name}").status_code == 404
