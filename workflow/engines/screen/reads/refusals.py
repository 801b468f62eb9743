"""What can be wrong with reads, each in words of its own."""

from engines.contract.errors import BadData, EngineError
from engines.contract.wording import quoted

AGAIN = "copy or download the file again and compare its checksum"
LENGTHS, CUT, BASE, QUALITY = 3, 4, 5, 6
NO_AT, NO_PLUS = 1, 2
NO_FASTQ = "give FASTQ: four lines a read, the first begins with '@', the third with '+'"


def problem_of(name: str, record: int, problem: int, detail: int) -> EngineError:
    """The error for what the kernel found (fastq.h).

    Args:
        name: of the file.
        record: its number in the file, from 1.
        problem, detail: as the kernel gave them.
    """
    where = f"{name}: read {record} (line {4 * record - 3})"
    if problem == NO_AT:
        return _not_a_record(name, where, record, detail)
    if problem == NO_PLUS:
        return BadData(
            f"{where}: its third line begins with {_letter(detail)}, not with '+'",
            hint="sequences on several lines are not read: seqtk seq FILE puts each on one line",
        )
    if problem == LENGTHS:
        bases, letters = detail >> 32, detail & 0xFFFFFFFF
        return BadData(
            f"{where}: {bases} bases, and a quality of {letters} letters",
            hint="the file is damaged, or its parts do not belong together: " + AGAIN,
        )
    if problem == CUT:
        return BadData(f"{where}: cut off: the file ends inside this read", hint=AGAIN)
    if problem == BASE:
        return BadData(
            f"{where}: {_letter(detail)} among its bases", hint="bases are IUPAC letters"
        )
    return BadData(
        f"{where}: {_letter(detail)} in its quality, which has letters from '!' to '~'",
        hint="the file is damaged: " + AGAIN,
    )


def _not_a_record(name: str, where: str, record: int, letter: int) -> EngineError:
    if record == 1 and letter == ord(">"):
        return BadData(f"{name}: FASTA, and reads with qualities are needed", hint=NO_FASTQ)
    if record == 1 and letter in b"\0B":
        return BadData(
            f"{name}: binary data, perhaps BAM, and no FASTQ", hint="samtools fastq makes it FASTQ"
        )
    return BadData(
        f"{where}: begins with {_letter(letter)}, not with '@'",
        hint=NO_FASTQ if record == 1 else "a line is missing or too many before it: " + AGAIN,
    )


def _letter(code: int) -> str:
    return repr(chr(code)) if code < 128 else f"byte {code}"


def empty(names: str) -> EngineError:
    """No read at all."""
    return BadData(f"{names}: no read in it", hint="an empty file is no result: sequence again")


def counts_differ(shorter: str, count: int, longer: str) -> EngineError:
    """One file of a pair ends before the other."""
    what = f"ends after {count} reads" if count else "is empty"
    return BadData(
        f"{shorter}: {what}, and its mates in {longer} go on",
        hint="the files are of different runs, filtered one by one, or cut off",
    )


def odd_count(name: str, count: int) -> EngineError:
    """An interleaved file with a read that has no mate."""
    return BadData(
        f"{name}: {count} reads: the last one has no mate", hint="interleaved reads come in pairs"
    )


def unlike_names(one: str, two: str, record: int, names: tuple[bytes, bytes]) -> EngineError:
    """Two reads at the same place whose names tell that they are no mates."""
    first, second = (quoted(name.decode(errors="replace")) for name in names)
    return BadData(
        f"{one} and {two}: read {record}: {first} and {second} are no mates",
        hint="the files are of different runs, filtered one by one, or sorted otherwise",
    )


def other_encoding(name: str, low: int, high: int) -> EngineError:
    """Qualities of old Illumina machines (Phred + 64)."""
    return BadData(
        f"{name}: qualities from {_letter(low)} to {_letter(high)}: they seem to be Phred+64",
        hint="seqtk seq -Q64 -V FILE makes them Phred+33",
    )


def too_long(name: str, record: int, limit: int) -> EngineError:
    """A record that fills all memory that a record may have."""
    return BadData(
        f"{name}: read {record} (line {4 * record - 3}): longer than {limit >> 20} MiB",
        hint="a file of four lines a read is needed",
    )


def only_adapters(name: str, share: float) -> EngineError:
    """Reads that begin with a sequencing adapter: nothing of the sample was read."""
    return BadData(
        f"{name}: {100 * share:.1f} % of the reads begin with a sequencing adapter: no DNA of the "
        "sample is in them",
        hint="the library has no inserts: prepare it again",
    )
