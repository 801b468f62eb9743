"""A page with nothing on it but the parts of a new run: samples, files and preview."""

from typing import Any

from control.web.headers import PAGE_POLICY

_HTML = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Stage</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="static/plumbline.css"><link rel="stylesheet" href="static/run.css">
<link rel="stylesheet" href="static/samples.css"></head><body><main><h1>Stage</h1>
<h2>Samples</h2><div id="sheet"></div>
<h2>Preview</h2><div id="preview"></div></main></body></html>"""
_MOUNT = """async (analysis) => {
  const {SampleSheet} = await import('/static/js/samples/sample_sheet.js')
  const {Preview} = await import('/static/js/new_run/preview.js')
  const {samples, needs} = await (await fetch('/api/v1/analyses/' + analysis)).json()
  const onChange = () => { window.changes += 1 }
  Object.assign(window, {changes: 0, preview: new Preview(document.getElementById('preview'))})
  const sheet = document.getElementById('sheet')
  window.sheet = new SampleSheet(sheet, {schema: samples, needs, onChange})
  await window.sheet.uploads.ready
}"""
_PASTE = """(text) => {
  const data = new DataTransfer()
  data.setData('text/plain', text)
  const paste = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})
  return document.activeElement.dispatchEvent(paste)
}"""


def open_stage(page: Any, analysis: str = "small_variants") -> None:
    """Open it; ``window.sheet`` and ``window.preview`` are there, ``window.changes`` counts."""
    headers = {"Content-Type": "text/html", "Content-Security-Policy": PAGE_POLICY}
    page.route("**/stage", lambda route: route.fulfill(body=_HTML, headers=headers))
    page.goto("/stage")
    page.evaluate(_MOUNT, analysis)


def paste(page: Any, cell: str, text: str) -> None:
    """Paste into a cell, by its label."""
    page.get_by_label(cell, exact=True).focus()
    page.evaluate(_PASTE, text)


def sheet_text(page: Any) -> str:
    """What would be sent."""
    text: str = page.evaluate("sheet.text")
    return text


def choose_files(page: Any, button: str, files: Any) -> None:
    """Press a button that lets one choose files, and choose some."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button).click()
    chooser.value.set_files(files)
