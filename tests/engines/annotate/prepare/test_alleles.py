"""Records of every kind: what becomes a call, what is kept aside, and that the counts add up."""

from pathlib import Path

import pysam
import pytest

from engines.annotate.variants import Rejected
from engines.contract.errors import BadData, BadUsage, InputMissing
from tests.support.annotate_lab import GRCH37, Outcome, prepared, write_vcf

FORMAT = (
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    '##FORMAT=<ID=AF,Number=A,Type=Float,Description="Share">',
)


def of(tmp_path: Path, *rows: tuple[object, ...], **options: object) -> Outcome:
    samples = options.pop("samples", ())
    meta = options.pop("meta", FORMAT)
    calls = write_vcf(
        tmp_path / "a.vcf",
        rows,
        contigs=GRCH37,
        samples=samples,
        meta=meta,  # type: ignore[arg-type]
    )
    return prepared(calls, tmp_path / "s", **options)


def test_no_record_at_all(tmp_path: Path) -> None:
    outcome = of(tmp_path)
    assert outcome.calls == []
    assert outcome.counts["records"] == 0


def test_no_format_means_nothing_is_told_of_reads(tmp_path: Path) -> None:
    call = of(tmp_path, ("7", 100, "A", "T")).calls[0]
    assert (call.depth, call.vaf, call.phase, call.is_homozygous) == (None, None, None, None)
    assert call.consequences is None
    assert call.ref_matches is None
    assert call.population_af is None


def test_alleles_are_split_and_trimmed(tmp_path: Path) -> None:
    outcome = of(tmp_path, ("7", 100, "ATTG", "A,ATTC,GTTG,ATTTG"))
    assert outcome.told() == ["7:100:A:AT", "7:100:A:G", "7:100:ATTG:A", "7:103:G:C"]
    assert {call.original.rpartition(":")[0] for call in outcome.calls} == {"7:100:ATTG"}


def test_what_is_no_call_is_named(tmp_path: Path) -> None:
    outcome = of(
        tmp_path,
        ("7", 100, "A", "*"),
        ("7", 101, "A", "."),
        ("7", 102, "A", "<NON_REF>"),
        ("7", 103, "A", "R"),
        ("7", 104, "A", "A"),
        ("7", 105, "A", "T"),
        ("7", 105, "A", "T"),
        ("7", 106, "R", "T"),
        ("7", 107, "a", "t"),
        ("7", 160_000_000, "A", "T"),
        ("7", "x", "A", "T"),
    )
    assert outcome.told() == ["7:105:A:T", "7:107:A:T"]
    assert outcome.reasons() == {
        "bad_allele": 2,
        "duplicate": 1,
        "malformed_record": 1,
        "no_alternate": 2,
        "outside_contig": 1,
        "same_as_reference": 1,
        "star_allele": 1,
    }
    assert outcome.rejected[0] == Rejected(9, "7:100:A:*", "star_allele")


def test_a_bad_line_does_not_end_the_run(tmp_path: Path) -> None:
    calls = write_vcf(tmp_path / "a.vcf", [("7", 100, "A", "T")], contigs=GRCH37)
    calls.write_text(calls.read_text() + "7\t200\n7\t300\t.\tC\tG\t.\tPASS\t.\n")
    outcome = prepared(calls, tmp_path / "s")
    assert outcome.told() == ["7:100:A:T", "7:300:C:G"]
    assert outcome.reasons() == {"malformed_record": 1}


def test_structural_records_are_kept_aside(tmp_path: Path) -> None:
    outcome = of(
        tmp_path,
        ("7", 100, "A", "<DEL>", "END=5000"),
        ("7", 200, "A", "<DUP:TANDEM>", "SVLEN=300"),
        ("7", 300, "A", "]17:100]A"),
        ("7", 400, "A", "A."),
        ("7", 500, "A", "<CN3>,<CN0>", "END=900"),
        ("7", 600, "A", "T,<DEL>", "END=700"),
        ("7", 700, "A", "<INS:ME:ALU>"),
    )
    kinds = [(each.kind, each.pos, each.end, each.copies) for each in outcome.structural]
    assert kinds == [
        ("DEL", 100, 5000, None),
        ("DUP", 200, 500, None),
        ("BND", 300, 300, None),
        ("BND", 400, 400, None),
        ("CNV", 500, 900, 3.0),
        ("CNV", 500, 900, 0.0),
        ("DEL", 600, 700, None),
        ("INS", 700, 700, None),
    ]
    assert outcome.told() == ["7:600:A:T"]
    assert outcome.counts["alleles"] == 9


def test_the_tumours_reads(tmp_path: Path) -> None:
    rows = [
        ("7", 100, "A", "T,G", ".", "GT:AD:DP", "0/0:30,0,0:30", "1/2:10,20,10:44"),
        ("7", 200, "A", "T", ".", "GT:AF:DP", "0/0:0:30", "0/1:0.25:44"),
        ("7", 300, "A", "T", ".", "GT:AD", "0/0:30,0", "1|1:0,7"),
        ("7", 400, "A", "T", ".", "GT:AD", "0/0:30,0", "./.:.,."),
        ("7", 500, "A", "T", ".", "GT:AD", "0/1:30,0", "0/0:9,0"),
    ]
    outcome = of(tmp_path, *rows, samples=("NORMAL", "TUMOR"))
    told = [(c.allele.name, c.depth, c.vaf, c.is_homozygous) for c in outcome.calls]
    assert told == [
        ("7:100:A:G", 44, 0.25, False),
        ("7:100:A:T", 44, 0.5, False),
        ("7:200:A:T", 44, 0.25, False),
        ("7:300:A:T", 7, 1.0, True),
        ("7:400:A:T", None, None, None),
    ]
    assert outcome.reasons() == {"absent_from_tumour": 1}


def test_a_key_that_is_not_there_is_not_told_whatever_other_keys_there_are(tmp_path: Path) -> None:
    rows = [
        ("7", 100, "A", "T", ".", "GT:ADT:AL", "0/1:21,8:1,3,4,2"),
        ("7", 200, "A", "T", ".", "GT:GQ", "0|1:40"),
        ("7", 300, "A", "T", ".", "AD:MQ", "20,20:60"),
        ("7", 400, "A", "T", ".", "GT:X:Y:Z", "0/1"),
    ]
    outcome = of(tmp_path, *rows, samples=("TUMOR",), meta=())
    told = [(c.allele.name, c.depth, c.vaf, c.phase, c.is_homozygous) for c in outcome.calls]
    assert told == [
        ("7:100:A:T", None, None, None, False),
        ("7:200:A:T", None, None, ("", 1), False),
        ("7:300:A:T", 40, 0.5, None, None),
        ("7:400:A:T", None, None, None, False),
    ]


def test_several_samples_and_none_is_called_tumor(tmp_path: Path) -> None:
    row = ("7", 100, "A", "T", ".", "GT", "0/1", "0/0")
    with pytest.raises(BadUsage, match="2 samples: a, b"):
        of(tmp_path, row, samples=("a", "b"))
    with pytest.raises(BadUsage, match='no sample "A"; it has a, b'):
        of(tmp_path, row, samples=("a", "b"), tumour="A")
    assert of(tmp_path, row, samples=("a", "b"), tumour="a").told() == ["7:100:A:T"]


def test_tags_of_info_by_name(tmp_path: Path) -> None:
    meta = [
        '##INFO=<ID=TVAF,Number=A,Type=Float,Description="x">',
        '##INFO=<ID=TDP,Number=1,Type=Integer,Description="x">',
        '##INFO=<ID=REVEL,Number=A,Type=Float,Description="x">',
        '##INFO=<ID=GF,Number=A,Type=Float,Description="x">',
    ]
    rows = [
        ("7", 100, "A", "T,G", "TVAF=0.25,0.5;TDP=40;REVEL=.,0.9;GF=0.02,."),
        ("7", 200, "A", "T", "TVAF=25;TDP=x"),
    ]
    options = {"vaf_tag": "TVAF", "depth_tag": "TDP", "scores": ("REVEL",), "population_tag": "GF"}
    outcome = of(tmp_path, *rows, meta=meta, **options)
    told = [(c.vaf, c.depth, c.scores, c.population_af) for c in outcome.calls]
    assert told == [(0.5, 40, {"REVEL": 0.9}, 0.0), (0.25, 40, {}, 0.02), (None, None, {}, 0.0)]
    assert outcome.counts["notes"] == {"vaf outside of 0 to 1: not used": 1}
    with pytest.raises(BadUsage, match=r'no INFO tag "TVAV".*did you mean TVAF'):
        of(tmp_path, *rows, meta=meta, vaf_tag="TVAV")


def test_any_order_and_container(tmp_path: Path) -> None:
    rows = [("17", 50, "A", "T"), ("7", 300, "A", "T"), ("7", 100, "C", "T")]
    plain = write_vcf(tmp_path / "a.vcf", rows, contigs=GRCH37)
    zipped, bcf = tmp_path / "a.vcf.gz", tmp_path / "a.bcf"
    with pysam.BGZFile(str(zipped), "wb") as handle:
        handle.write(plain.read_bytes())
    with (
        pysam.VariantFile(str(plain)) as source,
        pysam.VariantFile(str(bcf), "wb", header=source.header) as target,
    ):
        for record in source:
            target.write(record)
    for number, path in enumerate((plain, zipped, bcf)):
        outcome = prepared(path, tmp_path / f"s{number}")
        assert outcome.told() == ["7:100:C:T", "7:300:A:T", "17:50:A:T"]


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="no such file"):
        prepared(tmp_path / "none.vcf", tmp_path / "s")
    empty, text, cut = tmp_path / "empty.vcf", tmp_path / "text.vcf", tmp_path / "cut.vcf.gz"
    empty.touch()
    text.write_text("hello\n")
    whole = tmp_path / "a.vcf.gz"
    with pysam.BGZFile(str(whole), "wb") as handle:
        handle.write(write_vcf(tmp_path / "a.vcf", [("7", 1, "A", "T")]).read_bytes())
    cut.write_bytes(whole.read_bytes()[:-28])
    for path, words in ((empty, "empty"), (text, "not VCF"), (cut, "truncated")):
        with pytest.raises(BadData, match=words):
            prepared(path, tmp_path / "s")
