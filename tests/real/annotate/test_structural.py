"""Fusions and losses of exons at their real places, by real gene models and real CIViC."""

import gzip
from pathlib import Path

import pytest
from real_civic import FOLDER, civic
from shared_data import shared_data

from engines.annotate.judge import Judge
from engines.annotate.prepare.compile_models import gene_models
from engines.annotate.prepare.joined_genes import GeneFinder
from engines.annotate.variants import StructuralCall
from engines.formats.contigs import KNOWN_LENGTHS

shared_data("annotation", "gene_models")
pytestmark = pytest.mark.real

MODELS = FOLDER / "gene_models" / "Ensembl-v75_build37-hg19_UcscGenePred_CIViC-Genes.ensGene.gz"
LENGTHS = {name: length for name, length in KNOWN_LENGTHS["GRCh37"].items() if length}
LUNG = "Lung Non-small Cell Carcinoma"
GENES = {"ALK", "EML4", "EGFR", "MET", "TMPRSS2", "ERG"}


def transcripts():
    """Of some genes, from the genePred: it counts from 0, and its canonical ones have stars."""
    with gzip.open(MODELS, "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            _, name, chrom, strand, *numbers, symbol = line.split("\t")[:13]
            gene = symbol.strip("*").rpartition("_ENST")[0]
            first, last = map(int, numbers[2:4])
            if gene in GENES and first < last:
                starts, ends = ([int(n) for n in numbers[at].split(",")[:-1]] for at in (5, 6))
                exons = list(zip(starts, ends, strict=True))
                is_first = symbol.startswith("*")
                yield gene, name.partition(".")[0], chrom, strand, (first, last), exons, is_first


def gff_rows():
    """The same as GFF3."""
    extents: dict[str, tuple[str, str, int, int]] = {}
    for gene, _, chrom, strand, _, exons, _ in transcripts():
        _, _, low, high = extents.get(gene, ("", "", exons[0][0], 0))
        extents[gene] = chrom, strand, min(low, exons[0][0]), max(high, exons[-1][1])
    for gene, (chrom, strand, low, high) in extents.items():
        told = f"ID=gene:{gene};Name={gene}"
        yield f"{chrom}\t.\tgene\t{low + 1}\t{high}\t.\t{strand}\t.\t{told}\n"
    for gene, name, chrom, strand, coding, exons, is_first in transcripts():
        tag = ";tag=Ensembl_canonical" if is_first else ""
        told = f"ID=transcript:{name};Parent=gene:{gene}{tag}"
        place = f"{exons[0][0] + 1}\t{exons[-1][1]}"
        yield f"{chrom}\t.\tmRNA\t{place}\t.\t{strand}\t.\t{told}\n"
        for low, high in exons:
            inner = max(low, coding[0]), min(high, coding[1])
            for kind, (start, end) in (("exon", (low, high)), ("CDS", inner)):
                if start < end:
                    tail = f"\t.\t{strand}\t0\tParent=transcript:{name}\n"
                    yield f"{chrom}\t.\t{kind}\t{start + 1}\t{end}{tail}"


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("models")
    path = folder / "civic_genes.gff3"
    path.write_text("".join(gff_rows()))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(folder))
        models = gene_models(path, LENGTHS, {}, folder)
    contig = {name: name for name in LENGTHS} | {name[3:]: name for name in LENGTHS}
    yield GeneFinder([], models, lambda name: contig.get(name, name), str)
    models.close()


@pytest.mark.parametrize(
    ("disease", "kind", "chrom", "pos", "end", "alt", "tier", "told"),
    [
        (LUNG, "INV", "2", 29447000, 42523000, "<INV>", "I-A", "ALK"),
        (LUNG, "DEL", "2", 29447000, 42523000, "<DEL>", "III", ""),
        (LUNG, "BND", "2", 29447000, 0, "[2:42523000[N", "I-A", "ALK"),
        (LUNG, "BND", "2", 29447000, 0, "[2:43523000[N", "III", ""),
        ("Prostate Carcinoma", "DEL", "21", 39872000, 42875000, "<DEL>", "I-B", "TMPRSS2-ERG"),
        ("Glioblastoma", "DEL", "7", 55150000, 55222500, "<DEL>", "I-B", "VIII"),
        ("Glioblastoma", "DEL", "7", 55150000, 55200000, "<DEL>", "III", ""),
        (LUNG, "DEL", "7", 116411750, 116412300, "<DEL>", "I-B", "EXON 14"),
        (LUNG, "DEL", "7", 116409000, 116411000, "<DEL>", "III", ""),
    ],
)  # fmt: skip
def test_what_is_joined_and_what_is_lost(finder, disease, kind, chrom, pos, end, alt, tier, told):
    call = StructuralCall(1, chrom, pos, end or pos, kind, f"{chrom}:{pos}:N:{alt}")
    judge = Judge(civic(), civic().diseases.find(disease), "GRCh37")
    found = judge.structural(finder.of(call, alt, None))
    names = {civic().profiles[match.statement.profile].name for match in found.matches}
    assert found.tier == tier, names
    assert any(told in name for name in names) if told else not any(m.tier for m in found.matches)
