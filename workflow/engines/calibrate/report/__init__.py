"""The report of a calibration: one HTML page, a PDF, a picture, a table of all numbers."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from engines.charts.summaries import Summary


def write(summaries: Sequence[Summary], outputs: Mapping[str, Path]) -> None:
    """Write a report to files, which are to be staged already.

    Args:
        summaries: see :func:`made`.
        outputs: form (html, pdf, svg, png, tsv) → file.
    """
    for form, content in made(summaries, outputs.keys()).items():
        outputs[form].write_bytes(content.encode() if isinstance(content, str) else content)


def made(
    summaries: Sequence[Summary], forms: Collection[str], missing: Sequence[str] = ()
) -> dict[str, str | bytes]:
    """A report in the forms that are asked for: form → what its file is to hold.

    Args:
        summaries: one data set, or several that are shown beside each other; their data are as
            :func:`engines.charts.summaries.read_summary` gives them.
        forms: some of html, pdf, svg, png, tsv.
        missing: data sets that were expected and have no summary; page and PDF name them.
    """
    # imported here: what draws and typesets takes its time, and a table does without
    from engines.calibrate.report import numbers

    found: dict[str, str | bytes] = {}
    if "tsv" in forms:
        found["tsv"] = numbers.as_tsv(summaries)
    if set(forms) - {"tsv"}:
        from engines.calibrate.report import contents, figure
        from engines.reporting import page, paper

        summaries = contents.printable(summaries)
        many = len(summaries) > contents.SHOWN_WHOLE
        if {"html", "pdf"} & set(forms):
            document = contents.document(summaries, missing)
            if "html" in forms:
                found["html"] = page.as_html(document, fold=many)
            if "pdf" in forms:
                found["pdf"] = paper.as_pdf(document)
        if {"svg", "png"} & set(forms):
            found |= figure.drawn(summaries, forms)
    return found
