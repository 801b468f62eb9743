"""Contig names and builds: which genome a file speaks of, and how its names map to ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engines.contract.errors import BadData

# Lengths in bases that tell the human builds apart (GRC assembly reports, T2T CHM13v2.0).
KNOWN_LENGTHS = {
    "GRCh37": {
        "1": 249250621, "2": 243199373, "3": 198022430, "4": 191154276, "5": 180915260,
        "6": 171115067, "7": 159138663, "8": 146364022, "9": 141213431, "10": 135534747,
        "11": 135006516, "12": 133851895, "13": 115169878, "14": 107349540, "15": 102531392,
        "16": 90354753, "17": 81195210, "18": 78077248, "19": 59128983, "20": 63025520,
        "21": 48129895, "22": 51304566, "X": 155270560, "Y": 59373566,
    },
    "GRCh38": {
        "1": 248956422, "2": 242193529, "3": 198295559, "4": 190214555, "5": 181538259,
        "6": 170805979, "7": 159345973, "8": 145138636, "9": 138394717, "10": 133797422,
        "11": 135086622, "12": 133275309, "13": 114364328, "14": 107043718, "15": 101991189,
        "16": 90338345, "17": 83257441, "18": 80373285, "19": 58617616, "20": 64444167,
        "21": 46709983, "22": 50818468, "X": 156040895, "Y": 57227415,
    },
    "CHM13v2.0": {"1": 248387328, "20": 66210255, "21": 45090682, "22": 51324926, "X": 154259566},
}  # fmt: skip


def build_of(lengths: Mapping[str, int | None]) -> str | None:
    """Name the human build whose contig lengths these are, or None."""
    for build, known in KNOWN_LENGTHS.items():
        if any(lengths.get(c) == n or lengths.get(f"chr{c}") == n for c, n in known.items()):
            return build
    return None


def other_spelling(name: str) -> str:
    """``20`` for ``chr20`` and back; the mitochondrion is ``chrM`` and ``MT``."""
    if name in ("MT", "chrM"):
        return "chrM" if name == "MT" else "MT"
    return name[3:] if name.startswith("chr") else f"chr{name}"


@dataclass(frozen=True)
class ContigMap:
    """How the contigs of one file are called in the reference.

    Attributes:
        names: name in the file → name in the reference.
        renamed: how many of them needed the other spelling (chr20 ↔ 20).
        absent: names that the reference does not have in either spelling.
    """

    names: dict[str, str]
    renamed: int
    absent: list[str] = field(default_factory=list)

    def back(self) -> dict[str, str]:
        """Name in the reference → name in the file."""
        return {ours: theirs for theirs, ours in self.names.items()}


def map_contigs(
    what: str,
    contigs: Mapping[str, int | None],
    reference: Mapping[str, int],
    called: str = "the reference",
    merge: bool = False,
) -> ContigMap:
    """Map a file's contig names to the reference's, only where that is safe.

    Args:
        what: the file as it is called in messages, e.g. ``query calls.vcf.gz``.
        contigs: name → length in bases as its header says, None where it says nothing.
        reference: name → length in bases.
        called: how messages call the reference: ``the truth`` where only its header is at hand.
        merge: two spellings of one contig are taken together (BED), not refused (VCF).

    Raises:
        BadData: a length differs from the reference's (another build), no name is known,
            or one contig comes under two names.
    """
    names: dict[str, str] = {}
    absent = []
    # names that are the reference's own come first, whatever their order in the file
    for name, length in sorted(contigs.items(), key=lambda item: item[0] not in reference):
        found = next((n for n in (name, other_spelling(name)) if n in reference), None)
        if found is None:
            absent.append(name)
        elif length is not None and length != reference[found]:
            if found == name:
                raise BadData(
                    _build_mismatch(what, contigs, reference, called, name, length),
                    hint=_build_hint(contigs, reference, called),
                )
            absent.append(name)  # MT (16,569) is not chrM of UCSC hg19 (16,571)
        elif found in names.values() and not merge:
            raise BadData(
                f"{what}: contigs {name} and {other_spelling(name)} are both there, and both are "
                f"{found} in {called}",
                hint="give the file one way of naming contigs: bcftools annotate --rename-chrs",
            )
        else:
            names[name] = found
    if contigs and not names:
        few = ", ".join(list(contigs)[:3])
        raise BadData(
            f"{what}: none of its contigs ({few}, …) is in {called} "
            f"({', '.join(list(reference)[:3])}, …)",
            hint=_build_hint(contigs, reference, called),
        )
    return ContigMap(names, sum(a != b for a, b in names.items()), absent)


def _build_mismatch(
    what: str,
    contigs: Mapping[str, int | None],
    reference: Mapping[str, int],
    called: str,
    name: str,
    length: int,
) -> str:
    theirs, ours = build_of(contigs), build_of(reference)
    text = f"{what}: contig {name} has {length:,} bases, in {called} {reference[name]:,}"
    if theirs and ours and theirs != ours:
        text += f": {theirs} calls against a {ours} {called.removeprefix('the ')}"
    return text


def _build_hint(
    contigs: Mapping[str, int | None], reference: Mapping[str, int], called: str
) -> str:
    theirs, ours = build_of(contigs), build_of(reference)
    if theirs and ours and theirs != ours:
        return f"the file is of {theirs}, {called} of {ours}: give the matching pair"
    if called == "the reference":
        return "give the reference that the calls were made with"
    return "give files that were made on the same reference"
