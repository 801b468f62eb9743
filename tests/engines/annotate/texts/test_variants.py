"""What is said of a variant: the words, and what each sentence rests on."""

import pytest

from engines.annotate.evidence import Kind
from engines.annotate.texts import kinds
from engines.annotate.texts.templates import Templates
from engines.annotate.texts.texts import Texts
from engines.annotate.verdict import Context, Nearness, Oncogenicity
from tests.support.annotate_texts import (
    LUNG,
    annotated,
    assertion,
    call,
    consequence,
    context,
    item,
    knowledge,
    match,
    setting,
    tiered,
)

TEMPLATES = Templates()
NOTHING = Oncogenicity("VUS", 0, -4, 12, ())


def texts(known=None, **changed):
    return Texts(known or knowledge(), setting(**changed), TEMPLATES)


def told(found, kind):
    """The text of a type; empty where there is none."""
    return next((each.text for each in found if each.type == kind), "")


def sources(found, kind, words):
    """What the sentence with these words rests on."""
    sentences = next(each.sentences for each in found if each.type == kind)
    return next(each.sources for each in sentences if words in each.text)


def test_sensitivity_is_told_with_drugs_disease_and_evidence():
    found = texts().of(tiered(item()))
    text = told(found, kinds.VARIANT_DX)
    assert "Tier I-A for melanoma, therapeutic: in Melanoma: sensitivity to Dabrafenib + " in text
    assert "resistance" not in text
    assert sources(found, kinds.VARIANT_DX, "sensitivity") == ("AMP/ASCO/CAP 2017", "EID1")


@pytest.mark.parametrize(
    ("interaction", "words"),
    [("combination", "A + B"), ("substitutes", "A or B"), ("sequential", "A then B"), ("", "A, B")],
)
def test_how_drugs_go_together_is_told(interaction, words):
    found = texts().of(tiered(item(therapies=("A", "B"), interaction=interaction)))
    assert f"sensitivity to {words}." in told(found, kinds.VARIANT_DX)


def test_resistance_is_never_called_sensitivity():
    statement = item(significance="resistance", therapies=("Gefitinib",), interaction="")
    found = texts().of(tiered(statement, Context.RESISTANCE))
    text = told(found, kinds.VARIANT_DX)
    assert "resistance: in Melanoma: resistance to Gefitinib." in text
    assert "sensitiv" not in text


def test_evidence_of_another_disease_says_so():
    statement = item(disease="Lung Non-small Cell Carcinoma", doid="3908")
    found = texts().of(tiered(statement, tier="II-C", nearness=Nearness.OTHER))
    words = "Tier II-C for melanoma, therapeutic: in Lung Non-small Cell Carcinoma (another tumour"
    assert words in told(found, kinds.VARIANT_DX)


def test_diagnosis_and_prognosis_are_told_in_words():
    for kind, significance, words in (
        (Kind.DIAGNOSTIC, "positive", "in Melanoma: speaks for the diagnosis."),
        (Kind.DIAGNOSTIC, "negative", "in Melanoma: speaks against the diagnosis."),
        (Kind.PROGNOSTIC, "poor outcome", "in Melanoma: poor outcome."),
    ):
        statement = item(kind=kind, significance=significance, therapies=())
        found = texts().of(tiered(statement, Context(kind.value), "I-B"))
        assert words in told(found, kinds.VARIANT_DX)


def test_fda_approval_is_told_by_a_regulatory_field_alone():
    """Neither level A, nor a guideline, nor the words of an item make a therapy approved."""
    statement = item(text="Dabrafenib is FDA-approved for this.")
    guided = assertion(guideline="NCCN Melanoma", text="FDA-approved", amp="I-A")
    verdict = tiered(statement)
    verdict.matches.append(match(guided))
    found = texts().of(verdict)
    assert all("FDA" not in each.text for each in found)

    approved = assertion("AID7", is_approved=True, has_companion_test=True)
    found = texts().of(tiered(approved))
    words = "FDA-approved, by the regulatory field of AID7: Dabrafenib + Trametinib in Melanoma"
    assert words in told(found, kinds.VARIANT_DX)
    assert "companion test" in told(found, kinds.VARIANT_DX)
    assert sources(found, kinds.VARIANT_DX, "FDA-approved") == ("AID7",)


def test_an_approval_that_was_rejected_is_not_told():
    verdict = tiered(item())
    verdict.matches.append(match(assertion("AID9", is_approved=True), rejected="germline"))
    assert "FDA" not in told(texts().of(verdict), kinds.VARIANT_DX)


def test_a_conflict_is_told_with_what_speaks_against():
    statement, against = item(), item("EID2", supports=False)
    verdict = annotated(
        call(),
        [match(statement), match(against, tier=None, rejected="does not support")],
        [context(statement, is_conflicting=True)],
    )
    found = texts().of(verdict)
    assert sources(found, kinds.VARIANT_DX, "say the opposite") == ("EID1", "EID2")


def test_no_evidence_is_never_no_significance():
    found = texts().of(annotated(call()))
    text = told(found, kinds.VARIANT_DX)
    assert text.startswith("Tier III: no evidence for a tier; that is not evidence of being benign")
    assert "significance" not in text and "likely benign" not in text.lower()
    assert "CIViC@2026-11-01" in sources(found, kinds.VARIANT_DX, "Tier III")


def test_codes_are_told_with_points_reason_and_what_is_open():
    text = told(texts().of(annotated(call())), kinds.VARIANT_DX)
    assert "Oncogenicity: VUS, 4 points (OS3 +4: hotspot); with the codes that were not " in text
    assert "(OS2) it could be -4 to 12, so this class is not settled" in text


def test_a_variant_is_told_by_protein_reads_population_and_hotspot():
    found = texts().of(annotated(call()))
    text = told(found, kinds.VARIANT)
    assert "BRAF V600E (c.1799T>A, ENST1, exon 15, 7:1000 A>T, GRCh37): missense variant." in text
    assert "34.2 % of 120 reads." in text
    assert "It is not in the population source (gnomAD)." in text
    assert "Codon 600 of BRAF is changed in 897 tumours" in text and "in 833 tumours" in text
    assert sources(found, kinds.VARIANT, "missense") == ("bcftools csq 1.16",)
    assert sources(found, kinds.VARIANT, "Codon") == ("cancerhotspots@2017-12-15",)


def test_what_was_not_assessed_is_not_told_as_absent():
    bare = call(consequences=None, vaf=None, depth=None, population_af=None)
    found = texts(population=None, consequences=None).of(tiered(item(), **_fields(bare)))
    text = told(found, kinds.VARIANT)
    assert "what it does to genes was not assessed" in text
    assert "How many reads carry it is not told." in text
    assert "No population source was loaded." in text
    assert "gnomAD" not in " ".join(each.text for each in found)


def _fields(call):
    names = ("consequences", "vaf", "depth", "population_af")
    return {name: getattr(call, name) for name in names}


def test_a_small_frequency_never_becomes_zero():
    text = told(texts().of(annotated(call(population_af=1.2e-5))), kinds.VARIANT)
    assert "Highest population frequency (gnomAD): 0.0012 %." in text


def test_a_summary_is_quoted_without_its_sentences_on_approvals():
    found = texts().of(annotated(call()))
    text = told(found, kinds.GENE)
    assert "CIViC writes of BRAF: “BRAF is a kinase. […] It is often changed.”" in text
    assert "BRAF is listed as oncogene." in text
    assert sources(found, kinds.GENE, "writes") == ("CIViC:gene:5", "CIViC@2026-11-01")


def test_a_gene_is_told_by_counts_of_this_disease_and_others():
    other = item("EID3", "B", disease="Lung", doid="3908")
    germline = item("EID4", origin="germline")
    against = item("EID5", supports=False)
    known = knowledge([item(), item("EID2", "C"), other, germline, against], [assertion()])
    found = texts(known).of(annotated(call()))
    text = told(found, kinds.GENE_DX)
    assert "CIViC has 3 somatic statements on BRAF for melanoma" in text
    assert "(level A: 1, level C: 1, assertion: 1), and 1 statement for other diseases" in text
    assert "BRAF V600E: sensitivity to Dabrafenib + Trametinib (assertion)" in text
    words = told(texts(known, disease=LUNG).of(annotated(call())), kinds.GENE_DX)
    assert "CIViC has 1 somatic statement on BRAF for lung non-small cell carcinoma" in words


def test_a_gene_of_which_nothing_is_known_has_no_text():
    verdict = annotated(call(consequences=(consequence("XYZ"),)), oncogenicity=NOTHING)
    assert [each.type for each in texts().of(verdict)] == [kinds.VARIANT_DX]


def test_a_secondary_finding_is_flagged_and_not_classified():
    brca = call(consequences=(consequence("BRCA1"),), vaf=0.48)
    found = texts().of(annotated(brca))
    text = told(found, kinds.INCIDENTAL)
    assert "BRCA1 is in the list of genes for secondary findings" in text
    assert "pathogenic" not in text.lower() and "confirm it in normal tissue" in text
    assert "ACMG SF@2026-10-01" in sources(found, kinds.INCIDENTAL, "list of genes")


@pytest.mark.parametrize(
    "changed",
    [
        {"vaf": 0.2},
        {"vaf": None},
        {"population_af": 0.02},
        {"consequences": (consequence("BRCA1", terms=("synonymous_variant",)),)},
        {"consequences": (consequence("BRAF"),)},
    ],
)
def test_not_every_variant_of_the_list_is_a_finding(changed):
    usual = {"consequences": (consequence("BRCA1"),), "vaf": 0.48}
    assert not told(texts().of(annotated(call(**(usual | changed)))), kinds.INCIDENTAL)


def test_a_germline_item_is_told_apart_from_the_tier():
    germline = item("EID8", origin="germline", kind=Kind.PREDISPOSING, disease="Lymphoma")
    verdict = annotated(call(), [match(germline, None, None, rejected="germline")])
    found = texts().of(verdict)
    assert sources(found, kinds.INCIDENTAL, "(Lymphoma)") == ("EID8",)
    assert "Lymphoma" not in told(found, kinds.VARIANT_DX)


def test_technical_comments_only_where_there_is_something():
    assert not told(texts().of(annotated(call())), kinds.TECHNICAL)
    bad = call(filters=("germline", "base_qual"), depth=12, vaf=0.03)
    text = told(texts().of(annotated(bad)), kinds.TECHNICAL)
    assert "did not pass it: germline, base_qual." in text
    assert "Only 12 reads" in text and "Only 3.0 % of the reads" in text


def test_without_a_normal_an_inherited_share_is_said():
    verdict = tiered(item(), vaf=0.5)
    assert "one inherited copy" in told(texts(tumour_only=True).of(verdict), kinds.TUMOUR_ONLY)
    assert not told(texts(tumour_only=False).of(verdict), kinds.TUMOUR_ONLY)
    assert not told(texts(tumour_only=True).of(tiered(item(), vaf=0.2)), kinds.TUMOUR_ONLY)


def test_texts_of_the_input_stay_on_one_line():
    """A line is a sentence: nothing in the data may begin another one, or fake a source."""
    statement = item(disease="Mela\nnoma\x1fEID99\x1f", therapies=("A\r\nB",), interaction="")
    found = texts().of(tiered(statement))
    assert "in Mela noma EID99 : sensitivity to A B." in told(found, kinds.VARIANT_DX)
    assert sources(found, kinds.VARIANT_DX, "sensitivity") == ("AMP/ASCO/CAP 2017", "EID1")
