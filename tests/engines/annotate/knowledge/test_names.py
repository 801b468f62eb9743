"""The grammar of variant names; every trap of real sources that is known has its line here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.annotate.evidence import Alteration, Condition, Part, Region
from engines.annotate.knowledge.facts import Facts, located, protein_changes
from engines.annotate.knowledge.names import read_name
from engines.annotate.variants import Allele


def told(part: Alteration) -> str:
    """A part in one line: its kind, and whatever it holds."""
    words = [
        part.part.value,
        *(change.name for change in part.proteins),
        *(f"or {change.name}" for change in part.other_proteins),
        *map(str, part.codons),
        *(f"exon {number}" for number in part.exons),
        "" if part.condition is Condition.NONE else part.condition.value,
        part.partner,
        part.copies,
    ]
    return " ".join(word for word in words if word)


READ = [
    # several changes in one name, suffixes
    ("U2AF1", "Q157P/R", "protein Q157P Q157R"),
    ("U2AF1", "S34Y/F", "protein S34Y S34F"),
    ("KRAS", "G12/G13", "codon 12 13"),
    ("VHL", "R167Q (c.500G>A)", "protein R167Q"),
    ("VHL", "R107G  (c.319C>G)", "protein R107G"),
    ("VHL", "R474C c.1420C>T", "protein R474C"),
    ("VHL", "L89R(c.266T>G)", "protein L89R"),
    ("VHL", "Y98S (c.293A>C) (Novel)", "protein Y98S"),
    ("VHL", "E70K (c.208G>A); Splicing alteration (c.340+5G>C)", "protein E70K + allele"),
    ("VHL", "V130I (c.388G>A)/ R200W (c.598C>T)", "protein V130I + protein R200W"),
    ("VHL", "L118P (c.353T>C) / R107G  (c.319C>G)", "protein L118P + protein R107G"),
    ("CTNNB1", "T17 DELETION", "protein T17del"),
    ("BRAF", "V600", "codon 600"),
    ("X", "V600X", "codon 600"),
    ("JAK2", "F547 SPLICE SITE MUTATION", "codon 547 splice"),
    ("ERBB2", "P780INS", "codon 780 inframe_insertion"),
    ("JAK2", "JAK2 F694L", "protein F694L"),
    # histones are counted without their first methionine
    ("H3-3A", "K27M", "protein K27M or K28M"),
    ("H3-3B", "K36M", "protein K36M or K37M"),
    ("H3F3A", "G34", "codon 35"),
    ("H3-3A", "K28M", "protein K28M"),
    # several parts, all of which have to be there
    ("EGFR", "Ex19 del L858R", "exon exon 19 inframe_deletion + protein L858R"),
    ("MET", "EXON 14 MUTATION and AMPLIFICATION", "exon exon 14 splice + copy_number gain"),
    ("BRAF", "V600E/K and AMPLIFICATION", "protein V600E V600K + copy_number gain"),
    ("BRAF", "V600E AMPLIFICATION", "protein V600E + copy_number gain"),
    ("MTOR", "E2014K + E2419K", "protein E2014K + protein E2419K"),
    ("PIK3CA", "Exon 10 and Exon 21 Mutation", "exon exon 10 + exon exon 21"),
    ("PIK3CA", "EXON 9 + EXON 20 MUTATIONS", "exon exon 9 + exon exon 20"),
    ("IKZF1", "IKZF1 deletion and mutation", "copy_number loss + gene any"),
    ("TP53", "BIALLELIC INACTIVATION", "gene loss + state"),
    # fusions, and names that look like fusions and are point mutations
    ("ABL1", "BCR-ABL", "fusion BCR"),
    ("ALK", "ALK FUSIONS", "fusion"),
    ("KMT2A", "MLL-MLLT3", "fusion MLLT3"),
    ("NTRK1", "LMNA-NTRK1 e11-e10", "fusion LMNA"),
    ("ALK", "EML4-ALK E20;A20", "fusion EML4"),
    ("BRAF", "MACF1-BRAF Fusion", "fusion MACF1"),
    ("ABL1", "BCR-ABL T315I", "fusion BCR + protein T315I"),
    ("ABL1", "BCR-ABL V299L", "fusion BCR + protein V299L"),
    ("ABL1", "BCR-ABL E255K V299L", "fusion BCR + protein E255K + protein V299L"),
    ("ALK", "EML4-ALK C1156Y\u2013L1198F", "fusion EML4 + protein C1156Y + protein L1198F"),
    ("ALK", "EML4-ALK  V1180L", "fusion EML4 + protein V1180L"),
    ("ALK", "ALK FUSION F1245C", "fusion + protein F1245C"),
    ("ALK", "ALK FUSION I1171", "fusion + codon 1171"),
    ("ALK", "EML4-ALK and AMPLIFICATION", "fusion EML4 + copy_number gain"),
    # exons
    ("KIT", "EXON 11 MUTATION", "exon exon 11"),
    ("STK11", "EXON 1-2 MUTATION", "exon exon 1 exon 2"),
    ("MET", "EXON 14 SKIPPING MUTATION", "exon exon 14 splice"),
    ("CALR", "EXON 9 FRAMESHIFT", "exon exon 9 frameshift"),
    ("EGFR", "EXON 20 INSERTION", "exon exon 20 inframe_insertion"),
    ("EGFR", "EXON 19 DELETION", "exon exon 19 inframe_deletion"),
    ("VHL", "EXON 3 DELETION", "copy_number exon 3 loss"),
    ("LRP1B", "EXON 12\u201314 DELETION", "copy_number exon 12 exon 13 exon 14 loss"),
    ("VHL", "Null (Partial deletion of Exons 2 & 3)", "copy_number exon 2 exon 3 loss"),
    ("EGFR", "VIII", "copy_number " + " ".join(f"exon {n}" for n in range(2, 8)) + " loss"),
    ("FLT3", "ITD", "exon inframe_insertion"),
    ("TP53", "DNA BINDING DOMAIN MUTATION", "exon"),
    # whole genes, with a condition
    ("TP53", "MUTATION", "gene any"),
    ("FGFR2", "FGFR2 mutations", "gene any"),
    ("BRCA1", "LOSS-OF-FUNCTION", "gene loss"),
    ("TSC1", "FRAMESHIFT TRUNCATION", "gene frameshift"),
    ("CTNNB1", "Activating Mutation", "gene gain"),
    ("PTEN", "LOSS", "gene loss loss"),
    ("ERBB2", "AMPLIFICATION", "copy_number gain"),
    ("CDKN2A", "DELETION", "copy_number loss"),
    ("EGFR", "COPY NUMBER VARIATION", "copy_number"),
    # states are no alleles
    ("KRAS", "WILD TYPE", "state"),
    ("KRAS", "Wildtype", "state"),
    ("CDKN2A", "p16 EXPRESSION", "state"),
    ("EGFR", "EXON 18 OVEREXPRESSION", "state"),
    ("AKT1", "S473 Phosphorylation", "state"),
    ("MGMT", "PROMOTER METHYLATION", "state"),
    ("MMP9", "SERUM LEVELS", "state"),
    ("PTCH1", "LOH", "state"),
    # only their alleles
    ("TERT", "C228T", "allele"),
    ("KRAS", "RS61764370", "allele"),
    ("UGT1A1", "UGT1A1*28", "allele"),
    ("CHEK2", "1100DELC", "allele"),
    ("CHEK2", "IVS2+1G>A", "allele"),
    ("MLH1", "c.790+1G>A", "allele"),
    ("VHL", "Splicing alteration (c.340+1G>A)", "allele"),
    ("DPYD", "DPYD*2A HOMOZYGOSITY", "allele homozygous"),
    ("DPYD", "RS67376798 HOMOZYGOSITY", "allele homozygous"),
    # nobody can say which: counted, never guessed
    ("BRAF", "Non-V600", "unknown"),
    ("ABL1", "Non-P-Loop Mutation", "unknown"),
    ("EGFR", "RARE Exon 18-21 Mutation", "unknown"),
    ("PIK3CA", "Rare Mutation", "unknown"),
    ("MET", "EGFR T790M", "unknown"),
    ("VHL", "P81delRVV (c.243_251delGCGCGTCGT)", "unknown"),
]


@pytest.mark.parametrize(("gene", "name", "parts"), READ, ids=[f"{g} {n}" for g, n, _ in READ])
def test_a_name_speaks_of_these_parts(gene: str, name: str, parts: str) -> None:
    assert " + ".join(told(part) for part in read_name(gene, name)) == parts


@given(st.text(max_size=40))
def test_any_text_is_read_or_is_unknown_but_never_an_error(text: str) -> None:
    parts = read_name("BRAF", text)
    assert parts
    if any(part.part is Part.UNKNOWN for part in parts):
        assert len(parts) == 1


def test_types_tell_a_lost_exon_from_a_deletion_of_residues() -> None:
    small = read_name("EGFR", "EXON 4 DELETION", Facts(types=frozenset({"inframe_deletion"})))
    gone = read_name("EGFR", "EXON 19 DELETION", Facts(types=frozenset({"exon_loss_variant"})))
    assert told(small[0]) == "exon exon 4 inframe_deletion"
    assert told(gone[0]) == "copy_number exon 19 loss"


def test_a_gain_of_function_does_not_ask_for_a_loss() -> None:
    gain = Facts(types=frozenset({"gain_of_function_variant"}))
    assert read_name("BRAF", "MUTATION", gain)[0].condition is Condition.GAIN
    both = Facts(types=gain.types | {"loss_of_function_variant"})
    assert read_name("TP53", "MUTATION", both)[0].condition is Condition.ANY


def test_the_allele_belongs_to_the_change_and_not_to_the_fusion() -> None:
    alleles, regions = located("GRCh37", "9", "133748283", "133748283", "C", "T")
    facts = Facts(alleles=alleles, regions=regions, proteins=protein_changes(["THR334ILE"]))
    fusion, change = read_name("ABL1", "BCR-ABL T315I", facts)
    assert not fusion.alleles
    assert change.alleles == {"GRCh37": (Allele("9", 133748283, "C", "T"),)}
    assert [each.name for each in change.other_proteins] == ["T334I"]


def test_an_example_of_a_codon_or_gene_is_not_its_only_allele() -> None:
    alleles, regions = located("GRCh37", "17", "7577535", "7577535", "C", "G")
    for name in ("R249", "TRUNCATING MUTATION", "EXON 7 MUTATION"):
        (part,) = read_name("TP53", name, Facts(alleles=alleles, regions=regions))
        assert not part.alleles


def test_an_exon_lies_where_the_source_says_and_a_splice_site_beside_it() -> None:
    facts = Facts(regions={"GRCh37": (Region("7", 116411903, 116412043),)})
    (plain,) = read_name("KIT", "EXON 11 MUTATION", facts)
    (splice,) = read_name("MET", "EXON 14 SKIPPING MUTATION", facts)
    (insertion,) = read_name("EGFR", "EXON 20 INSERTION", facts)
    assert plain.regions["GRCh37"] == (Region("7", 116411903, 116412043),)
    assert splice.regions["GRCh37"] == (Region("7", 116411873, 116412073),)
    assert not insertion.regions  # there the source's place is one example


def test_a_promoter_variant_is_no_change_of_a_protein_in_any_source() -> None:
    (part,) = read_name("TERT", "C228T")
    assert not part.proteins
    assert part.alleles["GRCh38"] == (Allele("5", 1295113, "G", "A"),)
    regulatory = Facts(
        types=frozenset({"regulatory_region_variant"}),
        alleles={"GRCh37": (Allele("1", 5, "C", "T"),)},
    )
    assert read_name("GENE", "C100T", regulatory)[0].part is Part.ALLELE


def test_a_name_keeps_what_the_source_calls_it() -> None:
    assert read_name("ALK", "ALK FUSIONS")[0].name == "ALK FUSIONS"
    assert read_name("VHL", "R167Q (c.500G>A)")[0].name == "R167Q (c.500G>A)"
