"""Which file has which role: the documented choice, for any listing and any globs."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.contract.errors import BadData, BadUsage, EngineError, InputMissing
from engines.fetch.items import Item
from engines.fetch.presets import Globs
from engines.fetch.role import ROLES, Wanted
from engines.fetch.roles import as_index, choose, index_names, read_roles

DRAGEN = [
    "S1.bam", "S1.bam.bai", "S1.bam.md5sum", "S1.cnv.vcf.gz", "S1.hard-filtered.gvcf.gz",
    "S1.hard-filtered.gvcf.gz.tbi", "S1.hard-filtered.vcf.gz", "S1.hard-filtered.vcf.gz.tbi",
    "S1.mapping_metrics.csv", "S1.repeats.bam", "S1.sv.vcf.gz", "S1.sv.vcf.gz.tbi",
    "S1.vc_metrics.csv", "S1.wgs_contig_mean_cov.csv", "S1.wgs_hist.csv",
]  # fmt: skip


def items(*names, size=9):
    return [Item(f"s3://b/run/{name}", name, size) for name in names]


def taken(names, *words, preset=None, sample=None):
    files, _ = choose(items(*names), read_roles(words, preset, sample), sample)
    return {item.name: (item.roles, item.links) for item in files}


def failure(names, *words, sample=None, **more):
    with pytest.raises(EngineError) as caught:
        choose(items(*names, **more), read_roles(words, None, sample), sample)
    return caught.value


def test_a_run_of_dragen():
    assert taken(DRAGEN, "small_variants", "structural_variants", "alignments", "metrics") == {
        "S1.bam": (("alignments",), ("alignments.bam",)),
        "S1.hard-filtered.gvcf.gz": (("small_variants",), ("small_variants.vcf.gz",)),
        "S1.sv.vcf.gz": (("structural_variants",), ("structural_variants.vcf.gz",)),
        "S1.mapping_metrics.csv": (("metrics",), ()),
        "S1.vc_metrics.csv": (("metrics",), ()),
        "S1.wgs_contig_mean_cov.csv": (("metrics",), ()),
    }
    without = [name for name in DRAGEN if "gvcf" not in name]
    assert list(taken(without, "small_variants")) == ["S1.hard-filtered.vcf.gz"]


def test_own_globs_in_their_order_and_with_the_sample():
    names = ["a/S1.x.vcf.gz", "a/S1.y.vcf.gz", "a/S1.y.vcf.gz.csi", "a/S2.y.vcf.gz"]
    assert list(taken(names, "small_variants=S1.z.*,S1.y.*,S1.x.*")) == ["a/S1.y.vcf.gz"]
    assert list(taken(names, "small_variants=a/S2*")) == ["a/S2.y.vcf.gz"]


def test_two_fit_and_what_to_say():
    names = ["S1.hard-filtered.vcf.gz", "S10.hard-filtered.vcf.gz", "S2.hard-filtered.vcf.gz"]
    error = failure(names, "small_variants", sample="S1")
    assert isinstance(error, BadData)
    assert error.message == f"small_variants: 3 files fit, and it is one: {', '.join(names)}"
    wanted = "say which: --role small_variants=S1.hard-filtered.vcf.gz, or --include 'S1.*'"
    assert error.hint == f"{wanted}; in a run: fetch.patterns.small_variants"
    many = failure([f"{n}.sv.vcf.gz" for n in range(9)], "structural_variants")
    assert many.message.endswith("4.sv.vcf.gz, and 4 more")


def test_none_fits_and_what_there_is():
    error = failure(["a.txt", "x.vcf.gz", "x.vcf.gz.tbi", "y.bam"], "small_variants")
    assert isinstance(error, InputMissing)
    globs = "*.hard-filtered.gvcf.gz or *.hard-filtered.vcf.gz"
    assert error.message == f"small_variants: none of 4 files fits {globs}"
    assert "x.vcf.gz and a.txt" in error.hint
    assert error.hint.endswith("or write none into column small_variants")
    assert isinstance(failure(["a.txt"], "metrics"), InputMissing)
    assert "nothing but indexes" in failure(["x.tbi"], "metrics").hint


def test_files_that_cannot_have_the_role():
    wrong = failure(["x.vcf"], "small_variants=*.vcf*")
    assert "x.vcf is no .vcf.gz, .gvcf.gz or .vcf.bgz" in wrong.message
    empty = failure(["x.sv.vcf.gz"], "structural_variants", size=0)
    assert isinstance(empty, BadData)
    assert "has no bytes" in empty.message


def test_one_file_with_two_roles_is_said():
    words = ("small_variants=all.vcf.gz", "structural_variants=all.vcf.gz")
    files, notes = choose(items("all.vcf.gz"), read_roles(words), None)
    assert len(files) == 1
    assert files[0].roles == ("small_variants", "structural_variants")
    assert files[0].links == ("small_variants.vcf.gz", "structural_variants.vcf.gz")
    assert notes == ["all.vcf.gz is taken as small_variants and as structural_variants"]


@pytest.mark.parametrize(
    ("words", "preset", "message"),
    [
        (["small_variant"], None, 'no role "small_variant"; did you mean small_variants?'),
        (["metrics", "metrics=*.csv"], None, "role metrics: twice"),
        (["metrics="], None, "no glob behind"),
        (["metrics=,"], None, "no glob behind"),
        (["metrics"], "plane", "did you mean plain"),
        (["metrics=*"], "plane", "did you mean plain"),
        ([], "dragen", "--preset without --role"),
    ],
)
def test_roles_that_make_no_sense(words, preset, message):
    with pytest.raises(BadUsage) as caught:
        read_roles(words, preset)
    assert message in caught.value.message


def test_names_of_indexes():
    def names(name, role):
        item = choose(items(name), [Wanted(ROLES[role], Globs(("*",)))], None)[0][0]
        return [index for index, _ in index_names(item)], item

    assert names("a/x.bam", "alignments")[0] == ["a/x.bam.bai", "a/x.bam.csi", "a/x.bai"]
    assert names("x.cram", "alignments")[0] == ["x.cram.crai"]
    found, item = names("x.gvcf.gz", "small_variants")
    assert found == ["x.gvcf.gz.tbi", "x.gvcf.gz.csi"]
    assert as_index(items(found[1])[0], item, ".csi").links == ("small_variants.vcf.gz.csi",)


# --- for any listing ------------------------------------------------------------

STEMS = st.text("ab.", min_size=1, max_size=4)
ENDINGS = st.sampled_from([".vcf.gz", ".vcf.gz.tbi", ".bam", ".bam.bai", ".csv", ".md5", ""])
NAMES = st.builds(lambda folder, stem, end: folder + stem + end, st.sampled_from(["", "d/"]),
                  STEMS, ENDINGS)  # fmt: skip
GLOBS = st.lists(
    st.builds(lambda stem, end: stem + end, st.sampled_from(["*", "a*", "?", "d/*", "[ab]*"]),
              st.sampled_from([".vcf.gz", ".bam", "*", ".csv", ".tbi"])),
    min_size=1, max_size=3,
)  # fmt: skip
BESIDE = (".tbi", ".csi", ".bai", ".crai", ".md5", ".md5sum")


def documented(names, globs, excepted, role):
    """docs/fetch.md, word by word: the names, or the code of the error."""

    def hit(name, glob):
        return fnmatchcase(name, glob) or fnmatchcase(name.split("/")[-1], glob)

    names = [n for n in names if not n.endswith(BESIDE)]
    names = [n for n in names if not any(hit(n, glob) for glob in excepted)]
    if role == "metrics":
        return {n for n in names if any(hit(n, glob) for glob in globs)} or 66
    for glob in globs:
        found = [n for n in names if hit(n, glob)]
        if len(found) > 1:
            return 65
        if found:
            ends = (".bam", ".cram") if role == "alignments" else (".vcf.gz",)
            return {found[0]} if found[0].endswith(ends) else 65
    return 66


@given(
    names=st.lists(NAMES, unique=True, max_size=8),
    globs=GLOBS,
    excepted=st.one_of(st.just([]), GLOBS),
    role=st.sampled_from(["small_variants", "alignments", "metrics"]),
)
def test_the_choice_is_the_documented_one(names, globs, excepted, role):
    wanted = [Wanted(ROLES[role], Globs(tuple(globs), tuple(excepted)))]
    try:
        found = {item.name for item in choose(items(*names), wanted, None)[0]}
    except EngineError as error:
        found = error.code
    assert found == documented(names, globs, excepted, role)
