"""Pages put together into one PDF, as a reader sees it."""

import io

import vl_convert
from pypdf import PdfReader

from engines.reporting.pdf import joined


def page(text: str) -> bytes:
    shape = f'<text x="9" y="30" font-family="Liberation Sans" font-size="12">{text}</text>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50">{shape}</svg>'
    return bytes(vl_convert.svg_to_pdf(svg))


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf), strict=True)


def test_all_pages_are_there_in_order() -> None:
    found = read(joined([page("one"), page("two"), page("three")], "Title"))
    assert [each.extract_text().strip() for each in found.pages] == ["one", "two", "three"]
    assert {float(each.mediabox.width) for each in found.pages} == {100.0}


def test_the_title_is_text_in_any_script() -> None:
    title = "Tété (neonate) – নবজাতক"
    found = read(joined([page("x")], title)).metadata
    assert found is not None
    assert found.title == title


def test_the_same_pages_give_the_same_bytes() -> None:
    bold = '<tspan font-weight="bold">two</tspan>'
    first = joined([page("one" + bold), page("two")], "")
    assert all(joined([page("one" + bold), page("two")], "") == first for _ in range(12))


def test_fonts_are_part_of_the_file() -> None:
    assert b"/FontFile2" in joined([page("x")], "")
