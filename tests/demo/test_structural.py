"""The structural variants of the demo data: truvari itself must agree with the known answer."""

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pysam
import pytest

DEMO = Path(__file__).resolve().parents[2] / "config" / "demo"
SIZES = [(50, "50-99"), (100, "100-299"), (300, "300-999"), (1000, "1000-4999"), (5000, "5000+")]


def rows() -> list[dict[str, str]]:
    with open(DEMO / "expected_sv.tsv", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What truvari bench and refine make of the structural variants."""
    out = tmp_path_factory.mktemp("sv") / "bench"
    truvari = str(Path(sys.executable).parent / "truvari")
    command = [truvari, "bench", "-b", "truth_sv.vcf.gz", "-c", "query_sv.vcf.gz", "-o", str(out)]
    command += ["-f", "genome.fa.gz", "--includebed", "confident_sv.bed"]
    command += ["--pick", "ac", "--dup-to-ins", "--passonly"]
    subprocess.run(command, check=True, cwd=DEMO, capture_output=True)
    refine = [truvari, "refine", "-f", "genome.fa.gz", "--use-original-vcfs", "-t", "1", str(out)]
    subprocess.run(refine, check=True, cwd=DEMO, capture_output=True)
    return out


def structural() -> dict[str, Any]:
    answers: dict[str, Any] = json.loads((DEMO / "expected.json").read_text())
    return dict(answers["structural_variants"])


@pytest.mark.parametrize(
    ("key", "file"), [("bench", "summary.json"), ("refine", "refine.variant_summary.json")]
)
def test_truvari_gives_the_expected_counts(bench: Path, key: str, file: str) -> None:
    found = json.loads((bench / file).read_text())
    expected = structural()[key]
    assert {field: found[field] for field in expected} == expected


def test_truvari_gives_the_expected_verdicts(bench: Path) -> None:
    expected = Counter(
        (r["verdict"], r["side"], r["contig"], int(r["pos"]), r["type"], int(r["size"]))
        for r in rows()
        if r["counted"] == "yes"
    )
    found: Counter[tuple[str, str, str, int, str, int]] = Counter()
    files = [("TP", "truth", "tp-base"), ("FN", "truth", "fn")]
    files += [("TP", "query", "tp-comp"), ("FP", "query", "fp")]
    for verdict, side, name in files:
        with pysam.VariantFile(str(bench / f"{name}.vcf.gz")) as vcf:
            for r in vcf:
                info = (r.info["SVTYPE"], abs(r.info["SVLEN"]))
                found[(verdict, side, r.chrom, r.pos, *info)] += 1
    assert found == expected


def test_structural_counts_add_up_and_follow_the_table() -> None:
    groups = structural()["by_type_and_size"]
    for field, total in structural()["bench"].items():
        assert sum(group[field] for group in groups) == total
    counted = [r for r in rows() if r["counted"] == "yes"]
    found = Counter(
        (r["type"], [label for low, label in SIZES if low <= int(r["size"])][-1]) for r in counted
    )
    listed = {
        (group["type"], group["size"]): group["base cnt"] + group["comp cnt"] for group in groups
    }
    assert found == Counter(listed)
    assert {label for _, label in found} == {label for _, label in SIZES}
