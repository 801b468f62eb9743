"""The whole command on the demo data, whose answer is known: right, repeatable, all or nothing."""

import csv
import gzip
import json
import re
import shutil
from bisect import bisect_right
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from small_files import read_vcf
from sv_files import problems, unaccounted, write_text

from engines.compare_sv.case import Request
from engines.compare_sv.cli import compare_sv
from engines.compare_sv.comparison import compare
from engines.compare_sv.set_aside import UNCOUNTED
from engines.compare_sv.truvari_run import Truvari
from engines.contract.errors import EngineError

DEMO = Path(__file__).resolve().parents[3] / "config" / "demo"
FILES = {"truth": "truth_sv.vcf.gz", "query": "query_sv.vcf.gz", "confident": "confident_sv.bed"}
REFERENCE = "genome.fa.gz"
NAMES = ("truth_tp", "truth_fn", "query_tp", "query_fp")
LOWER = (50, 100, 300, 1000, 5000)
LABELS = ("50-99", "100-299", "300-999", "1000-4999", "5000+")
RESULTS = {
    f"x.{name}"
    for name in (
        *("summary.json", "by_type_and_size.tsv", "provenance.json"),
        *(
            f"{vcf}.vcf.gz{end}"
            for vcf in ("base", "comp", *(f"bench.{n}" for n in ("tp-base", "tp-comp", "fp", "fn")))
            for end in ("", ".tbi")
        ),
    )
}


def invoke(out: Path, folder: Path = DEMO, *more: str, **files: Path) -> Result:
    paths = {side: folder / name for side, name in FILES.items()} | files
    arguments = [f"--{side}={path}" for side, path in paths.items()]
    return CliRunner().invoke(compare_sv, [*arguments, f"--out={out}", *more])


def summary(out: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(f"{out}.summary.json").read_text())
    return data


@pytest.fixture(scope="module")
def refined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prefix of the results of bench, refine and ga4gh."""
    out = tmp_path_factory.mktemp("refined") / "x"
    result = invoke(out, DEMO, f"--reference={DEMO / REFERENCE}")
    assert result.exit_code == 0, result.stderr
    return out


def expected_rows(verdict: str) -> dict[tuple[str, str], Counter[str]]:
    """Counts by type and size as the demo data planted them."""
    found: dict[tuple[str, str], Counter[str]] = {}
    with open(DEMO / "expected_sv.tsv", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            if row["counted"] == "yes":
                size = LABELS[bisect_right(LOWER, int(row["size"])) - 1]
                column = f"{row['side']}_{row[verdict].lower()}"
                for key in ((row["type"], size), (row["type"], "*"), ("*", size), ("*", "*")):
                    found.setdefault(key, Counter())[column] += 1
    return found


def counted_rows(data: dict[str, Any]) -> dict[tuple[str, str], Counter[str]]:
    """Counts of the rows that have any."""
    rows = {
        (row["type"], row["size"]): Counter({name: row[name] for name in NAMES if row[name]})
        for row in data["rows"]
    }
    return {key: counts for key, counts in rows.items() if counts}


def test_every_type_and_size_after_refine(refined: Path) -> None:
    assert counted_rows(summary(refined)) == expected_rows("refined")


def test_bench_and_refine_are_both_in_the_summary(refined: Path) -> None:
    data = summary(refined)
    expected = json.loads((DEMO / "expected.json").read_text())["structural_variants"]
    names = {"TP-base": "truth_tp", "TP-comp": "query_tp", "FP": "query_fp", "FN": "truth_fn"}
    for step in ("bench", "refine"):
        assert {n: data[step][ours] for n, ours in names.items()} == {
            n: expected[step][n] for n in names
        }
    assert data["bench"]["gt_concordance"] == pytest.approx(32 / 35)
    assert data["refine"]["refined_regions"] > 0


def test_every_record_is_compared_or_set_aside_by_reason(refined: Path) -> None:
    data = summary(refined)
    assert unaccounted(data) == {"truth": 0, "query": 0}
    assert {(a["side"], a["reason"]): a["records"] for a in data["set_aside"]} == {
        ("truth", "not within one confident region"): 3,
        ("query", "FILTER is not PASS"): 4,
        ("query", "not within one confident region"): 3,
        ("query", "smaller than --sizemin, and matched by no truth call"): 2,
    }


def test_the_summary_follows_its_schema(refined: Path) -> None:
    data = summary(refined)
    assert problems(data) == []
    assert problems(data | {"rows": []}) != []
    assert problems(data | {"more": 1}) != []


def test_the_files(refined: Path) -> None:
    assert {path.name for path in refined.parent.iterdir()} == RESULTS
    for side, wanted in (("base", {"TP": 39, "FN": 10}), ("comp", {"TP": 43, "FP": 7})):
        rows = read_vcf(Path(f"{refined}.{side}.vcf.gz"))
        decided = Counter(
            dict(zip(row["FORMAT"].split(":"), row["DEMO"].split(":"), strict=True))["BD"]
            for row in rows
        )
        assert decided == wanted
    before = {n: len(read_vcf(Path(f"{refined}.bench.{n}.vcf.gz"))) for n in ("tp-base", "fn")}
    assert before == {"tp-base": 35, "fn": 14}


def test_the_table_has_the_rows_of_the_summary(refined: Path) -> None:
    with open(f"{refined}.by_type_and_size.tsv", newline="") as handle:
        table = list(csv.DictReader(handle, delimiter="\t"))
    rows = summary(refined)["rows"]
    assert [
        {key: "NA" if value is None else str(value) for key, value in row.items()} for row in rows
    ] == table
    assert any(row["f1"] == "NA" for row in table)


def test_provenance_names_every_input_and_step(refined: Path) -> None:
    data = json.loads(Path(f"{refined}.provenance.json").read_text())
    assert set(data["inputs"]) == {"truth", "query", "reference", "confident"}
    assert [step.split()[:2] for step in data["steps"]] == [
        ["truvari", "bench"],
        ["truvari", "refine"],
        ["truvari", "ga4gh"],
    ]
    assert data["tools"]["truvari"] == summary(refined)["version"]


def test_the_same_bytes_in_another_folder_with_more_threads_over_older_results(
    refined: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = shutil.copytree(DEMO, tmp_path / "inputs", copy_function=shutil.copy2)
    out = tmp_path / "results" / "x"
    out.parent.mkdir()
    for name in RESULTS:
        (out.parent / name).write_text("of an earlier run")
    (tmp_path / "truvari").mkdir()  # where truvari would be looked for first
    (tmp_path / "truvari" / "__init__.py").write_text("raise SystemExit('wrong one')")
    monkeypatch.chdir(tmp_path)
    result = invoke(out, copies, f"--reference={copies / REFERENCE}", "--threads=3")
    assert result.exit_code == 0, result.stderr
    assert {path.name for path in out.parent.iterdir()} == RESULTS
    for name in RESULTS - {"x.provenance.json"}:
        assert (out.parent / name).read_bytes() == (refined.parent / name).read_bytes(), name


def awkward(folder: Path) -> dict[str, Path]:
    """The demo data as callers write it who do not think of truvari."""

    def lines(name: str) -> list[str]:
        with gzip.open(DEMO / name, "rt") as handle:
            text = re.sub(r"(?m)^(##contig=<ID=)?chr", r"\1", handle.read())
        return [line for line in text.splitlines() if not line.startswith("##INFO")]

    truth = [re.sub(r",length=\d+", "", line) for line in lines(FILES["truth"])]
    truth = [
        line + ("\tOTHER" if line.startswith("#C") else "" if line[0] == "#" else "\t0/0")
        for line in truth
    ]
    query = []
    for line in lines(FILES["query"]):
        fields = line.split("\t")
        if line[0] != "#":
            if fields[4] == "<DUP>":
                fields[4] = "<DUP:TANDEM>"
                fields[7] = fields[7].replace("SVTYPE=DUP", "SVTYPE=DUP:TANDEM")
            fields[7] = re.sub(r"END=\d+;", "", fields[7])
            if len(fields[4]) > len(fields[3]) > 0 and fields[4][0] != "<":
                fields[4] += ",*"
        elif "ID=LowQual" in line or "ALT=" in line:
            continue
        query.append("\t".join(fields))
    bed = (DEMO / FILES["confident"]).read_text().replace("chr", "")
    (folder / "conf.bed.gz").write_bytes(gzip.compress(b"track name=x\n" + bed.encode()))
    return {
        "truth": write_text(folder / "truth.vcf", "\n".join(truth) + "\n"),
        "query": write_text(folder / "query.vcf", "\n".join(query) + "\n"),
        "confident": folder / "conf.bed.gz",
    }


def test_the_same_calls_written_awkwardly_give_the_same_numbers(
    refined: Path, tmp_path: Path
) -> None:
    files = awkward(tmp_path)
    out = tmp_path / "out" / "x"
    reference = f"--reference={DEMO / REFERENCE}"
    result = invoke(out, DEMO, reference, "--truth-sample=DEMO", **files)
    assert result.exit_code == 0, result.stderr
    data, usual = summary(out), summary(refined)
    assert data["rows"] == usual["rows"]
    assert data["bench"] == usual["bench"]
    assert unaccounted(data) == {"truth": 0, "query": 0}
    assert problems(data) == []
    insertions = data["query"]["alleles_added"]
    assert insertions > 10
    aside = {(a["side"], a["reason"]): a["records"] for a in data["set_aside"]}
    assert aside["query", "no alternative allele (ALT is . or *)"] == insertions
    said = "\n".join(data["warnings"])
    for text in (
        "truth truth.vcf: not bgzipped",
        "truth truth.vcf: 3 contigs renamed (20 → chr20, 21 → chr21, …)",
        "query query.vcf: 4 keys or filters are not defined in its header (LowQual, END, SVLEN,",
        f"query query.vcf: {insertions} multi-allelic records split, one for each allele",
        "symbolic alleles without END given one from SVLEN",
        "subtypes cut from SVTYPE",
    ):
        assert text in said
    assert str(tmp_path) not in said


def test_nothing_to_refine_is_the_outcome_of_bench(tmp_path: Path) -> None:
    truth, out = DEMO / FILES["truth"], tmp_path / "x"
    compare(Request(out=out, truth=truth, query=truth, reference=DEMO / REFERENCE))
    data = summary(out)
    assert (data["refine"]["f1"], data["refine"]["refined_regions"]) == (1, 0)
    assert data["refine"]["regions"] is data["confident"] is None
    assert problems(data) == []


def test_without_refine_the_rows_are_those_of_bench_and_repeats_are_counted(
    refined: Path, tmp_path: Path
) -> None:
    with gzip.open(DEMO / FILES["query"], "rt") as handle:
        lines = handle.read().splitlines()
    first = next(number for number, line in enumerate(lines) if line[0] != "#")
    text = "\n".join([*lines[: first + 1], *lines[first:]]) + "\n"
    query = write_text(tmp_path / "query.vcf.gz", text)
    result = invoke(tmp_path / "x", query=query)
    assert result.exit_code == 0, result.stderr
    data = summary(tmp_path / "x")
    assert counted_rows(data) == expected_rows("verdict")
    assert result.stdout.splitlines()[1].split()[:5] == ["*", "49", "35", "14", "15"]
    assert unaccounted(data) == {"truth": 0, "query": 0}
    once = summary(refined)["set_aside"]
    assert [aside for aside in data["set_aside"] if aside not in once] == [
        {"side": "query", "reason": UNCOUNTED, "records": 1}
    ]
    assert data["reference"] is data["refine"] is None
    assert problems(data) == []


@pytest.mark.parametrize("step", ["bench", "ga4gh"])
def test_a_failure_leaves_the_former_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    for name in RESULTS:
        (tmp_path / name).write_text("of an earlier run")

    def fail(*_: object, **__: object) -> None:
        raise EngineError("truvari died")

    monkeypatch.setattr(Truvari, step, fail)
    result = invoke(tmp_path / "x")
    assert result.exit_code == 70
    assert json.loads(result.stderr.splitlines()[-1])["message"] == "truvari died"
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(
        RESULTS, "of an earlier run"
    )


def test_output_in_the_place_of_an_input_is_refused(tmp_path: Path) -> None:
    query = Path(shutil.copy(DEMO / FILES["query"], tmp_path / "x.base.vcf.gz"))
    before = query.read_bytes()
    result = invoke(tmp_path / "x", query=query)
    assert result.exit_code == 64
    assert "x.base.vcf.gz: is an input" in result.stderr
    assert [query.read_bytes(), len(list(tmp_path.iterdir()))] == [before, 1]
