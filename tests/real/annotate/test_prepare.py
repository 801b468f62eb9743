"""Real files: a colon tumour without lengths of contigs, and CIViC's own unsorted VCF."""

from pathlib import Path

import pytest

from engines.contract.errors import InputMissing
from tests.support.annotate_lab import prepared
from tests.support.shared_data import shared_data

DATA = shared_data("annotation")


@pytest.mark.parametrize(("build", "records"), [("grch37", 3317), ("grch38", 3313)])
def test_the_colon_tumour(tmp_path: Path, build: str, records: int) -> None:
    calls = DATA / "pcgr_example" / f"T001-COAD.{build}.vcf.gz"
    with pytest.raises(InputMissing, match="the build cannot be proven"):
        prepared(calls, tmp_path / "s")
    outcome = prepared(calls, tmp_path / "t", build=build, vaf_tag="TVAF", depth_tag="TDP")
    assert outcome.counts["records"] == records
    assert not outcome.prepared.build.is_proven
    assert outcome.counts["structural"] == 0
    assert all(call.consequences is None for call in outcome.calls)
    assert all(call.vaf and call.depth for call in outcome.calls)
    assert outcome.reasons() == {}


def test_civics_own_calls(tmp_path: Path) -> None:
    calls = DATA / "civic_2019-10" / "nightly-civic_accepted.vcf.gz"
    outcome = prepared(calls, tmp_path / "s", build="GRCh37")
    assert outcome.prepared.consequences == "CSQ"
    assert outcome.counts["records"] == 658
    # five rows have a REF or ALT that is no sequence
    assert outcome.reasons() == {
        "bad_allele": 1,
        "duplicate": 5,
        "malformed_record": 3,
        "no_alternate": 1,
    }
    v600e = next(c for c in outcome.calls if c.allele.name == "7:140453136:A:T")
    assert v600e.chosen is not None
    assert v600e.chosen.gene == "BRAF"
