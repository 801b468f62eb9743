"""The copies of the demo's sample against `bcftools consensus`, another's way to make them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from engines.formats.bed import EMPTY
from engines.formats.fasta import open_reference
from engines.formats.vcf import open_vcf
from engines.simulate.case import Draws
from engines.simulate.changes import changes_of
from engines.simulate.copies import TWO, Copies
from engines.simulate.haplotypes import templates
from engines.simulate.records import records_of

DEMO = Path(__file__).parents[3] / "config/demo"


@pytest.mark.skipif(not shutil.which("bcftools"), reason="bcftools is missing")
@pytest.mark.parametrize(
    ("contig", "have"), [("chr20", TWO), ("chr21", TWO), ("chrX", Copies(second=EMPTY))]
)
def test_both_make_the_same(contig: str, have: Copies, tmp_path: Path) -> None:
    reference = open_reference(DEMO / "genome.fa.gz", tmp_path)
    sequence = reference.load(contig)
    truth = open_vcf(DEMO / "truth.vcf.gz", "truth", tmp_path)
    changes, account = changes_of(
        records_of(truth, contig, 9), contig, sequence, have, Draws(1, contig, 0)
    )
    assert account.applied > 100
    made = templates(sequence, changes, have, None, 1)
    (tmp_path / "contig.fa").write_text(f">{contig}\n{reference.fetch(contig)}\n")
    for number, copy in enumerate(made.copies, 1):
        command = ["bcftools", "consensus", "-i", 'FILTER="PASS"', "-H", str(number)]
        files = ["-f", str(tmp_path / "contig.fa"), str(DEMO / "truth.vcf.gz")]
        text = subprocess.run([*command, *files], capture_output=True, text=True, check=True).stdout
        theirs = "".join(text.split("\n")[1:])
        ours = made.bases[copy.offset : copy.offset + copy.length].tobytes().decode()
        assert ours == theirs.upper()
