"""The report: what a reader has to see, on the page and on paper."""

import io
import re

from pypdf import PdfReader

from engines.annotate.report import made, write
from engines.annotate.report.contents import IN_DETAIL, document
from engines.annotate.texts.sample import Leftovers
from engines.annotate.texts.texts import Texts
from engines.reporting.page import as_html
from tests.support.annotate_texts import (
    annotated,
    assertion,
    call,
    item,
    knowledge,
    setting,
    structural,
    summary_of,
    tiered,
)


def summary(verdicts, **changed):
    """With all texts."""
    texts = Texts(knowledge([item()]), setting())
    for each in verdicts:
        each.texts = texts.of(each)
    return summary_of(verdicts, texts=texts.of_sample(Leftovers()), **changed)


def html(verdicts, **changed):
    return as_html(document(summary(verdicts, **changed)))


def words(page):
    """Its text, without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("<body>")[1]).split())


def test_the_page_says_research_use_first_then_tiers_then_evidence():
    page = html([tiered(assertion("AID7", is_approved=True)), annotated(call(1500))])
    text = words(page)
    order = ["Research use only", "Of 2 variants 1 is of tier I", "BRAF p.Val600Glu: tier I-A"]
    order += ["FDA-approved, by the regulatory field of AID7", "How to read this"]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert 'href="https://civicdb.org/links/evidence/7"' in page
    assert "Not listed here: 1 of tier III" in text


def test_every_sentence_stands_with_its_sources():
    text = words(html([tiered(item())]))
    assert "sensitivity to Dabrafenib + Trametinib. [AMP/ASCO/CAP 2017, EID1]" in text


def test_paper_has_the_same_and_the_same_bytes():
    data = summary([tiered(item())])
    first, second = made(data)["pdf"], made(data)["pdf"]
    assert first == second
    pages = PdfReader(io.BytesIO(first)).pages
    text = "\n".join(page.extract_text() for page in pages)
    for each in ("Research use only", "BRAF p.Val600Glu: tier I-A", "EID1", "Knowledge"):
        assert each in text


def test_an_input_without_variants_says_so():
    text = words(html([]))
    assert "The input has no variant that could be annotated." in text
    assert "Research use only" in text


def test_what_was_not_assessed_is_said_before_the_numbers():
    old = {"warnings": ["roles has no date: how old it is cannot be said."]}
    text = words(html([tiered(item())], consequences=None, population=None, **old))
    before = text[: text.index("What was found")]
    assert "What variants do to genes was not assessed" in before
    assert "tier IV by frequency was not assessed" in before
    assert "roles has no date: how old it is cannot be said." in before


def test_what_was_seen_together_and_what_can_match_nothing_is_told():
    text = words(html([tiered(item())], combinations=["EGFR T790M and C797S"]))
    assert "Seen together: EGFR T790M and C797S." in text
    assert "a state: wild type, expression, methylation 1" in text


def test_names_of_the_input_stay_text():
    page = html([tiered(item(disease="<script>x</script>"))], sample="<b>T\x00</b>")
    assert "<script>x" not in page and "<b>T" not in page
    assert "&lt;script&gt;x" in page


def test_only_addresses_of_pages_become_links():
    page = html([tiered(item(url="javascript:alert(1)"))])
    assert "javascript:" not in page


def test_of_many_variants_the_first_are_shown_whole():
    verdicts = [tiered(item(), pos=1000 + n) for n in range(IN_DETAIL + 3)]
    text = words(html(verdicts))
    assert text.count("BRAF p.Val600Glu: tier I-A") == IN_DETAIL
    assert "Details of 3 further variants are in the summary or t.ndjson." in text


def test_a_chromosomal_alteration_without_a_score_is_shown():
    found = structural([], [])
    found.tier = "II-C"
    data = summary_of([], structural=[found])
    text = words(as_html(document(data)))
    assert "KIT DUP: tier II-C" in text


def test_both_files_are_written(tmp_path):
    write(summary([tiered(item())]), tmp_path / "t")
    assert (tmp_path / "t.html").read_bytes().startswith(b"<!doctype html>")
    assert (tmp_path / "t.pdf").read_bytes().startswith(b"%PDF")
