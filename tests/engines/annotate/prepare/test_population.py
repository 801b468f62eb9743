"""Frequencies of a population: 0.0 and not told are two things."""

from pathlib import Path

import pysam
import pytest

from engines.contract.errors import BadData, BadUsage, InputMissing
from tests.support.annotate_lab import GRCH37, prepared, write_vcf

META = ('##INFO=<ID=AF,Number=A,Type=Float,Description="x">',)


def population(tmp_path: Path, contigs: dict[str, int] | None = None) -> Path:
    rows = [
        ("chr7", 100, "A", "G,T", "AF=0.3,0.02"),
        ("chr7", 200, "CAA", "C,CA", "AF=0.01,0.05"),
        ("chr7", 300, "A", "T", "AF=."),
    ]
    plain = write_vcf(tmp_path / "population.vcf", rows, meta=META, contigs=contigs)
    return Path(pysam.tabix_index(str(plain), preset="vcf", force=True, keep_original=True))


def calls(tmp_path: Path) -> Path:
    rows = [
        ("7", 100, "A", "T"),
        ("7", 100, "A", "C"),
        ("7", 200, "CA", "C"),
        ("7", 300, "A", "T"),
        ("17", 300, "A", "T"),
    ]
    return write_vcf(tmp_path / "calls.vcf", rows, contigs=GRCH37)


def test_by_allele(tmp_path: Path) -> None:
    outcome = prepared(
        calls(tmp_path), tmp_path / "s", population=population(tmp_path), population_tag="AF"
    )
    found = {call.allele.name: call.population_af for call in outcome.calls}
    assert found == {
        "7:100:A:C": 0.0,
        "7:100:A:T": 0.02,
        "7:200:CA:C": 0.05,
        "7:300:A:T": None,
        "17:300:A:T": None,
    }
    assert outcome.counts["notes"] == {"calls on contigs that the population file does not have": 1}


def test_what_is_wrong_is_said_before_anything_else(tmp_path: Path) -> None:
    source = population(tmp_path)
    with pytest.raises(BadUsage, match="which of its INFO tags"):
        prepared(calls(tmp_path), tmp_path / "s", population=source)
    with pytest.raises(BadUsage, match='no INFO tag "AFF"; did you mean AF'):
        prepared(calls(tmp_path), tmp_path / "s", population=source, population_tag="AFF")
    Path(f"{source}.tbi").unlink()
    with pytest.raises(InputMissing, match="no index beside it"):
        prepared(calls(tmp_path), tmp_path / "s", population=source, population_tag="AF")


def test_a_population_of_another_build(tmp_path: Path) -> None:
    source = population(tmp_path, {"chr7": 159_345_973})
    with pytest.raises(BadData, match=r"of GRCh38, the calls are of GRCh37"):
        prepared(calls(tmp_path), tmp_path / "s", population=source, population_tag="AF")
