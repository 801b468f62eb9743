"""From FASTQ files to mutations, with minimap2 and with DIAMOND."""

from pathlib import Path

import amr_lab
import pytest

from engines.screen.calling.tool import DIAMOND, MINIMAP2
from engines.screen.databases import pointfinder
from engines.screen.databases.codons import translate
from engines.screen.databases.mutation import Mutation, Panel
from engines.screen.mutations import proteins
from engines.screen.mutations.call import call
from engines.screen.mutations.effect import effect

needs_minimap2 = pytest.mark.skipif(not MINIMAP2.there(), reason="minimap2 is not installed")
needs_diamond = pytest.mark.skipif(not DIAMOND.there(), reason="DIAMOND is not installed")


@pytest.fixture
def panel(tmp_path: Path):
    return pointfinder.load(amr_lab.write_pointfinder(tmp_path / "db"), "lab_bug")[1]


def chromosome(**genes: str) -> str:
    """All genes of the panel, changed where asked, with other bases between them."""
    wild = {"gyra": amr_lab.GYRA, "parc": amr_lab.PARC, "rrs": amr_lab.RRS, "ampc": amr_lab.AMPC}
    parts = [amr_lab.random_bases(300, n) + g for n, g in enumerate((wild | genes).values(), 50)]
    return "".join(parts) + amr_lab.random_bases(300, 60)


def sample(folder: Path, *genomes: tuple[str, float], error: float = 0.003):
    reads = []
    for number, (bases, depth) in enumerate(genomes):
        reads += amr_lab.pairs({"g": bases}, depth, number, error=error)
    return amr_lab.write_pairs(folder, reads)


def by_name(calls):
    return {one.mutation.id.rpartition(":")[0]: one for one in calls.calls}


MUTANT = chromosome(
    gyra=amr_lab.with_codon(amr_lab.GYRA, 83, "TTG")[:360] + amr_lab.GYRA[366:],
    parc=amr_lab.with_codon(amr_lab.PARC, 80, "ATC"),
)


@needs_minimap2
def test_mutations_of_an_isolate(tmp_path, panel):
    calls = call(sample(tmp_path, (MUTANT, 30)), panel)
    found = by_name(calls)
    s83 = found["gyrA:S83L/W"]
    assert (s83.status, s83.alts, s83.wild_type) == ("detected", ("L",), 0)
    assert 15 <= s83.resistant <= 45 and s83.low > 0.7
    assert found["parC:S80I"].status == "detected"
    assert effect(found["parC:S80I"], calls).verdict == "resistant"  # its partner is there
    (deletion,) = (one for one in calls.calls if one.mutation.kind == "deletion")
    assert (deletion.status, deletion.wild_type) == ("detected", 0)
    wild = ("gyrA:D87N", "16S_lab", "ampC", "gyrA:ins150WW")
    for name, one in found.items():
        if name.startswith(wild):
            assert one.status == "not_detected", name
            assert one.resistant == 0 and one.depth >= 10
    again = call([tmp_path / "r_1.fq", tmp_path / "r_2.fq"], panel, threads=2)
    assert [one.as_json() for one in again.calls] == [one.as_json() for one in calls.calls]


@needs_minimap2
def test_a_mixture_gives_its_share(tmp_path, panel):
    calls = call(sample(tmp_path, (MUTANT, 60), (chromosome(), 140)), panel)
    one = by_name(calls)["gyrA:S83L/W"]
    assert one.status == "detected"
    assert one.low < 0.3 < one.high and one.wild_type > one.resistant


@needs_minimap2
def test_no_gene_and_little_of_it_are_not_told_as_absence(tmp_path, panel):
    nothing = call(sample(tmp_path / "a", (amr_lab.random_bases(5000, 9), 20)), panel)
    assert {one.status for one in nothing.calls} == {"insufficient_depth"}
    assert nothing.reads == 0
    little = call(sample(tmp_path / "b", (MUTANT, 2)), panel)
    assert by_name(little)["gyrA:D87N"].status == "insufficient_depth"


@needs_minimap2
def test_another_species_is_left_out(tmp_path, panel):
    """Defect 9 of the earlier system: resistant by one read with 83.7 % identity."""
    import random

    rng = random.Random(4)
    far = "".join(rng.choice("ACGT") if rng.random() < 0.2 else base for base in MUTANT)
    calls = call(sample(tmp_path, (far, 30)), panel)
    assert not any(one.status == "detected" for one in calls.calls)
    assert calls.too_different > 5 * calls.reads  # what is left lies at the ends of genes


@needs_minimap2
def test_the_second_mate_counts_as_the_first(tmp_path, panel):
    """Defect 10 of the earlier system: R1 only."""
    first, second = sample(tmp_path, (MUTANT, 30))
    both = by_name(call([first, second], panel))["gyrA:S83L/W"].resistant
    one = by_name(call([first], panel))["gyrA:S83L/W"].resistant
    other = by_name(call([second], panel))["gyrA:S83L/W"].resistant
    assert one > 3 and other > 3
    assert max(one, other) < both <= one + other


@needs_diamond
def test_mutations_of_proteins(tmp_path):
    gyra = translate(amr_lab.GYRA).rstrip("*")
    rows = (
        Mutation("a", "gyrA", "p", "protein", "substitution", 83, 82, "S", ("L",)),
        Mutation("b", "gyrA", "p", "protein", "substitution", 87, 86, "D", ("N",)),
        Mutation("c", "gyrA", "p", "protein", "deletion", 121, 120, gyra[120:122], ("del",)),
    )
    reads = sample(tmp_path, (MUTANT, 30))
    calls = proteins.call(reads, Panel("lab", {"p": gyra}, rows), tmp_path, cache=tmp_path / "c")
    s83, d87, deletion = calls.calls
    assert (s83.status, s83.wild_type) == ("detected", 0)
    assert (d87.status, d87.resistant) == ("not_detected", 0)
    assert deletion.status == "detected"
    assert min(one.depth for one in calls.calls) >= 10
