"""Splice sites belong to an exon, though VEP and SnpEff tell the intron."""

import pytest

from engines.annotate.prepare.annotated import Annotation


@pytest.mark.parametrize(
    ("terms", "exon", "intron", "expected"),
    [
        ("missense_variant", "14/21", "", 14),
        ("splice_donor_variant", "", "14/20", 14),
        ("splice_acceptor_variant", "", "13/20", 14),
        ("splice_donor_variant&coding_sequence_variant", "14/21", "14/20", 14),
        ("intron_variant", "", "13/20", None),
    ],
)
def test_vep(terms, exon, intron, expected):
    columns = ["allele", "consequence", "symbol", "feature_type", "feature", "exon", "intron"]
    reading = Annotation("CSQ", columns, {})
    row = f"A|{terms}|MET|Transcript|ENST1|{exon}|{intron}"
    (found,) = reading.read(row, "G", ["A"])
    assert found is not None and [each.exon for each in found] == [expected]


@pytest.mark.parametrize(
    ("terms", "rank", "expected"),
    [
        ("missense_variant", "14/21", 14),
        ("splice_donor_variant&intron_variant", "14/20", 14),
        ("splice_acceptor_variant&intron_variant", "13/20", 14),
        ("intron_variant", "13/20", None),
    ],
)
def test_snpeff(terms, rank, expected):
    columns = ["allele", "annotation", "gene_name", "feature_type", "feature_id", "rank"]
    reading = Annotation("ANN", columns, {})
    (found,) = reading.read(f"A|{terms}|MET|transcript|NM_1.1|{rank}", "G", ["A"])
    assert found is not None and [each.exon for each in found] == [expected]
