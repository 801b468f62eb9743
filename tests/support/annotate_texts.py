"""A small made-up knowledge base and verdicts, for the tests of texts, report and history."""

import json
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from engines.annotate.evidence import (
    Alteration,
    Assertion,
    Hotspot,
    Item,
    Kind,
    Part,
    Profile,
    Source,
)
from engines.annotate.knowledge.diseases import Disease, DiseaseMap
from engines.annotate.known import Knowledge
from engines.annotate.stream import message
from engines.annotate.stream.message import is_worth_listing
from engines.annotate.stream.summary import SCHEMA
from engines.annotate.stream.tally import Tally
from engines.annotate.texts.setting import Setting
from engines.annotate.variants import Allele, Call, Consequence, ProteinChange, StructuralCall
from engines.annotate.verdict import (
    Annotated,
    AnnotatedStructural,
    Code,
    Confidence,
    Context,
    ContextTier,
    Match,
    Nearness,
    Oncogenicity,
    Rung,
)
from engines.formats.bed import Intervals, Regions

MELANOMA = Disease("1909", "melanoma", "Skin")
LUNG = Disease("3908", "lung non-small cell carcinoma", "Lung")
SHA = "0" * 64
ROOT = Path(__file__).resolve().parents[2]
SUMMARY_SCHEMA = json.loads(
    (ROOT / "workflow/schemas/annotation.summary.schema.json").read_text("utf-8")
)


def item(name="EID1", level="A", **changed):
    """A predictive item on P1 in melanoma."""
    return replace(
        Item(
            id=name,
            source="CIViC",
            profile="P1",
            kind=Kind.PREDICTIVE,
            supports=True,
            significance="sensitivity/response",
            disease="Melanoma",
            doid="1909",
            therapies=("Dabrafenib", "Trametinib"),
            interaction="combination",
            origin="somatic",
            text="It helps.",
            url=f"https://civicdb.org/links/evidence/{name[3:]}",
            level=level,
            rating=4,
            citation="Someone et al., 2020",
            citation_id=name,
        ),
        **changed,
    )


def assertion(name="AID1", **changed):
    """An assertion on P1 in melanoma, which no regulator has spoken of."""
    fields = {"source", "profile", "kind", "supports", "significance", "disease", "doid"}
    fields |= {"therapies", "interaction", "origin", "text", "url"}
    shared = {key: getattr(item(name), key) for key in fields}
    made = Assertion(
        id=name, amp="I-A", guideline="", is_approved=False, has_companion_test=False, items=(),
        **shared,
    )  # fmt: skip
    return replace(made, **changed)


def profile(name, gene, alteration, part=Part.PROTEIN, pos=None, **more):
    """A profile of one part; with ``pos``, its allele is there on chromosome 7."""
    alleles = {"GRCh37": (Allele("7", pos, "A", "T"),)} if pos else {}
    made = Alteration(gene, part, alteration, alleles=alleles, **more)
    return Profile(name, f"{gene} {alteration}", (made,))


def knowledge(items=(), assertions=(), **changed):
    """BRAF and EGFR, with summaries, a hotspot, roles and a list of secondary findings."""
    profiles = {
        "P1": profile("P1", "BRAF", "V600E", pos=1000),
        "P2": profile("P2", "EGFR", "T790M", pos=2000),
        "P3": profile("P3", "KIT", "AMPLIFICATION", part=Part.COPY_NUMBER, copies="gain"),
        "P4": profile("P4", "NRAS", "Q61R"),
    }
    sources = [
        Source("CIViC", "evidence", "", "2026-11-01", SHA, "CC0", {}),
        Source("cancerhotspots", "hotspots", "v2", "2017-12-15", SHA, "", {}),
        Source("roles", "gene_roles", "", None, SHA, "", {}),
        Source("ACMG SF", "secondary", "3.2", "2026-10-01", SHA, "", {}),
    ]
    text = "BRAF is a kinase.\nVemurafenib is FDA-approved. It is often changed."
    made = Knowledge(
        sources,
        profiles,
        list(items),
        list(assertions),
        hotspots={("BRAF", 600): Hotspot("BRAF", 600, 897, {"E": 833}, "")},
        roles={"BRAF": frozenset({"oncogene"})},
        summaries={"BRAF": (text, "CIViC:gene:5")},
        secondary=frozenset({"BRCA1"}),
        diseases=DiseaseMap([MELANOMA, LUNG]),
    )
    for name, value in changed.items():
        setattr(made, name, value)
    return made


def regions(*pairs, name="callable.bed"):
    """Callable stretches of chromosome 7, 0-based and half open."""
    return Regions(Path("/somewhere") / name, {"7": Intervals.of(pairs)})


def setting(**changed):
    """Melanoma on GRCh37, with consequences, normal and population source."""
    usual = Setting(
        disease=MELANOMA,
        build="GRCh37",
        proof="by the lengths of 24 contigs",
        calls="tumour.vcf.gz",
        today=date(2026, 11, 22),
        sample="TUMOR",
        tumour_only=False,
        consequences="bcftools csq 1.16",
        population="gnomAD",
        is_checked=True,
    )
    return replace(usual, **changed)


def consequence(gene="BRAF", ref="V", codon=600, alt="E", terms=("missense_variant",)):
    change = ProteinChange(codon, codon, ref, alt)
    return Consequence(terms, gene, "ENST1", "protein_coding", change, "c.1799T>A", 15, True)


def call(pos=1000, **changed):
    """BRAF V600E at 7:1000."""
    usual = {
        "consequences": (consequence(),),
        "depth": 120,
        "vaf": 0.342,
        "population_af": 0.0,
        "ref_matches": True,
    }
    allele = Allele("7", pos, "A", "T")
    return Call(1, allele, 9, f"chr7:{pos}:A:T", **(usual | changed))


def match(statement, context=Context.THERAPEUTIC, tier="I-A", nearness=Nearness.SAME, **changed):
    return Match(statement, Rung.PROTEIN, nearness, context, tier, **changed)


VUS = Oncogenicity(
    "VUS", 4, -4, 12, (Code("OS3", 4, "met", "hotspot"), Code("OS2", 4, "not_assessed", ""))
)


def annotated(call, matches=(), contexts=(), tier=None, oncogenicity=VUS):
    """A verdict; its tier is that of the first context, else III."""
    best = contexts[0] if contexts else None
    return Annotated(
        call=call,
        matches=list(matches),
        contexts=list(contexts),
        tier=tier or (best.tier if best else "III"),
        tier_context=best.context if best else None,
        rationale="III: no evidence for a tier; that is not evidence of being benign.",
        oncogenicity=oncogenicity,
        confidence=Confidence(0.6, {"call": 0.9, "disease": None}, ("disease",)),
    )


def context(statement, kind=Context.THERAPEUTIC, tier="I-A", is_conflicting=False):
    return ContextTier(kind, tier, (statement.id,), is_conflicting, "Because it is so.")


def tiered(statement, kind=Context.THERAPEUTIC, tier="I-A", nearness=Nearness.SAME, **changed):
    """A call with a tier by one statement."""
    found = match(statement, kind, tier, nearness)
    return annotated(call(**changed), [found], [context(statement, kind, tier)])


def structural(matches=(), contexts=(), **changed):
    """A gain of KIT, of which nothing is known unless ``matches`` say it."""
    usual = {"line": 5, "chrom": "4", "pos": 5000, "end": 90000, "kind": "DUP"}
    usual |= {"original": "chr4:5000:N:<DUP>", "genes": ("KIT",)}
    tier = contexts[0].tier if contexts else "III"
    why = "III: no evidence for a tier; that is not evidence of being benign."
    call = StructuralCall(**(usual | changed))
    best = contexts[0].context if contexts else None
    return AnnotatedStructural(call, list(matches), list(contexts), tier, best, why)


def summary_of(verdicts, texts=(), structural=(), **changed):
    """The summary of a run that came to these verdicts; it lists what the stream would list."""
    told = [message.update(n, each, "TUMOR", "melanoma") for n, each in enumerate(verdicts, 1)]
    told += [
        message.structural(n, each, "TUMOR", "melanoma")
        for n, each in enumerate(structural, len(told) + 1)
    ]
    tally = Tally()
    for data, each in zip(told, (*verdicts, *structural), strict=True):
        tally.count(each, data["not_assessed"], is_worth_listing(data))
    made = {
        "schema": SCHEMA,
        "engine": {"name": "plumbline annotate", "version": "1"},
        "sample": "TUMOR",
        "tumour_only": False,
        "disease": {"asked": "melanoma", "name": "melanoma", "doid": "1909", "site": "Skin"},
        "build": {"name": "GRCh37", "proof": "by the lengths of 24 contigs"},
        "calls": {"name": "tumour.vcf.gz", "sha256": SHA},
        "consequences": "bcftools csq 1.16",
        "population": "gnomAD",
        "callable": None,
        "options": {"strict": False},
        "knowledge": [asdict(each) for each in knowledge().sources],
        "counts": {
            "records": len(told), "alleles": len(told), "calls": len(verdicts), "structural": 0,
            "annotated": len(told), "errors": 0, "rejected": {},
        },
        "tiers": tally.by_tier(),
        "contexts": dict(tally.contexts),
        "oncogenicity": tally.by_class(),
        "not_assessed": dict(tally.not_assessed),
        "texts": [message.text(each) for each in texts],
        "variants": [each for each in told if is_worth_listing(each)],
        "unlisted": dict(tally.unlisted),
        "structural": [],
        "combinations": [],
        "unmatchable": {"state": 1},
        "messages": {"name": "t.ndjson", "count": len(told), "sha256": SHA},
        "warnings": [],
    }  # fmt: skip
    return json.loads(json.dumps(made | changed))
