"""Pages put together into one PDF: every object is where the table says, every reference holds."""

import re
import zlib

import pytest
import vl_convert

from engines.calibrate.report.pdf import joined


def page(text: str) -> bytes:
    shape = f'<text x="9" y="30" font-family="Liberation Sans" font-size="12">{text}</text>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50">{shape}</svg>'
    return bytes(vl_convert.svg_to_pdf(svg))


def objects(pdf: bytes) -> dict[int, bytes]:
    """Number → object, read by the table at the end as a viewer does."""
    start = int(re.findall(rb"startxref\n(\d+)\n%%EOF", pdf)[-1])
    size = int(re.findall(rb"/Size (\d+)", pdf)[-1])
    lines = pdf[start:].split(b"\n")[2 : 2 + size]
    assert all(len(line) == 19 for line in lines)  # twenty bytes with the end of the line
    found = {}
    for number, line in enumerate(lines):
        if line[17:18] == b"n":
            at = int(line[:10])
            assert pdf[at:].startswith(b"%d 0 obj\n" % number)
            found[number] = pdf[at : pdf.index(b"\nendobj", at)]
    return found


def test_all_pages_are_there_in_order_and_whole() -> None:
    pages = [page("one"), page("two"), page("three")]
    made = joined(pages, "Title")
    found = objects(made)
    (root,) = re.findall(rb"/Root (\d+) 0 R", made)
    (above,) = re.findall(rb"/Pages (\d+) 0 R", found[int(root)])
    kids = re.findall(rb"(\d+) 0 R", found[int(above)].split(b"/Kids")[1])
    assert len(kids) == len(set(kids)) == 3
    for kid, alone in zip(kids, pages, strict=True):
        assert b"/Parent %b 0 R" % above in found[int(kid)]
        (content,) = re.findall(rb"/Contents (\d+) 0 R", found[int(kid)])
        assert stream(found[int(content)]) in [stream(each) for each in alone.split(b"endobj")]
    for body in found.values():
        head = body.split(b"\nstream")[0]
        assert all(int(number) in found for number in re.findall(rb"\b(\d+) 0 R\b", head))


def stream(body: bytes) -> bytes:
    parts = re.findall(rb"stream\n(.*)\nendstream", body, re.DOTALL)
    try:
        return zlib.decompress(parts[0]) if parts else b""
    except zlib.error:
        return parts[0]


def test_the_title_is_text_in_any_script() -> None:
    made = joined([page("x")], "Tété (neonate) – নবজাতক")
    (title,) = re.findall(rb"/Title <([0-9a-f]+)>", made)
    text = bytes.fromhex(title.decode()).decode("utf-16")
    assert text == "Tété (neonate) – নবজাতক"


def test_the_same_pages_give_the_same_bytes() -> None:
    bold = '<tspan font-weight="bold">two</tspan>'
    first = joined([page("one" + bold)], "")
    assert all(joined([page("one" + bold)], "") == first for _ in range(12))


def test_fonts_are_part_of_the_file() -> None:
    assert joined([page("x")], "").count(b"/FontFile2") == 1


@pytest.mark.parametrize("spoilt", [b"", b"%PDF-1.7", page("x")[:-40], b"x" + page("x")])
def test_what_is_no_such_pdf_is_refused(spoilt: bytes) -> None:
    with pytest.raises(ValueError, match=r"PDF|object"):
        joined([spoilt], "")
