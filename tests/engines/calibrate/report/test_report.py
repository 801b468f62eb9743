"""The report: right, safe, complete in every form, the same each time."""

import base64
import csv
import gzip
import hashlib
import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import chromium
import pytest
from calibration_summary import THREE, calibration_summary

from engines.calibrate.report import made, write
from engines.calibrate.report.contents import document, printable
from engines.charts.embed import FRAME_LIMIT
from engines.charts.summaries import Summary
from engines.reporting.paper import pages_of


def one(name: str = "demo", **how: Any) -> Summary:
    return Summary(name, Path(f"{name}.summary.json"), calibration_summary(**how))


def page(*summaries: Summary, missing: tuple[str, ...] = ()) -> str:
    return str(made(summaries, ["html"], missing)["html"])


def on_paper(*summaries: Summary) -> str:
    """The texts of all pages, in order."""
    pages = pages_of(document(printable(summaries)))
    found = [re.findall(r"<text[^>]*>([^<]*)</text>", each) for each in pages]
    return html.unescape("\n".join(text for each in found for text in each))


def table(text: str, title: str) -> list[list[str]]:
    body = text.split(f"<h4>{title}</h4>")[1].split("<tbody>")[1].split("</tbody>")[0]
    lines = body.split("<tr>")[1:]
    return [[html.unescape(c.strip()) for c in re.split(r"<td[^>]*>", line)[1:]] for line in lines]


@pytest.fixture(scope="module")
def stalled() -> Summary:
    text = "Synthetic deaths of nobody."
    return one(algorithms=THREE, stalled=["eava"], example=text, warnings=["twelve are odd"])


@pytest.fixture(scope="module")
def plain(stalled: Summary) -> str:
    return page(stalled)


def test_the_numbers_stand_in_the_table(stalled: Summary, plain: str) -> None:
    rows = table(plain, "Numbers")
    fit = stalled.data["fits"][1]
    mean, low, high = (100 * fit[key]["pneumonia"] for key in ("mean", "lower_ci", "upper_ci"))
    before = 100 * fit["uncalibrated"]["pneumonia"]
    assert rows[5] == [
        *("pneumonia", "insilicova", f"{before:.1f}", f"{mean:.1f}", f"{low:.1f} – {high:.1f}"),
        str(fit["deaths_uncalibrated"]["pneumonia"]),
        str(fit["deaths_calibrated"]["pneumonia"]),
        f"{mean - before:+.1f}",
        f"{100 * stalled.data['example']['truth']['pneumonia']:.1f}",
    ]
    assert len(rows) == 6 * 4
    assert rows[0][4] == "not given (path correction stalled)"
    assert rows[16][:2] == ["other", "eava"] and rows[16][4] == "not calibrated"


def test_what_must_not_be_overlooked_comes_first(plain: str, stalled: Summary) -> None:
    for text in (plain, on_paper(stalled)):
        text = " ".join(html.unescape(text).split())
        first = text.index("Before and after")
        for words in ("Example, not data", "Synthetic deaths of nobody.", "twelve are odd"):
            assert 0 < text.index(words) < first
        assert 0 < text.index("eava: the path correction went to its end (λ = 0.99)") < first
        assert 0 < text.index("ensemble: it contains eava") < first
    calm = page(one())
    assert 'class="notice' not in calm


def test_what_is_said_of_an_example_is_said_once() -> None:
    text = page(one(example="Made up.", warnings=["Made up.", "and odd"]))
    assert text.count("<p>Made up.</p>") == text.count("<p>and odd</p>") == 1


def test_nothing_calibrated_is_said() -> None:
    text = page(one(untouched=["insilicova"]))
    assert "insilicova: nothing was calibrated, because at most one cause could be." in text
    assert {row[4] for row in table(text, "Numbers")} == {"not calibrated"}
    assert "How often one cause is taken" not in text


def test_paper_has_all_that_the_page_has(stalled: Summary, plain: str) -> None:
    text = " ".join(on_paper(stalled).split())
    for title in ("Numbers", "Deaths", "Computation", "Versions and options"):
        for row in table(plain, title):
            for cell in row:
                assert cell in text or "".join(cell.split()) in "".join(text.split())
    for words in ("doi:10.1214/24-AOAS2006", "doi:10.1136/bmjgh-2025-021747", "How to read this"):
        assert words in text and words in plain


def test_the_diagonal_is_not_called_a_sensitivity(plain: str) -> None:
    assert "Rows are true causes, columns what the algorithm says" in plain
    assert "diagonal is not a sensitivity measured in these deaths" in plain


def test_deaths_set_aside_and_the_mapping_are_shown(stalled: Summary, plain: str) -> None:
    (entry, *_) = stalled.data["inputs"]
    assert table(plain, "Deaths")[0] == [
        *("eava", "eava.csv", "a cause for each death", f"{entry['records']:,}"),
        *(f"{entry['counted']:,}", f"{entry['undetermined']:,}"),
    ]
    mapping = plain.split("what they were counted as</summary>")[1].split("</details>")[0]
    for each in entry["mapping"]:
        assert f"<td>{each['cause']}<td" in mapping


def test_sensitivity_is_shown_where_it_was_asked_for(plain: str) -> None:
    text = page(one(sensitivity=True))
    assert "With other matrices" in text and "Sierra Leone" in text
    assert "With other matrices" not in plain


NASTY = "<img src=x onerror=alert(1)>\"'</script><!--&amp;\x1b]0;"


def test_names_are_text_everywhere() -> None:
    summary = one(NASTY, causes=[NASTY, "b", "other"], warnings=[NASTY], example=NASTY)
    found = made([summary], ["html", "svg", "pdf"])
    text = str(found["html"])
    assert "<img" not in text and "<img" not in str(found["svg"])
    assert "\x1b" not in text and "\x1b" not in str(found["svg"])
    assert text.count("<script") == text.count("</script") == 1
    assert bytes(found["pdf"]).startswith(b"%PDF-")  # type: ignore[arg-type]


def test_the_policy_lets_only_its_own_script_run(plain: str) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', plain)
    (script,) = re.findall(r"<script>(.*)</script>", plain, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy and "unsafe-eval" not in policy
    assert html.unescape(policy).count(f"script-src 'sha256-{digest}'") == 1
    assert re.findall(r"""<(?:img|script|link|iframe)[^>]*(?:src|href)=""", plain) == []
    links = re.findall(r'href="([^"#]+)"', plain)
    assert links and all(link.startswith("https://doi.org/10.1") for link in links)


def test_ids_are_given_once(plain: str) -> None:
    for text in (plain, page(one("a"), one("b", seed=1, algorithms=THREE))):
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids))


def test_the_same_input_gives_the_same_bytes(stalled: Summary, plain: str) -> None:
    first = made([stalled], ["html", "pdf", "svg", "tsv"])
    made([one("else", seed=5)], ["html", "pdf"])
    assert made([stalled], ["html", "pdf", "svg", "tsv"]) == first
    assert first["html"] == plain


def test_data_sets_with_other_causes_stand_beside_each_other() -> None:
    summaries = (one("a"), one("b", age_group="child", algorithms=THREE, seed=2))
    text = page(*summaries, missing=("c",))
    assert "Not in this report, because there is no result: c" in text
    assert text.index("All data sets") < text.index('id="dataset-a"') < text.index('id="dataset-b"')
    assert text.count("<h4>Numbers</h4>") == 2
    paper = on_paper(*summaries)
    assert "severe_malnutrition" in paper and "prematurity" in paper


@pytest.fixture(scope="module")
def cohort() -> str:
    return page(*(one(f"S{n:03}", seed=n, stalled=["insilicova"] * (n == 7)) for n in range(100)))


def test_a_hundred_data_sets_fit_into_a_frame(cohort: str) -> None:
    assert len(cohort.encode()) < FRAME_LIMIT
    (packed,) = re.findall(r'id="folded">([^<]+)</script>', cohort)
    sets = json.loads(gzip.decompress(base64.b64decode(packed)))
    assert len(sets) == 100 == cohort.count('<details class="dataset"')
    assert len(table(sets["dataset-S042"], "Numbers")) == 6
    assert "Path correction stalled" in sets["dataset-S007"]
    ids = [name for text in sets.values() for name in re.findall(r'\bid="([^"]+)"', text)]
    assert len(ids) == len(set(ids))


def test_the_table_for_programs_has_every_number(stalled: Summary) -> None:
    text = str(made([stalled, one("b", seed=3)], ["tsv"])["tsv"])
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    assert len(rows) == 6 * 4 + 6
    fit = stalled.data["fits"][1]
    row = next(r for r in rows if (r["fit"], r["cause"]) == ("insilicova", "ipre"))
    assert float(row["mean"]) == fit["mean"]["ipre"]
    assert float(row["lower_ci"]) == fit["lower_ci"]["ipre"]
    assert (row["dataset"], row["example"], row["calibrated"]) == ("demo", "yes", "yes")
    assert {r["lower_ci"] for r in rows if r["stalled"] == "yes"} == {"NA"}


def test_files_are_written_in_the_forms_asked_for(stalled: Summary, tmp_path: Path) -> None:
    outputs = {form: tmp_path / f"x.{form}" for form in ("html", "pdf", "svg", "png")}
    write([stalled], outputs)
    starts = {"html": b"<!doctype html>", "pdf": b"%PDF-", "svg": b"<svg ", "png": b"\x89PNG"}
    for form, path in outputs.items():
        assert path.read_bytes().startswith(starts[form])
    assert "EXAMPLE, NOT DATA" in outputs["svg"].read_text()


BROWSER = chromium.find()


@pytest.mark.skipif(BROWSER is None, reason="no chromium here to draw the page")
def test_a_browser_opens_a_data_set_of_many(cohort: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(cohort)
    assert BROWSER is not None
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--proxy-server=127.0.0.1:9"]
    command += ["--virtual-time-budget=20000", "--dump-dom", f"{path.as_uri()}#dataset-S007"]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    opened = dom.split('id="dataset-S007"')[1].split("</details>")[0]
    assert 'data-filled="yes"' in opened
    assert "no interval (stalled)" in opened and "Copy table" in opened
    assert dom.count('data-filled="yes"') == 1
