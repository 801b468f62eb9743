"""Real CIViC: no sentence without a source, and approvals by regulatory fields alone."""

from datetime import date

import pytest
from real_civic import civic, judged, of_statement, shows
from shared_data import shared_data

from engines.annotate.evidence import Assertion
from engines.annotate.knowledge.diseases import Disease
from engines.annotate.texts.setting import Setting
from engines.annotate.texts.templates import Templates
from engines.annotate.texts.texts import Texts
from engines.annotate.verdict import Annotated

shared_data("annotation")
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def said():
    """(assertion or item, its texts) of each alteration that a small variant can show."""
    known, templates, found = civic(), Templates(), []
    for each in (*known.assertions, *known.items[::40]):
        call = shows(known.profiles[each.profile].parts[0])
        disease = known.diseases.by_id(each.doid)
        if call is None or disease is None:
            continue
        verdict = judged(of_statement(known, each), call)
        texts = _texts(known, disease, templates)
        is_small = isinstance(verdict, Annotated)
        found.append((each, texts.of(verdict) if is_small else texts.of_structural(verdict)))
    return found


def _texts(known, disease: Disease, templates: Templates) -> Texts:
    setting = Setting(disease, "GRCh37", "said", "made.vcf", date(2026, 11, 22))
    return Texts(known, setting, templates)


def test_every_sentence_rests_on_something_that_is_there(said):
    known = civic()
    ids = {each.id for each in (*known.items, *known.assertions)}
    assert len(said) > 50
    for _, texts in said:
        for sentence in (each for text in texts for each in text.sentences):
            assert sentence.sources
            named = [s for s in sentence.sources if s.startswith(("EID", "AID"))]
            assert set(named) <= ids


def test_approvals_are_told_by_regulatory_fields_alone(said):
    approved = {
        each.id: each
        for each in civic().assertions
        if isinstance(each, Assertion) and (each.is_approved or each.has_companion_test)
    }
    told = set()
    for _, texts in said:
        for sentence in (each for text in texts for each in text.sentences):
            if "FDA" in sentence.text:
                assert set(sentence.sources) <= approved.keys()
                told |= set(sentence.sources)
    assert told


def test_resistance_is_never_told_as_sensitivity(said):
    known = {each.id: each for each in (*civic().items, *civic().assertions)}
    for _, texts in said:
        for sentence in texts[0].sentences:
            if not sentence.text.startswith(("Tier I-", "Tier II-")):
                continue
            decisive = [known[name] for name in sentence.sources if name in known]
            words = {each.significance for each in decisive if each.kind == "predictive"}
            assert ("resistance to" in sentence.text) == ("resistance" in words)
            assert ("sensitivity to" in sentence.text) == bool(
                words & {"sensitivity/response", "sensitivity", "reduced sensitivity"}
            )
