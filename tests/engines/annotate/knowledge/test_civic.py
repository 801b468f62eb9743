"""CIViC in the layouts of 2018, 2021 and now, made up."""

import gzip
from pathlib import Path

import pytest
from knowledge_lab import (
    ASSERTION,
    ITEM,
    NOW,
    OLD,
    V2021,
    VARIANT,
    write_civic,
    write_items,
    write_rows,
)

from engines.annotate.evidence import Kind, Part
from engines.annotate.knowledge.civic import read_civic
from engines.annotate.knowledge.release import Release
from engines.annotate.variants import Allele
from engines.contract.errors import BadData, InputMissing


@pytest.mark.parametrize("layout", [OLD, V2021, NOW], ids=["2018", "2021", "now"])
def test_an_item_is_the_same_in_every_layout(tmp_path: Path, layout: dict[str, str]) -> None:
    found = read_civic([write_items(tmp_path / "e.tsv", [{}], layout)])
    (item,) = found.items
    assert (item.id, item.kind, item.supports, item.level, item.rating) == (
        "EID1", Kind.PREDICTIVE, True, "A", 5,
    )  # fmt: skip
    assert (item.significance, item.doid, item.therapies) == (
        "sensitivity/response", "1909", ("Vemurafenib",),
    )  # fmt: skip
    assert (item.origin, item.citation_id, item.text) == ("somatic", "PubMed:1", 'It "responds".')
    profile = found.profiles[item.profile]
    assert profile.name == "BRAF V600E"
    assert [change.name for change in profile.parts[0].proteins] == ["V600E"]


@pytest.mark.parametrize(
    ("said", "origin"),
    [
        ("Somatic Mutation", "somatic"),
        ("Somatic", "somatic"),
        ("SOMATIC", "somatic"),
        ("Germline Polymorphism", "germline"),
        ("Rare Germline", "germline"),
        ("COMMON_GERMLINE", "germline"),
        ("N/A", "not applicable"),
        ("Unknown", "unknown"),
        ("", "unknown"),
    ],
)
def test_origins_of_all_years_are_the_same_words(tmp_path: Path, said: str, origin: str) -> None:
    found = read_civic([write_items(tmp_path / "e.tsv", [{"origin": said}])])
    assert found.items[0].origin == origin


def test_what_is_skipped_is_counted_by_its_reason(tmp_path: Path) -> None:
    items = [
        {"id": "1"},
        {"id": "2", "status": "submitted"},
        {"id": "3", "kind": "Rumour"},
        {"id": "4", "level": "F"},
        {"id": "5", "direction": "N/A"},
        {"id": "6", "flagged": "true"},
        {"id": ""},
        {"id": "7", "profile": "BRAF Rare Mutation", "profile_id": "8"},
        {"id": "8", "profile": "KRAS Wild type", "profile_id": "9"},
    ]
    (source,) = read_civic([write_items(tmp_path / "e.tsv", items, NOW)]).sources
    assert source.counts == {
        "rows": 9,
        "kept": 3,
        "name not understood": 1,
        "name of a state, matches no variant": 1,
        "name of: protein": 1,
        "skipped: flagged by its curators": 1,
        "skipped: neither supports nor does not": 1,
        "skipped: no id": 1,
        "skipped: status submitted": 1,
        "skipped: unknown kind of evidence": 1,
        "skipped: unknown level": 1,
    }


def test_an_assertion_has_its_tier_and_what_regulators_say(tmp_path: Path) -> None:
    found = read_civic([write_civic(tmp_path / "c")])
    (assertion,) = found.assertions
    assert (assertion.id, assertion.amp, assertion.items) == ("AID7", "I-A", ("EID1", "EID2"))
    assert assertion.is_approved and assertion.has_companion_test
    assert assertion.guideline == "NCCN Melanoma 2.2018"
    assert assertion.profile == found.items[0].profile


@pytest.mark.parametrize(
    ("said", "amp"),
    [("Tier I - Level B", "I-B"), ("TIER_II_LEVEL_C", "II-C"), ("Tier III", "III"),
     ("TIER_IV", "IV"), ("Not Applicable", ""), ("", "")],
)  # fmt: skip
def test_tiers_of_all_years_are_the_same_words(tmp_path: Path, said: str, amp: str) -> None:
    write_rows(tmp_path / "a.tsv", [ASSERTION | {"amp_category": said}])
    write_items(tmp_path / "e.tsv", [{}])
    assert read_civic([tmp_path]).assertions[0].amp == amp


def test_variants_give_coordinates_aliases_and_the_other_genome(tmp_path: Path) -> None:
    found = read_civic([write_civic(tmp_path / "c")])
    (part,) = found.profiles["VID12"].parts
    assert part.alleles == {
        "GRCh37": (Allele("7", 140453136, "A", "T"),),
        "GRCh38": (Allele("7", 140753336, "A", "T"),),
    }
    assert part.transcript == "ENST00000288602"
    assert part.aliases == ("RS113488022", "VAL600GLU")


def test_profiles_of_today_join_variants_by_their_titles(tmp_path: Path) -> None:
    write_rows(tmp_path / "v.tsv", [
        VARIANT | {"feature_name": "BRAF", "feature_type": "Gene"},
        VARIANT | {"gene": "", "feature_name": "EML4::ALK", "variant": "Fusion",
                   "variant_id": "5", "chromosome": "", "hgvs_expressions": ""},
    ])  # fmt: skip
    names = ["BRAF V600E", "EML4::ALK Fusion AND ALK G1202R", "NOT KRAS Mutation AND BRAF V600E",
             "BRAF V600E OR BRAF V600K", "BRAF V600E OR NRAS Q61K", "v::ALK Fusion",
             "(BRAF V600E OR BRAF V600K) AND NRAS Q61K"]  # fmt: skip
    items = [{"id": str(n), "profile": name, "profile_id": str(n)} for n, name in enumerate(names)]
    write_items(tmp_path / "e.tsv", items, NOW)
    profiles = read_civic([tmp_path]).profiles
    told = [[(p.gene, p.part.value, p.partner) for p in profiles[f"MP{n}"].parts] for n in range(7)]
    assert told == [
        [("BRAF", "protein", "")],
        [("ALK", "fusion", "EML4"), ("ALK", "protein", "")],
        [("KRAS", "state", ""), ("BRAF", "protein", "")],
        [("BRAF", "protein", "")],
        [("BRAF", "unknown", "")],
        [("ALK", "fusion", "")],
        [("BRAF", "unknown", "")],
    ]
    assert profiles["MP0"].parts[0].alleles
    assert [c.name for c in profiles["MP3"].parts[0].proteins] == ["V600E", "V600K"]


def test_rows_with_tabs_too_many_are_read_and_counted(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "v.tsv", [VARIANT])
    path.write_text(path.read_text().rstrip("\n") + "\tone\ttwo\n")
    write_items(tmp_path / "e.tsv", [{}])
    found = read_civic([tmp_path])
    assert found.profiles["VID12"].parts[0].alleles
    assert found.sources[1].counts == {"rows": 1, "rows with too many fields": 1}


def test_quotes_are_text_and_compressed_files_are_the_same(tmp_path: Path) -> None:
    plain = write_items(tmp_path / "e.tsv", [{"text": '"half a quote'}, {"id": "2"}])
    packed = tmp_path / "packed.tsv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    one, other = read_civic([plain]), read_civic([packed])
    assert one.items == other.items
    assert one.items[0].text == '"half a quote'
    assert one.sources[0].sha256 == other.sources[0].sha256


def test_the_day_is_that_of_the_name_else_of_the_newest_review(tmp_path: Path) -> None:
    named = write_items(tmp_path / "01-Oct-2018-ClinicalEvidenceSummaries.tsv", [{}])
    folder = write_items(tmp_path / "civic-2026-11-20" / "nightly.tsv", [{}])
    nobody = write_items(tmp_path / "nightly.tsv", [{}, {"id": "2", "reviewed": "2021-02-09 x"}])
    assert read_civic([named]).sources[0].date == "2018-10-01"
    assert read_civic([folder]).sources[0].date == "2026-11-20"
    assert read_civic([nobody]).sources[0].date == "2021-02-09"
    said = read_civic([nobody], Release("nightly", "2021-02-25")).sources[0]
    assert (said.release, said.date) == ("nightly", "2021-02-25")


def test_a_folder_without_evidence_is_refused(tmp_path: Path) -> None:
    write_rows(tmp_path / "v.tsv", [VARIANT])
    with pytest.raises(InputMissing, match="no evidence summaries"):
        read_civic([tmp_path])


def test_another_table_and_two_of_a_kind_are_refused(tmp_path: Path) -> None:
    one = write_items(tmp_path / "e.tsv", [ITEM])
    with pytest.raises(BadData, match="no summary of CIViC"):
        read_civic([one, write_rows(tmp_path / "x.tsv", [{"a": "1"}])])
    with pytest.raises(BadData, match="evidence twice"):
        read_civic([one, write_items(tmp_path / "e2.tsv", [ITEM])])


def test_a_strange_file_of_a_folder_is_told_and_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_items(tmp_path / "e.tsv", [{}])
    write_rows(tmp_path / "notes.tsv", [{"a": "1"}])
    assert len(read_civic([tmp_path]).items) == 1
    assert "notes.tsv: no summary of CIViC's" in capsys.readouterr().err


def test_an_item_with_the_variant_id_of_another_gene_is_taken_by_gene_and_name(
    tmp_path: Path,
) -> None:
    write_rows(tmp_path / "v.tsv", [
        VARIANT | {"variant_id": "18", "gene": "CCND1", "variant": "AMPLIFICATION"},
        VARIANT | {"variant_id": "306", "gene": "ERBB2", "variant": "AMPLIFICATION"},
    ])  # fmt: skip
    item = {"gene": "ERBB2", "variant": "AMPLIFICATION", "variant_id": "18"}
    found = read_civic([write_items(tmp_path / "e.tsv", [item]), tmp_path / "v.tsv"])
    assert found.items[0].profile == "VID306"
    assert found.profiles["VID306"].parts[0].gene == "ERBB2"
    assert found.sources[0].counts["variant id of another gene: taken by gene and name"] == 1


def test_parts_of_unknown_names_match_nothing(tmp_path: Path) -> None:
    found = read_civic([write_items(tmp_path / "e.tsv", [{"variant": "Whatever It Is"}])])
    (part,) = found.profiles["VID12"].parts
    assert part.part is Part.UNKNOWN
    assert not part.alleles
