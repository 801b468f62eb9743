"""Compiled knowledge: as it was, the same bytes, nothing half, and refused where damaged."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from knowledge_lab import ITEM, write_civic, write_rows

from engines.annotate.knowledge.compile import Sources, compile_knowledge
from engines.annotate.knowledge.release import Release
from engines.annotate.knowledge.store import load
from engines.annotate.known import Knowledge
from engines.contract.errors import BadData, BadUsage, InputMissing


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    hotspot = {"hugo_symbol": "BRAF", "amino_acid_position": "600", "type": "single residue",
               "variant_amino_acid": "E:9|K:1", "tumor_count": "10"}  # fmt: skip
    site = {"do_id": "DOID:1909", "do_name": "melanoma", "primary_site": "Skin"}
    return Sources(
        {
            "civic": (write_civic(tmp_path / "civic", [{}, {"id": "2", "variant": "MUTATION",
                                                            "variant_id": "13"}]),),
            "hotspots": (write_rows(tmp_path / "h.tsv", [hotspot]),),
            "gene-roles": (write_rows(tmp_path / "r.tsv", [{"gene": "BRAF", "role": "oncogene"}]),),
            "secondary": (write_rows(tmp_path / "s.tsv", [{"gene": "BRCA1"}]),),
            "disease-sites": (write_rows(tmp_path / "d.tsv", [site]),),
        },
        {"hotspots": Release("v2", "2017-12-15")},
    )  # fmt: skip


def test_what_is_loaded_is_what_was_compiled(sources: Sources, tmp_path: Path) -> None:
    made = compile_knowledge(sources, tmp_path / "kb.json.gz")
    found = load(tmp_path / "kb.json.gz")
    assert found.sources == made.sources
    assert (found.items, found.assertions, found.profiles) == (
        made.items, made.assertions, made.profiles,
    )  # fmt: skip
    assert (found.hotspots, found.roles, found.secondary) == (
        made.hotspots, made.roles, made.secondary,
    )  # fmt: skip
    assert found.diseases.diseases == made.diseases.diseases
    assert found.diseases.find("Melanoma").site == "Skin"
    assert [each.role for each in found.sources] == [
        "evidence", "assertions", "variants", "hotspots", "gene_roles", "secondary",
        "disease_sites",
    ]  # fmt: skip


def test_the_same_sources_give_the_same_bytes(sources: Sources, tmp_path: Path) -> None:
    compile_knowledge(sources, tmp_path / "one.json.gz")
    compile_knowledge(sources, tmp_path / "other.json.gz")
    assert (tmp_path / "one.json.gz").read_bytes() == (tmp_path / "other.json.gz").read_bytes()


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    items = [{"id": str(n), "variant_id": str(n), "variant": f"V{n}E"} for n in range(1, 30)]
    for name, rows in (("one", items), ("other", items[::-1])):
        folder = write_civic(tmp_path / name, rows)
        compile_knowledge(Sources({"civic": (folder,)}), tmp_path / f"{name}.gz")
    one, other = load(tmp_path / "one.gz"), load(tmp_path / "other.gz")
    assert (one.items, one.profiles, one.assertions) == (
        other.items,
        other.profiles,
        other.assertions,
    )


def test_statements_that_share_an_id_are_refused(sources: Sources, tmp_path: Path) -> None:
    lab = {"id": "1", "gene": "BRAF", "variant": "V600E", "disease": "Melanoma", "level": "A",
           "type": "predictive", "significance": "resistance"}  # fmt: skip
    for folder in ("a", "b"):
        write_rows(tmp_path / folder / "lab.tsv", [lab])
    twice = (tmp_path / "a/lab.tsv", tmp_path / "b/lab.tsv")
    with pytest.raises(BadData, match="lab:1 is there twice"):
        compile_knowledge(Sources({"own-evidence": twice}), tmp_path / "kb.gz")
    assert not (tmp_path / "kb.gz").exists()


def test_no_source_and_a_day_of_no_source_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="no source of knowledge"):
        compile_knowledge(Sources({"civic": ()}), tmp_path / "kb.gz")
    dated = Sources({"civic": (tmp_path,)}, {"oncokb": Release("", "2026-01-01")})
    with pytest.raises(BadUsage, match="a date is given for oncokb, but no oncokb"):
        compile_knowledge(dated, tmp_path / "kb.gz")


@pytest.mark.parametrize(
    "data",
    [
        b"no gzip",
        gzip.compress(b"no json"),
        gzip.compress(b"[]"),
        gzip.compress(b'{"format": "another"}'),
        gzip.compress(b'{"format": "plumbline knowledge", "version": 99}'),
        gzip.compress(b'{"format": "plumbline knowledge", "version": 1}'),
    ],
)
def test_what_is_no_knowledge_is_refused_and_what_to_do_is_said(
    data: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "kb.json.gz"
    path.write_bytes(data)
    with pytest.raises(BadData) as caught:
        load(path)
    assert str(path) in caught.value.message
    assert "plumbline knowledge compile" in caught.value.hint


def test_a_file_that_was_cut_off_is_refused(sources: Sources, tmp_path: Path) -> None:
    path = tmp_path / "kb.json.gz"
    compile_knowledge(sources, path)
    whole = path.read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(BadData):
            load(path)
    with pytest.raises(InputMissing):
        load(tmp_path / "nowhere.gz")


def test_knowledge_without_diseases_is_whole() -> None:
    assert Knowledge([], {}, [], []).diseases.diseases == []


def test_text_of_any_kind_survives(tmp_path: Path) -> None:
    text = 'β "x" \\ 中'
    folder = write_civic(tmp_path / "c", [{"text": text}])
    compile_knowledge(Sources({"civic": (folder,)}), tmp_path / "kb.gz")
    assert load(tmp_path / "kb.gz").items[0].text == text
    assert ITEM["text"] != text
    assert json.loads(gzip.decompress((tmp_path / "kb.gz").read_bytes()))["version"] == 1
    assert replace(load(tmp_path / "kb.gz").items[0], text="").text == ""
