"""Every form in which deaths come, in CSV and in JSON."""

import json

import pytest

from engines.calibrate.va_data import preview

NEONATE = (
    *("congenital_malformation", "pneumonia", "sepsis_meningitis_inf"),
    *("ipre", "other", "prematurity"),
)
SIX = """ID,cause
a,Congenital malformation
b,Neonatal pneumonia
c,Neonatal sepsis
d,Birth asphyxia
e,Other and unspecified neonatal CoD
f,Prematurity
"""


def test_individual_causes(read):
    deaths = read(SIX + "g,Birth asphyxia\n")
    assert deaths.form == "individual causes"
    assert deaths.causes == deaths.broad == NEONATE
    assert deaths.counts == (1, 1, 1, 2, 1, 1)
    assert (deaths.records, deaths.undetermined, deaths.warnings) == (7, 0, ())
    assert (deaths.mapping[0].cause, deaths.mapping[0].broad) == ("Birth asphyxia", "ipre")
    assert (deaths.algorithm, deaths.name) == ("insilicova", "deaths.csv")


@pytest.mark.parametrize(
    "header",
    ["id,cause", "ID,cause1", "Id,CAUSE1", "va_id,COD", "Death ID,cause of death", ",cause"],
)
def test_names_of_columns(read, header):
    assert read(SIX.replace("ID,cause", header)).counts == (1,) * 6


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.replace(",", ";"), id="semicolons"),
        pytest.param(lambda text: text.replace(",", "\t"), id="tabs"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda text: "\ufeff" + text, id="byte order mark"),
        pytest.param(lambda text: "\n" + text.replace("\n", "\n\n"), id="blank lines"),
        pytest.param(lambda text: text.replace("\n", ",\n"), id="an empty last column"),
        pytest.param(lambda text: text.rstrip(), id="no last newline"),
        pytest.param(
            lambda text: "\n".join(
                ",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines()
            ),
            id="quoted",
        ),
        pytest.param(
            lambda text: "\n".join(
                f'"{number}",{line}' if number else line  # R names rows, but not their column
                for number, line in enumerate(text.splitlines())
            ),
            id="R's write.table",
        ),
        pytest.param(lambda text: text.replace("\n", ",0.9\n"), id="more columns"),
        pytest.param(lambda text: text.upper(), id="upper case"),
        pytest.param(lambda text: text.replace(" ", "_"), id="underscores"),
        pytest.param(lambda text: text.replace(" ", "."), id="R's dots"),
    ],
)
def test_ways_of_writing_csv(read, change):
    deaths = read(change(SIX))
    assert (deaths.form, deaths.counts, deaths.records) == ("individual causes", (1,) * 6, 6)


def test_result_table_of_interva5(read):
    text = (
        '"ID","MALPREV","HIVPREV","PREGSTAT","PREGLIK","CAUSE1","LIK1","CAUSE2","LIK2",'
        '"CAUSE3","LIK3","INDET","COMCAT","COMNUM"\n'
        'd1,l,l,n/a," ",Neonatal sepsis,88," "," "," "," ",12,Unknown,30\n'
        'd2,l,l,n/a," "," "," "," "," "," "," ",100,Multiple,20\n'
        'd3,l,l,n/a," ",Birth asphyxia,60,Prematurity,30," "," ",10,Culture,41\n'
    )
    deaths = read(text)
    assert deaths.form == "individual causes"
    assert deaths.counts == (0, 0, 1, 1, 0, 0)
    assert (deaths.records, deaths.undetermined) == (3, 1)
    assert "deaths without a cause: 1 of 3, set aside ((empty) 1)" in deaths.warnings[0]


def test_output_of_eava(read):
    neonate = "ID,cause\n1,NNT\n2,Malformation\n3,Intrapartum\n4,Preterm\n5,Meningitis\n6,Other\n"
    assert read(neonate + "7,Unspecified\n8,Pneumonia\n9,Diarrhea\n").counts == (1, 1, 3, 1, 1, 1)
    child = "ID,cause\n1,AIDS\n2,Diarrhea/Dysentery\n3,Malnutrition\n4,Meningitis/Encephalitis\n"
    child += "5,Other infections\n6,Intrapartum\n7,Injury\n8,Malaria\n9,Pneumonia\n10,Other\n"
    assert read(child, age="child").counts == (1, 1, 1, 1, 1, 1, 1, 2, 1)


def test_undetermined_is_counted_and_named(read):
    rows = "".join(
        f"u{i},{cause}\n"
        for i, cause in enumerate(
            ["Undetermined", "Unspecified", "INDET", "Indeterminate", "", "NA"]
        )
    )
    deaths = read(SIX + rows)
    assert (deaths.records, deaths.undetermined, sum(deaths.counts)) == (12, 6, 6)
    assert [m.cause for m in deaths.mapping if m.broad is None] == [
        *("Undetermined", "Unspecified", "INDET", "Indeterminate", "(empty)", "NA")
    ]
    assert (
        "deaths without a cause: 6 of 12, set aside (Undetermined 1, Unspecified 1"
        in deaths.warnings[0]
    )


def test_undetermined_as_other(read):
    deaths = read(SIX + "g,Undetermined\nh,Unspecified\n", undetermined="other")
    assert deaths.counts == (1, 1, 1, 1, 3, 1)
    assert (deaths.records, deaths.undetermined) == (8, 0)
    assert {m.broad for m in deaths.mapping if m.cause.startswith("Un")} == {"other"}
    assert "2 of 8, counted as other (Undetermined 1, Unspecified 1)" in deaths.warnings[0]


def test_spellings_of_one_cause_are_one_line_of_the_mapping(read):
    deaths = read("id,cause\n1,Birth asphyxia\n2,birth_asphyxia\n3, BIRTH  ASPHYXIA \n")
    assert [(m.cause, m.deaths) for m in deaths.mapping] == [("Birth asphyxia", 3)]


def test_broad_names_are_causes_of_deaths_too(read):
    assert read("id,cause\n1,ipre\n2,Other\n3,sepsis_meningitis_inf\n").counts == (0, 0, 1, 1, 1, 0)
    assert read("id,cause\n1,nn_causes\n2,other\n", age="child").counts[6:] == (1, 0, 1)


PROBABILITIES = """ID,Neonatal sepsis,Malaria,Birth asphyxia,Prematurity
a,0.3,0.25,0.45,0
b,0.1,0.1,0.7,0.1
c,0.5,0,0.5,0
d,0,0,0,0
e,0.1,0.2,0.3,0.4
"""


def test_probabilities_are_summed_by_broad_cause(read):
    deaths = read(PROBABILITIES)
    assert deaths.form == "cause probabilities"
    assert deaths.counts == (0, 0, 1, 1, 0, 1)  # sepsis wins a: .3 + .25 > .45
    assert (deaths.records, deaths.undetermined) == (5, 2)
    warnings = "\n".join(deaths.warnings)
    assert "deaths with two or more equally likely broad causes: 1 (c)" in warnings
    assert "deaths with probability 0 for every cause: 1 (d)" in warnings
    assert {m.cause: m.deaths for m in deaths.mapping} == {
        **{"Neonatal sepsis": 1, "Birth asphyxia": 1, "Prematurity": 1, "Malaria": 0},
        **{"(equally likely)": 1, "(all zero)": 1},
    }


def test_a_tie_within_rounding_is_a_tie(read):
    deaths = read("ID,Malaria,Measles,Prematurity\na,0.1,0.2,0.3\nb,0,0,1\n")
    assert (deaths.undetermined, sum(deaths.counts)) == (1, 1)  # .1 + .2 > .3 in binary


def test_ties_become_other_only_where_that_is_asked_for(read):
    deaths = read(PROBABILITIES, undetermined="other")
    assert (deaths.counts, deaths.undetermined) == ((0, 0, 1, 1, 2, 1), 0)


def test_percentages_and_decimal_commas(read):
    percent = "id,Malaria,Prematurity\na,30,70\nb,60.5,39.5\n"
    assert read(percent).counts == (0, 0, 1, 0, 0, 1)
    commas = "id;Malaria;Prematurity\na;0,3;0,7\nb;0,605;0,395\n"
    assert read(commas).counts == (0, 0, 1, 0, 0, 1)


def test_probabilities_of_broad_causes(read):
    text = "," + ",".join(NEONATE) + "\nd1,0,0,1,0,0,0\nd2,0.9,0.1,0,0,0,0\n"
    deaths = read(text)
    assert (deaths.form, deaths.counts) == ("cause probabilities", (1, 0, 1, 0, 0, 0))


def test_undetermined_may_have_a_probability(read):
    deaths = read("ID,Malaria,Undetermined\na,0.2,0.8\nb,0.9,0.1\n")
    assert (deaths.undetermined, deaths.counts[2]) == (1, 1)


BROAD = "id," + ",".join(NEONATE) + "\n" + "a,0,0,1,0,0,0\nb,0,0,0,0,0,1\nc,0,0,1,0,0,0\n"


def test_broad_causes(read):
    deaths = read(BROAD)
    assert (deaths.form, deaths.counts, deaths.records) == ("broad causes", (0, 0, 2, 0, 0, 1), 3)
    without_ids = "\n".join(line.split(",", 1)[1] for line in BROAD.splitlines())
    assert read(without_ids).counts == deaths.counts
    assert read(BROAD.replace("1", "TRUE").replace("0", "FALSE")).counts == deaths.counts


def test_broad_causes_keep_the_order_and_the_spelling_of_the_user(read):
    text = "Prematurity,IPRE,other,Pneumonia,congenital malformation,sepsis_meningitis_inf\n"
    deaths = read(text + "1,0,0,0,0,0\n0,0,0,1,0,0\n")
    assert deaths.causes[:2] == ("Prematurity", "IPRE")
    assert deaths.broad[:2] == ("prematurity", "ipre")
    assert deaths.counts == (1, 0, 0, 1, 0, 0)


COUNTS = {
    **{"congenital_malformation": 1, "pneumonia": 148, "sepsis_meningitis_inf": 363},
    **{"ipre": 327, "other": 62, "prematurity": 289},
}
ROWS = [{"cause": cause, "deaths": deaths} for cause, deaths in COUNTS.items()]


def as_csv(header, counts=COUNTS):
    return header + "\n" + "".join(f"{cause},{deaths}\n" for cause, deaths in counts.items())


@pytest.mark.parametrize(
    "text",
    [
        as_csv("cause,deaths"),
        as_csv("Cause,Count"),
        as_csv("cod,n"),
        as_csv(",x"),  # R's write.csv of a vector with names
        as_csv("Var1,Freq"),
        as_csv("cause,deaths", {cause: f"{deaths}.0" for cause, deaths in COUNTS.items()}),
        json.dumps(COUNTS),
        json.dumps(ROWS),
        json.dumps({"cause": list(COUNTS), "deaths": list(COUNTS.values())}),
        ",".join(COUNTS) + "\n" + ",".join(map(str, COUNTS.values())),  # written across
        json.dumps({cause: [deaths] for cause, deaths in COUNTS.items()}),  # R's toJSON of a list
    ],
)
def test_counts(read, text):
    deaths = read(text)
    assert (deaths.form, deaths.causes) == ("counts", NEONATE)
    assert deaths.counts == (1, 148, 363, 327, 62, 289)
    assert (deaths.records, deaths.undetermined) == (1190, 0)


def test_counts_keep_the_order_of_the_user(read):
    backwards = dict(reversed(COUNTS.items()))
    deaths = read(as_csv("cause,deaths", backwards))
    assert deaths.causes == tuple(backwards)
    assert deaths.counts == tuple(backwards.values())


def test_counts_of_specific_causes_are_summed(read):
    specific = {
        **{"Birth asphyxia": 5, "Intrapartum": 2, "Prematurity": 3, "Neonatal sepsis": 4},
        **{"Neonatal pneumonia": 1, "Malaria": 1, "Congenital malformation": 2},
        **{"Road traffic accident": 1, "Undetermined": 6},
    }
    deaths = read(as_csv("cause,deaths", specific))
    assert (deaths.causes, deaths.counts) == (NEONATE, (2, 1, 5, 7, 1, 3))
    assert (deaths.records, deaths.undetermined) == (25, 6)


def test_a_count_of_zero_is_fine_and_the_preview_warns_of_it(read):
    deaths = read(as_csv("cause,deaths", COUNTS | {"congenital_malformation": 0}))
    assert deaths.counts[0] == 0
    told = "warning: no deaths of congenital_malformation: where such a cause is calibrated, the "
    assert told + "path correction will probably stall and change nothing" in preview(deaths)
    assert "warning" not in preview(read(as_csv("cause,deaths", COUNTS)))


INDIVIDUALS = [{"id": "a", "cause": "Birth asphyxia"}, {"id": "b", "cause": None}]


@pytest.mark.parametrize(
    "content",
    [INDIVIDUALS, {"ID": ["a", "b"], "cause1": ["Birth asphyxia", "Undetermined"]}],
)
def test_json_of_deaths(read, content):
    """A list of records: where one of the systems before this one failed."""
    deaths = read(json.dumps(content, indent=1), name="deaths.json")
    assert deaths.form == "individual causes"
    assert (deaths.counts[3], deaths.records, deaths.undetermined) == (1, 2, 1)


def test_json_of_probabilities_and_of_broad_causes(read):
    record = {"id": 1, "Malaria": 0.25, "Prematurity": 0.75}
    assert read(json.dumps([record])).counts == (0, 0, 0, 0, 0, 1)
    one = {cause: int(cause == "ipre") for cause in NEONATE}
    assert read(json.dumps([one, one])).form == "broad causes"
    truth = {cause: cause == "ipre" for cause in NEONATE}
    assert read(json.dumps([truth])).counts == (0, 0, 0, 1, 0, 0)


def test_row_names_of_r(read):
    """write.csv puts them first, without a name; jsonlite calls them _row, wherever they stand."""
    rows = [{"Malaria": 0.25, "Prematurity": 0.75, "_row": "a"}] * 2
    rows[1] = rows[1] | {"_row": "b"}
    assert read(json.dumps(rows)).counts == (0, 0, 0, 0, 0, 2)
    with_ids = [row | {"id": n} for n, row in enumerate(rows)]
    assert read(json.dumps(with_ids)).counts == (0, 0, 0, 0, 0, 2)
    beside = '"","ID","Malaria","Prematurity"\n"1","a",0.25,0.75\n"2","b",0.25,0.75\n'
    assert read(beside).counts == (0, 0, 0, 0, 0, 2)


def test_newborns_among_children_are_told_of(read):
    newborns = "id,cause\na,Birth asphyxia\nb,Prematurity\nc,Malaria\n"
    said = "insilicova: 2 of 3 deaths are nn_causes: is the age group right?"
    assert read(newborns, age="child").warnings == (said,)
    assert read(newborns + "d,Malaria\n", age="child").warnings == ()
    assert read(newborns).warnings == ()
