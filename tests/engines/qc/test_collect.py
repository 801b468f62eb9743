"""All of a sample's files in one table; what cannot be read is named and counted."""

import json
import os
import random
from pathlib import Path

import pytest
from dragen_files import NAMES, dragen_texts, write_dragen
from qc_lab import collected, run, skipped, values

from engines.qc import dragen
from engines.qc.metric import Unusable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_dragen(tmp_path / "in", "S1", depth=35.0)


def test_every_category_has_its_known_values(folder: Path, tmp_path: Path) -> None:
    data = collected(tmp_path / "o", folder)
    known = {
        ("mapping", "Total input reads", ""): 7_000_000,
        ("mapping", "Mapped reads (%)", ""): 99.0,
        ("mapping", "Number of duplicate marked reads", "S1.2"): 350_000,
        ("mapping", "Reads with MAPQ [0:10)", ""): 140_000,
        ("mapping", "Number of duplicate marked and mate reads removed", ""): None,
        ("coverage", "Average alignment coverage over genome", ""): 35.0,
        ("coverage", "PCT of genome with coverage [15x:inf)", ""): 95.7,
        ("coverage", "Average alignment coverage", ""): 35.0,
        ("bed_coverage", "Average alignment coverage over target region", "target_bed"): 70.0,
        ("contig_coverage", "Mean coverage", "chr10"): 35.0,
        ("contig_coverage", "Aligned bases", "Autosomal regions"): 10_500_000_000,
        ("vc", "Number of samples", ""): 1,
        ("vc", "SNPs", "prefilter"): 3_909_000,
        ("vc", "SNPs", "postfilter"): 3_900_000,
        ("vc", "Percent Callability", "postfilter"): 97.81,
        ("het_hom", "Het/Hom ratio", "postfilter/2"): 1.5,
        ("het_hom", "Het/Hom ratio", "prefilter/Y"): "inf",
        ("sv", "Number of insertions (PASS) (%)", ""): 55.94,
        ("cnv", "Sex genotyper karyotype", ""): "XX",
        ("cnv", "Sex genotyper confidence", ""): 0.9911,
        ("cnv", "Number of passing deletions", ""): 70,
        ("ploidy", "Ploidy estimation", ""): "XX",
        ("ploidy", "X median / Autosomal median", ""): 1.0,
        ("roh", "Number of large ROH ( >= 3000000)", ""): 1,
    }
    found = values(data)
    assert {key: found.get(key, "absent") for key in known} == known
    assert all(data["categories"][category] for category in NAMES)
    assert data["remarks"] == {"not_available": 9, "infinite": 2, "other_sample": 1}
    assert data["skipped"] == 0


def test_units(folder: Path, tmp_path: Path) -> None:
    data = collected(tmp_path / "o", folder)
    units = {row["metric"]: row["unit"] for row in data["metrics"]}
    wanted = {
        **{"Total input reads": "reads", "Mapped reads (%)": "%", "Q30 bases": "bases"},
        **{"Insert length: median": "bp", "Average alignment coverage over genome": "x"},
        **{"Uniformity of coverage (PCT > 0.2*mean) over genome": "%", "Ti/Tv ratio": ""},
        **{"Mean/Median autosomal coverage ratio over genome": "", "SNPs": "calls"},
        **{"Percent Callability": "%", "Ploidy estimation": "", "Mean coverage": "x"},
        **{"X median / Autosomal median": "", "Y median coverage": "x"},
    }
    assert {metric: units[metric] for metric in wanted} == wanted


def test_the_table_is_tidy(folder: Path, tmp_path: Path) -> None:
    data = collected(tmp_path / "o", folder)
    head, *rows = (tmp_path / "o.qc.tsv").read_text().splitlines()
    assert head.split("\t") == ["sample", "source", "category", "metric", "group", "value", "unit"]
    cells = [row.split("\t") for row in rows]
    assert {len(row) for row in cells} == {7}
    assert len({tuple(row[1:5]) for row in cells}) == len(cells) == len(data["metrics"])
    order = [row[4] for row in cells if row[2] == "contig_coverage" and row[3] == "Mean coverage"]
    assert order == ["Autosomal regions", "chr1", "chr2", "chr10", "chrM", "chrX", "chrY"]
    known = json.loads((tmp_path / "o.qc.provenance.json").read_text())
    assert len(known["inputs"]) == 11
    assert known["newest_file"]


def test_the_order_of_files_makes_no_difference(folder: Path, tmp_path: Path) -> None:
    files = sorted(folder.iterdir())
    collected(tmp_path / "a", *files)
    random.Random(3).shuffle(files)
    collected(tmp_path / "b", *files)
    collected(tmp_path / "c", folder)
    for ending in (".qc.json", ".qc.tsv"):
        texts = {(tmp_path / f"{name}{ending}").read_bytes() for name in "abc"}
        assert len(texts) == 1


BROKEN = {
    "S1.other_metrics.csv": (b"A,,b,1\n", "is of no kind that is known"),
    "S1.vc_metric.csv": (b"A,,b,1\n", "did you mean vc_metrics?"),
    "S1.time_metrics.csv": (b"RUN TIME,,Total,1\n", "of none of the categories"),
    "diploidSV.sv_metrics.csv": (b"SV SUMMARY,S1,x,1\n", "caller's own copy"),
    "S1.gvcf_metrics.csv": (b"", "is empty"),
    "S1.tumor.vc_metrics.csv": (b"\0\x01\x02", "is not text: it has NUL bytes"),
    "S1.a.sv_metrics.csv": (b"\xff\xfe\xfd\n", "is not text (UTF-8)"),
    "S1.b.sv_metrics.csv": (b"\x1f\x8b\x08\0", "is compressed; unpack it"),
    "S1.c.sv_metrics.csv": (b"SV SUMMARY,S1,Total\n", "line 1 has 3 columns, not 4 or 5"),
    "S1.d.sv_metrics.csv": (b'SV SUMMARY,S1,"Total,1\n', "line 1: "),
    "S1.e.sv_metrics.csv": (b"FOO,S1,Total,1\n", 'section "FOO" is not known: 1'),
    "S1.f.sv_metrics.csv": (b"SV SUMMARY,S1,N,1,38,87\n", "decimal commas without quotes"),
    "S1.exon_contig_mean_cov.csv": (b"chr1,abc,3\n", 'line 1: "abc" is not a number'),
    "S1.exon_overall_mean_cov.csv": (b"Depth,3\n", "is not known there"),
}


def test_what_cannot_be_read_is_named_and_counted(folder: Path, tmp_path: Path) -> None:
    before = collected(tmp_path / "before", folder)
    for name, (content, _) in BROKEN.items():
        (folder / name).write_bytes(content)
    (folder / "S1.g.vcf.gz").write_bytes(b"x")
    (folder / "S1.bam").write_bytes(b"x")
    data = collected(tmp_path / "after", folder)
    found = skipped(data)
    assert found.keys() == BROKEN.keys()
    for name, (_, reason) in BROKEN.items():
        assert reason in found[name], name
    assert data["skipped"] == len(BROKEN)
    assert data["not_looked_at"] == {".bam": 1, ".vcf.gz": 1}
    assert data["metrics"] == before["metrics"]


def test_they_are_told_on_the_log(folder: Path, tmp_path: Path) -> None:
    (folder / "S1.odd.csv").write_text("a\n")
    done = run("collect", folder, "--sample", "S1", "--out", tmp_path / "o")
    assert f"skipped {folder}/S1.odd.csv: is of no kind that is known" in done.output
    assert "skipped: 1 of 12 files" in done.output
    assert "nothing of: alignments, variants" in done.output


@pytest.mark.parametrize("name", dragen_texts("S1"))
def test_a_file_that_is_cut_off_gives_no_wrong_value(name: str) -> None:
    """At every byte: either it is refused, or what is taken is the same as of the whole."""
    text, known = dragen_texts("S1")[name], dragen.recognise(name)
    assert known is not None
    whole = {each.key: each for each in dragen.read(known, text, {"S1"}).metrics}
    refused = 0
    for end in range(1, len(text), max(1, len(text) // 400)):
        try:
            content = dragen.read(known, text[:end], {"S1"})
        except Unusable:
            refused += 1
            continue
        assert all(whole[each.key] == each for each in content.metrics)
        assert content.remarks["unfinished_line"] == (text[end - 1] != "\n")
    assert refused > 0


def test_a_last_line_without_an_end_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "S1.roh_metrics.csv"
    path.write_text("VARIANT CALLER,,Number of large ROH,1\nVARIANT CALLER,,Percent SNVs,0.08")
    data = collected(tmp_path / "o", path)
    assert list(values(data).values()) == [1]
    assert data["remarks"] == {"unfinished_line": 1}


def test_locale_commas(tmp_path: Path) -> None:
    rows = {
        "S1.ploidy_estimation_metrics.csv": 'PLOIDY ESTIMATION,,Autosomal median coverage,"35,5"\n',
        "S1.sv_metrics.csv": "SV SUMMARY;S1;Number of deletions (PASS);6211;38,875\n",
        "S1.vc_metrics.csv": 'VARIANT CALLER POSTFILTER,S1,SNPs,"3,900,001"\n',
        "S1.roh_metrics.csv": 'VARIANT CALLER,,Number of large ROH ( >= 3000000),"1,234"\n',
    }
    for name, text in rows.items():
        (tmp_path / name).write_text(text)
    data = collected(tmp_path / "out" / "o", tmp_path)
    assert list(values(data).values()) == [3900001, 6211, 38.875, 35.5, None]
    assert data["remarks"] == {
        **{"decimal_comma": 2, "thousands_separator": 1, "ambiguous_mark": 1}
    }


def test_windows_lines_and_a_mark_at_the_beginning(folder: Path, tmp_path: Path) -> None:
    before = collected(tmp_path / "before", folder)
    for path in folder.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert collected(tmp_path / "after", folder)["metrics"] == before["metrics"]


def test_repeated_and_conflicting_metrics(tmp_path: Path) -> None:
    row = "SV SUMMARY,S1,Number of deletions (PASS),"
    (tmp_path / "S1.sv_metrics.csv").write_text(f"{row}5\n{row}5\nSV SUMMARY,S1,Other,1\n")
    again = tmp_path / "again"
    again.mkdir()
    (again / "S1.sv_metrics.csv").write_text("SV SUMMARY,S1,Other,2\nSV SUMMARY,S1,More,0\n")
    data = collected(tmp_path / "o", tmp_path)
    assert values(data) == {
        ("sv", "Number of deletions (PASS)", ""): 5,
        ("sv", "More", ""): 0,
    }
    assert data["remarks"] == {"repeated": 1, "conflicting": 2}
    assert data["conflicts"][0]["values"] == ["1 (S1.sv_metrics.csv)", "2 (S1.sv_metrics.csv)"]
    assert "there with different values: left out" in data["warnings"][0]


def test_the_same_file_in_two_folders_counts_once(folder: Path, tmp_path: Path) -> None:
    write_dragen(folder / "copy", "S1", depth=35.0)
    data = collected(tmp_path / "o", folder)
    assert set(skipped(data).values()) == {"is there twice with the same content"}
    assert "repeated" not in data["remarks"]


def test_files_of_other_samples(folder: Path, tmp_path: Path) -> None:
    write_dragen(folder, "S2", depth=20.0)
    data = collected(tmp_path / "o", folder)
    assert values(data)["coverage", "Average alignment coverage", ""] == 35.0
    assert set(skipped(data).values()) == {"is of another sample (S2)"}
    assert data["skipped"] == 11
    done = run("collect", folder, "--sample", "S3", "--out", tmp_path / "p")
    assert done.exit_code == 64
    assert "the files are of 2 samples (S1, S2), and none is called S3" in done.output
    other = collected(tmp_path / "q", folder, "--alias", "S2", sample="S3")
    assert values(other)["coverage", "Average alignment coverage", ""] == 20.0


def test_a_second_time_in_the_same_folder_gives_the_same(folder: Path) -> None:
    first = collected(folder / "S1", folder)
    assert collected(folder / "S1", folder) == first


@pytest.mark.parametrize(
    "name", ["S1.hard-filtered.vcf.gz.flagstat", "S1_flagstat.txt", "stats.txt"]
)
def test_names_of_files_that_are_known_by_their_content(
    folder: Path, tmp_path: Path, name: str
) -> None:
    (folder / name).write_text("7 + 0 in total (QC-passed reads + QC-failed reads)\n")
    data = collected(tmp_path / "o", folder)
    assert values(data)["alignments", "in total", ""] == 7


def test_an_empty_value_and_empty_columns(tmp_path: Path) -> None:
    path = tmp_path / "S1.vc_metrics.csv"
    rows = ["Number of samples,1,,,", "Child Sample,"]
    path.write_text("".join(f"VARIANT CALLER SUMMARY,,{row}\n" for row in rows) + ",,,\n")
    data = collected(tmp_path / "o", path)
    assert values(data) == {
        ("vc", "Child Sample", ""): None,
        ("vc", "Number of samples", ""): 1,
    }


def test_a_name_of_the_files_is_taken_and_said(folder: Path, tmp_path: Path) -> None:
    data = collected(tmp_path / "o", folder, sample="patient 7")
    assert "the files are called S1" in data["warnings"]
    assert 'S1.vc_metrics.csv: the sample is called "S1" in it' in data["warnings"]
    assert values(data)["vc", "SNPs", "postfilter"] == 3_900_000


def test_calls_of_several_samples_in_one_file(tmp_path: Path) -> None:
    rows = [f"SV SUMMARY,{name},Number of deletions (PASS),{n}\n" for n, name in enumerate("ABC")]
    path = tmp_path / "trio.sv_metrics.csv"
    path.write_text("".join(rows))
    data = collected(tmp_path / "o", path, sample="B")
    assert list(values(data).values()) == [1]
    assert data["remarks"] == {"other_sample": 2}
    done = run("collect", path, "--sample", "D", "--out", tmp_path / "p")
    assert done.exit_code == 65
    assert 'several samples are in it ("A", "B", "C"), none by this name' in done.output


def test_tumor_and_normal(tmp_path: Path) -> None:
    for who in ("tumor", "normal"):
        path = tmp_path / f"S1.wgs_coverage_metrics_{who}.csv"
        path.write_text("COVERAGE SUMMARY,,Aligned reads,7\n")
    text = "TUMOR MAPPING/ALIGNING SUMMARY,,Total input reads,9,100.00\n"
    (tmp_path / "S1.mapping_metrics.csv").write_text(text)
    found = values(collected(tmp_path / "o", tmp_path))
    assert found["coverage", "Aligned reads", "tumor"] == 7
    assert found["coverage", "Aligned reads", "normal"] == 7
    assert found["mapping", "Total input reads", "tumor"] == 9


def test_no_file_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n")
    for places, code, text in (
        ([tmp_path], 65, "no file with metrics could be read (x.csv: is of no kind"),
        ([tmp_path / "no"], 66, "no: is not there"),
    ):
        done = run("collect", *places, "--sample", "S1", "--out", tmp_path / "o")
        assert done.exit_code == code
        assert text in done.output
        assert json.loads(done.output.splitlines()[-1])["code"] == code
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.csv"]


def test_pipes_and_dangling_links_do_not_stop_it(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(folder / "S1.x.sv_metrics.csv")
    (folder / "S1.y.sv_metrics.csv").symlink_to("nowhere")
    found = skipped(collected(tmp_path / "o", folder))
    assert found == {
        "S1.x.sv_metrics.csv": "is not a plain file",
        "S1.y.sv_metrics.csv": "is not there",
    }


def test_names_that_cannot_be_shown(folder: Path, tmp_path: Path) -> None:
    for name in (b"a\xff.csv", b"b\n.csv", b"c.\xff"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("x")
    data = collected(tmp_path / "o", folder)
    reason = "its name cannot be shown; rename it"
    assert skipped(data) == {r"a\udcff.csv": reason, r"b\n.csv": reason}
    assert data["not_looked_at"] == {r".\udcff": 1}


def test_folders_that_are_links_or_closed_are_named(folder: Path, tmp_path: Path) -> None:
    write_dragen(tmp_path / "elsewhere", "S1")
    (folder / "more").symlink_to(tmp_path / "elsewhere")
    closed = folder / "closed"
    closed.mkdir(mode=0)
    found = skipped(collected(tmp_path / "o", folder))
    assert found.pop("more") == "is a link to a folder; give that folder itself"
    if os.geteuid() != 0:  # who may enter everything
        assert found.pop("closed") == "cannot be entered: Permission denied"
    closed.chmod(0o700)
    assert not found


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        ("--date", "22.11.2026", "is not a day such as 2026-11-22"),
        ("--sample", "a/b", "cannot be the name of a sample"),
        ("--alias", "a\tb", "cannot be the name of a sample"),
    ],
)
def test_options_that_make_no_sense(
    folder: Path, tmp_path: Path, option: str, value: str, text: str
) -> None:
    done = run("collect", folder, "--sample", "S1", "--out", tmp_path / "o", option, value)
    assert done.exit_code != 0
    assert text in done.output


def test_a_day_that_was_given(folder: Path, tmp_path: Path) -> None:
    assert collected(tmp_path / "o", folder, "--date", "2026-11-22")["date"] == "2026-11-22"
