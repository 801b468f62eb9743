"""`plumbline annotate` as it is typed, on the demo's tumour."""

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pysam
import pytest

from tests.support.long import long
from tests.support.waiting import poll

ROOT = Path(__file__).resolve().parents[3]
DEMO = ROOT / "config" / "demo"
SCHEMA = ROOT / "workflow" / "schemas" / "annotation.summary.schema.json"
SAME = (".ndjson", ".tsv", ".vcf.gz", ".vcf.gz.tbi", ".summary.json", ".html", ".pdf")
PASSENGERS = 500


def command(calls: Path, out: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "engines.annotate", "--calls", str(calls), "--out", str(out)),
        *("--knowledge", str(DEMO / "tumour_knowledge.json.gz"), "--disease", "colorectal cancer"),
        *("--fasta", str(DEMO / "tumour.fa.gz"), "--gff", str(DEMO / "tumour.gff3.gz")),
        *("--tumour", "TUMOUR", "--matched", "--population-tag", "AF_POP"),
        *("--tell", "all", "--threads", "2", *more),
    ]


def run(
    calls: Path, out: Path, *more: str, report: str = "--no-report"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(calls, out, report, *more), capture_output=True, text=True)


def messages(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's calls, and passengers on the longest contig."""
    chance = random.Random(5)
    with gzip.open(DEMO / "tumour.vcf.gz", "rt") as file:
        lines = file.read().splitlines()
    header = [line for line in lines if line.startswith("#")]
    records = [line.split("\t") for line in lines if not line.startswith("#")]
    taken = {(each[0], int(each[1])) for each in records}
    with pysam.FastaFile(str(DEMO / "tumour.fa.gz")) as fasta:
        for position in chance.sample(range(200, 43_000), PASSENGERS):
            if ("chr7", position) not in taken:
                ref = fasta.fetch("chr7", position - 1, position).upper()
                alt = "ACGT"["ACGT".index(ref) - 1]
                tail = ["GT:AD:DP", "0/0:40,0:40", "0/1:40,20:60"]
                records.append(["chr7", str(position), ".", ref, alt, ".", "PASS", ".", *tail])
    order = ["chr1", "chr3", "chr7", "chr12", "chr17"]
    records.sort(key=lambda each: (order.index(each[0]), int(each[1])))
    path = tmp_path_factory.mktemp("many") / "calls.vcf"
    path.write_text("\n".join([*header, *("\t".join(each) for each in records)]) + "\n")
    return path


@pytest.fixture(scope="module")
def whole(many: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Prefix of an undisturbed run, and its log."""
    out = tmp_path_factory.mktemp("whole") / "tumour"
    done = run(many, out, report="--report")
    assert done.returncode == 0, done.stderr[-2000:]
    return out, done.stderr


def results(out: Path) -> dict[str, bytes]:
    return {end: out.with_name(out.name + end).read_bytes() for end in SAME}


def test_every_variant_is_told_with_a_number_without_gaps(whole: tuple[Path, str]) -> None:
    out, log = whole
    told = [each for each in messages(log) if each["type"].startswith("variant_")]
    assert [each["data"]["number"] for each in told] == list(range(1, len(told) + 1))
    *kept, last = messages(out.with_name("tumour.ndjson").read_text())
    assert kept == told
    assert last["type"] == "result"


def test_the_log_ends_with_counts(whole: tuple[Path, str]) -> None:
    result = list(messages(whole[1]))[-1]
    summary = json.loads(whole[0].with_name("tumour.summary.json").read_text())
    assert result["type"] == "result"
    assert result["data"]["tiers"] == summary["tiers"]
    assert (
        summary["counts"]["annotated"] + summary["counts"]["errors"]
        == (summary["messages"]["count"])
    )
    jsonschema.validate(summary, json.loads(SCHEMA.read_text()))


def test_known_changes_have_their_tiers(whole: tuple[Path, str]) -> None:
    summary = json.loads(whole[0].with_name("tumour.summary.json").read_text())
    found = {
        (each["gene"], each["hgvs_p"]): (each["tier"], each["level"], each["context"])
        for each in summary["variants"]
    }
    assert found["BRAF", "p.Val600Lys"] == ("I", "A", "therapeutic")
    assert found["KRAS", "p.Gly12Asp"] == ("I", "A", "resistance")
    assert found["PIK3CA", "p.His1047Arg"] == ("I", "B", "prognostic")
    assert found["EGFR", "p.Thr790Met"] == ("II", "C", "resistance")
    assert summary["counts"]["rejected"]["ref_mismatch"] == 1


def test_the_vcf_has_every_record_of_the_input(many: Path, whole: tuple[Path, str]) -> None:
    given = [line.split("\t") for line in many.read_text().splitlines() if line[0] != "#"]
    with pysam.VariantFile(str(whole[0].with_name("tumour.vcf.gz"))) as file:
        made = list(file)
    assert [(r.chrom, str(r.pos), r.ref) for r in made] == [(g[0], g[1], g[3]) for g in given]
    tiers = [tier for each in made for tier in each.info.get("PL_TIER", ()) if tier != "."]
    told = [each["data"] for each in messages(whole[1]) if each["type"] == "variant_update"]
    assert len(tiers) == len(told)


def test_the_table_has_a_row_for_every_variant(whole: tuple[Path, str]) -> None:
    about, header, *rows = whole[0].with_name("tumour.tsv").read_text().splitlines()
    told = [each["data"] for each in messages(whole[1]) if each["type"] == "variant_update"]
    assert about.startswith("# plumbline annotate") and "research use only" in about
    assert [row.split("\t")[0] for row in rows] == [str(each["number"]) for each in told]
    assert {row.count("\t") for row in rows} == {header.count("\t")}


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=long)])
def test_killed_anywhere_and_started_again_it_gives_the_same_bytes(
    seed: int, many: Path, whole: tuple[Path, str], tmp_path: Path
) -> None:
    chance, out = random.Random(seed), tmp_path / "tumour"
    for _ in range(3):
        after = chance.randrange(1, PASSENGERS)
        process = subprocess.Popen(command(many, out), stderr=subprocess.PIPE)
        assert process.stderr
        for number, _line in enumerate(process.stderr):
            if number == after:
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
    done = run(many, out, report="--report")
    assert done.returncode == 0, done.stderr[-2000:]
    assert results(out) == results(whole[0])
    told = [e["data"]["number"] for e in messages(done.stderr) if e["type"].startswith("variant_")]
    assert told == list(range(1, len(told) + 1))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"tumour{end}" for end in (*SAME, ".provenance.json")
    )


def test_killed_while_results_are_made_it_gives_the_same_bytes(
    many: Path, whole: tuple[Path, str], tmp_path: Path
) -> None:
    out = tmp_path / "tumour"
    for ending in (".tsv", ".html", ".pdf"):  # of the last of them only the start may be there
        process = subprocess.Popen(command(many, out), stderr=subprocess.DEVNULL)
        made = tmp_path / ".tumour.unfinished" / "results" / f"tumour{ending}"
        poll(lambda: made.exists() or process.poll() is not None, seconds=240, every=0.001)  # noqa: B023
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert run(many, out, report="--report").returncode == 0
    assert results(out) == results(whole[0])


def test_one_thread_gives_the_same_bytes(
    many: Path, whole: tuple[Path, str], tmp_path: Path
) -> None:
    done = run(many, tmp_path / "tumour", "--threads", "1", report="--report")
    assert done.returncode == 0, done.stderr[-2000:]
    assert results(tmp_path / "tumour") == results(whole[0])


def test_a_table_that_is_not_sorted_gives_the_same_tiers(
    many: Path, whole: tuple[Path, str], tmp_path: Path
) -> None:
    lines = many.read_text().splitlines()
    records = [line for line in lines if line[0] != "#"]
    random.Random(1).shuffle(records)
    calls, out = tmp_path / "shuffled.vcf", tmp_path / "out" / "tumour"
    calls.write_text("\n".join([*(line for line in lines if line[0] == "#"), *records]) + "\n")
    done = run(calls, out)
    assert done.returncode == 0, done.stderr[-2000:]
    with pysam.VariantFile(str(out.with_name("tumour.vcf.gz"))) as file:
        again = {(r.chrom, r.pos, r.alts): r.info.get("PL_TIER") for r in file.fetch()}
    with pysam.VariantFile(str(whole[0].with_name("tumour.vcf.gz"))) as file:
        first = {(r.chrom, r.pos, r.alts): r.info.get("PL_TIER") for r in file.fetch()}
    assert again == first


def test_no_variants_at_all(many: Path, tmp_path: Path) -> None:
    calls, out = tmp_path / "none.vcf", tmp_path / "out" / "tumour"
    lines = [line for line in many.read_text().splitlines() if line[0] == "#"]
    calls.write_text("\n".join(lines) + "\n")
    done = run(calls, out)
    assert done.returncode == 0, done.stderr[-2000:]
    summary = json.loads(out.with_name("tumour.summary.json").read_text())
    assert summary["counts"]["records"] == 0
    assert set(summary["tiers"].values()) == {0}
    assert "the input has no records: nothing was tiered" in summary["warnings"]


def test_fail_on_error_leaves_with_65_and_all_results(many: Path, tmp_path: Path) -> None:
    done = run(many, tmp_path / "tumour", "--fail-on-error")
    assert done.returncode == 65
    assert "could not be annotated" in json.loads(done.stderr.splitlines()[-1])["message"]
    assert (tmp_path / "tumour.summary.json").is_file()


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--disease", "melanomma"], 64, "did you mean melanoma?"),
        (["--knowledge", str(DEMO / "tumour.fa.gz")], 65, "no compiled knowledge"),
        (["--calls", "-"], 64, "a stream cannot be read again"),
        (["--transcripts", str(DEMO / "tumour.vcf.gz")], 65, "no text in UTF-8"),
        (["--callable", str(DEMO / "tumour_evidence.tsv")], 65, "not BED"),
        (["--out", "."], 64, "is a folder"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    more: list[str], code: int, said: str, tmp_path: Path
) -> None:
    done = run(DEMO / "tumour.vcf.gz", tmp_path / "tumour", *more)
    assert done.returncode == code, done.stderr
    assert said in json.loads(done.stderr.splitlines()[-1])["message"]
    assert "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == []


def test_every_output_says_that_knowledge_is_old(tmp_path: Path) -> None:
    old, out = tmp_path / "kb.json.gz", tmp_path / "out" / "tumour"
    table = str(DEMO / "tumour_evidence.tsv")
    given = ["--own-evidence", table, "--release", "own-evidence=2021-02-25", "-o", str(old)]
    tool = [sys.executable, "-m", "engines.annotate.knowledge", "compile", *given]
    subprocess.run(tool, check=True, capture_output=True)
    done = run(DEMO / "tumour.vcf.gz", out, "--knowledge", str(old), report="--report")
    assert done.returncode == 0, done.stderr
    told = "tumour_evidence of 2021-02-25 is more than 180 days old"
    assert f"warning: {told}" in done.stderr
    summary = json.loads(out.with_name("tumour.summary.json").read_text())
    assert any(each.startswith(told) for each in summary["warnings"])
    with pysam.VariantFile(str(out.with_name("tumour.vcf.gz"))) as file:
        header = str(file.header)
    last = out.with_name("tumour.ndjson").read_text().splitlines()[-1]
    table = out.with_name("tumour.tsv").read_text().partition("\n")[0]
    for text in (header, last, table):
        assert "2021-02-25, more than 180 days old" in text
    assert "180 days" in out.with_name("tumour.html").read_text()


def test_an_output_is_not_put_over_an_input(many: Path, tmp_path: Path) -> None:
    calls = tmp_path / "tumour.vcf.gz"
    shutil.copy(DEMO / "tumour.vcf.gz", calls)
    before = calls.read_bytes()
    done = run(calls, tmp_path / "tumour")
    assert done.returncode == 64
    assert calls.read_bytes() == before
    assert os.listdir(tmp_path) == ["tumour.vcf.gz"]
