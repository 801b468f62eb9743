"""The user's own causes."""

import json

import pytest

from engines.calibrate.va_data import align, read_cause_map
from engines.contract.errors import BadData

MAP = "cause,broad_cause\nCord infection,sepsis_meningitis_inf\n"
MAP += "Other infection,Sepsis meningitis inf\nAsphyxia,ipre\n"
MAP += "Early birth,prematurity\nUnknown,undetermined\n"
STUDY = "cause,deaths\nEarly birth,30\nAsphyxia,20\nCord infection,10\nOther infection,5\n"


def test_individual_causes_are_mapped_to_broad_ones(read):
    text = "id,cause\na,Early birth\nb,cord infection\nc,Malaria\nd,Unknown\n"
    deaths = read(text, cause_map=MAP)
    assert deaths.causes == deaths.broad
    assert deaths.counts == (0, 0, 2, 0, 0, 1)
    assert deaths.undetermined == 1


def test_counts_of_a_study_stay_what_they_are(read):
    deaths = read(STUDY + "pneumonia,2\nUnknown,3\n", cause_map=MAP)
    assert deaths.causes == (
        *("Early birth", "Asphyxia", "Cord infection", "Other infection", "pneumonia"),
    )
    assert deaths.broad == (
        *("prematurity", "ipre", "sepsis_meningitis_inf", "sepsis_meningitis_inf", "pneumonia"),
    )
    assert (deaths.counts, deaths.records) == ((30, 20, 10, 5, 2), 70)
    assert deaths.undetermined == 3
    missing = "insilicova: no cause of the study is congenital_malformation: it is left out"
    assert any(warning.startswith(missing) for warning in deaths.warnings)


def test_broad_columns_of_a_study_stay_what_they_are(read):
    text = "Early birth,Asphyxia,Cord infection\n1,0,0\n0,0,1\n1,0,0\n"
    deaths = read(text, cause_map=MAP)
    assert (deaths.form, deaths.causes) == (
        *("broad causes", ("Early birth", "Asphyxia", "Cord infection")),
    )
    assert deaths.counts == (2, 0, 1)


def test_probabilities_of_a_study_are_summed_by_broad_cause(read):
    text = "id,Early birth,Cord infection,Other infection\na,0.4,0.3,0.3\n"
    deaths = read(text, cause_map=MAP)
    assert (deaths.form, deaths.counts) == ("cause probabilities", (0, 0, 1, 0, 0, 0))


def test_the_map_goes_before_the_known_list_and_says_so(read):
    own = "cause,broad_cause\nMalaria,other\nUnspecified,other\nPrematurity,prematurity\n"
    deaths = read("id,cause\na,Malaria\nb,Unspecified\n", cause_map=own)
    assert deaths.counts == (0, 0, 0, 0, 2, 0)
    assert deaths.warnings[:2] == (
        'insilicova: map.csv counts "Malaria" as other, not as sepsis_meningitis_inf',
        'insilicova: map.csv counts "Unspecified" as other, not as undetermined',
    )


def test_undetermined_deaths_of_a_study_as_other(read, refused):
    one = MAP + "Rest,other\n"
    deaths = read(STUDY + "Rest,1\nUnknown,3\n", cause_map=one, undetermined="other")
    assert deaths.counts == (30, 20, 10, 5, 4)
    text = STUDY + "Unknown,3\n"
    assert "no cause of the study belong" in refused(text, cause_map=MAP, undetermined="other")[0]
    two = STUDY + "Rest,1\nOther,1\nUnknown,3\n"
    said = refused(two, cause_map=one, undetermined="other")[0]
    assert "several causes of the study belong to other" in said


def test_causes_of_the_users_own_matrices(read):
    causes = ("Fever", "Malaria", "ipre")
    deaths = read("id,cause\na,fever\nb,malaria\nc,Birth asphyxia\n", causes=causes)
    assert (deaths.causes, deaths.counts) == (causes, (1, 1, 1))
    mapped = read("id,cause\na,Hot\n", causes=causes, cause_map="cause,broad_cause\nHot,FEVER\n")
    assert mapped.counts == (1, 0, 0)


def test_json_and_semicolons(folder):
    path = folder / "map.json"
    path.write_text(json.dumps({"Asphyxia": "ipre", "Early birth": "prematurity"}))
    as_object = [(e.cause, e.broad) for e in read_cause_map(path).entries]
    path.write_text("Broad Cause;Cause\nipre;Asphyxia\nprematurity;Early birth\n")
    assert [(e.cause, e.broad) for e in read_cause_map(path).entries] == as_object
    path.write_text("a,b\n1,2\n")
    with pytest.raises(BadData, match="columns cause and broad_cause are needed, found: a, b"):
        read_cause_map(path)


def test_mistakes_of_a_map(refused):
    text = "cause,broad_cause\nA,sepsis\nA,ipre\n,ipre\nB,\n"
    message, hint = refused("id,cause\na,A\n", cause_map=text)
    assert message.splitlines() == [
        'map.csv, row 2: unknown broad cause "sepsis"',
        'map.csv, row 3: "A" is in row 2 too',
        'map.csv, row 4: the cause is "", not a name',
        'map.csv, row 5: unknown broad cause ""',
    ]
    assert "valid: congenital_malformation, pneumonia," in hint


def test_algorithms_are_put_in_one_order(read):
    first = read("cause,deaths\nB,1\nA,2\n", causes=("a", "b"))
    second = read("id,cause\n1,a\n2,b\n3,b\n", causes=("a", "b"))
    aligned = align([first, second])
    assert [deaths.causes for deaths in aligned] == [("B", "A"), ("B", "A")]
    assert [deaths.counts for deaths in aligned] == [(1, 2), (2, 1)]
    assert aligned[1].broad == ("b", "a")
    third = read(STUDY, cause_map=MAP)
    with pytest.raises(BadData, match=r"only insilicova \(deaths.csv\) has Early birth"):
        align([first, third])
