"""The rule that takes the name of a run for a sample."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.contract.errors import BadUsage
from engines.references.samples import identify, resolve, safe_name

IDS = {
    "HG001": "HG001",
    "HG002": "HG002",
    "HG003": "HG003",
    "HG004": "HG004",
    "HG005": "HG005",
    "HG006": "HG006",
    "HG007": "HG007",
    "NA12878": "HG001",
    "NA24385": "HG002",
    "NA24149": "HG003",
    "NA24143": "HG004",
    "NA24631": "HG005",
    "NA24694": "HG006",
    "NA24695": "HG007",
}
ids = st.sampled_from(sorted(IDS))
letters = st.characters(min_codepoint=33, max_codepoint=0x24F, exclude_characters="_.-")


def test_the_run_of_the_earlier_system_is_of_hg004_and_says_so():
    found = identify("NA24143_Lib3_Rep1")
    assert found.sample == "HG004"
    assert str(found) == "NA24143_Lib3_Rep1 → HG004 (its name begins with NA24143)"


@pytest.mark.parametrize(("name", "sample"), IDS.items())
def test_every_identifier_alone(name, sample):
    assert identify(name).sample == sample


@pytest.mark.parametrize("name", ["HG002-rep1", "HG002.dragen", "hg002_x", "HG002_NA24385_son"])
def test_names_that_are_recognised(name):
    assert identify(name).sample == "HG002"


@pytest.mark.parametrize(
    "name",
    [
        "XNA12878",
        "NA128780",
        "HG0021",
        "HG008",
        "HG00",
        "Rep1_HG002",
        "HG002rep1",
        "HG002 rep1",
        "HG002/../HG003",
        "HG002_vs_HG003",
        "NA24385_NA24149",
        "",
        "_HG002",
    ],
)
def test_names_that_are_not(name):
    assert identify(name) is None


@given(ids, st.sampled_from("_.-"), st.text(letters))
def test_an_identifier_and_a_separator_are_always_recognised(name, separator, rest):
    if rest.upper() in IDS and IDS[rest.upper()] != IDS[name]:
        assert identify(name + separator + rest) is None
    else:
        found = identify(name + separator + rest)
        assert (found.sample, found.matched) == (IDS[name], name)


@given(ids, st.text(letters, min_size=1), st.text())
def test_an_identifier_inside_a_longer_word_never_is(name, glued, rest):
    assert identify(name + glued) is None
    assert identify(glued + name) is None
    assert identify(f"{glued}_{name}_{rest}") is None or glued.upper() in IDS


@given(st.text())
def test_any_text_gets_an_answer(name):
    found = identify(name)
    assert found is None or name.upper().startswith((found.sample, found.matched.upper()))


def test_a_name_that_has_to_be_one_gets_the_nearest():
    with pytest.raises(BadUsage) as failure:
        resolve("NA1287")
    assert "did you mean NA12878?" in failure.value.hint


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".x", "a b", "a\n"])
def test_a_sample_name_never_leads_out_of_a_folder(name):
    with pytest.raises(BadUsage):
        safe_name(name)
