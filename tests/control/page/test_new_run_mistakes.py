"""What goes wrong when a new run is filled in: said in time, led to, and nothing is lost."""

from pathlib import Path
from typing import Any

from new_run_steps import analysis, open_form, setting
from page_waits import expect

SHEET = "The sample sheet"


def rows(page: Any) -> list[list[str]]:
    """What would be sent, as the table shows it."""
    lines = page.locator("table.sheet tbody tr").all()
    return [[cell.input_value() for cell in line.locator("td input").all()] for line in lines]


def as_text(page: Any) -> Any:
    page.get_by_role("button", name="As text").click()
    return page.get_by_role("textbox", name=SHEET)


def test_what_was_typed_as_text_counts_without_a_button(page: Any) -> None:
    open_form(page)
    analysis(page, "small_variants").check()
    as_text(page).fill("sample\tsmall_variants\nA\ta.vcf.gz\nA\tb.vcf.gz\n")
    page.get_by_role("button", name="Run", exact=True).click()
    led = page.locator("#problems").get_by_role("button", name="the same sample is in row 2")
    led.click()  # to a cell, so to the table
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "sample, row 3"
    assert rows(page) == [["A", "a.vcf.gz"], ["A", "b.vcf.gz"]]


def test_a_text_can_be_given_up_also_after_it_counted(page: Any) -> None:
    open_form(page)
    page.get_by_label("sample, row 2", exact=True).fill("before")
    area = as_text(page)
    area.fill("sample\nafter\n")
    page.get_by_label("Name of the run").click()
    page.locator("#summary").get_by_text("1 sample").wait_for()
    area.fill("sample\nafter\nmore\n")
    page.get_by_label("Name of the run").click()
    page.locator("#summary").get_by_text("2 samples").wait_for()
    expect(area).to_have_value("sample\nafter\nmore\n")
    page.get_by_role("button", name="Cancel", exact=True).click()
    assert rows(page)[0][0] == "before" and len(rows(page)) == 1


def test_a_sheet_that_is_opened_meanwhile_is_in_the_text_too(page: Any, tmp_path: Path) -> None:
    open_form(page)
    area = as_text(page)
    file = tmp_path / "batch.csv"
    file.write_text("sample,source\nB,s3://runs/B/\n")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open a sheet").click()
    chooser.value.set_files(str(file))
    page.locator("#summary").get_by_text("1 sample").wait_for()
    expect(area).to_have_value("sample\tsource\nB\ts3://runs/B/\n")


def test_headers_are_known_however_they_are_written(page: Any) -> None:
    open_form(page)
    analysis(page, "small_variants").check()
    area = as_text(page)
    area.fill("Sample;Small Variants;VCF\nHG002;a.vcf.gz;x\n")
    page.get_by_role("button", name="Use this text").click()
    page.locator("table.sheet").get_by_text("not known here").wait_for()
    heads = page.locator("table.sheet thead .sheet-name").all_inner_texts()
    assert heads == ["sample", "small_variants", "VCF"]
    assert rows(page) == [["HG002", "a.vcf.gz", "x"]]


def test_keys_that_are_not_used_are_named_where_they_are_read(page: Any, tmp_path: Path) -> None:
    open_form(page)
    analysis(page, "small_variants").check()
    mine = tmp_path / "mine.yaml"
    mine.write_text("smal_variants:\n  engine: happy\n\nqc:\n  multiqc: true\nbuild: GRCh38\n")
    page.locator("#import-file").set_input_files(mine)
    page.locator("#yaml-says").get_by_text("Read: 3 settings.").wait_for()
    notes = page.locator("#yaml-says li").all_inner_texts()
    unused = "what is to be done does not use it"
    assert notes == [f"line 1 smal_variants: {unused}", f"line 4 qc: {unused}"]


def test_what_is_not_yours_to_set_is_out_of_the_way(page: Any) -> None:
    open_form(page)
    history = setting(page, "history")
    history.wait_for(state="attached")
    expect(history).to_be_hidden()
    page.get_by_role("searchbox", name="Find").fill("history")
    history.get_by_text("Not yours to set").wait_for()
    page.get_by_role("searchbox", name="Find").fill("")
    expect(history).to_be_hidden()
    page.get_by_role("button", name="YAML").click()
    page.get_by_label("Configuration (YAML)").fill("history: /mine\n")
    page.locator("#yaml-says").get_by_text("Read: 1 setting.").wait_for()
    page.get_by_role("button", name="Form", exact=True).click()
    history.get_by_text("/mine").wait_for()


def test_a_dry_run_need_not_be_waited_for(page: Any) -> None:
    open_form(page, "?example=demo")
    page.route("**/runs/validate", lambda route: None)  # it takes for ever
    page.get_by_role("button", name="YAML").click()
    page.get_by_label("Configuration (YAML)").press("End")
    page.keyboard.type(" ")  # is read as soon as it is asked for
    button = page.get_by_role("button", name="Preview", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Asking the workflow what it would do").wait_for()
    assert "is-stale" not in page.locator("#preview").get_attribute("class")
    expect(page.get_by_text("Not asked yet")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Not asked yet").wait_for()
    expect(button).to_be_enabled()
    expect(page.locator("#problems")).to_have_text("", use_inner_text=True)


def test_a_shared_template_says_that_it_names_ones_own_files(page: Any) -> None:
    open_form(page)
    page.get_by_label("sample, row 2", exact=True).fill("A")
    page.get_by_label("source, row 2", exact=True).fill("upload:0123456789abcdef")
    page.get_by_role("button", name="Save as template").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("For everybody here").check()
    note = dialog.get_by_text("It names 1 file that you uploaded.")
    expect(note).to_have_count(0)
    dialog.get_by_label("With the samples").check()
    note.wait_for()
    dialog.get_by_label("For everybody here").uncheck()
    note.wait_for(state="detached")
