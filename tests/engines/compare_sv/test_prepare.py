"""What truvari is handed: the file itself where it can read it, else a mended copy."""

from pathlib import Path
from typing import Any

import pysam
from small_files import write_bed, write_fasta
from sv_files import DEFINITIONS, sv_text, write_svs, write_text

from engines.compare_sv.prepare import CallSet, open_truth, prepare, prepare_confident
from engines.formats.fasta import open_reference
from engines.formats.vcf import open_vcf

LENGTHS: dict[str, int | None] = {"chr1": 5000, "chr2": 4000}
TARGET = {"chr1": 5000, "chr2": 4000}
CALLS = [("chr1", 10, "A", "A" * 80, "0/1"), ("chr2", 20, "A", "A" * 90, "1/1")]


def prepared(path: Path, sample: int = 9) -> CallSet:
    work = path.parent / "work"
    work.mkdir()
    return prepare("query", open_vcf(path, "query", work), TARGET, None, sample, True, work)


def records(path: Path) -> list[str]:
    with pysam.VariantFile(str(path)) as vcf:
        return [str(record).rstrip("\n") for record in vcf]


def test_a_file_that_needs_nothing_is_handed_over_itself(tmp_path: Path) -> None:
    source = write_svs(tmp_path / "q.vcf.gz", CALLS, LENGTHS)
    found = prepared(source)
    assert found.path == source
    assert (found.records, found.alleles_added, found.sample) == (2, 0, "S")
    assert found.contigs == TARGET
    assert found.occupied == {"chr1", "chr2"}
    assert found.warnings == []


def test_contigs_are_renamed_in_header_and_records(tmp_path: Path) -> None:
    calls = [(str(contig)[3:], *rest) for contig, *rest in CALLS]
    found = prepared(write_svs(tmp_path / "q.vcf.gz", calls, {"1": 5000, "2": None, "7": 9}))
    with pysam.VariantFile(str(found.path)) as vcf:
        assert {name: contig.length for name, contig in vcf.header.contigs.items()} == TARGET
        assert [record.chrom for record in vcf.fetch("chr2")] == ["chr2"]
    (text,) = found.warnings
    assert text.endswith("2 contigs renamed (1 → chr1, 2 → chr2, …)")


def test_the_header_gets_what_the_records_use(tmp_path: Path) -> None:
    calls = [("chr1", 10, "A", "A" * 80, "0/1", "SVTYPE=INS;RE=5;IMPRECISE", "q5")]
    text = sv_text(calls, LENGTHS, definitions=[DEFINITIONS[-1]])
    found = prepared(write_text(tmp_path / "q.vcf.gz", text))
    with pysam.VariantFile(str(found.path)) as vcf:
        (record,) = vcf
        assert dict(record.info) == {"SVTYPE": "INS", "RE": ("5",), "IMPRECISE": True}
        assert record.filter.keys() == ["q5"]
    (warning,) = found.warnings
    assert "4 keys or filters are not defined in its header (q5, IMPRECISE, RE, SVTYPE)" in warning


def test_the_sample_asked_for_is_the_only_one_left(tmp_path: Path) -> None:
    path = write_text(tmp_path / "q.vcf.gz", sv_text(CALLS, LENGTHS, ("A", "B")))
    assert prepared(path, 10).sample == "B"
    with pysam.VariantFile(str(tmp_path / "work" / "query.mended.vcf.gz")) as vcf:
        assert list(vcf.header.samples) == ["B"]


def test_text_beyond_ascii_is_kept(tmp_path: Path) -> None:
    info = '##INFO=<ID=NOTE,Number=1,Type=String,Description="Größe">'
    calls = [("chr1", 10, "A", "AT,ATT", "1/2", "NOTE=é→")]
    text = sv_text(calls, LENGTHS, definitions=[*DEFINITIONS, info])
    found = prepared(write_text(tmp_path / "q.vcf.gz", text))
    with pysam.VariantFile(str(found.path)) as vcf:
        assert [record.info["NOTE"] for record in vcf] == ["é→", "é→"]
        assert vcf.header.info["NOTE"].description == "Größe"


def test_a_header_that_is_not_utf8_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "q.vcf"
    path.write_bytes(sv_text(CALLS, LENGTHS).replace('"type"', '"Größe"').encode("latin-1"))
    found = prepared(path)
    with pysam.VariantFile(str(found.path)) as vcf:
        assert vcf.header.info["SVTYPE"].description == "Gr\ufffd\ufffde"
        assert len(list(vcf)) == 2
    assert "its header is not UTF-8" in found.warnings[-1]


def test_what_is_written_is_counted_once(tmp_path: Path) -> None:
    calls = [
        ("chr1", 10, "A", "AT,ATT", "1/2"),
        ("chr1", 20, "N", "<NON_REF>", "0/0", "END=90"),
        ("chr9", 20, "A", "AT", "0/1"),
    ]
    found = prepared(write_svs(tmp_path / "q.vcf.gz", calls, LENGTHS))
    assert (found.records, found.alleles_added, found.set_aside.total) == (3, 1, 2)
    assert len(records(found.path)) == 2


def test_a_name_that_truvari_would_not_take(tmp_path: Path) -> None:
    source = write_svs(tmp_path / "q.vcf.gz", CALLS, LENGTHS)
    other = source.rename(tmp_path / "q.vcf.bgz")
    pysam.tabix_index(str(other), preset="vcf", force=True)
    assert prepared(other).path.name == "query.mended.vcf.gz"


def test_a_contig_name_with_colons(tmp_path: Path) -> None:
    target = {"HLA-A*01:01": 5000}
    source = write_svs(
        tmp_path / "q.vcf.gz", [("HLA-A*01:01", 7, "A", "AT,ATT", "1/2")], {**target}
    )
    vcf = open_vcf(source, "query", tmp_path)
    found = prepare("query", vcf, target, None, 9, True, tmp_path)
    assert len(records(found.path)) == 2


def test_the_target_is_the_reference_or_the_truth(tmp_path: Path) -> None:
    truth = write_svs(tmp_path / "t.vcf.gz", CALLS, LENGTHS | {"chrX": None})
    assert open_truth(truth, None, tmp_path)[1] == TARGET
    fasta = write_fasta(tmp_path / "ref.fa", {"1": "ACGT"})
    assert open_truth(truth, open_reference(fasta, tmp_path), tmp_path)[1] == {"1": 4}


def test_confident_regions_are_written_merged_under_the_names_compared(tmp_path: Path) -> None:
    truth: Any = prepared(write_svs(tmp_path / "q.vcf.gz", CALLS, LENGTHS))
    bed = write_bed(
        tmp_path / "c.bed", [("1", 50, 90), ("1", 10, 60), ("1", 7, 7), ("9", 1, 2), ("2", 3, 9)]
    )
    regions, plain, warnings = prepare_confident(bed, TARGET, truth, tmp_path)
    assert plain.read_text() == "chr1\t10\t90\nchr2\t3\t9\n"
    assert regions.bases == 86
    assert warnings == [
        f"confident {bed}: 1 rows without a base ignored",
        f"confident {bed}: 1 contigs are not compared (9)",
    ]
