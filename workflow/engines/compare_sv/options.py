"""What is asked for: truvari's parameters, as GIAB's maintainers set them by default."""

import shutil
from dataclasses import asdict, dataclass
from typing import Any

from engines.contract.errors import BadUsage, Unavailable

# truvari's own rule: the smallest query call is 30 bases, unless --sizemin goes below that
SIZEFILT = 30


@dataclass(frozen=True)
class Options:
    """Parameters of truvari bench and refine, under truvari's names; sizes in bases.

    ``roll`` and ``decompose`` are truvari's ``--no-roll`` and ``--no-decompose`` the other
    way round. ``size_bins`` are the lower bounds of the size bins of the result.
    """

    pick: str = "ac"
    dup_to_ins: bool = True
    passonly: bool = True
    sizemin: int = 50
    sizefilt: int | None = None
    sizemax: int = 50_000
    pctseq: float = 0.7
    pctsize: float = 0.7
    pctovl: float = 0.0
    refdist: int = 500
    chunksize: int = 1000
    typeignore: bool = False
    roll: bool = True
    decompose: bool = True
    bnddist: int = 100
    max_resolve: int = 25_000
    no_ref: str | None = None
    extend: int = 0
    align: str = "poa"
    coords: str = "R"
    buffer: int = 100
    size_bins: tuple[int, ...] = (50, 100, 300, 1000, 5000)

    @property
    def smallest_query(self) -> int:
        """Size in bases below which a query call is not looked at."""
        return min(SIZEFILT, self.sizemin) if self.sizefilt is None else self.sizefilt

    def check(self, confident: bool, refine: bool) -> None:
        """Refuse what contradicts itself.

        Raises:
            BadUsage: named options do not go together.
            Unavailable: the aligner is an external program that is not there.
        """
        if self.chunksize < self.refdist:
            raise BadUsage(
                f"--chunksize {self.chunksize} is smaller than --refdist {self.refdist}",
                hint="give a --chunksize of at least --refdist",
            )
        if self.extend and not confident:
            raise BadUsage("--extend needs --confident", hint="give the BED file to extend")
        if self.sizemax != -1 and self.sizemax < self.sizemin:
            raise BadUsage(
                f"--sizemax {self.sizemax} is smaller than --sizemin {self.sizemin}",
                hint="-1 is no upper limit",
            )
        if refine and self.coords == "O" and not confident:
            raise BadUsage("--coords O needs --confident", hint="or refine with --coords R")
        if refine and self.align == "mafft" and not shutil.which("mafft"):
            raise Unavailable("--align mafft: no mafft in PATH", hint="use --align poa")

    def matching(self) -> dict[str, Any]:
        """The parameters as truvari's library calls them, for the first sample of each side."""
        mine = asdict(self)
        for key in ("extend", "align", "coords", "buffer", "size_bins", "roll"):
            del mine[key]
        return mine | {
            "sizefilt": self.smallest_query,
            "no_roll": not self.roll,
            "no_ref": self.no_ref or False,
        }

    def bench_arguments(self) -> list[str]:
        """The parameters as arguments of ``truvari bench``."""
        arguments = [f"--pick={self.pick}", f"--sizefilt={self.smallest_query}"]
        for name in (
            *("sizemin", "sizemax", "pctseq", "pctsize", "pctovl", "refdist", "chunksize"),
            *("bnddist", "max_resolve", "extend"),
        ):
            arguments.append(f"--{name.replace('_', '-')}={getattr(self, name)}")
        if self.no_ref:
            arguments.append(f"--no-ref={self.no_ref}")
        flags = {
            "--dup-to-ins": self.dup_to_ins,
            "--passonly": self.passonly,
            "--typeignore": self.typeignore,
            "--no-roll": not self.roll,
            "--no-decompose": not self.decompose,
        }
        return arguments + [flag for flag, wanted in flags.items() if wanted]

    def as_data(self, refine: bool) -> dict[str, Any]:
        """The parameters for the summary; those of refine only where it ran."""
        data = asdict(self) | {"sizefilt": self.smallest_query, "size_bins": list(self.size_bins)}
        if not refine:
            for key in ("align", "coords", "buffer"):
                del data[key]
        return data | {"refine": refine}
