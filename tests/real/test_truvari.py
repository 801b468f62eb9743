"""truvari's own test cases through our command, against upstream's answer keys."""

import csv
import json
from pathlib import Path
from typing import Any

import pysam
import pytest
from click.testing import CliRunner
from shared_data import shared_data
from small_files import read_vcf
from sv_files import problems, unaccounted

from engines.compare_sv.cli import compare_sv
from engines.compare_sv.truvari_run import Truvari

pytestmark = pytest.mark.real
DATA = shared_data("benchmark", "truvari")
REFINE = DATA / "refine_chr20_1mb"
CHR20 = 64_444_167

# truvari's options under our names; ours have GIAB's defaults, truvari's own are off
TRANSLATED = {
    "-f": "--reference",
    "--includebed": "--confident",
    "-s": "--sizemin",
    "-p": "--pctseq",
}
TRUVARI_DEFAULTS = ["--no-passonly", "--no-dup-to-ins", "--pick=single"]

COUNTS = {
    "TP-base": "truth_tp",
    "TP-comp": "query_tp",
    "FP": "query_fp",
    "FN": "truth_fn",
    "precision": "precision",
    "recall": "recall",
    "f1": "f1",
    "base cnt": "truth_total",
    "comp cnt": "query_total",
}
GENOTYPES = {
    "TP-comp_TP-gt": "query_tp_gt_same",
    "TP-comp_FP-gt": "query_tp_gt_differs",
    "TP-base_TP-gt": "truth_tp_gt_same",
    "TP-base_FP-gt": "truth_tp_gt_differs",
    "gt_matrix": "gt_matrix",
}

with open(DATA / "cases.tsv", newline="") as handle:
    CASES = {row["case"]: row for row in csv.DictReader(handle, delimiter="\t")}


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first Mb of chr20, then N to the length that the VCF headers give it."""
    path = tmp_path_factory.mktemp("reference") / "ref.fa"
    with pysam.FastaFile(str(DATA / "ref.fa.gz")) as fasta:
        bases = fasta.fetch("chr20")
    path.write_text(f">chr20\n{bases}{'N' * (CHR20 - len(bases))}\n")
    Path(f"{path}.fai").write_text(f"chr20\t{CHR20}\t7\t{CHR20}\t{CHR20 + 1}\n")
    return path


def run(out: Path, truth: Path, query: Path, *options: str) -> dict[str, Any]:
    arguments = [f"--truth={truth}", f"--query={query}", f"--out={out}", *TRUVARI_DEFAULTS]
    result = CliRunner().invoke(compare_sv, [*arguments, *options])
    assert result.exit_code == 0, result.stderr
    data: dict[str, Any] = json.loads(Path(f"{out}.summary.json").read_text())
    assert problems(data) == []
    assert unaccounted(data) == {"truth": 0, "query": 0}
    return data


def calls(path: Path) -> list[tuple[str, ...]]:
    return [
        tuple(row[name] for name in ("CHROM", "POS", "ID", "REF", "ALT")) for row in read_vcf(path)
    ]


def decided(path: Path) -> list[tuple[str, ...]]:
    """Every record of a GA4GH VCF with its genotype and decisions."""
    return [tuple(row.values()) for row in read_vcf(path)]


@pytest.mark.parametrize("case", CASES)
def test_answer_key(case: str, tmp_path: Path, reference: Path) -> None:
    row = CASES[case]
    names = {"ref.fa.gz": str(reference), "inputs/include.bed": str(DATA / "inputs/include.bed")}
    options = [TRANSLATED.get(o, names.get(o, o)) for o in row["options"].split()]
    data = run(tmp_path / "x", DATA / row["base"], DATA / row["comp"], "--no-refine", *options)
    key = json.loads((DATA / "expected" / case / "summary.json").read_text())
    found = {name: data["bench"][ours] for name, ours in (COUNTS | GENOTYPES).items()}
    assert found == {name: key[name] for name in found}
    # where nothing matched, truvari's concordance is 0 and ours is undefined
    assert data["bench"]["gt_concordance"] == (key["gt_concordance"] if key["TP-comp"] else None)
    for name in ("tp-base", "tp-comp", "fp", "fn"):
        expected = calls(DATA / "expected" / case / f"{name}.vcf.gz")
        assert calls(tmp_path / f"x.bench.{name}.vcf.gz") == expected, name
    whole = data["rows"][0]
    assert {n: whole[ours] for n, ours in COUNTS.items()} == {n: key[n] for n in COUNTS}


@pytest.fixture
def ga4gh_of_bench(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[str, ...]]]:
    """Side → what ``truvari ga4gh`` makes of a run's bench before it is refined."""
    found = {}
    refine = Truvari.refine

    def look_first(truvari: Truvari, *arguments: Any) -> Any:
        _, base, comp = truvari.ga4gh(refined=False)
        found.update(base=decided(base), comp=decided(comp))
        for path in truvari.folder.glob("ga4gh.*"):
            path.unlink()
        return refine(truvari, *arguments)

    monkeypatch.setattr(Truvari, "refine", look_first)
    return found


@pytest.mark.parametrize("align", ["poa", "wfa"])
def test_refine(
    align: str,
    tmp_path: Path,
    reference: Path,
    ga4gh_of_bench: dict[str, list[tuple[str, ...]]],
) -> None:
    expected = REFINE / "expected" / f"refine_{align}"
    data = run(
        tmp_path / "x",
        REFINE / "base.vcf.gz",
        REFINE / "comp.vcf.gz",
        f"--reference={reference}",
        f"--confident={REFINE / 'TR.bed'}",
        "--sizemin=5",
        f"--align={align}",
    )
    bench = json.loads((REFINE / "expected" / "bench" / "summary.json").read_text())
    variants = json.loads((expected / "refine.variant_summary.json").read_text())
    regions = json.loads((expected / "refine.region_summary.json").read_text())
    for key, found in (
        (bench, data["bench"]),
        (variants, data["refine"]),
        (variants, data["rows"][0]),
    ):
        assert {n: found[ours] for n, ours in COUNTS.items()} == {n: key[n] for n in COUNTS}
    assert data["refine"]["regions"] == regions
    for side in ("base", "comp"):
        ours = decided(tmp_path / f"x.{side}.vcf.gz")
        assert ours == decided(expected / f"refine.{side}.vcf.gz"), side
        unrefined = decided(REFINE / "expected" / "ga4gh" / f"ga4gh.{side}.vcf.gz")
        assert ga4gh_of_bench[side] == unrefined, side
