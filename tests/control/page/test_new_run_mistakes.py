"""What goes wrong when a new run is filled in: said in time, led to, and nothing is lost."""

from pathlib import Path
from typing import Any

from new_run_steps import analysis, open_form

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
    assert area.input_value() == "sample\nafter\nmore\n"
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
    assert area.input_value() == "sample\tsource\nB\ts3://runs/B/\n"


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
