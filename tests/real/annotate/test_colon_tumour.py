"""T001-COAD, a real tumour without gene models: alleles only."""

import gzip
from collections import Counter

import pytest
from real_civic import FOLDER, civic
from shared_data import shared_data

from engines.annotate.judge import Judge
from engines.annotate.variants import Allele, Call

shared_data("annotation", "pcgr_example")
pytestmark = pytest.mark.real


def calls():
    path = FOLDER / "pcgr_example" / "T001-COAD.grch37.vcf.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [line.split("\t") for line in lines if not line.startswith("#")]
    for number, (chrom, pos, _, ref, alts, *_) in enumerate(records, 1):
        for alt in alts.split(","):
            allele = Allele(chrom.removeprefix("chr"), int(pos), ref, alt)
            yield Call(number, allele, number, allele.name)


def test_v600e_is_tier_one_in_colorectal_cancer_and_nothing_floods_tiers_one_and_two():
    judge = Judge(civic(), civic().diseases.find("Colorectal Cancer"), "GRCh37")
    found = [judge.of(each) for each in calls()]
    tiers = Counter(each.tier.split("-")[0] for each in found)
    assert len(found) > 3300
    assert tiers["I"] + tiers["II"] < 10 and tiers["IV"] == 0
    v600e = next(each for each in found if each.call.allele.name == "7:140453136:A:T")
    assert v600e.tier == "I-A"
    assert "consequences" in v600e.not_assessed and "reference" in v600e.not_assessed
    assert {match.rung.value for match in v600e.matches} == {"genomic"}
    assert {each.tier for each in found if not each.matches} == {"III"}
