"""From genes and mutations to antimicrobials and classes."""

from pathlib import Path

import amr_lab
import pytest

from engines.contract.errors import BadUsage
from engines.screen.calling.hits import GeneHit
from engines.screen.databases import pointfinder, resfinder
from engines.screen.databases.mutation import Mutation
from engines.screen.mutations.call import Calls, Limits, judge
from engines.screen.mutations.locus import Locus, Tally
from engines.screen.phenotype.predict import by_class, check_species, predict


@pytest.fixture
def database(tmp_path: Path):
    return resfinder.load(amr_lab.write_resfinder(tmp_path / "db"))


def hit(name, coverage=100.0, identity=100.0, reads=100, source="kma", called=None):
    gene = next(g for g in amr_lab.ACQUIRED if g.startswith(name + "_"))
    called = coverage >= 60 and identity >= 90 if called is None else called
    grade = 3 if coverage == identity == 100 else 1
    return GeneHit(
        gene, name, gene.rpartition("_")[2], (), 840, identity, coverage, 20.0, reads, 1.0, 1.0,
        grade, called, source,
    )  # fmt: skip


def mutations(**seen) -> Calls:
    """Calls of one mutation of each name: gyrA S83L (Ciprofloxacin), folP P64S (Sulfa)."""
    drugs = {"gyrA": ("Ciprofloxacin", "Nalidixic acid"), "folP": ("Sulfa",)}
    made = []
    for gene, alleles in seen.items():
        one = Mutation(
            f"{gene}:x", gene, gene, "protein", "substitution", 83, 246, "S", ("L",), drugs[gene]
        )
        made.append(judge(one, Locus(gene, 246, 249, "codon"), Tally(alleles), "", Limits()))
    return Calls("lab", tuple(made), {}, (), Limits())


def verdicts(*hits, database, calls=()):
    return {one.drug: one for one in predict(hits, database, calls)}


def test_a_gene_gives_its_antimicrobials_and_no_other(database):
    found = verdicts(hit("blaLAB-1"), database=database)
    resistant = [drug for drug, one in found.items() if one.verdict == "resistant"]
    assert resistant == ["Ampicillin", "Piperacillin"]
    assert found["Ampicillin"].grade == 3
    assert "100.00 % identity" in found["Ampicillin"].evidence[0].support
    assert found["Tetracycline"].verdict == "not_detected"
    assert "Unknown Beta-lactam" not in found


def test_a_gene_needs_its_partner(database):
    alone = verdicts(hit("narX"), database=database)["Narasin"]
    assert alone.verdict == "not_detected"
    assert alone.evidence[0].why == "needs narY_1_LA0004, not found"
    both = verdicts(hit("narX"), hit("narY"), database=database)["Narasin"]
    assert both.verdict == "resistant" and len(both.evidence) == 2
    part = verdicts(hit("narX"), hit("narY", coverage=30), database=database)["Narasin"]
    assert part.verdict == "inconclusive"


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (hit("tet(L)", coverage=34.2), "inconclusive"),
        (hit("tet(L)", identity=83.7, reads=1), "not_detected"),  # one read of another species
        (hit("tet(L)", coverage=12), "not_detected"),
        (hit("tet(L)", source="diamond", identity=92), "inconclusive"),
        (hit("tet(L)", source="diamond", called=False), "not_detected"),
    ],
)
def test_little_of_a_gene_is_never_resistance(database, one, verdict):
    assert verdicts(one, database=database)["Tetracycline"].verdict == verdict


def test_what_kma_called_is_not_doubted_by_the_translated_search(database):
    found = verdicts(hit("tet(L)"), hit("tet(L)", source="diamond"), database=database)
    assert len(found["Tetracycline"].evidence) == 1


def test_mutations_and_too_few_reads(database):
    calls = [mutations(gyrA={"L": 20}, folP={"S": 3})]
    found = verdicts(database=database, calls=calls)
    assert found["Ciprofloxacin"].verdict == "resistant"
    assert found["Ciprofloxacin"].evidence[0].what == "gyrA S83L"
    assert "20 of 20 fragments, 100.0%" in found["Ciprofloxacin"].evidence[0].support
    # an antimicrobial that the classes do not have is told too, and not as absence
    assert found["Sulfa"].verdict == "inconclusive"
    assert found["Sulfa"].reasons == ("too few reads to tell folP S83",)
    assert found["Ampicillin"].verdict == "not_detected"
    wild = verdicts(database=database, calls=[mutations(gyrA={"S": 20})])
    assert wild["Ciprofloxacin"].verdict == "not_detected"


def test_a_class_has_the_strongest_verdict_of_its_antimicrobials(database):
    found = predict([hit("blaLAB-1")], database, [mutations(gyrA={"S": 3})])
    classes = {one.name: one for one in by_class(found)}
    assert classes["Beta-lactam"].drugs == ("Ampicillin", "Piperacillin")
    assert classes["Quinolone"].verdict == "inconclusive"
    assert classes["Tetracycline"].verdict == "not_detected"


def test_the_panel_of_a_species(database):
    marked = {one.drug: one.relevant for one in predict([], database, species="Lab bug")}
    assert marked["Ciprofloxacin"] and not marked["Tetracycline"]
    assert {one.relevant for one in predict([], database)} == {None}
    assert predict([], database, species="lab_other")[0].relevant is not None  # of the genus
    with pytest.raises(BadUsage, match="did you mean Lab bug"):
        check_species("Lob bug", database)


def test_names_of_two_databases_are_one_antimicrobial(database):
    one = Mutation(
        "x", "gyrA", "g", "protein", "substitution", 1, 0, "S", ("L",), ("CIPROFLOXACIN",)
    )
    call = judge(one, Locus("g", 0, 3, "codon"), Tally({"L": 20}), "", Limits())
    found = verdicts(database=database, calls=[Calls("x", (call,), {}, (), Limits())])
    assert found["Ciprofloxacin"].verdict == "resistant"
    assert "CIPROFLOXACIN" not in found


def test_species_are_known_by_their_folder(tmp_path):
    folder = amr_lab.write_pointfinder(tmp_path)
    assert pointfinder.species(folder) == ("lab_bug",)


def test_what_nobody_looked_for_is_not_assessed(database):
    """A gene of the database, or a mutation of a list, has to be able to tell."""
    by_mutations = {"gyrA": {"S": 20}}
    for hits, calls, expected in (
        ([], [], {"Ampicillin": "not_detected", "Ciprofloxacin": "not_assessed"}),
        (None, [mutations(**by_mutations)], {"Ampicillin": "not_assessed"}),
        (None, [], {"Ampicillin": "not_assessed", "Ciprofloxacin": "not_assessed"}),
    ):
        found = {one.drug: one for one in predict(hits, database, calls)}
        assert {drug: found[drug].verdict for drug in expected} == expected
        told = found["Ampicillin"].reasons
        assert all(reason.endswith("were not looked for") for reason in told) and told
