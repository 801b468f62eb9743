"""Diseases: found by id, name and code; near to one another by id, hierarchy and site."""

from dataclasses import replace
from pathlib import Path

import pytest
from knowledge_lab import write_civic, write_rows

from engines.annotate.evidence import Item
from engines.annotate.knowledge.civic import read_civic
from engines.annotate.knowledge.disease_tables import DiseaseTables
from engines.annotate.knowledge.diseases import DiseaseMap
from engines.annotate.verdict import Nearness
from engines.contract.errors import BadData, BadUsage

OBO = """format-version: 1.2
data-version: doid/releases/2026-10-31/doid.obo

[Term]
id: DOID:162
name: cancer

[Term]
id: DOID:1909
name: melanoma
alt_id: DOID:999
synonym: "malignant melanoma" EXACT [X:1]
synonym: "mole" RELATED []
xref: UMLS_CUI:C0025202
is_a: DOID:162 ! cancer

[Term]
id: DOID:8923
name: skin melanoma
is_a: DOID:1909 ! melanoma

[Term]
id: DOID:9256
name: colorectal cancer
is_a: DOID:162 ! cancer

[Term]
id: DOID:5
name: gone
is_obsolete: true
replaced_by: DOID:9256

[Typedef]
id: part_of
"""
SITES = [
    ("C0025202", "Melanoma", "Skin", "DOID:1909", "melanoma"),
    ("C1", "Skin melanoma", "Skin", "DOID:8923", "skin melanoma"),
    ("C2", "Basal cell carcinoma", "Skin", "DOID:2513", "basal cell carcinoma"),
    ("C3", "Colon carcinoma", "Colon/Rectum", "DOID:9256", "colorectal cancer"),
    ("C4", "Rare thing", "Bone", "NA", "NA"),
    ("C5", "AML", "Myeloid", "DOID:9119", "acute myeloid leukemia"),
]


@pytest.fixture
def item(tmp_path: Path) -> Item:
    return read_civic([write_civic(tmp_path / "civic")]).items[0]


def sites(tmp_path: Path) -> Path:
    columns = ("cui", "cui_name", "primary_site", "do_id", "do_name")
    rows = [dict(zip(columns, row, strict=True)) for row in SITES]
    return write_rows(tmp_path / "sites.tsv", rows)


def obo(tmp_path: Path) -> Path:
    path = tmp_path / "doid.obo"
    path.write_text(OBO)
    return path


@pytest.fixture
def whole(tmp_path: Path) -> DiseaseMap:
    tables = DiseaseTables()
    tables.add_obo(obo(tmp_path))
    tables.add_sites(sites(tmp_path))
    tables.add_named([("Her2-receptor Positive Breast Cancer", "0060079")])
    return tables.build()


@pytest.mark.parametrize(
    ("asked", "doid"),
    [
        ("melanoma", "1909"), ("Melanoma", "1909"), ("DOID:1909", "1909"), ("doid:1909", "1909"),
        ("1909", "1909"), ("malignant  melanoma", "1909"), ("C0025202", "1909"),
        ("DOID:999", "1909"), ("DOID:5", "9256"), ("colon carcinoma", "9256"),
        ("her2-receptor positive breast cancer", "0060079"),
    ],
)  # fmt: skip
def test_a_disease_is_found_however_it_is_called(whole: DiseaseMap, asked: str, doid: str) -> None:
    assert whole.find(asked).id == doid


def test_a_disease_of_no_name_says_what_is_near(whole: DiseaseMap) -> None:
    with pytest.raises(BadUsage, match=r'"melanomma": unknown; did you mean melanoma\?'):
        whole.find("melanomma")
    with pytest.raises(BadUsage, match="unknown"):
        whole.find("mole")  # only related, not the same
    with pytest.raises(BadUsage, match='"DOID:123456": unknown'):
        whole.find("DOID:123456")
    with pytest.raises(BadUsage, match=r"did you mean colorectal cancer\?"):
        whole.find("colorectal")
    with pytest.raises(BadUsage) as caught:
        whole.find("COAD")
    assert "--oncotree was compiled" in caught.value.hint


NEAR = [
    ("melanoma", "1909", "Melanoma", Nearness.SAME),
    ("melanoma", "999", "Old Melanoma", Nearness.SAME),
    ("melanoma", "8923", "Skin Melanoma", Nearness.RELATED),
    ("skin melanoma", "1909", "Melanoma", Nearness.RELATED),
    ("melanoma", "162", "Cancer", Nearness.PAN_CANCER),
    ("melanoma", "", "Solid Tumor", Nearness.PAN_CANCER),
    ("acute myeloid leukemia", "", "Solid Tumor", Nearness.OTHER),
    ("melanoma", "2513", "Basal Cell Carcinoma", Nearness.SAME_SITE),
    ("melanoma", "9256", "Colorectal Cancer", Nearness.OTHER),
    ("cancer", "9256", "Colorectal Cancer", Nearness.OTHER),
    ("cancer", "162", "Cancer", Nearness.SAME),
    ("melanoma", "", "", Nearness.OTHER),
    ("melanoma", "", "melanoma", Nearness.SAME),
]


@pytest.mark.parametrize(("asked", "doid", "name", "near"), NEAR)
def test_how_near(
    whole: DiseaseMap, item: Item, asked: str, doid: str, name: str, near: Nearness
) -> None:
    theirs = replace(item, doid=doid, disease=name)
    assert whole.nearness(whole.find(asked), theirs) is near


def test_without_a_hierarchy_the_site_says_it(tmp_path: Path, item: Item) -> None:
    tables = DiseaseTables()
    tables.add_sites(sites(tmp_path))
    found = tables.build()
    assert not found.has_hierarchy
    skin = replace(item, doid="8923", disease="Skin Melanoma")
    assert found.nearness(found.find("melanoma"), skin) is Nearness.SAME_SITE


def test_without_any_table_only_the_ids_say_it(item: Item) -> None:
    nothing = DiseaseMap()
    asked = nothing.find("DOID:1909")
    assert nothing.nearness(asked, item) is Nearness.SAME
    assert nothing.nearness(asked, replace(item, doid="8923")) is Nearness.OTHER
    assert nothing.nearness(asked, replace(item, doid="162")) is Nearness.PAN_CANCER


def test_a_disease_without_a_site_has_that_of_its_ancestors(tmp_path: Path) -> None:
    tables = DiseaseTables()
    tables.add_obo(obo(tmp_path))
    tables.add_sites(write_rows(tmp_path / "s.tsv", [
        {"do_id": "DOID:1909", "do_name": "melanoma", "primary_site": "Skin"}]))  # fmt: skip
    found = tables.build()
    assert found.site(found.find("skin melanoma")) == "Skin"
    assert found.site(found.find("colorectal cancer")) == ""


def test_a_site_that_has_the_name_without_the_id_is_its_site(tmp_path: Path) -> None:
    tables = DiseaseTables()
    tables.add_sites(sites(tmp_path))
    tables.add_named([("Rare Thing", "4242")])
    assert tables.build().find("DOID:4242").site == "Bone"


def test_oncotree_codes_are_joined_by_umls(tmp_path: Path) -> None:
    tables = DiseaseTables()
    tables.add_obo(obo(tmp_path))
    tables.add_oncotree(write_rows(tmp_path / "o.txt", [
        {"level_1": "Skin (SKIN)", "level_2": "Melanoma (MEL)", "metaumls": "C0025202"},
        {"level_1": "Bone (BONE)", "level_2": "Chordoma (CHDM)", "metaumls": "C9"},
    ]))  # fmt: skip
    found = tables.build()
    assert found.find("MEL").id == "1909"
    assert found.find("chdm").name == "Chordoma"
    source = tables.sources[-1]
    assert source.counts == {"rows": 2, "joined": 1, "of no other table": 1}


def test_oncotree_says_which_disease_is_wider(tmp_path: Path, item: Item) -> None:
    """Without the ontology: lung adenocarcinoma is a non-small cell carcinoma."""
    sites = [
        {"do_id": f"DOID:{doid}", "do_name": name, "primary_site": "Lung", "cui": cui,
         "cui_name": name}
        for doid, name, cui in (
            ("3908", "NSCLC", "C7"), ("3910", "adenocarcinoma", "C8"), ("3907", "squamous", "C6"),
        )
    ]  # fmt: skip
    tables = DiseaseTables()
    tables.add_sites(write_rows(tmp_path / "sites.tsv", sites))
    lung = {"level_1": "Lung (LUNG)", "level_2": "Non-Small Cell (NSCLC)"}
    tables.add_oncotree(write_rows(tmp_path / "o.txt", [
        lung | {"level_3": "", "level_4": "", "metaumls": "C7"},
        lung | {"level_3": "Unjoined (UNJ)", "level_4": "", "metaumls": "C99"},
        lung | {"level_3": "Unjoined (UNJ)", "level_4": "Adeno (LUAD)", "metaumls": "C8"},
        lung | {"level_3": "Squamous (LUSC)", "level_4": "", "metaumls": "C6"},
    ]))  # fmt: skip
    found = tables.build()
    wider = replace(item, doid="3908", disease="NSCLC")
    beside = replace(item, doid="3907", disease="squamous")
    assert found.has_hierarchy
    assert found.nearness(found.find("LUAD"), wider) is Nearness.RELATED
    assert found.nearness(found.find("LUAD"), beside) is Nearness.SAME_SITE
    assert found.nearness(found.find("NSCLC"), beside) is Nearness.RELATED


def test_the_ontology_has_the_day_it_tells(tmp_path: Path) -> None:
    tables = DiseaseTables()
    tables.add_obo(obo(tmp_path))
    (source,) = tables.sources
    assert (source.date, source.counts) == ("2026-10-31", {"diseases": 4, "merged ids": 2})


def test_a_file_that_is_no_ontology_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.obo"
    path.write_text("nothing\n")
    with pytest.raises(BadData, match="no term of the Disease Ontology"):
        DiseaseTables().add_obo(path)


def test_a_ring_in_the_hierarchy_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "ring.obo"
    path.write_text("[Term]\nid: DOID:7\nname: a\nis_a: DOID:8\n\n[Term]\nid: DOID:8\nname: b\n"
                    "is_a: DOID:7\n")  # fmt: skip
    tables = DiseaseTables()
    tables.add_obo(path)
    found = tables.build()
    assert found.ancestors("7") == {"7", "8"}
    assert found.site(found.find("a")) == ""
