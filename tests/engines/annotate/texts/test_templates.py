"""Templates that users write: what they can change, and how mistakes are told."""

import pytest

from engines.annotate.texts import kinds
from engines.annotate.texts.sample import Leftovers
from engines.annotate.texts.templates import Templates, one_line, percent
from engines.annotate.texts.texts import Texts
from engines.annotate.texts.variables import VARIABLES
from engines.contract.errors import BadData, BadUsage, InputMissing
from tests.support.annotate_texts import (
    annotated,
    call,
    consequence,
    item,
    knowledge,
    setting,
    structural,
    tiered,
)


def own(folder, text, name="variant_dx"):
    (folder / f"{name}.jinja").write_text(text, encoding="utf-8")
    return folder


def test_a_text_of_the_users_own_takes_the_place_of_the_shipped_one(tmp_path):
    folder = own(tmp_path, "Stufe {{ tier }} bei {{ disease }}. {{ cite(sources) }}\n")
    templates = Templates(folder)
    found = Texts(knowledge(), setting(), templates).of(annotated(call()))
    assert found[0].text == "Stufe III bei melanoma."
    assert found[0].sentences[0].sources == ("CIViC@2026-11-01",)
    assert any(each.type == kinds.VARIANT for each in found)  # the others stay as they are
    assert templates.sha256 != Templates().sha256


def test_every_variable_of_every_text_is_there():
    """The names that a template may use are those that it is given."""
    given = {}
    templates = Templates()
    real = templates.sentences

    def spy(name, facts):
        given[name] = frozenset(facts)
        return real(name, facts)

    templates.sentences = spy
    texts = Texts(knowledge([item()]), setting(tumour_only=True), templates)
    texts.of(tiered(item(), vaf=0.48, depth=3))
    brca = call(vaf=0.45, consequences=(consequence("BRCA1"),))
    texts.of(annotated(brca))
    texts.of_structural(structural())
    texts.of_sample(Leftovers())
    assert given == VARIABLES
    assert set(VARIABLES) == set(kinds.NAMES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ teir }} {{ cite('run') }}", "there is no teir; did you mean tier?"),
        ("{% if tier %}", "line 1"),
        ("{{ tier | nosuch }} {{ cite('run') }}", "No filter named 'nosuch'"),
    ],
)
def test_a_mistake_is_told_before_the_first_variant(tmp_path, text, words):
    with pytest.raises(BadData) as error:
        Templates(own(tmp_path, text))
    assert words in error.value.message
    assert "variant_dx.jinja" in error.value.message


def test_a_sentence_without_a_source_is_an_error(tmp_path):
    templates = Templates(own(tmp_path, "Trust me.\n"))
    with pytest.raises(BadData, match=r"without a source: 'Trust me\.'"):
        Texts(knowledge(), setting(), templates).of(annotated(call()))


def test_a_template_cannot_reach_the_machine(tmp_path):
    text = "{{ ''.__class__.__mro__[1].__subclasses__() }} {{ cite('run') }}"
    templates = Templates(own(tmp_path, text))
    with pytest.raises(BadData, match="unsafe"):
        Texts(knowledge(), setting(), templates).of(annotated(call()))


def test_folders_that_hold_no_templates(tmp_path):
    with pytest.raises(InputMissing, match="no such folder"):
        Templates(tmp_path / "none")
    with pytest.raises(InputMissing, match="no file"):
        Templates(tmp_path)
    with pytest.raises(BadUsage, match="did you mean variant_dx"):
        Templates(own(tmp_path, "x", name="variant_dxx"))


def test_words_of_numbers():
    assert percent(0) == "0.0 %"
    assert percent(0.5) == "50.0 %"
    assert percent(0.000012) == "0.0012 %"
    assert one_line("a\n b\x00c") == "a b c"


def test_the_ten_types_have_their_exact_names():
    assert set(kinds.TYPES) == {
        "General Gene Info", "Gene Dx Interpretation", "General Variant Info",
        "Variant Dx Interpretation", "Incidental/Secondary Findings",
        "Chromosomal Alteration Interpretation", "Pertinent Negatives", "Biomarkers",
        "Technical Comments", "Tumor-Only Analysis Disclaimers",
    }  # fmt: skip
    assert set(kinds.OF_VARIANTS) | set(kinds.OF_SAMPLES) == set(kinds.TYPES)
