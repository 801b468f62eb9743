"""Files on their way from a browser to the service: paused, broken off, and gone on with."""

import hashlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from new_run_stage import choose_files, open_stage, sheet_text
from page_waits import expect
from service import RealService

HASH = """async (pieces) => {
  const {Sha256} = await import('/static/js/uploads/sha256.js')
  return pieces.reduce((sum, bytes) => sum.update(new Uint8Array(bytes)), new Sha256()).hex()
}"""
WORKER = """([size, atOnce]) => new Promise((resolve) => {
  const worker = new Worker('/static/js/uploads/sha256_worker.js', {type: 'module'})
  worker.onmessage = ({data}) => resolve(data.sha256)
  worker.postMessage({file: new Blob([new Uint8Array(size).fill(7)]), atOnce})
})"""
BIG = 3_000_000  # bytes: three pieces, the first of which has one megabyte


@pytest.fixture(scope="module")
def service(own_service: RealService) -> RealService:
    return own_service


@pytest.fixture
def stage(page: Any, service: RealService) -> Any:
    for left in service.get("/api/v1/uploads").json()["items"]:  # by a first try
        service.request("DELETE", f"/api/v1/uploads/{left['id']}")
    page.on("dialog", lambda dialog: dialog.accept())  # that leaving stops uploads
    open_stage(page)
    return page


def made(folder: Path, name: str, size: int = BIG, first: int = 0) -> Path:
    """A file whose content depends on its first byte."""
    file = folder / name
    file.write_bytes(bytes([first]) + bytes(n * n % 251 for n in range(1000)) * (size // 1000))
    return file


def row(page: Any, state: str) -> Any:
    return page.locator(f".uploads li[data-state={state}]")


def held(page: Any, number: int) -> list[int]:
    """Let the piece of this number wait for ever; gives how many bytes each piece had."""
    sizes: list[int] = []

    def take(route: Any) -> None:
        if route.request.method == "PATCH":
            sizes.append(len(route.request.post_data_buffer))
            if len(sizes) == number:
                return
        route.continue_()

    page.route("**/api/v1/uploads/*", take)
    return sizes


def stored(service: RealService, name: str) -> Any:
    items = service.get("/api/v1/uploads").json()["items"]
    (found,) = [each for each in items if each["name"] == name]
    return found


def content_of(service: RealService, upload: Any) -> bytes:
    (file,) = service.runs.glob(f".uploads-*/*/{upload['id']}/{upload['name']}")
    return file.read_bytes()


@pytest.mark.parametrize("cuts", [[], [1], [63, 64, 65], [64, 128], [55], [56, 57]])
def test_checksums_are_those_that_everybody_computes(page: Any, cuts: list[int]) -> None:
    page.goto("/sign-in")
    data = bytes(range(200))
    for size in (0, 1, 55, 56, 64, 119, 120, 200):
        whole = data[:size]
        places = [0, *[cut for cut in cuts if cut < size], size]
        pieces = [list(whole[a:b]) for a, b in pairwise(places)]
        assert page.evaluate(HASH, pieces) == hashlib.sha256(whole).hexdigest(), size


def test_a_file_is_summed_up_whole_or_piece_by_piece(page: Any) -> None:
    page.goto("/sign-in")
    size = (4 << 20) + 100  # more than one piece
    expected = hashlib.sha256(b"\x07" * size).hexdigest()
    assert page.evaluate(WORKER, [size, size]) == expected
    assert page.evaluate(WORKER, [size, 0]) == expected


def test_a_file_from_a_cell_is_named_in_the_sheet(
    stage: Any, service: RealService, tmp_path: Path
) -> None:
    names = ["HG001.hard-filtered.vcf.gz", "HG002 b.vcf.gz", "HG001.hard-filtered.vcf.gz.tbi"]
    files = [str(made(tmp_path, name, 2000, n)) for n, name in enumerate(names)]
    stage.get_by_role("button", name="Choose or upload a file: small_variants, row 2").click()
    choose_files(stage, "Upload from this computer", files)
    stage.get_by_text("HG002_b.vcf.gz, 2.00 kB").wait_for()
    row(stage, "finished").nth(2).wait_for()
    ids = [stored(service, name.replace(" ", "_"))["id"] for name in names]
    assert sheet_text(stage).splitlines()[1:] == [
        f"HG001\t\tupload:{ids[0]}",
        f"HG002_b\t\tupload:{ids[1]}",
    ]
    assert stage.evaluate("sheet.unfinished") == []
    stage.get_by_role("button", name="Choose or upload a file: small_variants, row 3").click()
    choices = stage.locator("dialog .choice")
    choices.nth(1).wait_for()
    assert sorted(text.split("\n")[0] for text in choices.all_inner_texts()) == [
        "HG001.hard-filtered.vcf.gz",
        "HG002_b.vcf.gz",
    ]
    choices.filter(has_text="HG001").click()
    third = stage.get_by_label("small_variants, row 3", exact=True)
    expect(third).to_have_value(f"upload:{ids[0]}")


def test_it_is_paused_and_gone_on_with(stage: Any, service: RealService, tmp_path: Path) -> None:
    file = made(tmp_path, "paused.vcf.gz")
    sizes = held(stage, 2)
    stage.locator("summary", has_text="Uploaded files").click()
    choose_files(stage, "Upload files", str(file))
    row(stage, "sending").get_by_text("1.05 MB of 3.00 MB").wait_for()
    stage.get_by_role("button", name="Pause: paused.vcf.gz").click()
    row(stage, "paused").wait_for()
    assert stored(service, "paused.vcf.gz")["received"] == sizes[0]
    stage.get_by_role("button", name="Go on: paused.vcf.gz").click()
    row(stage, "finished").filter(has_text="paused").wait_for()
    assert content_of(service, stored(service, "paused.vcf.gz")) == file.read_bytes()


def test_it_goes_on_after_the_service_was_killed(
    stage: Any, service: RealService, tmp_path: Path
) -> None:
    file = made(tmp_path, "killed.vcf.gz")
    held(stage, 2)
    stage.locator("summary", has_text="Uploaded files").click()
    choose_files(stage, "Upload files", str(file))
    row(stage, "sending").get_by_text("1.05 MB").wait_for()
    service.kill()
    stage.get_by_role("button", name="Pause: killed").click()
    stage.get_by_role("button", name="Go on: killed").click()
    row(stage, "broken").get_by_text("No connection. Trying again").wait_for()
    service.start()
    row(stage, "finished").filter(has_text="killed").wait_for()
    assert content_of(service, stored(service, "killed.vcf.gz")) == file.read_bytes()


def test_the_same_file_goes_on_after_a_reload_and_another_does_not(
    stage: Any, service: RealService, tmp_path: Path
) -> None:
    file = made(tmp_path, "same.vcf.gz")
    (tmp_path / "b").mkdir()
    other = made(tmp_path / "b", "same.vcf.gz", first=1)
    sizes = held(stage, 2)
    stage.locator("summary", has_text="Uploaded files").click()
    choose_files(stage, "Upload files", str(file))
    row(stage, "sending").get_by_text("1.05 MB").wait_for()
    stage.goto("/sign-in")
    stage.unroute_all(behavior="ignoreErrors")
    open_stage(stage)
    begun = stored(service, "same.vcf.gz")
    stage.locator("summary", has_text="Uploaded files").click()
    row(stage, "left").get_by_text("1.05 MB of 3.00 MB are there").wait_for()
    again = held(stage, 0)
    choose_files(stage, "Upload files", [str(other), str(file)])
    row(stage, "finished").filter(has_text="same").nth(1).wait_for()
    assert sum(again) == len(other.read_bytes()) + len(file.read_bytes()) - sizes[0]
    items = service.get("/api/v1/uploads").json()["items"]
    found = {each["id"]: content_of(service, each) for each in items if each["name"] == file.name}
    assert found[begun["id"]] == file.read_bytes()
    assert sorted(found.values()) == sorted([file.read_bytes(), other.read_bytes()])


def test_what_is_there_of_another_file_is_found_in_the_end(
    stage: Any, service: RealService, tmp_path: Path
) -> None:
    """Begun elsewhere, where this browser knows only its name: the checksum tells."""
    file = made(tmp_path, "begun.vcf.gz")
    size = file.stat().st_size
    begun = service.request("POST", "/api/v1/uploads", json={"name": file.name, "size": size})
    link, headers = begun.json()["link"], {"Upload-Offset": "0"}
    headers["Content-Type"] = "application/octet-stream"
    service.request("PATCH", link, data=b"something else", headers=headers)
    open_stage(stage)
    stage.locator("summary", has_text="Uploaded files").click()
    choose_files(stage, "Choose the file again…: begun", str(file))
    row(stage, "finished").filter(has_text="begun").wait_for()
    found = stored(service, "begun.vcf.gz")
    assert found["id"] != begun.json()["id"]
    assert content_of(service, found) == file.read_bytes()


def test_what_is_refused_says_why_and_what_is_not_wanted_goes(
    stage: Any, service: RealService, tmp_path: Path
) -> None:
    stage.locator("summary", has_text="Uploaded files").click()
    held(stage, 2)
    choose_files(stage, "Upload files", str(made(tmp_path, "half.vcf.gz")))
    row(stage, "sending").get_by_text("1.05 MB").wait_for()
    stage.get_by_role("button", name="Remove: half.vcf.gz").click()
    row(stage, "sending").wait_for(state="detached")
    choose_files(stage, "Upload files", str(made(tmp_path, "notes.pdf")))
    row(stage, "failed").get_by_text("not a file that runs take").wait_for()
    stage.get_by_role("button", name="Remove: notes.pdf").click()
    row(stage, "failed").wait_for(state="detached")
    choose_files(stage, "Upload files", str(made(tmp_path, "gone.bed", 2000)))
    drop = row(stage, "finished").filter(has_text="gone.bed").locator("button").last
    drop.click()
    drop.filter(has_text="Really delete").click()
    row(stage, "finished").filter(has_text="gone.bed").wait_for(state="detached")
    names = [each["name"] for each in service.get("/api/v1/uploads").json()["items"]]
    assert not {"half.vcf.gz", "gone.bed", "notes.pdf"} & set(names)
