"""NCBI's taxonomy as it is downloaded: nodes.dmp, names.dmp, merged.dmp.

Two million taxa are read as a stream; what is kept of each is twelve bytes.
Format: taxdump_readme.txt of NCBI.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from engines.contract.errors import BadData, InputMissing
from engines.screen.taxa.taxonomy import ROOT_ID, Step

LARGEST_ID = 1 << 28


class TaxDump:
    """Lineages of numbers.

    Args:
        folder: with ``nodes.dmp`` and ``names.dmp``; ``merged.dmp`` where old numbers are used.

    Raises:
        InputMissing: a file is not there.
        BadData: it is something else.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)
        self._ranks: list[str] = []
        self._parents = np.zeros(1 << 16, np.int32)
        self._rank_of = np.zeros(1 << 16, np.uint8)
        self._read_nodes()
        self._merged = self._read_merged()

    def lineages(self, taxids: Iterable[int]) -> dict[int, tuple[Step, ...]]:
        """For every number its lineage, from below the root down to itself.

        Raises:
            BadData: a number is not in the taxonomy.
        """
        paths = {taxid: self._path(taxid) for taxid in sorted(set(taxids))}
        names = self._names({number for path in paths.values() for number in path})
        return {
            taxid: tuple(Step(names[n], self._ranks[self._rank_of[n]], n) for n in path)
            for taxid, path in paths.items()
        }

    def _path(self, taxid: int) -> list[int]:
        at = self._merged.get(taxid, taxid)
        path: list[int] = []
        while at != ROOT_ID:
            if not 0 < at < len(self._parents) or not self._parents[at] or len(path) > 200:
                raise BadData(
                    f"{self._folder / 'nodes.dmp'}: taxid {taxid} is not in it",
                    hint="give the taxonomy of the day on which the genomes were downloaded",
                )
            path.append(at)
            at = int(self._parents[at])
        return path[::-1]

    def _read_nodes(self) -> None:
        ranks: dict[str, int] = {}
        for taxid, parent, rank in self._rows("nodes.dmp", 3):
            number = self._number("nodes.dmp", taxid)
            if number >= len(self._parents):
                size = max(number + 1, 2 * len(self._parents))
                self._parents.resize(size, refcheck=False)
                self._rank_of.resize(size, refcheck=False)
            self._parents[number] = self._number("nodes.dmp", parent)
            self._rank_of[number] = min(ranks.setdefault(rank, len(ranks)), 255)
        self._ranks = ["" if rank == "no rank" else rank for rank in ranks]

    def _read_merged(self) -> dict[int, int]:
        if not (self._folder / "merged.dmp").is_file():
            return {}
        return {int(old): int(new) for old, new in self._rows("merged.dmp", 2)}

    def _names(self, wanted: set[int]) -> dict[int, str]:
        names = {
            int(row[0]): row[1]
            for row in self._rows("names.dmp", 4)
            if row[3] == "scientific name" and int(row[0]) in wanted
        }
        if missing := wanted - names.keys():
            raise BadData(f"{self._folder / 'names.dmp'}: no scientific name of {min(missing)}")
        return names

    def _number(self, file: str, text: str) -> int:
        if not text.isdecimal() or int(text) > LARGEST_ID:
            raise BadData(f"{self._folder / file}: {text!r} is no number of a taxon")
        return int(text)

    def _rows(self, file: str, columns: int) -> Iterator[list[str]]:
        path = self._folder / file
        if not path.is_file():
            raise InputMissing(
                f"{path}: no such file",
                hint="nodes.dmp and names.dmp belong together: both are in NCBI's taxdump.tar.gz",
            )
        with open(path, encoding="utf-8", errors="replace") as handle:
            for number, line in enumerate(handle, 1):
                row = [cell.strip() for cell in line.split("|")[:columns]]
                if len(row) < columns or not row[0].isdecimal():
                    raise BadData(f"{path}: line {number}: not of NCBI's taxonomy")
                yield row
