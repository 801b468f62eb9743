"""Which genes a structural record touches and joins, and which exons it takes."""

from pathlib import Path

import pytest
from annotate_lab import prepared, write_vcf

from engines.annotate.prepare.compile_models import gene_models
from engines.annotate.prepare.joined_genes import GeneFinder, Told
from engines.annotate.variants import Lost, StructuralCall

LENGTHS = {"2": 1_000_000}
CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. '
    'Format: Allele|Consequence|SYMBOL|Feature_type|Feature|EXON|INTRON">'
)
ANN = (
    '##INFO=<ID=ANN,Number=.,Type=String,Description="Functional annotations: '
    "'Allele | Annotation | Gene_Name | Feature_Type | Feature_ID' \">"
)


GENES = (("ALPHA", 1000, "+"), ("BETA", 20000, "-"), ("GAMMA", 40000, "+"))


def gff(folder: Path) -> Path:
    """ALPHA and GAMMA read on, BETA back; each has exons of 100 bases, 1,000 apart."""
    rows = []
    for symbol, start, strand in (
        ("ALPHA", 1000, "+"),
        ("BETA", 20000, "-"),
        ("GAMMA", 40000, "+"),
    ):
        end = start + 4099
        rows.append(("gene", start, end, strand, f"ID=gene:{symbol};Name={symbol}"))
        rows.append(("mRNA", start, end, strand, f"ID=transcript:T{symbol};Parent=gene:{symbol}"))
        for first in range(start, end, 1000):
            rows += [(kind, first, first + 99, strand, f"Parent=transcript:T{symbol}")
                     for kind in ("exon", "CDS")]  # fmt: skip
    path = folder / "models.gff3"
    path.write_text("".join(f"2\t.\t{k}\t{a}\t{b}\t.\t{s}\t0\t{t}\n" for k, a, b, s, t in rows))
    return path


@pytest.fixture
def models(tmp_path: Path, scratch: Path):
    with_models = gene_models(gff(tmp_path), LENGTHS, {}, scratch)
    yield with_models
    with_models.close()


def call(kind: str, pos: int, end: int = 0) -> StructuralCall:
    return StructuralCall(1, "2", pos, end or pos, kind, "2:1:N:x")


def found(models, one: StructuralCall, alt: str = "<X>", told: Told | None = None, beside=()):
    finder = GeneFinder([(one, alt, told), *beside], models, lambda name: name, lambda name: name)
    return finder.of(one, alt, told)


@pytest.mark.parametrize(
    ("kind", "pos", "end", "partners"),
    [
        ("INV", 1500, 21500, ("ALPHA", "BETA")),
        ("DEL", 1500, 21500, ()),
        ("DEL", 1500, 41500, ("ALPHA", "GAMMA")),
        ("DUP", 1500, 41500, ("ALPHA", "GAMMA")),
        ("INV", 1500, 41500, ()),
        ("INV", 1500, 2500, ()),
        ("INV", 1500, 30000, ()),
        ("CNV", 1500, 41500, ()),
    ],
)
def test_ends_in_two_genes_join_them_where_their_directions_allow_it(
    models, kind, pos, end, partners
):
    assert found(models, call(kind, pos, end)).partners == partners


def test_a_breakend_joins_the_genes_of_both_places(models):
    assert found(models, call("BND", 1500), "N[2:21500[").partners == ("ALPHA", "BETA")
    assert found(models, call("BND", 1500), "N[2:30000[").partners == ()
    assert found(models, call("BND", 1500), "N.").partners == ()


def test_the_gene_of_the_mate_is_what_its_own_record_tells():
    one, other = call("BND", 1500), call("BND", 21500)
    beside = [(other, "]2:1500]N", Told(("ALK",)))]
    told = Told(("EML4",))
    assert found(None, one, "N[2:21500[", told, beside).partners == ("EML4", "ALK")
    assert found(None, one, "N[2:21501[", told, beside).partners == ()
    assert found(None, one, "N[2:21500[", None, beside).genes is None


@pytest.mark.parametrize(
    ("pos", "end", "exons"),
    [
        (1900, 3200, {"TALPHA": (2, 3)}),
        (2099, 2900, {"TALPHA": ()}),  # POS is the base before
        (2098, 2900, {"TALPHA": (2,)}),
        (21900, 23200, {"TBETA": (2, 3)}),
        (500, 9000, {"TALPHA": (1, 2, 3, 4, 5)}),
    ],
)
def test_exons_of_a_deletion_are_counted_along_the_transcript(models, pos, end, exons):
    lost = found(models, call("DEL", pos, end)).lost
    assert {each.transcript: each.exons for each in lost} == exons


def test_annotations_tell_genes_that_are_joined_and_exons_that_are_lost(tmp_path: Path):
    rows = [
        ("2", 1500, "N", "N[2:21500[", "CSQ=[|feature_truncation|EML4|Transcript|ENST1|3/9|"),
        ("2", 5000, "N", "<DEL>", "END=9000;CSQ=deletion|feature_truncation|EGFR|Transcript|"
         "ENST2.4|2-7/28|1-7/27"),
        ("2", 6000, "N", "<DEL>", "END=6500;CSQ=deletion|intron_variant|EGFR|Transcript|E2||7/27"),
        ("2", 7000, "N", "<DEL>", "END=7500;CSQ=deletion|transcript_ablation|MYC|Transcript|E3||"),
        ("2", 21500, "N", "]2:1500]N", "CSQ=]|feature_truncation|ALK|Transcript|ENST4|20/29|"),
    ]  # fmt: skip
    path = write_vcf(tmp_path / "a.vcf", rows, contigs=LENGTHS, meta=[CSQ])
    first, del_, within, whole, mate = prepared(
        path, tmp_path / "s", **_genome(tmp_path)
    ).structural
    assert (first.partners, mate.partners) == (("EML4", "ALK"), ("ALK", "EML4"))
    assert del_.lost == (Lost("EGFR", "ENST2", (2, 3, 4, 5, 6, 7)),)
    assert within.lost == (Lost("EGFR", "E2", ()),)
    assert whole.genes == ("MYC",) and whole.lost is None


def test_snpeff_names_both_genes_of_a_fusion(tmp_path: Path):
    rows = [("2", 1500, "N", "<INV>", "END=21500;ANN=<INV>|gene_fusion|EML4&ALK|transcript|E1")]
    path = write_vcf(tmp_path / "a.vcf", rows, contigs=LENGTHS, meta=[ANN])
    (one,) = prepared(path, tmp_path / "s", **_genome(tmp_path)).structural
    assert (one.genes, one.partners) == (("EML4", "ALK"), ("EML4", "ALK"))


def _genome(folder: Path) -> dict[str, Path]:
    import pysam

    fasta = folder / "genome.fa"
    fasta.write_text(">2\n" + "N" * LENGTHS["2"] + "\n")
    pysam.faidx(str(fasta))
    return {"fasta": fasta}
