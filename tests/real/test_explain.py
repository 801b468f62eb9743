"""HG002 chr20: what explain says of a site is what the run over everything decided."""

import json
from pathlib import Path

import pytest
from compare_command import run_compare, valid
from shared_data import shared_data
from small_files import read_vcf

pytestmark = pytest.mark.real
DATA = shared_data("benchmark", "hg002_chr20")
FILES = ("--truth", DATA / "truth.vcf.gz", "--query", DATA / "query.vcf.gz",
         "-r", DATA / "ref.fa.gz", "-f", DATA / "conf.bed")  # fmt: skip


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = tmp_path_factory.mktemp("whole") / "out"
    result = run_compare(*FILES, "--stratification", DATA / "strat.tsv", "-o", prefix)
    assert result.exit_code == 0, result.output
    return prefix


def decided(out: Path) -> set[tuple[str, int, str, str, str, str]]:
    """Side, POS, REF, ALT, decision and kind of match of each call of the annotated VCF."""
    found = set()
    for row in read_vcf(out.with_name("out.vcf.gz")):
        for side in ("truth", "query"):
            values = row[side.upper()].split(":")
            if values[4] != "NOCALL":
                found.add((side, int(row["POS"]), row["REF"], row["ALT"], *values[1:3]))
    return found  # type: ignore[return-value]


def test_a_stretch_is_decided_as_in_the_whole_run(out: Path) -> None:
    whole = decided(out)
    for site in ("chr20:336200-343000", "chr20:641900-642400"):
        result = run_compare("explain", site, "--run", out, "--json")
        assert result.exit_code == 0, result.output
        calls = [c for s in json.loads(result.stdout)["superloci"] for c in s["calls"]]
        assert len(calls) > 40
        for call in calls:
            alts = ",".join(sorted(call["alts"]))
            assert (call["side"], call["position"], call["ref"], alts, call["decision"],
                    call["match"]) in whole  # fmt: skip


def test_every_fn_and_fp_is_in_a_cluster(out: Path) -> None:
    summary = json.loads(out.with_name("out.summary.json").read_text())
    found = valid(json.loads(out.with_name("out.differences.json").read_text()), "differences")
    rows = [r for r in summary["rows"]
            if (r["subtype"], r["subset"], r["filter"]) == ("*", "*", "ALL")]  # fmt: skip
    for name in ("truth_fn", "query_fp"):
        wrong = sum(row[name] for row in rows)
        assert wrong == sum(context[name] for context in found["by_context"])
        assert wrong == sum(cluster[name] for cluster in found["worst"])  # fewer than 200
    assert all(cluster["subsets"] for cluster in found["worst"])  # TR or notTR
