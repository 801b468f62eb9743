"""PDF pages put together into one file.

Each page comes from vl-convert as a PDF of its own: PDF 1.7 with a plain cross-reference table and
no object streams. Its objects get new numbers, and one catalogue is put above all pages. That is
all of the format (ISO 32000-1, 7.3 and 7.5) that is needed here, and saves a dependency. The same
pages give the same bytes.
"""

import re
from collections.abc import Sequence

_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_TABLE = re.compile(rb"xref\s+0 (\d+)\s")
_ENTRY = re.compile(rb"(\d{10}) (\d{5}) ([nf])")
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_HEADER = b"%PDF-1.7\n%\x80\x80\x80\x80\n"
_CATALOGUE, _PAGES, _INFO = 1, 2, 3  # numbers of our own objects
_PAGE = re.compile(rb"/Type\s*/Page\b")
_PARENT = re.compile(rb"/Parent \d+ 0 R")
_ALIKE = re.compile(rb"<<((?:\s*/\w+ \d+ 0 R)+)\s*>>")  # a dictionary of references only


def joined(pages: Sequence[bytes], title: str) -> bytes:
    """One PDF of all pages, in their order.

    Args:
        pages: PDFs as vl-convert makes them.
        title: what a reader shows above the pages.

    Raises:
        ValueError: a page is not such a PDF.
    """
    objects: dict[int, bytes] = {}
    kids: list[int] = []
    for page in pages:
        _add(page, objects, kids)
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[_CATALOGUE] = b"<< /Type /Catalog /Pages %d 0 R /Lang (en) >>" % _PAGES
    objects[_PAGES] = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(kids), listed)
    objects[_INFO] = b"<< /Title <%b> /Producer (Plumbline) >>" % _text(title)
    return _written(objects)


def _add(page: bytes, objects: dict[int, bytes], kids: list[int]) -> None:
    """Put the objects of one page to the others, numbered as they are referred to from the page.

    vl-convert writes them, and the entries of a font dictionary, in another order each time.
    """
    parts = {number: _split(body) for number, body in _objects(page).items()}
    pages = [number for number, (head, _) in parts.items() if _PAGE.search(head)]
    if len(pages) != 1:
        raise ValueError(f"a PDF of {len(pages)} pages")
    free = max([_INFO, *objects]) + 1
    numbers = {pages[0]: free}
    waiting = [pages[0]]
    while waiting:
        number = waiting.pop(0)
        head, stream = parts[number]
        head = _ALIKE.sub(_in_order, _PARENT.sub(b"", head))
        for found in map(int, _REFERENCE.findall(head)):
            if found not in numbers:
                numbers[found] = free + len(numbers)
                waiting.append(found)
        head = _REFERENCE.sub(lambda found: b"%d 0 R" % numbers[int(found[1])], head)
        objects[numbers[number]] = head + stream
    kids.append(free)
    objects[free] = objects[free].replace(b"<<", b"<<\n  /Parent %d 0 R" % _PAGES, 1)


def _in_order(found: re.Match[bytes]) -> bytes:
    entries = sorted(found[1].split(b"/")[1:])
    return b"<< " + b" ".join(b"/" + entry.strip() for entry in entries) + b" >>"


def _objects(pdf: bytes) -> dict[int, bytes]:
    """Number → what stands between ``obj`` and ``endobj``, by the cross-reference table."""
    start = _START.search(pdf)
    table = _TABLE.match(pdf, int(start[1])) if start else None
    if not table:
        raise ValueError("not a PDF with a plain cross-reference table")
    entries = _ENTRY.findall(pdf, table.end())[: int(table[1])]
    places = {number: int(at) for number, (at, _, use) in enumerate(entries) if use == b"n"}
    ends = sorted([*places.values(), int(start[1])])  # type: ignore[index]
    found = {}
    for number, at in places.items():
        body = pdf[at : ends[ends.index(at) + 1]]
        opening = b"%d 0 obj" % number
        if not body.startswith(opening):
            raise ValueError(f"object {number} is not where the table says")
        found[number] = body[len(opening) : body.rindex(b"endobj")].strip()
    return found


def _split(body: bytes) -> tuple[bytes, bytes]:
    """The dictionary of an object, and its stream, whose bytes stay as they are."""
    at = body.find(b"\nstream")
    return (body, b"") if at < 0 else (body[:at], body[at:])


def _text(title: str) -> bytes:
    return ("\ufeff" + title).encode("utf-16-be").hex().encode()


def _written(objects: dict[int, bytes]) -> bytes:
    parts = [_HEADER]
    at = len(_HEADER)
    places = {}
    for number in sorted(objects):
        body = b"%d 0 obj\n%b\nendobj\n" % (number, objects[number])
        places[number] = at
        at += len(body)
        parts.append(body)
    size = max(objects) + 1
    lines = [b"xref\n0 %d\n0000000000 65535 f \n" % size]
    for number in range(1, size):
        there = number in places
        lines.append(
            b"%010d %05d %b \n"
            % (places.get(number, 0), 0 if there else 65535, b"n" if there else b"f")
        )
    trailer = b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return b"".join([*parts, *lines, trailer % (size, _CATALOGUE, _INFO, at)])
