"""A whole screen on made-up data: databases, genomes, reads, and the command."""

import json
import subprocess
import sys
from pathlib import Path

import amr_lab
from click.testing import CliRunner, Result

from engines.screen.cli import screen

SPECIES = "Lab bug"
RESISTANT = amr_lab.with_codon(amr_lab.GYRA, 83, "TTG")  # S83L
CARRIED = (
    *(amr_lab.ACQUIRED[name] for name in ("blaLAB-1_1_LA0001", "tet(L)_1_LA0002")),
    *(RESISTANT, amr_lab.PARC, amr_lab.AMPC, amr_lab.RRS),
)
UNTIMED = ("status.json", "s.provenance.json")  # which say when


def _genome() -> str:
    """The genes with other bases around each."""
    around = [amr_lab.random_bases(400, 50 + number) for number in range(len(CARRIED))]
    genes = "".join(a + b for a, b in zip(around, CARRIED, strict=True))
    return genes + amr_lab.random_bases(12_000, 77)


GENOME = _genome()


class ScreenLab:
    """A folder with ``db``, ``genomes`` and the mates of one sample, ``r_1.fq`` and ``r_2.fq``."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.db = folder, folder / "db"
        self.genomes = folder / "genomes"
        for name, write in (
            ("resfinder_db", amr_lab.write_resfinder),
            ("pointfinder_db", amr_lab.write_pointfinder),
        ):
            (self.db / name).mkdir(parents=True)
            write(self.db / name)
        amr_lab.fasta(self.genomes / "labbug.fa", {"c": GENOME})
        amr_lab.fasta(self.genomes / "other.fa", {"o": amr_lab.random_bases(20_000, 78)})
        self.pairs = amr_lab.pairs({"labbug": GENOME}, 20, 1, error=0.002)
        self.r1, self.r2 = amr_lab.write_pairs(folder, self.pairs)

    def arguments(self, out: Path, *options: object, mates: object = None) -> list[str]:
        """Command line of all that can be looked for."""
        reads = ["--r1", self.r1, "--r2", self.r2] if mates is None else mates
        given = [*reads, "--resistance-db", self.db, "--output-dir", out]  # type: ignore[misc]
        return [str(each) for each in (*given, "--sample-id", "s", *options)]

    def everything(self) -> list[object]:
        return ["--reference-db", self.genomes, "--species", SPECIES]

    def run(self, out: Path, *options: object, mates: object = None) -> Result:
        """The command in this process."""
        return CliRunner().invoke(screen, self.arguments(out, *options, mates=mates))

    def start(self, out: Path, *options: object) -> "subprocess.Popen[str]":
        """The command in a process of its own; its messages can be read."""
        code = "from engines.screen.cli import screen; screen()"
        command = [sys.executable, "-c", code, *self.arguments(out, *options)]
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )


def summary_of(out: Path) -> dict:  # type: ignore[type-arg]
    return json.loads((out / "s.summary.json").read_text())  # type: ignore[no-any-return]


def files_of(out: Path) -> dict[str, bytes]:
    """Every file below a folder, those in hidden folders too."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def untimed(out: Path) -> dict[str, bytes]:
    """Files that depend on nothing but the input."""
    return {name: text for name, text in files_of(out).items() if name not in UNTIMED}
