"""Names of CIViC that mislead, from the call to the tier."""

import pytest
from real_civic import civic
from shared_data import shared_data

from engines.annotate.judge import Judge
from engines.annotate.knowledge.protein_names import read_change
from engines.annotate.variants import Allele, Call, Consequence, StructuralCall
from engines.annotate.verdict import Annotated, Rung

shared_data("annotation")
pytestmark = pytest.mark.real
LUNG, GLIOMA, AML = "DOID:3908", "DOID:0080684", "DOID:9119"


def call(gene="", change="", terms="missense_variant", allele=None, number=1, **words):
    allele = allele or Allele("1", number, "C", "T")
    told = Consequence(
        tuple(terms.split("&")), gene, is_chosen=True,
        protein=read_change(change) if change else None, **words,
    )  # fmt: skip
    return Call(number, allele, number, allele.name, consequences=(told,) if gene else None)


def judged(*calls: Call, disease: str = LUNG, build: str = "GRCh37") -> Annotated:
    """What is said of the last of the calls."""
    judge = Judge(civic(), civic().diseases.find(disease), build)
    return [judge.of(each) for each in calls][-1]


def names(found: Annotated, *, counting: bool = True) -> set[str]:
    profiles = civic().profiles
    return {
        profiles[match.statement.profile].name
        for match in found.matches
        if (not match.rejected and match.rung is not Rung.GENE_BARE) or not counting
    }


@pytest.mark.parametrize("gene", ["H3-3A", "H3F3A"])
def test_k27m_of_the_histone_is_lys28met(gene):
    found = judged(call(gene, "p.Lys28Met"), disease=GLIOMA)
    assert "H3-3A K27M" in {name.replace("H3F3A", "H3-3A") for name in names(found)}
    assert found.tier.startswith("I-")


@pytest.mark.parametrize(
    ("gene", "change", "name", "is_there"),
    [
        ("U2AF1", "Q157P", "U2AF1 Q157P/R", True),
        ("U2AF1", "Q157R", "U2AF1 Q157P/R", True),
        ("U2AF1", "Q157H", "U2AF1 Q157P/R", False),
        ("U2AF1", "S34F", "U2AF1 S34Y/F", True),
        ("U2AF1", "S34Y", "U2AF1 S34Y/F", True),
        ("KRAS", "G12D", "KRAS G12/G13", True),
        ("KRAS", "G13D", "KRAS G12/G13", True),
        ("KRAS", "G15D", "KRAS G12/G13", False),
        ("VHL", "R167Q", "VHL R167Q (c.500G>A)", True),
        ("BRAF", "V600R", "BRAF V600E", False),
        ("BRAF", "V600E", "BRAF V600", True),
    ],
)
def test_several_changes_in_one_name_and_suffixes(gene, change, name, is_there):
    found = judged(call(gene, change), disease=AML)
    assert (name in names(found, counting=False)) is is_there


def test_two_variants_in_one_name_need_both():
    name = "EGFR Ex19 del L858R"
    deletion = call("EGFR", "E746_A750del", "inframe_deletion", exon=19, number=1)
    other = call("EGFR", "L858R", exon=21, number=2)
    assert name not in names(judged(other)) and name not in names(judged(deletion))
    assert name in names(judged(deletion, other))


def test_exon_and_amplification_need_both():
    name = "MET EXON 14 MUTATION and AMPLIFICATION"
    skipped = call("MET", "", "splice_donor_variant&intron_variant", exon=14, number=1,
                   allele=Allele("7", 116412044, "G", "A"))  # fmt: skip
    found = judged(skipped)
    assert name not in names(found)
    told = {civic().profiles[m.statement.profile].name: m.rejected for m in found.matches}
    assert told[name].startswith("needs MET ")
    assert found.tier.startswith("I-") and "MET EXON 14 SKIPPING MUTATION" in names(found)


def test_a_change_within_a_fusion_needs_the_fusion_too():
    judge = Judge(civic(), civic().diseases.find("DOID:8552"), "GRCh37")
    t315i = call("ABL1", "T315I", number=1)
    alone = judge.of(t315i)
    needing = {m.rejected for m in alone.matches if m.rejected.startswith("needs ")}
    assert needing and all("BCR-ABL" in each for each in needing)
    assert not any(context.tier.startswith("I-") for context in alone.contexts)
    fused = StructuralCall(2, "22", 1, 2, "BND", "22:1:N:.", partners=("BCR", "ABL1"))
    found = judge.structural(fused)
    assert {"resistance"} <= {c.context.value for c in found.contexts if c.tier.startswith("I-")}


def test_states_are_no_alleles():
    judge = Judge(civic(), civic().diseases.find(LUNG), "GRCh37")
    for gene, change in (("KRAS", "G12D"), ("BRAF", "V600E"), ("TP53", "R175H")):
        for name in names(judge.of(call(gene, change)), counting=False):
            parts = name.upper().split()
            assert "EXPRESSION" not in name and "METHYLATION" not in name, name
            assert "WILD" not in parts or " AND " in name.upper(), name
    assert judge.matcher.unmatchable["state"] > 100


def test_t790m_says_resistance():
    found = judged(call(allele=Allele("7", 55249071, "C", "T")))
    contexts = {each.context.value: each for each in found.contexts}
    assert contexts["resistance"].tier.startswith("I-")
    assert "resistance to " in contexts["resistance"].reason
    by_id = {match.statement.id: match.statement for match in found.matches}
    for each in contexts["resistance"].decisive:
        assert by_id[each].significance in ("resistance", "reduced sensitivity")
    assert found.tier.startswith("I-") and "resistance" in found.rationale


@pytest.mark.parametrize("build", ["GRCh37", "GRCh38"])
def test_v600e_is_one_a_in_melanoma_on_both_genomes(build):
    allele = Allele("7", {"GRCh37": 140453136, "GRCh38": 140753336}[build], "A", "T")
    new = {"transcript": "ENST00000646891"}
    found = judged(call("BRAF", "V600E", allele=allele, **new), disease="Melanoma", build=build)
    assert (found.tier, found.tier_context) == ("I-A", "therapeutic")
    assert {"OS3"} <= {code.name for code in found.oncogenicity.codes if code.state == "met"}


def test_the_same_protein_by_other_bases():
    found = judged(
        call("BRAF", "V600E", allele=Allele("7", 140453135, "CA", "TT")), disease="Melanoma"
    )
    assert found.tier == "I-A"
    assert all(match.rung is not Rung.GENOMIC for match in found.matches
               if civic().profiles[match.statement.profile].name == "BRAF V600E")  # fmt: skip


def test_coordinates_of_one_genome_are_not_those_of_the_other():
    assert judged(call(allele=Allele("7", 140453136, "A", "T")), build="GRCh38").matches == ()


def test_passengers_of_famous_genes_are_not_in_tier_one():
    for gene, change in (("TP53", "P72A"), ("EGFR", "R521K"), ("BRAF", "A5G"), ("PIK3CA", "S5T")):
        found = judged(call(gene, change))
        assert found.tier == "III", (gene, found.rationale)
