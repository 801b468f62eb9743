"""Every field of every call of the annotated VCF against hap.py's with the vcfeval engine."""

from pathlib import Path

import pytest
from shared_data import shared_data
from small_files import read_vcf

from engines.compare.case import Request
from engines.compare.comparison import compare

pytestmark = pytest.mark.real
BENCHMARK = shared_data("benchmark")
FIELDS = ("BD", "BK", "BI", "BVT", "BLT", "QQ")
# side, POS, REF, called ALTs
Key = tuple[str, int, str, tuple[str, ...]]


def calls(path: Path) -> dict[Key, list[tuple[str, ...]]]:
    """What is said of each call, and of the regions that its line lies in."""
    found: dict[Key, list[tuple[str, ...]]] = {}
    for line in read_vcf(path):
        alleles = [line["REF"], *line["ALT"].split(",")]
        info = dict(part.partition("=")[::2] for part in line["INFO"].split(";"))
        for sample in ("TRUTH", "QUERY"):
            values = dict(zip(line["FORMAT"].split(":"), line[sample].split(":"), strict=False))
            if values.get("BVT", "NOCALL") == "NOCALL":
                continue
            called = {alleles[int(n)] for n in values["GT"].replace("|", "/").split("/") if n > "0"}
            key = (sample, int(line["POS"]), line["REF"], tuple(sorted(called)))
            regions = sorted(info.get("Regions", "").split(","))
            said = (*(values.get(name, ".") for name in FIELDS), *regions)
            found.setdefault(key, []).append(said)
    return found


@pytest.mark.parametrize(
    ("name", "strata", "target", "given_up", "count"),
    [
        # the README names the stretch that vcfeval gives up
        ("hg002_chr20", "strat.tsv", None, range(336_200, 336_321), 4828),
        (
            "hg002_chr21_strat",
            "stratification/v3.0-GRCh38-test-stratifications.tsv",
            "target.bed",
            range(0),
            2734,
        ),
    ],
)
def test_every_field_of_every_call(
    name: str, strata: str, target: str | None, given_up: range, count: int, tmp_path: Path
) -> None:
    data = BENCHMARK / name
    request = Request(
        truth=data / "truth.vcf.gz",
        query=data / "query.vcf.gz",
        reference=data / "ref.fa.gz",
        confident=data / "conf.bed",
        target=data / target if target else None,
        stratification=data / strata,
        out=tmp_path / "out",
    )
    compare(request)
    ours, theirs = (
        {key: sorted(said) for key, said in calls(path).items() if key[1] not in given_up}
        for path in (
            tmp_path / "out.vcf.gz",
            data / "expected" / "happy_vcfeval" / "annotated.vcf.gz",
        )
    )
    assert ours == theirs
    assert len(ours) == count
