"""What is said of a call altogether."""

from annotate_facts import BRAF, call, consequence, item, judge, knowledge, profile

from engines.annotate.evidence import Hotspot

V600E = profile("BRAF", "V600E", alleles={"GRCh37": (BRAF,)})


def test_calls_with_the_same_profiles_share_nothing_that_can_be_changed():
    judging = judge(knowledge([V600E], [item(V600E)]))
    first = judging.of(call(allele=BRAF))
    again = judging.of(call(allele=BRAF, number=2))
    assert isinstance(first.matches, tuple) and isinstance(first.contexts, tuple)
    assert again.matches is first.matches and len(again.matches) == len(again.contexts) == 1


def test_what_was_not_assessed_is_named():
    bare = judge(knowledge([], [])).of(call())
    assert bare.not_assessed == (
        "consequences", "hotspots", "gene_roles", "population", "reference",
    )  # fmt: skip
    spot = Hotspot("KRAS", 12, 900, {}, "")
    roles = {"KRAS": frozenset({"oncogene"})}
    full = judge(knowledge([], [], hotspots=(spot,), roles=roles))
    one = call(consequence("KRAS", "G12D"), population_af=0.0, ref_matches=True)
    assert full.of(one).not_assessed == ()


def test_the_same_calls_in_any_order_have_the_same_tiers():
    names = ("V600E", "V600", "MUTATION")
    profiles = [profile("BRAF", name) for name in names]
    known = knowledge(profiles, [item(each, "B") for each in profiles])
    calls = [
        call(consequence("BRAF", change), number=number)
        for number, change in enumerate(("V600E", "V600K", "A5G", "V600E"), 1)
    ]
    forward, backward = judge(known), judge(known)
    one = {each.number: forward.of(each) for each in calls}
    other = {each.number: backward.of(each) for each in reversed(calls)}
    assert one == other


def test_an_allele_without_consequences_is_named_by_statements_on_it():
    v600e, both = (
        profile("BRAF", "V600E", alleles={"GRCh37": (BRAF,)}),
        profile("BRAF", "V600E + AMPLIFICATION"),
    )
    of = [item(v600e), item(profile("BRAF", "V600")), item(both)]
    known = knowledge([v600e, profile("BRAF", "V600"), both], of)
    found = judge(known).of(call(allele=BRAF, consequences=None))
    assert (found.gene, found.named.change.name, found.named.ids) == ("BRAF", "V600E", (of[0].id,))
    told = judge(known).of(call(consequence("BRAF", "V600E"), allele=BRAF))
    assert told.named is None and told.gene == "BRAF"
    assert judge(known).of(call(consequences=None)).gene is None


def test_statements_that_do_not_agree_name_no_change_and_those_of_two_genes_nothing():
    def named(*names):
        profiles = [profile(gene, name, alleles={"GRCh37": (BRAF,)}) for gene, name in names]
        known = knowledge(profiles, [item(each) for each in profiles])
        return judge(known).of(call(allele=BRAF, consequences=None)).named

    one = named(("BRAF", "V600E"), ("BRAF", "V600K"))
    assert (one.gene, one.change) == ("BRAF", None)
    assert named(("BRAF", "V600E/K")).change is None
    assert named(("BRAF", "V600E"), ("RAF1", "V600E")) is None
