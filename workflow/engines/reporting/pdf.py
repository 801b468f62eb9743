"""PDF pages put together into one file, the same bytes for the same pages."""

import io
from collections.abc import Sequence

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import DictionaryObject


def joined(pages: Sequence[bytes], title: str) -> bytes:
    """One PDF of all pages, in their order.

    Args:
        pages: a PDF each.
        title: what a reader shows above the pages.
    """
    writer = PdfWriter()
    for page in pages:
        for each in PdfReader(io.BytesIO(page)).pages:
            writer.add_page(_in_order(each))
    writer.compress_identical_objects()  # the fonts, which every page brings along
    writer.add_metadata({"/Title": title, "/Producer": "Plumbline"})
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _in_order(page: PageObject) -> PageObject:
    """The page with its fonts and other resources by name: vl-convert has them in any order.

    Objects get their numbers as they are come upon, so the order decides the bytes of the file.
    """
    resources = page["/Resources"].get_object()
    assert isinstance(resources, DictionaryObject)
    for resource in resources.values():
        named = resource.get_object()
        if isinstance(named, DictionaryObject):
            for name in sorted(named):
                named[name] = named.pop(name)
    return page
