"""What is refused, and the words for it: file, row, column or id, the value, what to do."""

import gzip
import json
import sys

import pytest

from engines.calibrate.ages import AGE_GROUPS
from engines.calibrate.va_data import read_deaths
from engines.contract.errors import BadData, BadUsage, InputMissing

HEADER = "congenital_malformation,pneumonia,sepsis_meningitis_inf,ipre,other,prematurity\n"
COUNTS = "cause,deaths\ncongenital_malformation,1\npneumonia,2\nsepsis_meningitis_inf,3\n"
COUNTS += "ipre,4\nother,5\nprematurity,6\n"


def test_an_unknown_cause(refused):
    text = "ID,cause\na,Birth asphyxia\nb,Birth asfixia\nc,Birth asfixia\n"
    message, hint = refused(text)
    assert message == (
        'deaths.csv, row 3, column cause: unknown cause "Birth asfixia"; did you mean Birth '
        "asphyxia? (2 deaths)"
    )
    assert hint.startswith("your own causes need --cause-map; broad causes: congenital_malform")


def test_a_cause_of_the_other_age_group(refused, read):
    assert 'row 2, column cause: unknown cause "AIDS"' in refused("id,cause\na,AIDS\n")[0]
    assert read("id,cause\na,AIDS\n", age="child").counts[4] == 1


def test_an_id_that_is_there_twice_names_both_rows(refused):
    text = "ID,cause\na,Prematurity\nb,Prematurity\n\na ,Malaria\nb,Undetermined\n"
    message, hint = refused(text)
    assert message.splitlines() == [
        "deaths.csv, row 5 (id a), column ID: the same id is in row 2",
        "deaths.csv, row 6 (id b), column ID: the same id is in row 3",
    ]
    assert hint == "a death counts once: give each id one row"


def test_ids_are_checked_in_every_form(refused):
    assert (
        "row 3 (id a), column id: the same id"
        in refused("id," + HEADER + "a,1,0,0,0,0,0\na,0,1,0,0,0,0\n")[0]
    )
    assert (
        "row 3 (id a), column id: the same id"
        in refused("id,Malaria,Measles\na,.1,.2\na,.2,.1\n")[0]
    )
    records = [{"id": 7, "cause": "Malaria"}] * 2
    assert (
        "record 2 (id 7), column id: the same id is in record 1" in refused(json.dumps(records))[0]
    )


def test_an_id_that_is_empty(refused):
    message, hint = refused("ID,cause\n,Prematurity\nb,Prematurity\n")
    assert message == "deaths.csv, row 2, column ID: the id is empty"
    assert hint == "every death needs an id of its own"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,0,0,0,0,0,0", "row 2 (id a): no cause has a 1"),
        ("a,0,1,0,0,0,1", "row 2 (id a): 2 causes have a 1: pneumonia, prematurity"),
        ("a,0,2,0,0,0,0", 'row 2 (id a): column pneumonia: "2" is neither 0 nor 1'),
        ("a,0,1,0,0,0,", 'row 2 (id a): column prematurity: "" is neither 0 nor 1'),
        ("a,0,-1,0,0,0,1", 'row 2 (id a): column pneumonia: "-1" is neither 0 nor 1'),
        ("a,0,1,0,0,0,NA", 'row 2 (id a): column prematurity: "NA" is neither 0 nor 1'),
        ("a,0,1,0,0", "row 2: has 5 cells, the header 7"),
    ],
)
def test_a_row_of_broad_causes_that_is_not_one_cause(refused, row, said):
    message, _ = refused("id," + HEADER + row + "\nb,0,0,1,0,0,0\n")
    assert message == f"deaths.csv, {said}"


@pytest.mark.parametrize("value", ["-3", "2.5", "", "NA", "many", "nan", "inf", "1e12", "1_000"])
def test_a_count_that_is_none(refused, value):
    message, hint = refused(COUNTS.replace("pneumonia,2", f"pneumonia,{value}"))
    said = f'row 3, column deaths: "{value}" deaths of pneumonia: not a whole number >= 0'
    assert message == f"deaths.csv, {said}"
    assert hint == "write whole numbers of deaths, without separators of thousands, and 0 for none"


def test_a_cause_that_is_counted_twice(refused):
    message, _ = refused(COUNTS + "Pneumonia,3\n")
    assert message == 'deaths.csv, row 8, column cause: "Pneumonia" is in row 3 too'
    twice = '{"pneumonia": 1, "pneumonia": 2}'
    assert refused(twice)[0] == 'deaths.csv: "pneumonia" is there twice in one object'
    columns = "Malaria,malaria\n.1,.9\n"
    assert refused(columns)[0] == 'deaths.csv, row 1, column 2: "malaria" is column 1 too'


def test_counts_without_one_of_the_causes(refused):
    message, hint = refused(COUNTS.replace("prematurity,6\n", ""))
    assert message == "deaths.csv: prematurity is missing"
    assert hint == "write 0 when there were none"
    lines = refused('{"pneumonia": 3}')[0].splitlines()
    assert len(lines) == 5
    matrix = HEADER.replace(",prematurity", "") + "1,0,0,0,0\n"
    assert refused(matrix)[1] == "write a column of 0 when there were none"


def test_no_deaths_at_all(refused):
    zeros = "".join(f"{line.split(',')[0]},0\n" for line in COUNTS.splitlines()[1:])
    assert (
        refused("cause,deaths\n" + zeros)[0] == "deaths.csv: there are no deaths: every count is 0"
    )
    assert refused("id,cause\na,Unspecified\n")[0] == "deaths.csv: no death has a cause"


@pytest.mark.parametrize("value", ["1.2", "-0.1", "nan", "inf"])
def test_a_probability_that_is_none(refused, value):
    message, hint = refused(f"id,Malaria,Prematurity\na,0.1,0.9\nb,{value},0.1\n")
    said = f'row 3, column Malaria: "{value}" is not a probability from 0 to 1'
    assert message == f"deaths.csv, {said}"
    assert hint == "each row holds the probabilities of one death, which sum to 1 (or 100) at most"


def test_probabilities_that_are_no_numbers_or_sum_to_more_than_one(refused):
    message, _ = refused("id,Malaria,Prematurity\na,0.1,NA\nb,0.8,0.9\nc,nan,nan\n")
    assert message.splitlines() == [
        'deaths.csv, row 2, column Prematurity: "NA" is not a number',
        "deaths.csv, row 3: the probabilities sum to 1.7, more than 1",
        'deaths.csv, row 4, column Malaria: "nan" is not a probability from 0 to 1',
    ]
    message, _ = refused("id,Malaria,Prematurity\na,40,60\nb,101,0\n")
    assert message == (
        'deaths.csv, row 3, column Malaria: "101" is not a probability in percent, as the first '
        "death has them"
    )


def test_columns_that_are_missing(refused):
    message, hint = refused("cause\nPrematurity\n")
    assert message == "deaths.csv: column id is missing, found: cause"
    assert hint == "every death needs an id, so that none is counted twice"
    message, hint = refused("name,village\nx,y\n")
    assert message == "deaths.csv: no column of causes, found: name, village"
    assert hint.startswith("expected are columns id and cause; or cause and deaths; or a column")
    assert "is a row one death, or several?" in refused("id,cause,n\na,Prematurity,3\n")[0]


def test_columns_that_are_too_many(refused):
    message, _ = refused("id,cause,cod\na,Prematurity,Malaria\n")
    assert message == 'deaths.csv, row 1: more than one column of the cause: "cause", "cod"'
    message, hint = refused("id,sex,Malaria,Prematurety\na,0,0.5,0.5\n")
    assert message.splitlines() == [
        'deaths.csv, row 1, column 2: unknown cause "sex"',
        'deaths.csv, row 1, column 4: unknown cause "Prematurety"; did you mean Prematurity?',
    ]
    assert "other columns are left out" in hint
    message, _ = refused("id,Malaria,,Prematurity\na,.5,x,.5\n")
    assert message == "deaths.csv, row 1: column 3 has no name"


def test_rows_of_another_width(refused):
    message, _ = refused("id,cause\na,Prematurity\nb\nc,Prematurity,x,y\n")
    assert message.splitlines() == [
        "deaths.csv, row 3: has 1 cell, the header 2",
        "deaths.csv, row 4: has 4 cells, the header 2",
    ]


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff", ",,\n,,\n"])
def test_an_empty_file(refused, text):
    assert refused(text)[0] == "deaths.csv: is empty"


def test_a_header_alone(refused):
    assert refused("ID,cause\n")[0] == "deaths.csv: has a header but no rows"
    assert refused("[]")[0] == "deaths.csv: is empty"
    assert refused('{"id": [], "cause": []}')[0] == "deaths.csv: has no deaths"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04rest", "is an Excel workbook or another zip archive, not a table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old Excel workbook, not a table"),
        (gzip.compress(b"id,cause", mtime=0), "is compressed with gzip"),
        ("id,cause\n".encode("utf-16"), "is UTF-16 text, not a table"),
        (b"%PDF-1.7", "is a PDF, not a table"),
        (b"id,cause\0\n", "is no text"),
        ("id,cause\na,Diarrhée\n".encode("latin-1"), "line 2: is not UTF-8 text (byte 0xe9)"),
        (b'id,cause\na,"Prematurity\nb,Malaria\n', "line 3: unexpected end of data"),
        (b"id,cause\na," + b"x" * 200_000, "line 2: field larger than field limit"),
    ],
)
def test_files_that_are_no_table(refused, content, said):
    message, hint = refused(content)
    assert said in message
    assert hint


def test_files_that_are_not_there(folder):
    for path, said in ((folder / "none.csv", "no such file"), (folder, "is a folder")):
        with pytest.raises(InputMissing, match=said):
            read_deaths("eava", path, AGE_GROUPS["neonate"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"pneumonia": NaN}', "NaN is not a number of JSON"),
        ('{"pneumonia": -Infinity}', "-Infinity is not a number of JSON"),
        ('{"pneumonia": 1e999}', '"Infinity" deaths of pneumonia: not a whole number'),
        ('{"pneumonia": true}', '"true" deaths of pneumonia: not a whole number'),
        ('{"pneumonia": null}', '"" deaths of pneumonia: not a whole number'),
        ('{"pneumonia": 1,', "line 1, column 17: is not JSON"),
        ('{"insilicova": {"pneumonia": 1}}', "is an object of objects"),
        ("[1, 2]", 'record 1: is "1", not an object'),
        ('[{"id": 1, "cause": ["Malaria"]}]', "record 1: holds a list or an object"),
        ('{"id": [1, 2], "cause": ["Malaria"]}', "columns differ in length: id 2, cause 1"),
        ('[{"id": "a", "id": "b"}]', '"id" is there twice in one object'),
        ('[{"id": "a", "cause": "x"}', "is not JSON"),
        ("[" * 100_000, "is nested too deeply"),
        ("[" + "9" * 5000 + "]", "Exceeds the limit"),
        ('[{"cause": "Malaria"}]', "column id is missing, found: cause"),
    ],
)
def test_json_that_is_none_or_of_another_shape(refused, text, said):
    if "Exceeds" in said and not sys.get_int_max_str_digits():
        pytest.skip("this Python reads numbers of any length")
    message, hint = refused(text)
    assert said in message
    assert hint


def test_json_that_is_too_large(refused, monkeypatch):
    monkeypatch.setattr("engines.calibrate.va_data.json_table.LARGEST", 10)
    assert refused('{"pneumonia": 1}')[1] == "write it as CSV, which is read row by row"


def test_at_most_ten_problems_are_listed(refused):
    rows = "".join(f"d{i},no such cause {i}\n" for i in range(25))
    lines = refused("id,cause\n" + rows)[0].splitlines()
    assert len(lines) == 11
    assert lines[9].startswith('deaths.csv, row 11, column cause: unknown cause "no such cause 9"')
    assert lines[10] == "and 15 more"


def test_names_come_out_printable(refused, read):
    nasty = '=HYPERLINK("http://x")\x1b[31m\u202e'
    quoted = nasty.replace('"', '""')
    message, _ = refused(f'id,cause\na,"{quoted}"\n')
    assert "\\x1b" in message and "\\u202e" in message and message.isprintable()
    message, _ = refused("id,cause\n\x07a,Malaria\n\x07a,Malaria\n")
    assert "(id \\x07a)" in message
    deaths = read("id,cause\na,\x07\nb,Malaria\n")
    assert deaths.mapping[0].cause.isprintable()
    assert "".join(deaths.warnings).isprintable()


def test_ways_with_undetermined_deaths(refused, read):
    own = {"causes": ("malaria", "rest")}
    message, hint = refused("id,cause\na,Malaria\nb,NA\n", undetermined="other", **own)
    assert message == "no cause is named other: malaria, rest"
    assert "set aside" in hint
    assert "valid: set-aside, other" in refused("id,cause\na,Malaria\n", undetermined="drop")[1]
    with pytest.raises(BadUsage, match="differ only in case"):
        read("id,cause\na,Malaria\n", causes=("Malaria", "malaria "))
    with pytest.raises(BadData):
        read("id,cause\na,Prematurity\n", **own)


# --- what people mix up -------------------------------------------------------


def test_a_file_without_a_header(refused):
    message, hint = refused("Pneumonia\nPrematurity\n")
    assert message == 'deaths.csv: has one column of causes only, "Pneumonia"'
    assert hint.startswith("the first row has to name the columns")


def test_a_count_across_that_is_none(refused):
    message, _ = refused(HEADER + "1,148,363,3.5,62,289\n")
    where = "row 2, column deaths"
    assert message == f'deaths.csv, {where}: "3.5" deaths of ipre: not a whole number >= 0'


def test_a_cause_that_the_cause_map_lacks(refused):
    text = "id,cause\na,Asphyxia\nb,Asphixia\n"
    message, hint = refused(text, cause_map="cause,broad_cause\nAsphyxia,ipre\n")
    assert message.endswith('unknown cause "Asphixia"; did you mean Asphyxia?')
    assert hint.startswith("add it to the cause map; broad causes: ")


def test_a_file_of_the_name_of_the_example(tmp_path):
    with pytest.raises(InputMissing, match="did you mean use_example"):
        read_deaths("eava", "use_exmple", AGE_GROUPS["child"])
