"""Truth files that a site brings itself."""

import pytest

from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.references.own_truth import own_truth


def lay_out(folder, *names):
    for name in names:
        path = folder / "S1" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


SMALL = ("S1_truth.vcf.gz", "S1_confident_regions.bed")
STRUCTURAL = ("stvar/S1_sv_truth.vcf.gz", "stvar/S1_sv_confident_regions.bed")


def test_the_documented_layout(tmp_path):
    lay_out(tmp_path, *SMALL, *STRUCTURAL)
    found = own_truth(tmp_path, "S1")
    assert found.small_variants.vcf == tmp_path / "S1" / "S1_truth.vcf.gz"
    assert found.small_variants.bed == tmp_path / "S1" / "S1_confident_regions.bed"
    assert found.structural_variants.vcf == tmp_path / "S1/stvar/S1_sv_truth.vcf.gz"
    assert found.structural_variants.bed == tmp_path / "S1/stvar/S1_sv_confident_regions.bed"


def test_one_kind_is_enough(tmp_path):
    lay_out(tmp_path, *SMALL)
    assert own_truth(tmp_path, "S1").structural_variants is None


def test_nothing_there_is_nothing(tmp_path):
    found = own_truth(str(tmp_path), "S1")
    assert (found.small_variants, found.structural_variants) == (None, None)


@pytest.mark.parametrize(("there", "missing"), [SMALL, SMALL[::-1], STRUCTURAL, STRUCTURAL[::-1]])
def test_half_a_truth_is_an_error(tmp_path, there, missing):
    lay_out(tmp_path, there)
    with pytest.raises(InputMissing, match=f"{missing}: no such file"):
        own_truth(tmp_path, "S1")


def test_an_empty_file_is_an_error(tmp_path):
    lay_out(tmp_path, *SMALL)
    (tmp_path / "S1" / SMALL[1]).write_text("")
    with pytest.raises(BadData, match=f"{SMALL[1]}: is empty"):
        own_truth(tmp_path, "S1")


def test_a_sample_name_cannot_lead_out(tmp_path):
    with pytest.raises(BadUsage):
        own_truth(tmp_path, "../S1")
