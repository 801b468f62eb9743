"""The real CIViC of February 2021, with hotspots and sites of diseases, compiled once."""

import tempfile
from functools import cache
from pathlib import Path

from shared_data import SHARED

from engines.annotate.evidence import Alteration, Assertion, Item, Part
from engines.annotate.judge import Judge
from engines.annotate.knowledge.compile import Sources, compile_knowledge
from engines.annotate.known import Knowledge
from engines.annotate.variants import Allele, Call, Consequence, StructuralCall
from engines.annotate.verdict import Annotated, AnnotatedStructural

FOLDER = SHARED / "annotation"


@cache
def civic() -> Knowledge:
    files = {
        "civic": (FOLDER / "civic_2021-02",),
        "hotspots": (FOLDER / "hotspots" / "hotspots_v2_and_3d.txt.gz",),
        "disease-sites": (FOLDER / "disease" / "oncotree_phenotypes.tsv.gz",),
    }
    with tempfile.TemporaryDirectory() as folder:
        return compile_knowledge(Sources(files), Path(folder) / "kb.json.gz")


def shows(part: Alteration, number: int = 1) -> Call | StructuralCall | None:
    """A call that is what the part of a profile names; None where this cannot be made."""
    if part.part is Part.FUSION:
        partners = (part.gene, part.partner or "ANOTHER")
        return StructuralCall(number, "1", 1, 2, "BND", "1:1:N:.", partners=partners)
    if part.part is Part.COPY_NUMBER and part.copies == "gain":
        return StructuralCall(number, "1", 1, 2, "CNV", "1:1:N:.", genes=(part.gene,), copies=12.0)
    if part.alleles.get("GRCh37"):
        return _call(number, part.alleles["GRCh37"][0])
    if part.proteins:
        return _call(number, None, _change(part))
    if part.regions.get("GRCh37"):
        first = part.regions["GRCh37"][0]
        longer = Allele(first.chrom, (first.start + first.end) // 2, "A", "A" + "ACG" * 7)
        return _call(number, longer, Consequence(("inframe_insertion",), part.gene, is_chosen=True))
    return None


def _call(number: int, allele: Allele | None, *consequences: Consequence) -> Call:
    allele = allele or Allele("1", number, "C", "T")
    return Call(number, allele, number, allele.name, consequences=consequences or None)


def _change(part: Alteration) -> Consequence:
    terms, change = ("missense_variant",), part.proteins[0]
    return Consequence(terms, part.gene, part.transcript, protein=change, is_chosen=True)


def judged(judge: Judge, call: Call | StructuralCall) -> Annotated | AnnotatedStructural:
    return judge.of(call) if isinstance(call, Call) else judge.structural(call)


def of_statement(knowledge: Knowledge, statement: Assertion | Item) -> Judge:
    """Judges for the disease of the statement itself."""
    disease = statement.doid or statement.disease
    return Judge(knowledge, knowledge.diseases.find(disease), "GRCh37")
