"""Preparing in a process of its own is preparing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.annotate.prepare import PreparedApart, prepare
from engines.annotate.prepare.choice import choose, first_of
from engines.annotate.prepare.parcel import packed, unpacked
from engines.annotate.variants import Allele, Call, Consequence, ProteinChange
from engines.contract.errors import BadUsage, Transient
from tests.support.annotate_lab import CALLS, FASTA, GFF, request
from tests.support.waiting import is_running, poll

TEXTS = st.text(max_size=3)
NUMBERS = st.none() | st.integers(0, 2**70)
CONSEQUENCES = st.builds(
    Consequence,
    terms=st.lists(st.sampled_from(["missense_variant", "intron_variant"])).map(tuple),
    gene=st.sampled_from(["BRAF", "KRAS", ""]),
    transcript=TEXTS,
    protein=st.none() | st.builds(ProteinChange, st.integers(), st.integers(), TEXTS, TEXTS),
    exon=NUMBERS,
    joint=st.lists(TEXTS, max_size=2).map(tuple),
)
CALLS_OF_ANY_KIND = st.builds(
    Call,
    number=st.integers(1),
    allele=st.builds(Allele, TEXTS, st.integers(1), TEXTS, TEXTS),
    line=st.integers(1),
    original=TEXTS,
    filters=st.lists(TEXTS, max_size=2).map(tuple),
    depth=NUMBERS,
    vaf=st.none() | st.floats(0, 1),
    phase=st.none() | st.tuples(TEXTS, st.integers(0, 1)),
    is_homozygous=st.none() | st.booleans(),
    population_af=st.none() | st.floats(0, 1),
    scores=st.dictionaries(TEXTS, st.floats(0, 1), max_size=2),
    consequences=st.none() | st.lists(CONSEQUENCES, max_size=3).map(tuple),
    ref_matches=st.none() | st.booleans(),
)


@given(CALLS_OF_ANY_KIND)
def test_what_is_packed_comes_out(call: Call) -> None:
    out = unpacked(packed(call))
    assert out == call
    assert type(out.allele) is Allele
    assert all(type(each) is Consequence for each in out.consequences or ())


@given(st.lists(CONSEQUENCES, min_size=1, max_size=5))
def test_the_first_is_the_one_that_is_chosen(found: list[Consequence]) -> None:
    keyed = [(each.gene, each.transcript, each.terms, STANDING) for each in found]
    chosen = choose(found, {each.transcript: STANDING for each in found})[0]
    assert found[first_of(keyed)]._replace(is_chosen=True) == chosen


STANDING = (0, 1, -300)


def test_it_gives_the_same(tmp_path: Path) -> None:
    asked = request(CALLS, fasta=FASTA, gff=GFF)
    (tmp_path / "a").mkdir()
    with prepare(asked, tmp_path / "a") as here:
        calls = list(here)
        structural = here.structural
    with PreparedApart(asked, tmp_path) as there:
        there.counts.notes["of this side"] = 1
        assert there.bases and there.bases("7", 0, 9) == here.bases("7", 0, 9)
        assert list(there) == calls
        assert there.structural == structural
        assert there.counts.notes.pop("of this side") == 1
        assert (there.counts.as_dict(), there.rejected) == (here.counts.as_dict(), here.rejected)
        assert vars(there.counts.unread) == vars(here.counts.unread)
    for name in ("build", "sample", "records", "consequences", "csq_version"):
        assert getattr(there, name) == getattr(here, name)


def test_of_genes_of_which_nothing_is_known_only_the_chosen_consequence_comes(
    tmp_path: Path,
) -> None:
    asked = request(CALLS, fasta=FASTA, gff=GFF)
    (tmp_path / "a").mkdir()
    with prepare(asked, tmp_path / "a") as everything:
        calls = list(everything)
    with PreparedApart(asked, tmp_path) as limited:
        limited.limit_to({"BRAF"})
        found = list(limited)
    several = 0
    for call, short in zip(calls, found, strict=True):
        genes = {each.gene for each in call.consequences or ()}
        whole = call.consequences or ()
        assert short.consequences == (whole if "BRAF" in genes else whole[:1])
        several += len(whole) > 1 and "BRAF" not in genes
    assert several


def test_a_mistake_is_told_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="--gff needs the genome") as caught:
        PreparedApart(request(CALLS, gff=GFF, build="GRCh37"), tmp_path)
    assert caught.value.hint == "give --fasta"


def test_a_process_that_is_killed_is_no_end_of_the_calls(tmp_path: Path) -> None:
    with PreparedApart(request(CALLS, fasta=FASTA), tmp_path) as opened:
        os.kill(opened.pid, signal.SIGKILL)
        with pytest.raises(Transient, match="has ended with -9"):
            list(opened)


def test_a_mistake_of_ours_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("nobody")

    monkeypatch.setattr("engines.annotate.prepare.alleles.Splitter.calls", broken)
    with (
        PreparedApart(request(CALLS, fasta=FASTA), tmp_path) as opened,
        pytest.raises(ZeroDivisionError, match="nobody") as caught,
    ):
        list(opened)
    assert "in broken" in "".join(caught.value.__notes__)


def test_when_we_are_killed_it_goes_too(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from tests.support.annotate_lab import CALLS, FASTA, request\n"
        "from engines.annotate.prepare import PreparedApart\n"
        "opened = PreparedApart(request(CALLS, fasta=FASTA), Path(sys.argv[1]))\n"
        "print(opened.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout is not None
        theirs = int(ours.stdout.readline())
        ours.kill()
    poll(lambda: not is_running(theirs))
