"""Where rejected records lie is kept of all that say something unknown."""

from hypothesis import given
from hypothesis import strategies as st

from engines.annotate.prepare.counts import KEPT, Counts
from engines.annotate.prepare.unread import Unread


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["7", "chr7", "HLA*01:01"]), st.integers(0, 10**9 - 1),
            st.integers(1, 50),
        )
    )
)  # fmt: skip
def test_every_place_is_kept(places):
    unread = Unread()
    for contig, pos, length in places:
        unread.add(f"{contig}:{pos}:{'A' * length}:T")
    wanted = sorted((contig, pos, pos + length - 1) for contig, pos, length in places)
    assert sorted(unread) == wanted and unread.somewhere == 0


def test_a_line_that_is_no_record_has_a_place_if_it_says_one():
    unread = Unread()
    for text in ("7\t100\tx", "7\tabc", "nonsense", "", "7\t\u0661"):
        unread.add(text)
    assert list(unread) == [("7", 100, 100)] and unread.somewhere == 4


def test_what_is_known_to_be_absent_leaves_no_gap_and_crowds_out_no_error():
    counts = Counts()
    for line in range(KEPT + 5):
        counts.reject(line, "7:100:A:T", "absent_from_tumour")
    counts.reject(9999, "7:200:A:T", "ref_mismatch")
    assert list(counts.unread) == [("7", 200, 200)]
    assert len(counts.kept) == KEPT + 1 and counts.kept[-1].reason == "ref_mismatch"
    assert counts.rejected["absent_from_tumour"] == KEPT + 5
