"""What fastp, mosdepth and markdup write of tiny data, by the programs themselves, and broken."""

import json
import subprocess
from pathlib import Path

import pytest
from qc_lab import collected, judged, run, schema, skipped, values
from reads_of_tiny_genome import TARGET, needs, write_alignments, write_lane


@pytest.fixture(scope="module")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """fastp's reports of two lanes of one sample: 100 pairs of 100 bases, and 300 of 50."""
    needs("fastp")
    folder = tmp_path_factory.mktemp("lanes")
    for lane, pairs, length, poor in (("L1", 100, 100, 20), ("L2", 300, 50, 0)):
        first, second = write_lane(folder / lane, pairs, length, poor)
        words = ["fastp", "-i", first, "-I", second]
        words += [
            "--dont_eval_duplication",
            "-h",
            "/dev/null",
            "-j",
            folder / f"S1.{lane}.fastp.json",
        ]
        subprocess.run(words, check=True, capture_output=True)
    return folder


@needs.mark("fastp")
def test_lanes_add_up_by_their_weight(lanes: Path, tmp_path: Path) -> None:
    """20 of 100 pairs of L1 have only bases of quality 2, which fastp drops."""
    data = collected(tmp_path / "o", *sorted(lanes.glob("*.json")))
    found = values(data)
    known = {
        ("reads", "reads", ""): 800,
        ("reads", "reads", "L1"): 200,
        ("reads", "bases", ""): 50_000,
        ("reads", "Q30 bases (%)", "L1"): 80.0,
        ("reads", "Q30 bases (%)", "L2"): 100.0,
        ("reads", "Q30 bases (%)", ""): 92.0,
        ("reads", "Q30 bases kept (%)", ""): 100.0,
        ("reads", "reads dropped: low quality", ""): 40,
        ("reads", "reads kept", ""): 760,
        ("reads", "reads kept (%)", ""): 95.0,
        ("reads", "mean length", "L1"): 100.0,
        ("reads", "mean length", ""): 62.5,
    }
    assert {key: found.get(key, "absent") for key in known} == known
    gc = [found["reads", "GC (%)", lane] for lane in ("L1", "L2", "")]
    assert gc[2] == pytest.approx(0.4 * gc[0] + 0.6 * gc[1], abs=0.02)
    assert {file["kind"] for file in data["files"]} == {"fastp"}


@needs.mark("fastp")
def test_a_single_lane_is_the_sample(lanes: Path, tmp_path: Path) -> None:
    data = collected(tmp_path / "o", lanes / "S1.L1.fastp.json")
    assert {row["group"] for row in data["metrics"]} == {""}
    assert values(data)["reads", "reads", ""] == 200


@needs.mark("fastp")
def test_a_report_that_is_cut_off_is_not_used(lanes: Path, tmp_path: Path) -> None:
    text = (lanes / "S1.L1.fastp.json").read_text()
    (tmp_path / "S1.L1.fastp.json").write_text(text[: len(text) // 2])
    data = collected(tmp_path / "o", tmp_path / "S1.L1.fastp.json", lanes / "S1.L2.fastp.json")
    assert skipped(data) == {"S1.L1.fastp.json": "is not JSON: cut off?"}


def lane_of(**more: object) -> str:
    """A report as fastp's, of numbers that are given."""
    summary = {"total_reads": 10, "total_bases": 100, "q20_bases": 90, "q30_bases": 80}
    both = {"before_filtering": summary, "after_filtering": summary}
    return json.dumps({"summary": {"fastp_version": "0.23.2", **both}, **more})


def test_what_one_lane_lacks_the_sample_lacks(tmp_path: Path) -> None:
    adapters = {"adapter_trimmed_reads": 4, "adapter_trimmed_bases": 40}
    (tmp_path / "S1.a.fastp.json").write_text(lane_of(adapter_cutting=adapters))
    (tmp_path / "S1.b.fastp.json").write_text(lane_of())
    found = values(collected(tmp_path / "o", tmp_path))
    assert found["reads", "adapter bases (%)", "a"] == 40.0
    assert ("reads", "adapter bases (%)", "") not in found
    assert found["reads", "Q20 bases", ""] == 180


@pytest.fixture(scope="module")
def depths(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """mosdepth's files of alignments whose depth is known, with a target and without one."""
    needs("mosdepth")
    folder = tmp_path_factory.mktemp("depths")
    bam = write_alignments(folder / "S1.bam")
    (folder / "target.bed").write_text(TARGET)
    for name, by in (("target", folder / "target.bed"), ("windows", 100)):
        (folder / name).mkdir()
        words = ["mosdepth", "--no-per-base", "--thresholds", "1,10,20,30", "--by", str(by)]
        words += [str(folder / name / "S1"), str(bam)]
        subprocess.run(words, check=True, capture_output=True)
    return folder


@needs.mark("mosdepth")
def test_depth_of_a_genome(depths: Path, tmp_path: Path) -> None:
    """chr1: 1,000 bases at 20x; chrX: 500 at 10x, of which 100 have none."""
    place = depths / "windows"
    files = [place / f"S1.mosdepth.{name}.txt" for name in ("summary", "global.dist")]
    found = values(collected(tmp_path / "o", *files))
    known = {
        ("coverage", "mean depth", ""): 16.0,
        ("coverage", "median depth", ""): 20,
        ("coverage", "spread of depth (IQR / median)", ""): 0.5,
        ("coverage", "bases with depth 10 or more (%)", ""): 93.0,
        ("coverage", "bases with depth 15 or more (%)", ""): 67.0,
        ("coverage", "bases with depth 30 or more (%)", ""): 0.0,
        ("contig_coverage", "mean depth", "chr1"): 20.0,
        ("contig_coverage", "mean depth", "chrX"): 8.0,
        ("ploidy", "depth of X / autosomes", ""): 0.4,
    }
    assert {key: found.get(key, "absent") for key in known} == known
    assert not any(category == "bed_coverage" for category, _, _ in found)


EXOME = """\
# This file was produced by bcftools stats (1.16+htslib-1.16).
SN\t0\tnumber of samples:\t1
SN\t0\tnumber of SNPs:\t20000
TSTV\t0\t15000\t5000\t3.00\t15000\t5000\t3.00
"""


@pytest.mark.parametrize(("which", "verdict"), [("target", None), ("windows", "fail")])
@needs.mark("mosdepth")
def test_an_exome_is_not_judged_by_what_a_genome_has(
    depths: Path, tmp_path: Path, which: str, verdict: str | None
) -> None:
    """Transitions by transversions, depth: three is usual in an exome, and fails a genome."""
    stats = tmp_path / "S1.bcftools.stats"
    stats.write_text(EXOME)
    files = ("summary", "region.dist" if which == "target" else "global.dist")
    depth = [depths / which / f"S1.mosdepth.{name}.txt" for name in files]
    collected(tmp_path / "S1", stats, *depth)
    (told,) = judged(tmp_path / "all", tmp_path / "S1.qc.json")["samples"]
    rows = [row for row in told["metrics"] if row["verdict"] != "none"]
    found = {(row["metric"], row["group"]): row["verdict"] for row in rows}
    assert found.get(("ts/tv ratio", "")) == verdict
    assert (("mean depth", "") in found) == (which == "windows")
    assert ("ts/tv ratio", "target") not in found, "against samples of the laboratory alone"


@needs.mark("mosdepth")
def test_depth_of_a_target(depths: Path, tmp_path: Path) -> None:
    """Of a target only what is inside of it is told, and its regions with low depth by name."""
    place = depths / "target"
    bed = [f"--{name}={place}/S1.{name}.bed.gz" for name in ("regions", "thresholds")]
    done = run("coverage", *bed, "--out", place / "S1")
    assert done.exit_code == 0, done.output
    low = (place / "S1.low.tsv").read_text().splitlines()
    assert low == [
        "name\tcontig\tstart\tend\tlength\tmean_depth\t"
        "percent_1x\tpercent_10x\tpercent_20x\tpercent_30x",
        "GENE3\tchrX\t350\t450\t100\t5.00\t50.00\t50.00\t0.00\t0.00",
        "GENE2\tchrX\t0\t100\t100\t10.00\t100.00\t100.00\t0.00\t0.00",
    ]
    schema("qc.coverage").validate(json.loads((place / "S1.coverage.json").read_text()))
    names = ("mosdepth.summary.txt", "mosdepth.region.dist.txt", "coverage.json")
    found = values(collected(tmp_path / "o", *(place / f"S1.{name}" for name in names)))
    known = {
        ("bed_coverage", "mean depth", "target"): 13.75,
        ("bed_coverage", "aligned bases on target (%)", "target"): 22.92,
        ("bed_coverage", "bases with depth 10 or more (%)", "target"): 88.0,
        ("bed_coverage", "regions with low depth", ""): 2,
        ("bed_coverage", "regions with low depth (%)", ""): 66.6667,
        ("ploidy", "depth of X / autosomes", ""): 0.375,
    }
    assert {key: found.get(key, "absent") for key in known} == known
    assert not any(category == "coverage" for category, _, _ in found)
    outcome = judged(tmp_path / "v", tmp_path / "o.qc.json", page=True)
    assert outcome["samples"][0]["low_regions"] == [
        {"region": "GENE2 chrX:1-100", "percent": 0.0},
        {"region": "GENE3 chrX:351-450", "percent": 0.0},
    ]
    page = (tmp_path / "v.verdict.html").read_text()
    assert "Regions with low depth" in page and "GENE3 chrX:351-450" in page


@needs.mark("mosdepth")
def test_files_of_two_runs_are_refused(depths: Path, tmp_path: Path) -> None:
    regions = depths / "windows" / "S1.regions.bed.gz"
    thresholds = depths / "target" / "S1.thresholds.bed.gz"
    given = ["coverage", "--regions", regions, "--thresholds", thresholds, "--out", tmp_path / "o"]
    done = run(*given)
    assert done.exit_code == 65 and "has another region" in done.output
    given[2] = depths / "target" / "S1.regions.bed.gz"
    assert run(*given, "--depth", 25).exit_code == 64
    assert not list(tmp_path.iterdir())


DIST = "chr1\t2\t0.50\nchr1\t0\t1.00\ntotal\t2\t0.50\ntotal\t1\t0.70\ntotal\t0\t1.00\n"


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("summary", "chrom\tlength\tbases\tmean\tmin\tmax\nchr1\t9\t9\t1.00\t0\t2\n", "the total"),
        ("summary", "chrom\tlength\tbases\tmean\tmin\tmax\nchr1\t9\n", "is not of mosdepth"),
        ("global.dist", DIST[:-1], "does not end"),
        ("global.dist", DIST.replace("total\t0\t1.00\n", ""), "at depth 0"),
        ("global.dist", DIST.replace("0.70", "x"), "is not of mosdepth"),
    ],
)
def test_broken_files_are_not_used(tmp_path: Path, name: str, text: str, reason: str) -> None:
    (tmp_path / f"S1.mosdepth.{name}.txt").write_text(text)
    (tmp_path / "S1.a.fastp.json").write_text(lane_of())
    data = collected(tmp_path / "o", tmp_path)
    assert reason in skipped(data)[f"S1.mosdepth.{name}.txt"]


MARKDUP = "COMMAND: samtools markdup -s -f x - y\nREAD: 9000\nEXAMINED: 8000\n"
MARKDUP += "DUPLICATE PRIMARY TOTAL: 200\nESTIMATED_LIBRARY_SIZE: 10123499\n"


def test_marked_duplicates(tmp_path: Path) -> None:
    (tmp_path / "S1.markdup.txt").write_text(MARKDUP)
    found = values(collected(tmp_path / "o", tmp_path))
    assert found["alignments", "duplicate primary total (%)", ""] == 2.5
    assert found["alignments", "estimated library size", ""] == 10_123_499


GENOTYPES = {
    "schema": "plumbline/qc.genotypes/1",
    "sex": {"sex": "female", "said": "male", "agrees": False},
    "contamination": {
        "charr": {"percent": 4.2, "interval": [4, 5], "sites": 900},
        **{"lower_bound": None, "skewed": None},
        "not_assessed": {"lower_bound": "too few: 3", "skewed": "too few: 4"},
    },
}


def test_contamination_and_another_sex_are_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "S1.genotypes.json").write_text(json.dumps(GENOTYPES))
    data = collected(tmp_path / "o", tmp_path / "S1.genotypes.json")
    assert data["remarks"] == {"not_available": 2}
    assert data["warnings"] == [
        "S1.genotypes.json: contamination, lower bound: not assessed: too few: 3",
        "S1.genotypes.json: heterozygous SNVs with skewed reads: not assessed: too few: 4",
    ]
    [sample] = judged(tmp_path / "v", tmp_path / "o.qc.json")["samples"]
    told = {each["metric"]: (each["verdict"], each["reason"]) for each in sample["metrics"]}
    assert told["contamination (%)"] == ("fail", "4.2 % is more than 3 %")
    assert told["sex against the sheet"] == (
        "fail",
        "female, where the sheet says male is not as the sheet says",
    )
    assert told["sex"] == ("pass", "female is male or female")
    assert told["contamination, lower bound (%)"] == ("none", "not available (NA)")
