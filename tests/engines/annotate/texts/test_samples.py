"""What is said of the whole sample, and what is not said where it was not assessed."""

import json
from datetime import date

import pytest

from engines.annotate.evidence import Part, Source
from engines.annotate.texts import kinds
from engines.annotate.texts.biomarkers import poisson_interval
from engines.annotate.texts.sample import Leftovers
from engines.annotate.texts.setting import read_callable
from engines.annotate.texts.sighted import Sighted
from engines.annotate.texts.templates import Templates
from engines.annotate.texts.texts import Texts
from engines.annotate.variants import Lost
from engines.contract.errors import BadData
from tests.support.annotate_texts import (
    annotated,
    assertion,
    call,
    consequence,
    context,
    item,
    knowledge,
    match,
    profile,
    regions,
    setting,
    structural,
    tiered,
)

TEMPLATES = Templates()
KNOWN = [item(), item("EID2", "B", profile="P2"), item("EID4", "A", profile="P4")]


def made(verdicts=(), leftovers=None, known=None, **changed):
    """Type → text of a sample with these verdicts."""
    texts = Texts(known or knowledge(KNOWN), setting(**changed), TEMPLATES)
    for each in verdicts:
        texts.of(each)
    return {each.type: each.text for each in texts.of_sample(leftovers or Leftovers())}


# --- pertinent negatives --------------------------------------------------------


def test_without_callable_regions_nothing_is_negative():
    text = made()[kinds.NEGATIVES]
    assert text.startswith("Pertinent negatives were not assessed")
    assert "none of" not in text


def test_a_negative_is_told_where_the_place_is_callable_alone():
    text = made(callable=regions((900, 1100)))[kinds.NEGATIVES]
    assert "BRAF: none of V600E was found, and their places are callable." in text
    assert "EGFR: not assessed: T790M (not callable throughout)." in text
    assert "NRAS: not assessed: Q61R (its source tells no place in this genome)." in text


@pytest.mark.parametrize(("first", "callable_"), [(999, True), (1000, False), (998, True)])
def test_bed_counts_from_zero(first, callable_):
    """The variant is at 1000, which BED calls 999."""
    text = made(callable=regions((first, 1000 if first < 1000 else 1001)))[kinds.NEGATIVES]
    assert ("BRAF: none of V600E" in text) is callable_


def test_what_was_found_is_no_negative():
    text = made([tiered(item())], callable=regions((0, 5000)))[kinds.NEGATIVES]
    assert "BRAF" not in text and "EGFR: none of T790M" in text


def test_a_record_that_could_not_be_used_takes_the_negative_away():
    left = Leftovers({"ref_mismatch": 1}, [("chr7", 999, 1000)])
    text = made(leftovers=left, callable=regions((0, 5000)))[kinds.NEGATIVES]
    assert "BRAF: not assessed: V600E (a record that may lie there could not be used)." in text
    assert "EGFR: none of T790M" in text


def test_many_records_elsewhere_take_no_negative_away():
    left = Leftovers({"ref_mismatch": 5000}, [("7", 9_000 + n, 9_000 + n) for n in range(5000)])
    assert (
        "BRAF: none of V600E" in made(leftovers=left, callable=regions((0, 5000)))[kinds.NEGATIVES]
    )


def test_a_record_that_does_not_say_where_it_is_takes_every_negative_away():
    left = Leftovers({"malformed_record": 1}, (), 1)
    assert "none of" not in made(leftovers=left, callable=regions((0, 5000)))[kinds.NEGATIVES]


def test_without_consequences_another_variant_there_takes_it_away():
    other = annotated(call(1000, consequences=None))
    text = made([other], callable=regions((0, 5000)), consequences=None)[kinds.NEGATIVES]
    assert "BRAF: not assessed: V600E (another variant lies there" in text
    assert "EGFR: none of T790M was found" in text and "only their genomic alleles" in text


def test_only_what_matters_for_this_disease_is_pertinent():
    weak = item("EID8", "C", profile="P2")
    elsewhere = item("EID9", "A", profile="P2", disease="Lung", doid="3908")
    germline = item("EID10", "A", profile="P2", origin="germline")
    gain = item("EID11", "A", profile="P3")
    known = knowledge([item(), weak, elsewhere, germline, gain])
    text = made(known=known, callable=regions((0, 5000)))[kinds.NEGATIVES]
    assert "BRAF: none of V600E" in text and "EGFR" not in text
    assert "no pertinent negatives here: KIT AMPLIFICATION." in text


def test_an_assertion_of_tier_one_makes_a_negative_pertinent():
    known = knowledge(assertions=[assertion(), assertion("AID2", amp="II-C", profile="P2")])
    text = made(known=known, callable=regions((0, 5000)))[kinds.NEGATIVES]
    assert "BRAF: none of V600E" in text and "EGFR" not in text


# --- biomarkers -----------------------------------------------------------------


def coding(pos, **changed):
    return annotated(call(pos, **changed))


def test_burden_counts_what_changes_a_protein_in_callable_bases():
    verdicts = [coding(pos) for pos in range(1000, 1005)]
    verdicts += [
        coding(1100, filters=("weak",)),
        coding(1101, vaf=0.04),
        coding(1102, population_af=0.001),
        coding(4_000_000),
        coding(1103, consequences=(consequence(terms=("synonymous_variant",)),)),
        coding(1104, consequences=()),
    ]
    text = made(verdicts, callable=regions((0, 2_000_000)))[kinds.BIOMARKERS]
    assert "burden: 2.5 per Mb (95 % interval 0.8 to 5.8): 5 variants that change" in text
    assert "in 2.00 callable Mb." in text
    assert "1 variant that the caller did not pass, 1 below 5.0 % of the reads, 1 with" in text
    assert "1 outside of the callable regions" in text


def test_poisson_limits_are_near_the_exact_ones():
    """Exact 95 % limits of 0, 5 and 100 by the chi-squared distribution."""
    exact = {0: (0, 3.689), 5: (1.623, 11.668), 100: (81.364, 121.627)}
    for number, limits in exact.items():
        assert poisson_interval(number) == pytest.approx(limits, rel=0.02, abs=0.01)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, "how many bases are callable is not known"),
        ({"callable": regions((0, 10)), "consequences": None}, "was not assessed"),
        ({"callable": regions((0, 90_000_000))}, "more than the coding part of a genome"),
        (
            {"callable": regions((0, 10)), "population": None, "tumour_only": True},
            "inherited variants would count",
        ),
        ({"callable": regions()}, "no base is callable"),
    ],
)
def test_burden_is_not_told_where_it_cannot_be(changed, why):
    text = made([coding(1000)], **changed)[kinds.BIOMARKERS]
    assert "burden: not assessed" in text and why in text
    assert "per Mb" not in text


def test_instability_is_never_made_up():
    assert "Microsatellite instability: not assessed" in made()[kinds.BIOMARKERS]


@pytest.mark.parametrize(
    ("name", "msi", "is_told"),
    [
        ("MSI-H", "high", True), ("Microsatellite Instability-High", "high", True),
        ("MSI", "high", True), ("MSI-H", "stable", False), ("MSI-L", "low", True),
        ("MSI-L", "high", False), ("MSS", "stable", True), ("MSI-H", None, False),
    ],
)  # fmt: skip
def test_instability_that_was_given_is_told_with_what_is_known_of_it(name, msi, is_told):
    statement = item("EID7", profile="P9", therapies=("Pembrolizumab",), interaction="")
    known = knowledge([statement])
    known.profiles["P9"] = profile("P9", "Other Biomarkers", name, part=Part.STATE)
    text = made(known=known, msi=msi)[kinds.BIOMARKERS]
    assert ("Sensitivity to Pembrolizumab in Melanoma" in text) is is_told
    assert (f"instability: {msi}, as it was given" in text) is (msi is not None)


# --- chromosomal ----------------------------------------------------------------


def test_a_gain_is_told_with_its_drugs_and_that_copies_are_not_known():
    statement = item("EID3", profile="P3", therapies=("Imatinib",), interaction="")
    texts = Texts(knowledge([statement]), setting(), TEMPLATES)
    (found,) = texts.of_structural(structural([match(statement)], [context(statement)]))
    assert found.type == kinds.CHROMOSOMAL
    assert "DUP at 4:5,000-90,000 (KIT)." in found.text
    assert "Tier I-A for melanoma, therapeutic: in Melanoma: sensitivity to Imatinib." in found.text
    assert "a gain of few is no amplification" in found.text
    text = {each.type: each.text for each in texts.of_sample(Leftovers())}[kinds.CHROMOSOMAL]
    assert "has 1 chromosomal alteration (DUP: 1); 1 of tier I or II." in text


def test_a_fusion_says_what_it_joins_and_takes_and_that_it_was_filtered():
    lost = (Lost("ALK", "E1", (18, 19)), Lost("ALK", "E2", (1,)), Lost("EML4", "E3", (5,)))
    texts = Texts(knowledge(), setting(), TEMPLATES)
    one = structural(kind="DEL", genes=("EML4", "ALK"), partners=("EML4", "ALK"), lost=lost,
                     filters=("MinQUAL",))  # fmt: skip
    (found,) = texts.of_structural(one)
    assert "The caller did not pass it (MinQUAL)." in found.text
    assert "It joins EML4 and ALK; whether that is read in frame was not looked at." in found.text
    assert "It takes exons 18 to 19 of ALK, counted on E1." in found.text
    assert "It takes exon 5 of EML4, counted on E3." in found.text and "E2" not in found.text


def test_an_alteration_whose_genes_nobody_tells_is_not_assessed():
    texts = Texts(knowledge(), setting(), TEMPLATES)
    (found,) = texts.of_structural(structural(genes=None))
    assert "which genes it touches was not assessed" in found.text
    assert "Tier" not in found.text


def test_no_chromosomal_alterations_is_no_negative():
    assert "whether they were looked for is not known" in made()[kinds.CHROMOSOMAL]


# --- technical, tumour only, secondary ------------------------------------------


def test_technical_comments_name_all_that_is_missing():
    left = Leftovers({"ref_mismatch": 2, "star_allele": 1})
    verdicts = [tiered(item(), depth=10, vaf=None, filters=("weak",))]
    text = made(verdicts, left)[kinds.TECHNICAL]
    assert "research use only" in text
    assert "2 records did not agree and were not used." in text
    assert "Not looked at, star allele: 1 record or allele." in text
    assert "1 variant has a filter of the caller" in text
    assert "1 variant of tier I or II, or oncogenic, has fewer than 50 reads." in text
    assert "Of 1 variant the share of reads is not told." in text
    assert "assessed for no variant: OS2." in text


def test_old_knowledge_says_so_and_new_knowledge_does_not():
    text = made()[kinds.TECHNICAL]
    assert "cancerhotspots (hotspots): release v2, of 2017-12-15; older than 180 days" in text
    assert "CIViC (evidence): of 2026-11-01. " in text
    assert "roles (gene roles): its date is not known." in text
    later = made(today=date(2027, 5, 1))[kinds.TECHNICAL]
    assert "CIViC (evidence): of 2026-11-01; older than 180 days when this was made." in later


def test_no_source_is_named_that_was_not_loaded():
    bare = knowledge(sources=[Source("mine", "own_evidence", "", "2026-11-01", "", "", {})])
    bare.hotspots, bare.roles, bare.summaries, bare.secondary = {}, {}, {}, frozenset()
    texts = Texts(bare, setting(population=None), TEMPLATES)
    verdict = annotated(call(population_af=None))
    said = [*texts.of(verdict), *texts.of_sample(Leftovers())]
    everything = " ".join(f"{s.text} {s.sources}" for each in said for s in each.sentences)
    for name in ("CIViC", "gnomAD", "OncoKB", "COSMIC", "ClinVar", "cancerhotspots", "ACMG SF"):
        assert name not in everything


def test_the_disclaimer_is_for_those_without_a_normal():
    assert kinds.TUMOUR_ONLY not in made(tumour_only=False)
    assert "There was no matched normal" in made(tumour_only=True)[kinds.TUMOUR_ONLY]
    assert "is not known" in made(tumour_only=None)[kinds.TUMOUR_ONLY]


def test_secondary_findings_that_could_not_be_judged_are_counted():
    brca = consequence("BRCA1")
    verdicts = [annotated(call(consequences=(brca,), vaf=vaf)) for vaf in (None, 0.5, 0.2)]
    text = made(verdicts)[kinds.INCIDENTAL]
    assert "1 variant is flagged" in text and "1 further variant in genes of the list" in text
    bare = knowledge(secondary=frozenset())
    assert "no list of genes was loaded" in made(known=bare)[kinds.INCIDENTAL]


# --- what is remembered ---------------------------------------------------------


def test_a_run_that_goes_on_says_the_same_as_one_that_was_not_stopped():
    verdicts = [tiered(item()), coding(1500), coding(1600, vaf=None, filters=("weak",))]
    options = setting(callable=regions((0, 5000)), tumour_only=True)
    whole = Texts(knowledge(KNOWN), options, TEMPLATES)
    for each in verdicts:
        whole.of(each)
    first = Texts(knowledge(KNOWN), options, TEMPLATES)
    first.of(verdicts[0])
    kept = json.loads(json.dumps(first.noted().as_data()))
    second = Texts(knowledge(KNOWN), options, TEMPLATES, Sighted.from_data(kept))
    for each in verdicts[1:]:
        second.of(each)
    assert second.of_sample(Leftovers()) == whole.of_sample(Leftovers())
    assert json.dumps(second.noted().as_data()) == json.dumps(whole.noted().as_data())


def test_every_sentence_has_a_source_and_no_text_twice():
    texts = Texts(knowledge(KNOWN), setting(callable=regions((0, 5000))), TEMPLATES)
    texts.of(tiered(item()))
    found = texts.of_sample(Leftovers())
    assert all(each.sources and each.text for text in found for each in text.sentences)
    assert len({each.type for each in found}) == len(found)


def test_callable_regions_take_either_name_of_a_contig(tmp_path):
    bed = tmp_path / "callable.bed"
    bed.write_text("chr7\t0\t100\nchrM\t5\t10\n")
    found = read_callable(bed, {"7": 1000, "MT": 16569})
    assert found.bases == 105 and set(found.by_contig) == {"7", "MT"}
    bed.write_text("chr7\t0\t5000\n")
    with pytest.raises(BadData, match="past the reference"):
        read_callable(bed, {"7": 1000, "MT": 16569})
    bed.write_text("")
    with pytest.raises(BadData, match="no region on a contig of the genome"):
        read_callable(bed, {"7": 1000, "MT": 16569})
