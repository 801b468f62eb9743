"""Rows of small contigs are passed over while a file is read, and nothing else is."""

import json
from pathlib import Path
from typing import Any

import pytest
from dragen_files import write_dragen
from hypothesis import given
from hypothesis import strategies as st
from qc_lab import collected

from engines.contract.errors import BadData
from engines.qc.contigs import is_compared, without_small_contigs
from engines.qc.metric import Key
from engines.qc.summary import as_text, read_hashed

CONTIGS = ("chr1", "HLA-A*01:01", "chrUn_KI270302v1", "chrX", "decoy/chr2", "decoy/JTFH")


def key_of(row: dict[str, Any]) -> Key:
    return row["source"], row["category"], row["metric"], row["group"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """What ``collect`` writes of files with small contigs."""
    write_dragen(tmp_path / "in", "S1")
    with open(tmp_path / "in" / "S1.wgs_contig_mean_cov.csv", "a") as out:
        out.writelines(f"{name},1000,{number}.5\n" for number, name in enumerate(CONTIGS[1:3]))
    lines = [f"{name}\t1000\t{number}\t0\n" for number, name in enumerate(CONTIGS)]
    (tmp_path / "in" / "S1.idxstats").write_text("".join(lines) + "*\t0\t0\t7\n")
    collected(tmp_path / "S1", tmp_path / "in")
    return tmp_path / "S1.qc.json"


def test_what_collect_writes_of_small_contigs_is_passed_over(file: Path) -> None:
    data, _ = read_hashed(file)
    slim, digest = read_hashed(file, contigs_of=())
    assert slim["metrics"] == [row for row in data["metrics"] if is_compared(key_of(row))]
    assert len(data["metrics"]) - len(slim["metrics"]) == 2 * 2 + 3 * 3
    assert {**data, "metrics": slim["metrics"]} == slim
    assert digest == read_hashed(file)[1]
    of_alignments, _ = read_hashed(file, contigs_of=("alignments",))
    assert len(of_alignments["metrics"]) == len(slim["metrics"]) + 9
    assert read_hashed(file, contigs_of=("alignments", "contig_coverage"))[0] == data


ROW = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["dragen/contig_mean_cov", "samtools/idxstats", "dragen/x"]),
        "category": st.sampled_from(["contig_coverage", "alignments"]),
        "metric": st.sampled_from(["Aligned bases", "Mean coverage", "mapped reads"]),
        "group": st.text(max_size=6) | st.sampled_from([*CONTIGS, "decoy/", '"', "chr1\n", "\\"]),
        "value": st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
        "unit": st.sampled_from(["", "x", "bases"]),
    }
)


@given(st.lists(ROW, max_size=8), st.text(max_size=8))
def test_only_what_is_not_compared_goes(rows: list[dict[str, Any]], name: str) -> None:
    text = as_text({"sample": name, "metrics": rows}).encode()
    found = json.loads(without_small_contigs(text))
    assert found["sample"] == name
    compared = [row for row in rows if is_compared(key_of(row))]
    assert [row for row in found["metrics"] if is_compared(key_of(row))] == compared


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"value": 1000, "unit": "bases"},\n', '"value": NaN, "unit": "bases"},\n'),
        ('"value": 1000, "unit": "bases"},\n', '"value": 01, "unit": "bases"},\n'),
        ('"value": 1000, "unit": "bases"},\n', '"value": 1000, "unit": "bases"}\n'),
        ('"value": 1000, "unit": "bases"},\n', '"value": 1000},\n'),
        ('"group": "HLA-A*01:01", "value": 1000', '"grp": "HLA-A*01:01", "value": 1000'),
        ('"unit": "reads"}\n  ]', '"unit": "reads"},\n  ]'),
    ],
)
def test_a_broken_file_stays_broken(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
    for contigs in (None, ()):
        with pytest.raises(BadData):
            read_hashed(file, contigs)


def test_cut_off_anywhere(file: Path) -> None:
    content = file.read_bytes()
    start = content.index(b"HLA-A") - 300
    for end in (*range(start, start + 700, 7), len(content) - 2):
        file.write_bytes(content[:end])
        with pytest.raises(BadData):
            read_hashed(file, ())
