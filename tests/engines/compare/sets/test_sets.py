"""`plumbline compare sets`: several call sets, no truth."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from compare_bench import LENGTHS, SEQUENCES, TRUTH, Bench, base, error_of, other, snp
from compare_command import run_compare, valid
from small_files import write_bed, write_vcf


@pytest.fixture
def files(bench: Bench, tmp_path: Path) -> list[Path]:
    """a: 86 SNPs; b: lacks one, has another as 1/1 and one spelled together; c: chr21 only."""
    b = [r for r in TRUTH if r[:2] != ("chr20", 100)]
    b = [snp(*r[:2], "1/1") if r[:2] == ("chr20", 200) else r for r in b]
    two = SEQUENCES["chr20"][299:301]
    b = [("chr20", 300, two, other("chr20", 300) + other("chr20", 301), "0/1")
         if r[:2] == ("chr20", 300) else r for r in b]  # fmt: skip
    a = sorted([*TRUTH, snp("chr20", 301)], key=lambda r: (str(r[0]), r[1]))
    c = [r for r in TRUTH if r[0] == "chr21"]
    paths = [tmp_path / name / "calls.vcf.gz" for name in "abc"]
    for path, records in zip(paths, (a, b, c), strict=True):
        path.parent.mkdir()
        write_vcf(path, records, LENGTHS)
    return paths


def sets(bench: Bench, files: list[Path], *options: object) -> dict[str, Any]:
    result = run_compare("sets", *files, "-r", bench.reference, "-o", bench.out, *options)
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = valid(json.loads(bench.out.with_name("s.sets.json").read_text()), "sets")
    return data


def pair(data: dict[str, Any], a: str, b: str, by: str) -> tuple[int, int, int, int]:
    (row,) = [r for r in data["pairs"]
              if (r["a"], r["b"], r["by"], r["type"]) == (a, b, by, "all")]  # fmt: skip
    return row["a_calls"], row["a_shared"], row["b_calls"], row["b_shared"]


def test_pairs_and_combinations(bench: Bench, files: list[Path]) -> None:
    data = sets(bench, files, "--threads", 2)
    names = [s["name"] for s in data["sets"]]
    assert names == ["calls", "calls#2", "calls#3"]
    # 100 is only in a, 200 of another genotype; 300 and 301 are one record in b
    assert pair(data, names[0], names[1], "genotype") == (87, 85, 85, 84)
    assert pair(data, names[0], names[1], "allele") == (87, 86, 85, 85)
    assert pair(data, names[1], names[2], "genotype") == (85, 28, 28, 28)
    assert data["warnings"] == ["calls#3: no records on 1 contigs that others have (chr20)"]
    combinations = {
        (r["set"], r["by"], *r["with"]): r["calls"] for r in data["combinations"]
    }  # all are SNPs
    assert combinations["calls", "genotype"] == 2
    assert combinations["calls", "genotype", "calls#2"] == 57
    assert combinations["calls#3", "genotype", "calls", "calls#2"] == 28
    for name, total in zip(names, (87, 85, 28), strict=True):
        assert total == sum(n for key, n in combinations.items() if key[:2] == (name, "allele"))
    rows = list(csv.DictReader(bench.out.with_name("s.pairs.csv").open()))
    assert [row["a_shared"] for row in rows if row["type"] == "all"][:2] == ["85", "86"]


def test_regions_and_bytes(bench: Bench, files: list[Path]) -> None:
    bed = write_bed(bench.folder / "r.bed", [("chr20", 0, 1000)])
    first = sets(bench, files, "-f", bed)
    assert pair(first, "calls", "calls#2", "allele") == (11, 10, 9, 9)
    before = bench.out.with_name("s.sets.json").read_bytes()
    sets(bench, files, "-f", bed, "--threads", 4)
    assert bench.out.with_name("s.sets.json").read_bytes() == before


def test_unknown_bases_do_not_tie_pairs_together(bench: Bench, files: list[Path]) -> None:
    """Where the reference is N each pair is compared on its own: REF of a set is no law for c."""
    sequence = SEQUENCES["chr20"]
    masked = {**SEQUENCES, "chr20": sequence[:99] + "N" + sequence[100:]}
    bench.reference.write_text("".join(f">{n}\n{b}\n" for n, b in masked.items()))
    for ending in (".fai", ".gzi"):
        Path(f"{bench.reference}{ending}").unlink()
    write_vcf(files[2], [("chr20", 100, other("chr20", 100), base("chr20", 100), "0/1")], LENGTHS)
    data = sets(bench, files)
    assert [s["set_aside"] for s in data["sets"]] == [[], [], []]


def test_two_people_are_seen(bench: Bench, files: list[Path]) -> None:
    write_vcf(files[1], [(*r[:4], "1/1" if r[4] == "0/1" else "0/1") for r in TRUTH], LENGTHS)
    (said,) = sets(bench, files[:2])["warnings"]
    assert said == (
        "calls and calls#2 may not be of one person: of 86 alleles that both have, the genotype "
        "agrees at 0.0%"
    )


@pytest.mark.parametrize(
    ("many", "words", "said"),
    [
        (1, [], "2 to 16 can be compared"),
        (3, ["--sample", "S"], "1 samples were named for 3 call sets"),
    ],
)
def test_what_makes_no_sense(
    bench: Bench, files: list[Path], many: int, words: list[str], said: str
) -> None:
    result = run_compare("sets", *files[:many], "-r", bench.reference, "-o", bench.out, *words)
    assert said in error_of(result, 64)["message"]
    assert not bench.out.parent.exists() or not list(bench.out.parent.iterdir())
