"""One look through the whole input before anything is told; and sorting where it is needed."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engines.contract.errors import BadData

CHUNK = 100_000  # lines that are sorted at once
OPEN_AT_ONCE = 200  # 20 million lines: as many files as a system lets one open

Line = tuple[int, str]


@dataclass
class Look:
    """What one look found.

    Attributes:
        records: data lines.
        contigs: names in the order in which they came.
        blocks: the same, once for each time that a contig began.
        is_climbing: positions never fall within a block.
    """

    records: int = 0
    contigs: dict[str, int] = field(default_factory=dict)
    blocks: list[str] = field(default_factory=list)
    is_climbing: bool = True

    def is_sorted(self, ranks: Mapping[str, int]) -> bool:
        """Whether the lines stand in the order of the genome."""
        order = [ranks[name] for name in self.blocks if name in ranks]
        return self.is_climbing and order == sorted(set(order))


def look_through(lines: Iterable[Line]) -> Look:
    """Count the lines and see how they are ordered; broken lines are left for later."""
    look = Look()
    contig, last, records = None, 0, 0
    for records, (_, text) in enumerate(lines, 1):  # noqa: B007
        name, _, rest = text.partition("\t")
        place = rest.partition("\t")[0]
        if not (place.isascii() and place.isdigit()):
            continue
        position = int(place)
        if name != contig:
            contig, last = name, 0
            look.contigs.setdefault(name, len(look.contigs))
            look.blocks.append(name)
        if position < last:
            look.is_climbing = False
        last = position
    look.records = records
    return look


def sorted_lines(lines: Iterable[Line], ranks: Mapping[str, int], folder: Path) -> Iterator[Line]:
    """The lines in the order of the genome, equal ones as they came; sorted pieces go to disk.

    Lines whose contig or position cannot be placed come first.
    """
    pieces: list[Path] = []
    chunk: list[tuple[int, int, int, str]] = []
    for number, text in lines:
        chunk.append((*_place(text, ranks), number, text))
        if len(chunk) == CHUNK:
            pieces.append(_write(chunk, folder / f"piece{len(pieces)}"))
            chunk = []
    chunk.sort()
    if len(pieces) > OPEN_AT_ONCE:
        raise BadData(
            f"{len(pieces) * CHUNK:,} lines and more that are not sorted: too many to sort here",
            hint="bcftools sort -Oz -o sorted.vcf.gz FILE",
        )
    streams = [_read(piece) for piece in pieces]
    for _, _, number, text in heapq.merge(*streams, chunk):
        yield number, text


def _place(text: str, ranks: Mapping[str, int]) -> tuple[int, int]:
    name, _, rest = text.partition("\t")
    place = rest.partition("\t")[0]
    if name not in ranks or not (place.isascii() and place.isdigit()):
        return -1, 0
    return ranks[name], int(place)


def _write(chunk: list[tuple[int, int, int, str]], path: Path) -> Path:
    chunk.sort()
    with open(path, "w", encoding="utf-8", newline="\n") as handle:
        handle.writelines(f"{a}\t{b}\t{n}\t{text}\n" for a, b, n, text in chunk)
    return path


def _read(path: Path) -> Iterator[tuple[int, int, int, str]]:
    with open(path, encoding="utf-8", newline="\n") as handle:
        for line in handle:
            rank, position, number, text = line.split("\t", 3)
            yield int(rank), int(position), int(number), text.rstrip("\n")
