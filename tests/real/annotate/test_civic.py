"""Real CIViC of 2018 and 2021: every name read or counted, joins by id, what notes say of drift."""

import gzip
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from shared_data import shared_data

from engines.annotate.evidence import Alteration, Condition, Item, Part
from engines.annotate.knowledge.civic import read_civic
from engines.annotate.knowledge.compare import compare, summary
from engines.annotate.knowledge.compile import Sources, compile_knowledge
from engines.annotate.knowledge.stability import prior, stability
from engines.annotate.knowledge.store import load
from engines.annotate.known import Knowledge
from engines.annotate.variants import Allele
from engines.annotate.verdict import Nearness

pytestmark = pytest.mark.real
DATA = shared_data("annotation")


@cache
def civic(year: str) -> Knowledge:
    return read_civic([DATA / f"civic_{year}"])


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("kb") / "kb.json.gz"
    sources = {
        "civic": (DATA / "civic_2021-02",),
        "hotspots": (DATA / "hotspots" / "hotspots_v2_and_3d.txt.gz",),
        "disease-sites": (DATA / "disease" / "oncotree_phenotypes.tsv.gz",),
    }
    compile_knowledge(Sources(sources), out)
    return out


def parts_of(knowledge: Knowledge, gene: str, name: str) -> tuple[Alteration, ...]:
    found = [p for p in knowledge.profiles.values() if p.name == f"{gene} {name}"]
    assert len(found) == 1
    return found[0].parts


def kinds(knowledge: Knowledge) -> Counter[str]:
    return Counter(
        "+".join(part.part for part in knowledge.profiles[item.profile].parts)
        for item in knowledge.items
    )


def test_every_row_of_2021_is_kept_or_counted() -> None:
    evidence, assertions, variants, _genes = civic("2021-02").sources
    counts = evidence.counts
    assert counts["rows"] == 3706
    assert counts["kept"] + counts["skipped: neither supports nor does not"] == 3706
    named = sum(n for word, n in counts.items() if word.startswith("name"))
    assert named == counts["kept"] == 3639
    assert (assertions.counts["rows"], assertions.counts["with an AMP level"]) == (19, 14)
    assert variants.counts == {"rows": 1467, "rows with too many fields": 6}
    assert evidence.sha256 == "8f9cab5829ca9f5e100eba0fc658154e2dbd27c10a445fc967f48c68a4976a89"


def test_ten_items_of_2021_have_names_that_nobody_can_read() -> None:
    knowledge = civic("2021-02")
    unread = sorted(
        profile.name
        for profile in knowledge.profiles.values()
        if any(part.part is Part.UNKNOWN for part in profile.parts)
    )
    assert unread == [
        "ABL1 Non-P-Loop Mutation", "BRAF Non-V600", "EGFR P772_V774insPHV", "EGFR RARE EGRF MUT",
        "EGFR RARE Exon 18-21 Mutation", "EPCAM 3' EXON DELETION", "PIK3CA Rare Mutation",
    ]  # fmt: skip
    assert kinds(knowledge)["unknown"] == 10


def test_nine_items_of_2018_have_names_that_nobody_can_read() -> None:
    assert civic("2018-10").sources[0].counts["kept"] == 2884
    assert kinds(civic("2018-10"))["unknown"] == 9


Model = tuple[str, int, int, list[int], list[int]]  # strand, coding from, to, exons from, to


@cache
def gene_models() -> dict[str, Model]:
    path = DATA / "gene_models" / "Ensembl-v75_build37-hg19_UcscGenePred_CIViC-Genes.ensGene.gz"
    models: dict[str, Model] = {}
    with gzip.open(path, "rt") as lines:
        next(lines)
        for line in lines:
            fields = line.split("\t")
            starts, ends = ([int(n) for n in fields[c].strip(",").split(",")] for c in (9, 10))
            coding = int(fields[6]), int(fields[7])
            models[fields[1].partition(".")[0]] = (fields[3], *coding, starts, ends)
    return models


def codon(model: Model, pos: int) -> int | None:
    strand, first, last, starts, ends = model
    bases = [
        base
        for start, end in zip(starts, ends, strict=True)
        for base in range(max(start, first), min(end, last))
    ]
    if strand == "-":
        bases.reverse()
    return bases.index(pos - 1) // 3 + 1 if pos - 1 in bases else None


def test_the_place_of_every_base_agrees_with_the_residue_of_its_name() -> None:
    """By the gene models that CIViC used: 532 of 532."""
    agree, wrong = 0, []
    for profile in civic("2021-02").profiles.values():
        for part in profile.parts:
            bases = [a for a in part.alleles.get("GRCh37", ()) if len(a.ref) == len(a.alt) == 1]
            model = gene_models().get(part.transcript)
            if part.part is not Part.PROTEIN or not bases or model is None:
                continue
            if {codon(model, a.pos) for a in bases} & {c.start for c in part.proteins}:
                agree += 1
            else:
                wrong.append(profile.name)
    assert not wrong
    assert agree == 532


def test_other_names_agree_on_the_kind_of_change() -> None:
    """An alias may be numbered otherwise; where it is numbered alike it is the same change."""
    knowledge = civic("2021-02")
    odd = [
        (profile.name, other.name)
        for profile in knowledge.profiles.values()
        for part in profile.parts
        for other in part.other_proteins
        if part.proteins
        and any(c.start == other.start and c.ref[:1] != other.ref[:1] for c in part.proteins)
        and "X" not in other.ref
    ]
    assert len(odd) <= 3, odd


def test_traps_in_the_real_files() -> None:
    knowledge = civic("2021-02")
    fusion, change = parts_of(knowledge, "ABL1", "BCR-ABL T315I")
    assert (fusion.part, fusion.partner) == (Part.FUSION, "BCR")
    assert change.alleles["GRCh37"] == (Allele("9", 133748283, "C", "T"),)
    assert [each.name for each in change.other_proteins] == ["T334I"]
    (histone,) = parts_of(knowledge, "H3-3A", "K27M")
    assert [each.name for each in histone.other_proteins] == ["K28M"]
    (braf,) = parts_of(knowledge, "BRAF", "V600E")
    assert braf.alleles["GRCh37"] == (Allele("7", 140453136, "A", "T"),)
    (tert,) = parts_of(knowledge, "TERT", "C228T")
    assert tert.part is Part.ALLELE and not tert.proteins
    (skipping,) = parts_of(knowledge, "MET", "EXON 14 SKIPPING MUTATION")
    assert skipping.condition is Condition.SPLICE and skipping.exons == (14,)
    (small,) = parts_of(knowledge, "EGFR", "EXON 19 DELETION")
    (gone,) = parts_of(knowledge, "EGFR", "EXON 4 DELETION")
    assert (small.condition, gone.part) == (Condition.INFRAME_DELETION, Part.COPY_NUMBER)
    assert len(parts_of(knowledge, "EGFR", "Ex19 del L858R")) == 2
    (itd,) = parts_of(knowledge, "FLT3", "ITD")
    assert itd.regions["GRCh37"][0].chrom == "13"
    (dpyd,) = parts_of(knowledge, "DPYD", "DPYD*2A HOMOZYGOSITY")
    assert dpyd.condition is Condition.HOMOZYGOUS and dpyd.alleles


def test_alleles_of_the_other_genome_come_from_hgvs() -> None:
    alleles = [
        part.alleles
        for profile in civic("2021-02").profiles.values()
        for part in profile.parts
        if part.alleles
    ]
    assert sum("GRCh37" in each for each in alleles) > 580
    assert sum("GRCh38" in each for each in alleles) >= 14


def test_drift_is_as_the_notes_measured_it() -> None:
    counts = summary(compare(civic("2018-10"), civic("2021-02")))
    assert counts["changed: level"] == 24
    assert counts["changed: disease"] == pytest.approx(522, abs=3)
    assert counts["changed: name"] == pytest.approx(277, abs=3)
    # 22 are gone; of the others some no longer say whether they support anything
    assert 22 <= counts["removed"] <= 35


def test_the_shipped_prior_is_made_from_these_releases() -> None:
    made = stability(civic("2018-10"), civic("2021-02"))
    shipped = prior()
    assert {key: shipped[key] for key in made} == made
    assert (made["tier"]["I-A"]["kept"], made["tier"]["I-A"]["pairs"]) == (35, 35)


def test_compiled_it_loads_and_is_the_same_twice(compiled: Path, tmp_path: Path) -> None:
    found = load(compiled)
    assert len(found.items) == 3639 and len(found.hotspots) == 904
    again = tmp_path / "again.gz"
    sources = {"civic": (DATA / "civic_2021-02",),
               "hotspots": (DATA / "hotspots" / "hotspots_v2_and_3d.txt.gz",),
               "disease-sites": (DATA / "disease" / "oncotree_phenotypes.tsv.gz",)}  # fmt: skip
    compile_knowledge(Sources(sources), again)
    assert again.read_bytes() == compiled.read_bytes()


def test_hotspots_have_their_counts(compiled: Path) -> None:
    spot = load(compiled).hotspots["NRAS", 61]
    assert (spot.samples, spot.changes["R"], spot.changes["*"]) == (422, 204, 1)


def test_diseases_by_site(compiled: Path) -> None:
    knowledge = load(compiled)
    diseases = knowledge.diseases
    assert diseases.find("colorectal cancer").site == "Colon/Rectum"
    assert diseases.find("DOID:3908").site == "Lung"
    melanoma = diseases.find("Melanoma")

    def near(item: Item) -> Nearness:
        return diseases.nearness(melanoma, item)

    by_name = {item.disease: near(item) for item in knowledge.items}
    assert by_name["Melanoma"] is Nearness.SAME
    assert by_name["Skin Melanoma"] is Nearness.SAME_SITE
    assert by_name["Cancer"] is Nearness.PAN_CANCER
    assert by_name["Colorectal Cancer"] is Nearness.OTHER


def test_most_diseases_of_civic_have_a_site(compiled: Path) -> None:
    knowledge = load(compiled)
    diseases = knowledge.diseases
    tumours = [item for item in knowledge.items if item.doid != "162"]
    without = [
        each for each in tumours if not each.doid or not diseases.site(diseases.find(each.doid))
    ]
    assert len(tumours) > 3400
    assert len(without) < 210
