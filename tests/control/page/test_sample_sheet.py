"""The sample sheet of a new run in a browser: typed, pasted, read, found; and what is wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from new_run_stage import choose_files, open_stage, paste, sheet_text
from page_waits import expect
from s3_store import s3_admin, s3_store
from service import RealService

NASTY = "<img src=x onerror=alert(1)>"
OTHER = {
    "properties": {"sample": {}, "source": {"fileKind": "source"}, "va_eava": {}},
    "required": ["sample"],
}
READ = "async (text) => (await import('/static/js/samples/sheet_text.js')).readTable(text)"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    """One that may look into a bucket and a folder."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "open" / "NA24143").mkdir(parents=True)
    allow = {"sources": ["s3://runs/2026/"], "input_folders": [str(folder / "open")]}
    with s3_store() as endpoint:
        admin = s3_admin(endpoint)
        admin.create_bucket(Bucket="runs")
        for name in ("HG001", "HG002", f"x {NASTY}"):
            admin.put_object(Bucket="runs", Key=f"2026/{name}/a.vcf.gz", Body=b"x")
        admin.put_object(Bucket="runs", Key="2026/notes.txt", Body=b"x")
        secrets = {"AWS_ACCESS_KEY_ID": "service", "AWS_SECRET_ACCESS_KEY": "service"}
        environ = {"AWS_ENDPOINT_URL_S3": endpoint, **secrets}
        settings = {"allow": allow, "access": {"requests_per_minute": 100_000}}
        with RealService(folder, settings, environ) as made:
            yield made


@pytest.fixture
def stage(page: Any) -> Any:
    open_stage(page)
    return page


TABLES = [
    ("", []),
    ("a", [["a"]]),
    ("a\tb\n1\t2\n", [["a", "b"], ["1", "2"]]),
    ("\ufeffa,b\r\n1, 2 \r\n\r\n", [["a", "b"], ["1", "2"]]),
    ("a;b\n1;2,5", [["a", "b"], ["1", "2,5"]]),
    ('a,b\n"x, ""y""","1\n2"', [["a", "b"], ['x, "y"', "1 2"]]),
    ("# note, with, commas\na\tb\n#1\t2\nc, d\t", [["a", "b"], ["c, d", ""]]),
    ('a,b\n"#1",2', [["a", "b"], ["#1", "2"]]),
    ("a\n\nb", [["a"], [""], ["b"]]),
    ('a\tb\n5" probe\tx', [["a", "b"], ['5" probe', "x"]]),
]


def cell(page: Any, label: str) -> Any:
    return page.get_by_label(label, exact=True)


def test_tables_are_read_as_spreadsheets_write_them(stage: Any) -> None:
    for text, rows in TABLES:
        assert stage.evaluate(READ, text) == rows, text


def test_what_is_typed_is_the_sheet(stage: Any) -> None:
    cell(stage, "sample, row 2").fill("A")
    cell(stage, "source, row 2").fill("s3://runs/2026/A/")
    stage.keyboard.press("Enter")  # in the last row: another one
    assert stage.evaluate("document.activeElement.getAttribute('aria-label')") == "source, row 3"
    stage.keyboard.type("s3://runs/2026/B/")
    stage.keyboard.press("ArrowUp")
    assert stage.evaluate("document.activeElement.value") == "s3://runs/2026/A/"
    assert sheet_text(stage) == (
        "sample\tsource\tsmall_variants\nA\ts3://runs/2026/A/\t\n\ts3://runs/2026/B/\t\n"
    )
    assert stage.evaluate("sheet.rows") == [
        {"sample": "A", "source": "s3://runs/2026/A/"},
        {"source": "s3://runs/2026/B/"},
    ]
    assert stage.evaluate("changes") > 0
    stage.get_by_role("button", name="Remove row 2").click()
    assert sheet_text(stage).splitlines()[1] == "\ts3://runs/2026/B/\t"
    stage.get_by_role("button", name="Undo").click()
    assert sheet_text(stage).splitlines()[1] == "A\ts3://runs/2026/A/\t"


def test_cells_that_are_pasted_spread_and_headers_name_columns(stage: Any) -> None:
    paste(stage, "sample, row 2", "A\ts3://runs/A/\nB\ts3://runs/B/\n")
    assert sheet_text(stage).splitlines()[1:] == ["A\ts3://runs/A/\t", "B\ts3://runs/B/\t"]
    paste(stage, "source, row 3", "s3://x/\tupload.vcf.gz\nlast\t")
    assert sheet_text(stage).splitlines()[2:] == ["B\ts3://x/\tupload.vcf.gz", "\tlast\t"]
    paste(stage, "sample, row 2", "sex,sample\nmale,C")
    assert sheet_text(stage).splitlines()[0] == "sample\tsource\tsmall_variants\tsex"
    assert sheet_text(stage).splitlines()[-1] == "C\t\t\tmale"
    expect(cell(stage, "sex, row 5")).to_have_value("male")
    for _ in range(3):
        stage.get_by_role("button", name="Undo").click()
    assert sheet_text(stage) == ""


def test_a_sheet_is_read_from_a_file(stage: Any, tmp_path: Path) -> None:
    cell(stage, "sample, row 2").fill("old")
    file = tmp_path / "batch.csv"
    file.write_text(f"sample,colour,small_variants\nA,{NASTY},a.vcf.gz\n")
    choose_files(stage, "Open a sheet", str(file))
    stage.get_by_text("not known here", exact=True).wait_for()
    assert sheet_text(stage) == f"sample\tsmall_variants\tcolour\nA\ta.vcf.gz\t{NASTY}\n"
    expect(stage.locator("main img")).to_have_count(0)
    file.write_bytes(b"sample\n\xff\xfe")
    choose_files(stage, "Open a sheet", str(file))
    stage.get_by_text("is no text in UTF-8").wait_for()
    assert "A\ta.vcf.gz" in sheet_text(stage), "what was there stays"


def test_the_sheet_can_be_edited_as_text_and_saved(stage: Any) -> None:
    stage.get_by_role("button", name="As text").click()
    stage.get_by_label("The sample sheet").fill("sample,source\nA,s3://runs/2026/A/\n")
    with stage.expect_download() as saved:
        stage.get_by_role("button", name="Save as a file").click()
    assert Path(saved.value.path()).read_text().startswith("sample,source")
    stage.get_by_role("button", name="Use this text").click()
    expect(cell(stage, "source, row 2")).to_have_value("s3://runs/2026/A/")


def test_cells_say_what_is_wrong_before_anything_is_sent(stage: Any) -> None:
    paste(stage, "sample, row 2", "a b\t\tx.bam\nB\t\tx.vcf.gz\nB\t\tnone\n\ts3://x/\t\n")
    assert stage.evaluate("sheet.check().map(({row, key}) => [row, key])") == [
        [2, "sample"],
        [2, "small_variants"],
        [4, "sample"],
        [5, "sample"],
    ]
    wrong = cell(stage, "small_variants, row 2")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    text = stage.locator(f"[id='{wrong.get_attribute('aria-describedby')}']").inner_text()
    assert "not the name of a VCF file" in text
    stage.get_by_role("button", name="Row 5, sample").click()
    assert stage.evaluate("document.activeElement.getAttribute('aria-label')") == "sample, row 5"
    wrong.fill("x.vcf.gz")
    assert wrong.get_attribute("aria-invalid") is None


def test_what_the_service_finds_is_at_its_cell(stage: Any, service: RealService) -> None:
    """Row numbers are those of the sheet that was sent, also behind a row that is empty."""
    paste(stage, "sample, row 2", "A\t\tconfig/demo/none.vcf.gz\n\t\t\nB\thttp://x/\t")
    asked = {"analysis": "small_variants", "samples": sheet_text(stage)}
    told = service.request("POST", "/api/v1/runs/validate", json=asked).json()
    assert not told["accepted"]
    shown = stage.evaluate("(problems) => sheet.showProblems(problems)", told["problems"])
    assert shown == len(told["problems"]) == 2
    for label in ("small_variants, row 2", "source, row 4"):
        expect(cell(stage, label)).to_have_attribute("aria-invalid", "true")
    expect(stage.locator(".sheet-problems li")).to_have_count(2)


def test_columns_are_chosen_and_follow_the_analysis(page: Any) -> None:
    open_stage(page, "calibration")
    cell(page, "va_eava, row 2").fill("use_example")
    assert cell(page, "age_group, row 2").locator("option").all_inner_texts() == [
        "",
        "neonate",
        "child",
    ]
    page.locator("summary", has_text="Columns").click()
    box = page.get_by_role("checkbox", name="country", exact=True)
    expect(box).to_be_checked()
    box.uncheck()
    expect(cell(page, "country, row 2")).to_have_count(0)
    expect(page.get_by_role("checkbox", name="va_eava (has values)")).to_be_disabled()
    page.get_by_role("checkbox", name="giab", exact=True).check()
    assert cell(page, "giab, row 2").get_attribute("list")
    page.evaluate("(schema) => sheet.setColumns(schema, ['source'])", OTHER)
    assert sheet_text(page).splitlines()[0].split("\t") == ["sample", "source", "va_eava"]


def test_twenty_thousand_rows_are_a_page_at_a_time(stage: Any) -> None:
    rows = "".join(f"S{n}\ts3://runs/2026/S{n}/\n" for n in range(20_000))
    stage.evaluate("(text) => { sheet.text = text }", f"sample\tsource\n{rows}")
    expect(stage.locator("table.sheet tbody tr")).to_have_count(100)
    assert sheet_text(stage).count("\n") == 20_001
    stage.get_by_role("button", name="Next").click()
    cell(stage, "sample, row 102").fill("S0")
    assert stage.evaluate("sheet.check().map(({row}) => row)") == [102]
    stage.get_by_role("button", name="Previous").click()
    stage.get_by_role("button", name="Row 102, sample").click()
    assert stage.evaluate("document.activeElement.value") == "S0"


def test_folders_of_a_store_become_samples(stage: Any) -> None:
    stage.get_by_role("button", name="Find in S3").click()
    dialog = stage.get_by_role("dialog", name="Find samples")
    dialog.get_by_role("button", name="Open s3://runs/2026").click()
    dialog.get_by_label("Choose HG002").check()
    dialog.get_by_label(f"Choose x {NASTY}").check()
    dialog.get_by_role("button", name="Add 2 samples").click()
    stage.get_by_role("status").get_by_text("2 samples", exact=True).wait_for()
    assert stage.evaluate("sheet.rows") == [
        {"sample": "HG002", "source": "s3://runs/2026/HG002/"},
        {"sample": "x_img_src_x_onerror_alert_1", "source": f"s3://runs/2026/x {NASTY}/"},
    ]
    expect(stage.locator("main img, dialog img")).to_have_count(0)
    stage.get_by_role("button", name="Find where the files are: source, row 2").click()
    dialog = stage.get_by_role("dialog", name="Find where the files are")
    dialog.get_by_role("button", name="Choose HG001").click()  # what is beside it
    expect(cell(stage, "source, row 2")).to_have_value("s3://runs/2026/HG001/")


def test_an_address_that_may_not_be_read_is_said(stage: Any, service: RealService) -> None:
    stage.get_by_role("button", name="Find in S3").click()
    dialog = stage.get_by_role("dialog")
    dialog.get_by_label("Address").fill("s3://other/")
    dialog.get_by_role("button", name="Show", exact=True).click()
    dialog.get_by_text("runs may not read from there (allowed is what begins with").wait_for()
    dialog.get_by_label("Address").fill(f"{service.folder}/open/")
    stage.keyboard.press("Enter")
    dialog.get_by_label("Choose NA24143").check()
    dialog.get_by_role("button", name="Add 1 sample").click()
    expect(cell(stage, "source, row 2")).to_have_value(f"{service.folder}/open/NA24143/")


def test_a_preview_has_the_graph_and_counts_of_the_dry_run(
    stage: Any, service: RealService
) -> None:
    example = service.get("/api/v1/analyses").json()["examples"][0]
    asked = {"analysis": "small_variants", **{k: example[k] for k in ("config", "samples")}}
    stage.evaluate("preview.busy()")
    expect(stage.locator("#preview")).to_have_attribute("aria-busy", "true")
    told = service.request("POST", "/api/v1/runs/validate", json=asked).json()
    stage.evaluate("(told) => preview.show(told)", told)
    stage.get_by_text("3 jobs of 2 rules would run").wait_for()
    rule = stage.get_by_role("button", name="compare_small_variants 2 jobs")
    rule.press("Enter")
    expect(rule).to_have_attribute("aria-pressed", "true")
    assert stage.locator("tr.is-chosen").inner_text().split() == ["compare_small_variants", "2"]
    expect(stage.locator("#preview .edge.near")).to_have_count(1)
    rule.press("Enter")
    expect(stage.locator("tr.is-chosen")).to_have_count(0)
    problem = {"message": NASTY, "hint": "mend it", "file": "samples.tsv", "row": 3, "key": "sex"}
    stage.evaluate(
        "(problems) => preview.show({accepted: false, problems})",
        [problem],
    )
    stage.get_by_text(f"samples.tsv, row 3, sex: {NASTY}").wait_for()
    stage.evaluate("preview.clear()")
    expect(stage.locator("#preview")).to_be_hidden()


READ_SETS = """async (names) => {
  const {readSets} = await import('/static/js/samples/read_files.js')
  const sets = readSets(names.map((name) => ({name})))
  const named = (files) => files.map(({name}) => name)
  return sets?.map(({sample, forward, reverse}) => [sample, named(forward), named(reverse)]) ?? null
}"""


def test_files_of_reads_find_their_sample_lane_and_mate_by_their_names(stage: Any) -> None:
    lanes = [f"NA12878_S1_L00{lane}_R{mate}_001.fastq.gz" for lane in "12" for mate in "12"]
    two = ["b.R2.fq", "b.R1.fq"]
    assert stage.evaluate(READ_SETS, [*reversed(lanes), *two]) == [
        ["NA12878", lanes[0::2], lanes[1::2]],
        ["b", ["b.R1.fq"], ["b.R2.fq"]],
    ]
    assert stage.evaluate(READ_SETS, ["x_1.fq.gz"]) == [["x", ["x_1.fq.gz"], []]]
    for names in (["reads.fastq.gz"], ["x_2.fq"], [lanes[0], lanes[1], lanes[2]]):
        assert stage.evaluate(READ_SETS, names) is None, "then each file has a row of its own"
