"""What is told fast is what is told in full."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.annotate.evidence import Item
from engines.annotate.stream import message, rows, vcf
from engines.annotate.stream.tally import Tally
from engines.annotate.stream.telling import Telling
from engines.annotate.variants import Allele, Call, Consequence, ProteinChange
from engines.annotate.verdict import (
    Annotated,
    CannedText,
    Code,
    Confidence,
    Context,
    ContextTier,
    Match,
    Named,
    Nearness,
    Oncogenicity,
    Rung,
    Sentence,
)
from tests.support import annotate_stand_ins as stand_ins

ODD = st.sampled_from(["BRAF", 'a "quoted" one', "=1+1", "naïve\tβ", "", "-x", "\\", "\x07"])
SHARES = st.none() | st.floats(0, 1)
LETTERS = st.text("ACGT", min_size=1, max_size=4)
CHANGES = st.builds(
    ProteinChange,
    st.integers(1, 9),
    st.integers(9, 12),
    st.sampled_from(["V", "VK", ""]),
    st.sampled_from(["E", "fs", "del", "delinsAA", "=", "?"]),
)
CONSEQUENCES = st.builds(
    Consequence,
    terms=st.sampled_from([("missense_variant",), ("stop_gained", "splice_region_variant"), ()]),
    gene=ODD,
    transcript=ODD,
    protein=st.none() | CHANGES,
    coding=ODD,
    is_chosen=st.booleans(),
)
NAMES = st.builds(Named, ODD, st.none() | CHANGES, st.just(("EID1", "EID2")))
ITEMS: list[Item] = [stand_ins.item("EID1"), stand_ins.item("EID2", "B")]
MATCHES = [
    (),
    tuple(
        Match(each, Rung.PROTEIN, Nearness.SAME, Context.THERAPEUTIC, "I-A", rejected)
        for each, rejected in zip(ITEMS, ("", "germline"), strict=True)
    ),
]
CONTEXTS = [(), (ContextTier(Context.THERAPEUTIC, "I-A", ("EID1",), True, "A β-blocker."),)]
SCORES = [
    Oncogenicity("VUS", 0, -3, 9, (Code("OP4", 1, "not_assessed", "no “source”"),)),
    Oncogenicity("Oncogenic", 10, 9, 12, (Code("OS3", 4, "met", "hotspot"),)),
]
SURE = [
    Confidence(None, {"call": None}, ("call",)),
    Confidence(0.61234567, {"call": 0.9, "disease": None}, ("disease",)),
]
TEXTS = [
    CannedText("Variant Dx Interpretation", (Sentence("Tier I — so.", ("CIViC@2021",)),)),
    CannedText("General Variant Info", (Sentence('It is "there".', ("A", "B")),)),
]


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """With anything that a call can have, in all combinations."""
    chrom, pos = draw(st.sampled_from(["chr7", "7", "HLA-A*01:01", "x y"])), draw(st.integers(1))
    ref, alt = draw(LETTERS), draw(LETTERS | st.just("<*>"))
    return Call(
        number=1,
        allele=Allele(chrom.removeprefix("chr"), pos, ref, alt),
        line=draw(st.integers(1, 10**6)),
        original=f"{chrom}:{pos}:{ref}:{alt}",
        filters=draw(st.sampled_from([(), ("q10",), ("=q", 'a"b')])),
        depth=draw(st.none() | st.integers(0, 10**6)),
        vaf=draw(SHARES),
        population_af=draw(SHARES),
        scores=draw(st.dictionaries(st.sampled_from(["REVEL", 'A"B']), st.floats(0, 1))),
        consequences=draw(st.none() | st.lists(CONSEQUENCES, max_size=2).map(tuple)),
    )


@st.composite
def verdicts(draw: st.DrawFn) -> Annotated:
    """Their parts are the same objects again and again, as those that a judge keeps."""
    tier = draw(st.sampled_from(["I-A", "III", "IV"]))
    call = draw(calls())
    return Annotated(
        call=call,
        matches=draw(st.sampled_from(MATCHES)),
        contexts=draw(st.sampled_from(CONTEXTS)),
        tier=tier,
        tier_context=draw(st.sampled_from([None, *Context])),
        rationale=draw(st.sampled_from([f"{tier}: why.", "β"])),
        oncogenicity=draw(st.sampled_from(SCORES)),
        confidence=draw(st.sampled_from(SURE)),
        texts=draw(st.lists(st.sampled_from(TEXTS), max_size=2)),
        not_assessed=draw(st.sampled_from([(), ("population",), ("call", "hotspots")])),
        named=None if call.chosen else draw(st.none() | NAMES),
    )


@settings(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(st.lists(verdicts(), min_size=1, max_size=6), st.sampled_from([None, 'T"1']))
def test_it_is_what_is_told_in_full(told: list[Annotated], sample: str | None) -> None:
    tally, plain = Tally(), Tally()
    telling = Telling(sample, "naïve melanoma", tally)
    for number, each in enumerate(told, 1):
        found = telling.of(number, each)
        data = message.update(number, each, sample, "naïve melanoma")
        call = each.call
        assert found.message == message.line("variant_update", data)
        assert found.row == rows.row(data)
        assert found.info == vcf.info(call.line, call.original, data)
        assert found.is_listed == message.is_worth_listing(data)
        plain.count(each, data["not_assessed"], found.is_listed)
    telling.settle()
    assert tally == plain


def test_kinds_that_are_given_up_are_counted(monkeypatch) -> None:
    monkeypatch.setattr("engines.annotate.stream.telling._MOST", 2)
    tally = Tally()
    telling = Telling(None, "melanoma", tally)
    for number in range(1, 7):
        telling.of(number, stand_ins.judged(stand_ins.call(number)))
    telling.settle()
    assert tally.calls == 6 and tally.tiers == {"I-A": 2, "III": 4}
