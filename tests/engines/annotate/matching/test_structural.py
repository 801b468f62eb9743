"""Fusions, gains and losses: matched by gene and kind."""

import pytest
from annotate_facts import LUNG, item, judge, knowledge, profile, structural

from engines.annotate.evidence import Region
from engines.annotate.variants import Lost
from engines.annotate.verdict import Rung


def found(name, one, gene="ALK", **facts):
    of = profile(gene, name, **facts)
    return judge(knowledge([of], [item(of, doid=LUNG)]), LUNG).structural(one)


@pytest.mark.parametrize(
    ("name", "partners", "is_match"),
    [
        ("ALK FUSIONS", ("EML4", "ALK"), True),
        ("ALK FUSIONS", ("ALK",), False),
        ("ALK FUSIONS", ("ALK", "ALK"), False),
        ("EML4-ALK", ("ALK", "EML4"), True),
        ("EML4-ALK", ("ALK", "KIF5B"), False),
        ("EML4-ALK", ("EML4", "RET"), False),
    ],
)
def test_fusion_needs_the_gene_and_its_partner(name, partners, is_match):
    one = found(name, structural("BND", partners=partners))
    assert [match.rung for match in one.matches] == ([Rung.STRUCTURAL] if is_match else [])
    assert one.tier == ("I-A" if is_match else "III")


@pytest.mark.parametrize(
    ("piece", "is_match"),
    [("IGHM", True), ("IGHV3-23", True), ("IGHMBP2", False), ("IGLL5", False)],
)
def test_pieces_of_an_immunoglobulin_locus_are_the_locus(piece, is_match):
    one = found("IGH-BCL2", structural("BND", partners=(piece, "BCL2")), "BCL2")
    assert bool(one.matches) is is_match


def test_two_genes_of_a_deletion_are_no_fusion():
    assert found("EML4-ALK", structural("DEL", genes=("EML4", "ALK"))).matches == []


@pytest.mark.parametrize(
    ("kind", "copies", "expected"),
    [
        ("CNV", 12.0, [""]),
        ("DUP", 6.0, [""]),
        ("DUP", 3.0, []),
        ("DUP", None, ["copy number not told"]),
        ("CNV", None, []),
        ("DEL", None, []),
    ],
)
def test_amplification_needs_copies(kind, copies, expected):
    one = found("AMPLIFICATION", structural(kind, genes=("ERBB2",), copies=copies), "ERBB2")
    assert [match.rejected for match in one.matches] == expected


@pytest.mark.parametrize(
    ("kind", "copies", "is_match"),
    [("DEL", None, True), ("CNV", 0.0, True), ("CNV", 2.0, False), ("DUP", None, False)],
)
@pytest.mark.parametrize("name", ["DELETION", "LOSS"])
def test_loss_of_a_gene(name, kind, copies, is_match):
    one = found(name, structural(kind, genes=("CDKN2A",), copies=copies), "CDKN2A")
    assert bool(one.matches) is is_match


@pytest.mark.parametrize(
    ("gene", "name", "exons", "expected"),
    [
        ("EGFR", "VIII", (2, 3, 4, 5, 6, 7), [""]),
        ("EGFR", "VIII", (2, 3, 4, 5, 6), []),
        ("EGFR", "VIII", tuple(range(1, 29)), []),
        ("MET", "EXON 14 SKIPPING MUTATION", (14,), [""]),
        ("MET", "EXON 14 SKIPPING MUTATION", (13, 14), []),
        ("EGFR", "EXON 19 DELETION", (19,), []),
        ("VHL", "EXON 1-3 DELETION", (1, 2, 3), [""]),
        ("BRCA1", "LOSS-OF-FUNCTION", (5,), [""]),
        ("BRCA1", "LOSS-OF-FUNCTION", (), []),
        ("CDKN2A", "DELETION", (1, 2, 3), [""]),
        ("CDKN2A", "DELETION", (), ["no exon of the gene is lost"]),
        ("TP53", "LOSS", (), ["no exon of the gene is lost"]),
    ],
)
def test_what_a_deletion_takes_decides(gene, name, exons, expected):
    one = structural("DEL", genes=(gene,), lost=(Lost(gene, "ENST1", exons),))
    assert [match.rejected for match in found(name, one, gene).matches] == expected


def test_exons_are_counted_on_the_transcript_of_the_statement():
    lost = (Lost("MET", "ENST1", (13,)), Lost("MET", "ENST2", (14,)))
    one = structural("DEL", genes=("MET",), lost=lost)
    assert found("EXON 14 SKIPPING MUTATION", one, "MET", transcript="ENST2").matches
    assert not found("EXON 14 SKIPPING MUTATION", one, "MET").matches


def test_exons_that_nobody_counted_are_not_guessed():
    of_exons = structural("DEL", genes=("EGFR",))
    assert found("VIII", of_exons, "EGFR").matches == []


def test_the_loss_of_an_arm_is_no_loss_of_function_of_each_gene():
    lost = (Lost("BRCA1", "ENST1", (1, 2)),)
    arm = structural("DEL", genes=("BRCA1",), lost=lost, pos=1, end=30_000_000)
    assert found("LOSS-OF-FUNCTION", arm, "BRCA1").matches == []


def test_internal_duplication_told_as_structural():
    region = {"GRCh37": (Region("13", 100, 300),)}
    one = structural("DUP", chrom="13", pos=150, end=180)
    far = structural("DUP", chrom="13", pos=150, end=5000)
    assert found("ITD", one, "FLT3", regions=region).tier == "I-A"
    assert found("ITD", far, "FLT3", regions=region).matches == []


def test_genes_that_nobody_told_are_not_assessed():
    assert found("DELETION", structural("DEL")).not_assessed == ("genes",)
