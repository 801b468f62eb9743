"""Contamination by genotypes: known shares of another person's reads are found again."""

from pathlib import Path
from typing import Any

import pytest
from genotype_mixtures import HEADER, Mixture, write_calls
from hypothesis import given, settings
from hypothesis import strategies as st
from qc_lab import checked

from engines.qc.genotypes import contamination as module
from engines.qc.genotypes.calls import Snv
from engines.qc.genotypes.contamination import Spread, estimate, usable


def assessed(folder: Path, mixture: Mixture, *more: object) -> dict[str, Any]:
    calls = write_calls(folder / "S1.vcf.gz", mixture.records())
    return checked(folder / "S1", "--calls", calls, *more)["contamination"]


@pytest.mark.parametrize("depth", [30, 60])
@pytest.mark.parametrize("foreign", [0.0, 0.02, 0.05, 0.1])
def test_a_known_share_is_found_within_its_error(tmp_path: Path, foreign: float, depth: int):
    """Within 0.6 points and a tenth of the share, but for what a caller loses: docs/qc-reads.md."""
    found = assessed(tmp_path, Mixture(foreign, depth=depth), "--tag", "PAF")
    charr, bound = found["charr"], found["lower_bound"]
    lost = 20 * foreign if foreign == 0.1 and depth == 30 else 0  # to sites that look heterozygous
    assert -lost < charr["percent"] - 100 * foreign + 0.6 + 10 * foreign
    assert charr["percent"] < 100 * foreign + 0.6 + 10 * foreign
    assert charr["interval"][0] < charr["percent"] < charr["interval"][1]
    assert bound["percent"] < charr["percent"]
    assert found["not_assessed"] == {}


def test_ten_percent_skew_heterozygous_sites(tmp_path: Path):
    clean = assessed(tmp_path, Mixture(0.0))["skewed"]["percent"]
    mixed = assessed(tmp_path, Mixture(0.1))["skewed"]["percent"]
    assert clean < 2 < 5 < mixed


def test_without_frequencies_there_is_a_lower_bound(tmp_path: Path):
    found = assessed(tmp_path, Mixture(0.05))
    assert found["charr"] is None
    assert found["not_assessed"] == {"charr": "no frequencies of a population are given"}
    assert 0.5 < found["lower_bound"]["percent"] < 5


def test_frequencies_of_a_file_are_those_of_the_tag(tmp_path: Path):
    records = Mixture(0.05, sites=2000).records()
    calls = write_calls(tmp_path / "S1.vcf.gz", records)
    sites = [line.replace("PAF=", "AF=").removeprefix("chr") for line in records]
    header = HEADER.replace("ID=PAF", "ID=AF").replace("ID=chr", "ID=")
    population = write_calls(tmp_path / "population.vcf.gz", sites, header)
    by_file = checked(tmp_path / "a", "--calls", calls, "--population", population)
    by_tag = checked(tmp_path / "b", "--calls", calls, "--tag", "PAF")
    assert by_file["contamination"]["charr"]["sites"] > 500
    assert by_file == by_tag


def test_too_few_sites_say_nothing(tmp_path: Path):
    found = assessed(tmp_path, Mixture(0.1, sites=150), "--tag", "PAF")
    assert found["charr"] is None and found["lower_bound"] is None
    reason = found["not_assessed"]["charr"]
    assert reason.startswith("too few: ") and reason.endswith("100 are needed")


def test_without_reads_of_alleles_nothing_is_said(tmp_path: Path):
    header = HEADER.replace("ID=AD", "ID=XX")
    records = [line.replace("GT:AD", "GT:XX") for line in Mixture(0.1, sites=500).records()]
    calls = write_calls(tmp_path / "S1.vcf.gz", records, header)
    found = checked(tmp_path / "S1", "--calls", calls)["contamination"]
    assert set(found["not_assessed"].values()) == {
        "the calls do not tell the reads of each allele (FORMAT/AD)"
    }


def test_a_tag_that_is_not_there_ends_it(tmp_path: Path):
    calls = write_calls(tmp_path / "S1.vcf.gz", Mixture(sites=50).records())
    said = checked(tmp_path / "S1", "--calls", calls, "--tag", "MAF", code=65)
    assert "no INFO tag MAF in its header" in said


def snv(reads: tuple[int, int], position: int = 1) -> Snv:
    return Snv("chr1", position, "A", "G", (2, 2), reads, None)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=50))
def test_an_interval_holds_its_mean(shares: list[float]):
    found = estimate(shares)
    assert found.interval[0] <= found.percent + 1e-9 and found.percent <= found.interval[1] + 1e-9


def test_poor_and_too_deep_sites_are_left_out():
    sites = [snv((0, 9)), *[snv((1, 29))] * 5, snv((50, 60)), snv((0, 100))]
    assert [each.depth for each in usable(sites)] == [30] * 5 + [100]
    assert usable([snv((0, 500)), snv((0, 600))])  # a deep panel is no repeat


@settings(max_examples=30)
@given(st.integers(1, 500))
def test_very_many_sites_are_kept_evenly(count: int):
    before, module.MOST_KEPT = module.MOST_KEPT, 20
    try:
        spread = Spread()
        for position in range(count):
            spread.add(snv((1, 30), position))
    finally:
        module.MOST_KEPT = before
    assert spread.seen == count
    assert [each.position for each in spread.kept] == list(range(0, count, spread.step))
    assert min(count, 11) <= len(spread.kept) <= 20
