"""Cases that a naive comparison gets wrong: blocks, neighbours, odd genotypes and alleles.

Each function plants its own sequence, so that what the records mean is decided by
what stands here and not by chance. All are decidable: cases in which hap.py's two
engines would disagree are left out.
"""

from dataclasses import replace

from config.demo.generator.cases import Call, Case, Record
from config.demo.generator.site import PLAIN, SPAN, Build, Site, as_wrong, case, unphased


def mnp(ref: str, alt: str, gt: str, form: str, passes: bool = True) -> Build:
    """Neighbouring substitutions: one record or several, in truth, in the query or in both."""

    def build(site: Site) -> Case:
        site.plant("TACG" + ref + "GTCA")
        at = site.start + 4
        joined = site.block(at, len(ref), (alt,), gt)
        split = [
            site.snp(at + i, gt, b) for i, (a, b) in enumerate(zip(ref, alt, strict=True)) if a != b
        ]
        called = [replace(record, gt=unphased(gt)) for record in split]
        block = replace(joined, gt=unphased(gt))
        truth = [joined] if form in ("mnp_joined_in_truth", "mnp_joined_in_both") else split
        if form == "mnp_joined_in_truth":
            return case(site, form, truth, called, passes=passes)
        return case(site, form, truth, [block], called, passes=passes)

    return build


def mnp_half_right(site: Site) -> Case:
    """The query joins a true and an invented substitution: one matches, one does not."""
    site.plant("TACG" + "AC" + "GTCA")
    at = site.start + 4
    truth, invented = site.snp(at, "0|1", "G"), site.snp(at + 1, "0/1", "T")
    block = site.block(at, 2, ("GT",), "0/1")
    built = case(site, "mnp_half_right", [truth], [block], [replace(truth, gt="0/1"), invented])
    return replace(
        built,
        query=(Call(block, "mixed"),),
        counted=(built.counted[0], Call(invented, "FP")),
    )


def mnp_half_found(site: Site) -> Case:
    """The truth joins two substitutions and the query has one of them: nothing matches."""
    site.plant("TACG" + "CA" + "GTCA")
    at = site.start + 4
    truth = site.block(at, 2, ("TG",), "0|1")
    return as_wrong(case(site, "mnp_half_found", [truth], [site.snp(at, "0/1", "T")]))


def complex_block(gt: str, side: str, inserted: str = "", verdict: str = "TP") -> Build:
    """A substitution and an indel nine bases on, as one block on one side.

    With the verdict FP the query's block is homozygous where the truth is heterozygous.
    """

    def build(site: Site) -> Case:
        site.plant(PLAIN)
        first, anchor = site.start + 10, site.start + 19
        last = anchor + (1 if inserted else 5)
        snp = site.snp(first, gt, "A")
        indel = site.insertion(anchor, inserted, gt) if inserted else site.deletion(anchor, 4, gt)
        between = site.genome.text(site.contig, first + 1, anchor)
        block = site.block(first, last - first, ("A" + between + indel.alts[0],), gt)
        query_gt = "1/1" if verdict == "FP" else unphased(gt)
        called = [replace(record, gt=query_gt) for record in (snp, indel)]
        if side == "truth":
            return case(site, "block_in_truth", [block], called)
        joined = [replace(block, gt=query_gt)]
        built = case(site, "block_in_query", [snp, indel], joined, called)
        return as_wrong(built, wrong_genotype=True) if verdict == "FP" else built

    return build


def substitutions_as_indels(gt: str) -> Build:
    """Two substitutions in truth; the same sequence by a deletion and an insertion in the query."""

    def build(site: Site) -> Case:
        site.plant("TACC" + "ATG" + "CATA")
        at = site.start + 4
        truth = [site.snp(at, gt, "T"), site.snp(at + 1, gt, "G")]
        called = unphased(gt)
        query = [site.deletion(at - 1, 1, called), site.insertion(at + 1, "G", called)]
        return case(site, "substitutions_as_indels", truth, query)

    return build


def neighbouring_indels(second_gt: str, found: str = "both") -> Build:
    """A deletion and an insertion ten bases on, each called on its own or not."""

    def build(site: Site) -> Case:
        site.plant(PLAIN)
        first = site.deletion(site.start + 10, 3, "0|1")
        second = site.insertion(site.start + 21, "GTA", second_gt)
        query = [replace(r, gt=unphased(r.gt)) for r in (first, second)]
        built = case(site, f"neighbouring_indels_{found}", [first, second], query)
        if found == "both":
            return built
        truth = (built.truth[0], Call(second, "FN"))
        if found == "one":
            return replace(built, truth=truth, query=built.query[:1])
        wrong = Call(replace(second, gt="1/1"), "FP", wrong_genotype=True)
        return replace(built, truth=truth, query=(built.query[0], wrong))

    return build


def substitution_opposite_deletion(form: str) -> Build:
    """A substitution on one haplotype where the other is deleted.

    ``plain``: 0/1 twice. ``star``: the substitution is written T,* with 1/2.
    ``star_alone``: beside the deletion stands a record whose only called allele is *.
    """

    def build(site: Site) -> Case:
        site.plant(PLAIN)
        deletion = site.deletion(site.start + 11, 6, "1|0")
        at = site.start + 14
        snp = site.snp(at, "0|1", "T")
        called = replace(deletion, gt="0/1")
        star = Record(site.contig, at, snp.ref, ("T", "*"), "1/2")
        plain = replace(snp, gt="0/1")
        if form == "star":
            built = case(site, "star_allele", [deletion, snp], [called, star], [called, plain])
            return built
        if form == "star_alone":
            built = case(site, "star_allele_alone", [deletion], [called])
            alone = Record(site.contig, at, snp.ref, ("*",), "0/1")
            return replace(built, query=(*built.query, Call(alone, "", set_aside="star")))
        return case(site, "substitution_opposite_deletion", [deletion, snp], [called, plain])

    return build


def unused_star(site: Site) -> Case:
    """A `*` that the genotype does not use, left over from a call of many samples."""
    site.plant(PLAIN)
    snp = site.snp(site.start + 14, "0|1", "T")
    query = replace(snp, alts=("T", "*"), gt="0/1")
    return case(site, "star_allele_unused", [snp], [query], [replace(snp, gt="0/1")])


def half_call(site: Site) -> Case:
    """``./1``: one allele was not seen; it is read as the reference."""
    truth = site.random_snp("0|1")
    return case(site, "half_call", [truth], [replace(truth, gt="./1")])


def padded(indel: bool) -> Build:
    """The query repeats reference bases on both sides of the change."""

    def build(site: Site) -> Case:
        site.plant(PLAIN)
        at = site.start + 16
        truth = site.deletion(at, 2, "0|1") if indel else site.snp(at, "0|1", "G")
        left = site.genome.text(site.contig, at - 3, at)
        end = at + len(truth.ref)
        right = site.genome.text(site.contig, end, end + 3)
        query = Record(
            site.contig, at - 3, left + truth.ref + right, (left + truth.alts[0] + right,), "0/1"
        )
        return case(site, "padded_alleles", [truth], [query], [replace(truth, gt="0/1")])

    return build


def not_comparable(alt: str, length: int) -> Build:
    """A symbolic allele or a breakend: set aside, counted, no part of any total."""

    def build(site: Site) -> Case:
        target = alt.format(contig=site.contig, at=site.start + 100)
        base = site.genome.base(site.contig, site.start)
        target = target.replace("N", base) if "[" in alt or "]" in alt else target
        reason = "symbolic" if alt.startswith("<") else "breakend"
        info = f"SVTYPE={alt[1:4]};END={site.start + 1 + length}"
        if reason == "breakend":
            info = "SVTYPE=BND"
        record = Record(site.contig, site.start, base, (target,), "0/1", info)
        return Case(
            name=f"{reason}_allele",
            contig=site.contig,
            start=site.start,
            end=site.start + SPAN,
            query=(Call(record, "", set_aside=reason),),
        )

    return build


HARD: list[Build] = [
    *(
        mnp(ref, alt, gt, form)
        for form in ("mnp_joined_in_query", "mnp_joined_in_truth", "mnp_joined_in_both")
        for ref, alt, gt in [("AC", "GT", "0|1"), ("CA", "TG", "1|1"), ("ACG", "TCA", "0|1")]
    ),
    mnp("CA", "TG", "0|1", "mnp_joined_in_query", passes=False),
    mnp_half_right, mnp_half_right, mnp_half_found, mnp_half_found,
    *(
        complex_block(gt, side, inserted)
        for side in ("truth", "query") for inserted in ("", "CTA") for gt in ("0|1", "1|1")
    ),
    complex_block("0|1", "query", "", "FP"), complex_block("0|1", "query", "CTA", "FP"),
    substitutions_as_indels("0|1"), substitutions_as_indels("1|1"),
    neighbouring_indels("0|1"), neighbouring_indels("1|0"), neighbouring_indels("1|1"),
    neighbouring_indels("0|1", "one"), neighbouring_indels("1|0", "one"),
    neighbouring_indels("0|1", "one_wrong"), neighbouring_indels("1|0", "one_wrong"),
    substitution_opposite_deletion("plain"), substitution_opposite_deletion("plain"),
    substitution_opposite_deletion("star"), substitution_opposite_deletion("star_alone"),
    unused_star, unused_star, half_call, half_call,
    padded(indel=False), padded(indel=True),
    not_comparable("<DEL>", 120), not_comparable("<DUP:TANDEM>", 120),
    not_comparable("<INS>", 0), not_comparable("N[{contig}:{at}[", 0),
    not_comparable("]{contig}:{at}]N", 0),
]  # fmt: skip
