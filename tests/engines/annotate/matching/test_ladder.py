"""Each rung of the ladder, and what is on none."""

import pytest
from annotate_facts import (
    BRAF,
    TRANSCRIPT,
    assertion,
    call,
    consequence,
    item,
    judge,
    knowledge,
    profile,
)

from engines.annotate.evidence import Hotspot, Kind, Region
from engines.annotate.variants import Allele
from engines.annotate.verdict import Rung

V600E = profile("BRAF", "V600E", alleles={"GRCh37": (BRAF,)}, transcript=TRANSCRIPT)


def rungs(of, *calls, **options):
    """Rungs and rejections of the statements of one profile at the last of the calls."""
    known = knowledge([of], [item(of)], **options)
    judging = judge(known)
    found = [judging.matcher.matches(each) for each in calls]
    return [(match.rung, match.rejected) for match in found[-1]]


def braf(change, transcript=TRANSCRIPT, **words):
    return consequence("BRAF", change, transcript=transcript, **words)


def test_genomic_allele_needs_no_consequence():
    assert rungs(V600E, call(allele=BRAF)) == [(Rung.GENOMIC, "")]


def test_genomic_allele_counts_on_its_own_genome_only():
    known = knowledge([V600E], [item(V600E)])
    assert judge(known, build="GRCh38").matcher.matches(call(allele=BRAF)) == []


def test_allele_with_shared_bases_is_the_same_allele():
    of = profile("EGFR", "E746_A750del", alleles={"GRCh37": (Allele("7", 102, "AAT", ""),)})
    assert rungs(of, call(allele=Allele("7", 101, "GAAT", "G"))) == [(Rung.GENOMIC, "")]


def test_same_change_by_other_bases_is_a_protein_match():
    other_bases = Allele("7", 140453135, "CA", "TT")
    assert rungs(V600E, call(braf("V600E"), allele=other_bases)) == [(Rung.PROTEIN, "")]


def test_change_on_another_transcript_is_said_to_be_one():
    assert rungs(V600E, call(braf("V600E", "ENST00000646891"))) == [(Rung.PROTEIN_OTHER, "")]


def test_transcript_of_the_statement_that_says_another_change_makes_it_a_coincidence():
    both = call(braf("V640E"), braf("V600E", "ENST0", is_chosen=False))
    assert rungs(V600E, both) == []


def test_change_without_a_transcript_told_holds_on_the_chosen_one():
    of = profile("BRAF", "V600E")
    assert rungs(of, call(braf("V600E"))) == [(Rung.PROTEIN, "")]
    on_other = call(braf("V640E"), braf("V600E", "ENST0", is_chosen=False))
    assert rungs(of, on_other) == [(Rung.PROTEIN_OTHER, "")]


def test_other_amino_acid_of_the_same_residue_is_no_match():
    assert rungs(V600E, call(braf("V600M"))) == []


def test_a_gene_of_the_same_change_but_another_name_is_no_match():
    assert rungs(V600E, call(consequence("KRAS", "V600E"))) == []


def test_renamed_gene_is_the_same_gene():
    of = profile("H3-3A", "K27M")
    assert rungs(of, call(consequence("H3F3A", "K28M"))) == [(Rung.PROTEIN_OTHER, "")]


@pytest.mark.parametrize(
    ("change", "terms", "expected"),
    [
        ("G12D", "missense_variant", [(Rung.CODON, "")]),
        ("G12_G13insG", "inframe_insertion", [(Rung.CODON, "")]),
        ("G13D", "missense_variant", []),
        ("G12=", "synonymous_variant", []),
        ("G12*", "stop_gained", []),
        ("G12fs", "frameshift_variant", []),
    ],
)
def test_codon_is_matched_by_changes_of_its_residue(change, terms, expected):
    of = profile("KRAS", "G12")
    assert rungs(of, call(consequence("KRAS", change, terms))) == expected


@pytest.mark.parametrize(
    ("exon", "terms", "expected"),
    [
        (19, "inframe_deletion", [(Rung.EXON, "")]),
        (19, "protein_altering_variant", [(Rung.EXON, "")]),
        (19, "missense_variant", []),
        (19, "inframe_insertion", []),
        (20, "inframe_deletion", []),
        (None, "inframe_deletion", []),
    ],
)
def test_exon_needs_its_number_and_its_condition(exon, terms, expected):
    of = profile("EGFR", "EXON 19 DELETION")
    shorter = Allele("7", 100, "AAAA", "A")
    assert rungs(of, call(consequence("EGFR", "", terms, exon=exon), allele=shorter)) == expected


def test_exon_is_counted_on_the_transcript_of_the_name():
    of = profile("MET", "EXON 14 SKIPPING MUTATION", transcript="ENST1")
    splice = "splice_donor_variant&intron_variant"
    chosen = consequence("MET", "", splice, exon=13, transcript="ENST2")
    own = consequence("MET", "", splice, exon=14, transcript="ENST1", is_chosen=False)
    assert rungs(of, call(chosen, own)) == [(Rung.EXON, "")]
    swapped = consequence("MET", "", splice, exon=14, transcript="ENST2")
    other = consequence("MET", "", splice, exon=13, transcript="ENST1", is_chosen=False)
    assert rungs(of, call(swapped, other)) == []


def test_region_of_the_source_holds_where_no_exon_is_named():
    region = {"GRCh37": (Region("13", 100, 200),)}
    of = profile("FLT3", "ITD", regions=region)
    longer = "A" * 22
    inside, outside = Allele("13", 150, "A", longer), Allele("13", 350, "A", longer)
    insertion = consequence("FLT3", "", "inframe_insertion")
    assert rungs(of, call(insertion, allele=inside)) == [(Rung.EXON, "")]
    assert rungs(of, call(insertion, allele=outside)) == []


@pytest.mark.parametrize(
    ("name", "terms", "expected"),
    [
        ("LOSS-OF-FUNCTION", "stop_gained", Rung.GENE),
        ("LOSS-OF-FUNCTION", "splice_donor_variant&intron_variant", Rung.GENE),
        ("LOSS-OF-FUNCTION", "missense_variant", Rung.GENE_BARE),
        ("TRUNCATING MUTATION", "frameshift_variant", Rung.GENE),
        ("MUTATION", "missense_variant", Rung.GENE_BARE),
        ("MUTATION", "frameshift_variant", Rung.GENE),
        ("MUTATION", "synonymous_variant", None),
        ("MUTATION", "intron_variant", None),
    ],
)
def test_gene_level_is_bare_where_the_condition_does_not_hold(name, terms, expected):
    of = profile("TP53", name)
    found = rungs(of, call(consequence("TP53", "", terms)))
    assert found == ([(expected, "")] if expected else [])


def test_mutation_of_a_hotspot_meets_the_name():
    of = profile("KRAS", "MUTATION")
    spot = Hotspot("KRAS", 12, 2000, {"D": 700}, "")
    hot, cold = (call(consequence("KRAS", change)) for change in ("G12D", "G15D"))
    assert rungs(of, hot, hotspots=(spot,)) == [(Rung.GENE, "")]
    assert rungs(of, cold, hotspots=(spot,)) == [(Rung.GENE_BARE, "")]


def test_loss_of_a_pure_oncogene_is_no_mutation_that_counts():
    of = profile("KRAS", "MUTATION")
    lost = call(consequence("KRAS", "", "frameshift_variant"))
    roles = {"KRAS": frozenset({"oncogene"})}
    assert rungs(of, lost, roles=roles) == [(Rung.GENE_BARE, "")]


@pytest.mark.parametrize("name", ["WILD TYPE", "EXPRESSION", "PROMOTER METHYLATION", "¿QUE?"])
def test_states_and_unreadable_names_match_no_variant(name):
    of = profile("TP53", name)
    known = judge(knowledge([of], [item(of)]))
    assert known.matcher.matches(call(consequence("TP53", "", "stop_gained"))) == []
    assert sum(known.matcher.unmatchable.values()) == 1


def test_homozygosity_needs_a_genotype_or_nearly_all_reads():
    of = profile("MTHFR", "C677T HOMOZYGOSITY", alleles={"GRCh37": (Allele("1", 9, "G", "A"),)})
    here = Allele("1", 9, "G", "A")
    assert rungs(of, call(allele=here)) == []
    assert rungs(of, call(allele=here, is_homozygous=False, vaf=0.99)) == []
    assert rungs(of, call(allele=here, is_homozygous=True)) == [(Rung.GENOMIC, "")]
    assert rungs(of, call(allele=here, vaf=0.97)) == [(Rung.GENOMIC, "")]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"origin": "rare germline"}, "germline"),
        ({"origin": "common germline"}, "germline"),
        ({"kind": Kind.PREDISPOSING, "significance": "pathogenic"}, "germline"),
        ({"origin": "n/a"}, "origin not told"),
        ({"supports": False}, "does not support"),
        ({"significance": "adverse response"}, "predictive: adverse response"),
    ],
)
def test_statements_that_count_for_nothing_say_why(words, reason):
    known = judge(knowledge([V600E], [item(V600E, **words)]))
    found = known.matcher.matches(call(allele=BRAF))
    assert [(match.rejected, match.tier) for match in found] == [(reason, None)]


def test_assertion_without_origin_has_that_of_its_items():
    germline = item(V600E, origin="rare germline")
    of_germline = assertion(V600E, origin="", items=(germline.id,))
    of_nothing = assertion(V600E, origin="")
    known = judge(knowledge([V600E], [germline, of_germline, of_nothing]))
    found = {m.statement.id: m.rejected for m in known.matcher.matches(call(allele=BRAF))}
    assert found[of_germline.id] == "germline" and found[of_nothing.id] == ""


@pytest.mark.parametrize(
    ("stops", "roles", "is_match"),
    [(0, {}, False), (3, {}, True), (0, {"EGFR": frozenset({"tsg"})}, True)],
)
def test_a_lost_protein_is_no_mutation_of_a_gene_whose_hotspots_have_no_stop(
    stops, roles, is_match
):
    """A shifted frame in EGFR does not make a tumour sensitive to what inhibits EGFR."""
    of = profile("EGFR", "MUTATION")
    spot = Hotspot("EGFR", 858, 300, {"R": 290, "*": stops}, "")
    known = knowledge([of], [item(of, "B")], hotspots=(spot,), roles=roles)
    found = judge(known).of(call(consequence("EGFR", "E746fs", "frameshift_variant")))
    assert (found.tier == "II-D") is is_match


def test_statements_on_alleles_of_another_genome_are_counted():
    splice = profile("BRAF", "c.1A>G", alleles={"GRCh37": (BRAF,)})
    known = knowledge([splice, V600E], [item(splice), item(splice), item(V600E)])
    assert judge(known).matcher.elsewhere == 0
    assert judge(known, build="GRCh38").matcher.elsewhere == 2
