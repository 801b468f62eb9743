"""Every cell of hap.py's own tables: its counts, written by us, give its text."""

import csv
from pathlib import Path

import pytest
from shared_data import shared_data

from engines.compare.happy import COLUMNS
from engines.compare.tables import EXTENDED, Rows, Subset, extended_csv, summary_csv
from engines.compare.tally import Counts

pytestmark = pytest.mark.real
BENCHMARK = shared_data("benchmark")
TABLES = [
    BENCHMARK / "hg002_chr20" / "expected" / "happy_xcmp",
    BENCHMARK / "hg002_chr20" / "expected" / "happy_vcfeval",
    BENCHMARK / "hg002_chr21_strat" / "expected" / "nist",
    BENCHMARK / "hg002_chr21_strat" / "expected" / "happy_xcmp",
]


def whole(cell: str) -> int:
    return int(float(cell)) if cell not in ("", ".") else 0


@pytest.mark.parametrize("folder", TABLES, ids=lambda path: f"{path.parents[1].name}-{path.name}")
def test_every_cell_of_extended_and_summary(folder: Path) -> None:
    text = (folder / "extended.csv").read_text()
    rows, subsets = [], {}
    for line in csv.DictReader(text.splitlines()):
        key = (line["Type"], line["Subtype"], line["Subset"], line["Filter"])
        named = {ours: whole(line[theirs]) for theirs, ours in COLUMNS.items()}
        rows.append((key, Counts.of(named)))
        sizes = [whole(line[f"Subset.{name}"]) for name in ("Level", "Size", "IS_CONF.Size")]
        subsets[line["Subset"]] = Subset(line["Subset"], *sizes)
    assert extended_csv(Rows.of(rows), list(subsets.values()), "QUAL") == text
    assert tuple(text.splitlines()[0].split(",")) == EXTENDED
    assert summary_csv(Rows.of(rows)) == (folder / "summary.csv").read_text()
    assert len(rows) > 100
