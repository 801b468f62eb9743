"""CSQ of VEP and ANN of SnpEff: read by the header's Format."""

from pathlib import Path

import pytest

from engines.annotate.variants import Call
from engines.contract.errors import BadData
from tests.support.annotate_lab import GRCH37, prepared, write_vcf

CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. '
    "Format: Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|HGVSc|HGVSp|"
    'CDS_position|Protein_position|Amino_acids|CANONICAL|MANE_SELECT">'
)
ANN = (
    "##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | "
    "Annotation | Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | "
    "Transcript_BioType | "
    "Rank | HGVS.c | HGVS.p | cDNA.pos / cDNA.length | CDS.pos / CDS.length | AA.pos / AA.length | "
    "Distance | ERRORS / WARNINGS / INFO' \">"
)


def vep(
    allele: str, terms: str, transcript: str, protein: str = "", mane: str = "", canonical: str = ""
) -> str:
    cells = [allele, terms, "X", "BRAF", "ENSG1", "Transcript", transcript, "protein_coding"]
    cells += ["15/18", f"{transcript}:c.1799T>A", f"ENSP1:{protein}" if protein else ""]
    return "|".join([*cells, "1799/2301", "600", "", canonical, mane])


def calls_of(tmp_path: Path, meta: str, *rows: tuple[object, ...]) -> list[Call]:
    path = write_vcf(tmp_path / "a.vcf", rows, contigs=GRCH37, meta=[meta])
    return prepared(path, tmp_path / "s").calls


def test_vep_by_its_header(tmp_path: Path) -> None:
    rows = [
        vep("T", "missense_variant&splice_region_variant", "ENST9.1", "p.Val640Glu"),
        vep("T", "missense_variant", "ENST1.6", "p.Val600Glu", mane="NM_004333.6"),
        vep("T", "missense_variant", "ENST5.2", "p.Val540Glu", canonical="YES"),
    ]
    (call,) = calls_of(tmp_path, CSQ, ("7", 140453136, "A", "T", "CSQ=" + ",".join(rows)))
    chosen = call.chosen
    assert chosen is not None
    assert chosen.protein is not None
    assert (chosen.transcript, chosen.protein.name, chosen.exon) == ("ENST1", "V600E", 15)
    assert chosen.coding == "c.1799T>A"
    assert call.consequences is not None
    names = [each.protein.name for each in call.consequences if each.protein]
    assert names == ["V600E", "V540E", "V640E"]
    assert call.consequences[2].terms == ("missense_variant", "splice_region_variant")


@pytest.mark.parametrize(
    ("ref", "alts", "alleles"),
    [
        ("A", "T,G", ["T", "G"]),
        ("AC", "A,ACC", ["-", "CC"]),
        ("A", "AT,G", ["AT", "G"]),
        ("ACG", "ACT,TCG", ["ACT", "TCG"]),
    ],
)
def test_each_allele_has_its_own_rows(
    tmp_path: Path, ref: str, alts: str, alleles: list[str]
) -> None:
    rows = [vep(name, "missense_variant", f"ENST{i}") for i, name in enumerate(alleles)]
    found = calls_of(tmp_path, CSQ, ("7", 100, ref, alts, "CSQ=" + ",".join(rows)))
    by_alt = {c.original.rpartition(":")[2]: c.chosen and c.chosen.transcript for c in found}
    assert by_alt == {alt: f"ENST{i}" for i, alt in enumerate(alts.split(","))}


def test_a_record_without_rows_is_not_assessed(tmp_path: Path) -> None:
    row = vep("T", "missense_variant", "ENST1")
    found = calls_of(
        tmp_path,
        CSQ,
        ("7", 100, "A", "T"),
        ("7", 200, "A", "T,G", f"CSQ={row}"),
        ("7", 300, "A", "T", "CSQ=T|intergenic_variant||||||||||||||"),
    )
    assert [c.consequences is None for c in found] == [True, True, False, False]


def test_snpeff_by_its_header(tmp_path: Path) -> None:
    text = (
        "ANN=T|missense_variant|MODERATE|BRAF|ENSG1|transcript|ENST1.6|protein_coding|15/18|"
        "c.1799T>A|p.Val600Glu|1860/2480|1799/2301|600/766||,"
        "T|intron_variant|MODIFIER|BRAF|ENSG1|transcript|ENST2|protein_coding|3/4|c.1-2A>T||||||,"
        "T|sequence_feature|LOW|BRAF|ENSG1|domain|x|protein_coding|1/2|c.1|||||"
    )
    (call,) = calls_of(tmp_path, ANN, ("7", 140453136, "A", "T", text))
    assert call.consequences is not None
    told = [(c.transcript, c.protein and c.protein.name, c.exon) for c in call.consequences]
    assert told == [("ENST1", "V600E", 15), ("ENST2", None, None)]


def test_the_longest_coding_sequence_where_no_tag_tells(tmp_path: Path) -> None:
    text = ",".join(
        f"T|missense_variant|M|BRAF|G|transcript|{name}|protein_coding|1/2|c.1A>T|p.Val{n}Glu||1/{n}"
        for name, n in (("ENST1", 300), ("ENST2", 900))
    )
    (call,) = calls_of(tmp_path, ANN, ("7", 100, "A", "T", "ANN=" + text))
    assert call.chosen is not None
    assert call.chosen.transcript == "ENST2"


def test_a_header_that_does_not_tell_its_columns(tmp_path: Path) -> None:
    meta = '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequences">'
    with pytest.raises(BadData, match="does not say which column is allele and consequence"):
        calls_of(tmp_path, meta, ("7", 100, "A", "T", "CSQ=x"))
