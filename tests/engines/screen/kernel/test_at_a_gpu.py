"""On a real GPU: survivors of two million reads are those of the processor, byte by byte."""

from pathlib import Path

import pytest
from screen_reads_lab import index_of
from simulated_reads import Sample, genomes, write_pairs

from engines.contract.errors import EngineError
from engines.screen.kernel.gpu import Gpu
from engines.screen.kernel.screen import Screen, Search
from engines.screen.kernel.survivors import Survivors
from engines.screen.reads import open_reads

PAIRS = 1_000_000


@pytest.fixture(scope="module")
def gpu() -> Gpu:
    try:
        return Gpu()
    except EngineError as error:
        pytest.skip(error.message)


def test_survivors_are_those_of_the_processor(gpu: Gpu, tmp_path: Path) -> None:
    genome = genomes([], 4_000_000)
    genes = [genome[at : at + 1000].tobytes().decode() for at in range(0, 4_000_000, 200_000)]
    reads = write_pairs(Sample(genome), PAIRS, tmp_path)
    searches = [
        Search("fast", index_of(tmp_path, genes, "nucleotide", 21)),
        Search("exact", index_of(tmp_path, genes, "nucleotide", 16), min_hits=2),
        Search("translated", index_of(tmp_path, ["MKRLDEWYFNQHPSTGAVIC"], "protein", 4)),
    ]
    outcomes = []
    for device, folder in ((gpu, tmp_path / "gpu"), (None, tmp_path / "cpu")):
        files = {
            s.name: Survivors(folder / f"{s.name}.1", folder / f"{s.name}.2") for s in searches
        }
        with Screen(searches, device, threads=4) as screen:
            counts = screen.run(open_reads(str(reads[0]), str(reads[1])), files)
        kept = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        outcomes.append((counts.found, counts.r1, counts.r2, kept))
    assert outcomes[0] == outcomes[1]
    assert all(found.survivors for found in outcomes[0][0].values())
