"""The table of how causes were read."""

from engines.calibrate.va_data import preview

TEXT = "id,cause\na,Birth asphyxia\nb,Birth asphyxia\nc,Prematurity\nd,Undetermined\n"


def test_both_tables_add_up(read):
    assert preview(read(TEXT)).splitlines()[:14] == [
        "insilicova: deaths.csv, individual causes, 4 deaths",
        "",
        "  cause of the input  read as              deaths    share",
        "  Birth asphyxia      ipre                      2   50.0 %",
        "  Prematurity         prematurity               1   25.0 %",
        "  Undetermined        no cause, set aside       1   25.0 %",
        "  total                                         4  100.0 %",
        "",
        "deaths counted: 3; set aside: 1",
        "",
        "  cause                    broad cause              deaths    share",
        "  congenital_malformation  congenital_malformation       0    0.0 %",
        "  pneumonia                pneumonia                     0    0.0 %",
        "  sepsis_meningitis_inf    sepsis_meningitis_inf         0    0.0 %",
    ]
    assert "warning: insilicova: deaths without a cause: 1 of 4, set aside" in preview(read(TEXT))


def test_equal_deaths_have_equal_shares(read):
    """Rounded one by one: in both tables a number of deaths is the same share."""
    thirds = "id,cause\na,Birth asphyxia\nb,Prematurity\nc,Malaria\n"
    lines = preview(read(thirds)).splitlines()
    assert [line.split()[-2] for line in lines[3:7]] == ["33.3", "33.3", "33.3", "100.0"]


def test_long_and_wild_names_stay_on_their_line(read):
    name = "A very long cause of death that never ends, whatever one does \u202e"
    own = f'cause,broad_cause\n"{name}",ipre\n'
    shown = preview(read(f'id,cause\na,"{name}"\n', cause_map=own))
    assert "A very long cause of death that never ends,…  ipre" in shown
    assert "\u202e" not in shown
