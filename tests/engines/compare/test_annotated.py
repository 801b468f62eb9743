"""The header of the annotated VCF, and what other readers say to the whole file."""

import pysam
import pysam.bcftools
import pytest
from compare_bench import TRUTH, Bench
from small_files import read_vcf

from engines.compare.annotated import filter_lines

LOW = '##FILTER=<ID=LowQual,Description="low, <20 \\"reads\\"",Source="x">'


def test_filters_of_the_query_are_declared() -> None:
    header = [
        "##fileformat=VCFv4.2",
        LOW,
        '##FILTER=<ID=LowQual,Description="again">',
        '##FILTER=<ID=QD<2.0,Description="no reader takes this">',
        "##FILTER=<ID=bare>",
        "#CHROM\tPOS",
    ]
    lines = filter_lines(header, {"LowQual", "bare", "QD%3C2.0", "FAIL"})
    assert lines[0] == LOW
    assert [line.split(",")[0] for line in lines[1:]] == [
        "##FILTER=<ID=FAIL", "##FILTER=<ID=QD%3C2.0", "##FILTER=<ID=bare",
    ]  # fmt: skip
    assert filter_lines([], ()) == []


def test_filters_are_in_the_annotated_vcf_whatever_the_threads(
    bench: Bench, capfd: pytest.CaptureFixture[str]
) -> None:
    texts = ["LowQual", "PASS", "LowQual;notThere", "QD<2.0", ".", "other"]
    records = [(*record, 30, texts[n % len(texts)]) for n, record in enumerate(TRUTH)]
    bench.set_query(records)
    path, written = bench.out.with_name("s.vcf.gz"), []
    for threads in (1, 2):
        assert bench.run("--threads", threads).exit_code == 0
        written.append(path.read_bytes())
    assert written[0] == written[1]
    shown = {"QD<2.0": "QD%3C2.0", ".": "PASS"}
    want = [shown.get(str(record[6]), record[6]) for record in records]
    assert [row["FILTER"] for row in read_vcf(path)] == want
    capfd.readouterr()
    pysam.bcftools.view("-f", "other", str(path), catch_stdout=True)
    with pysam.VariantFile(str(path)) as opened:
        assert sum("LowQual" in record.filter for record in opened) == want.count("LowQual") + (
            want.count("LowQual;notThere")
        )
    assert capfd.readouterr().err == ""
