"""One ``bcftools csq`` for a whole run: calls go in at one end and come out with consequences."""

import re
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from engines.annotate.prepare import protein, words
from engines.annotate.prepare.choice import choose
from engines.annotate.prepare.joint import Joint, joined, with_joints
from engines.annotate.prepare.models import Models
from engines.annotate.variants import Call, Consequence
from engines.contract.errors import BadData, EngineError, Transient, Unavailable

LETTERS = 100  # amino acids that csq shows of a change
BATCH = 64  # lines that are handed over at once
_VERSION = re.compile(r"bcftools (\S+)")


def version() -> str:
    """Of the bcftools on the PATH.

    Raises:
        Unavailable: there is none.
    """
    if shutil.which("bcftools") is None:
        raise Unavailable(
            "bcftools is not there: without it no consequences can be told from gene models",
            hint="install bcftools 1.16 or later, or leave --gff out",
        )
    shown = subprocess.run(["bcftools", "--version"], capture_output=True, text=True, check=False)
    found = _VERSION.match(shown.stdout)
    return found[1] if found else "unknown"


class Csq:
    """The process, and the thread that feeds it. It starts at once: gene models take a while.

    Attributes:
        lengths: contig of the genome → bases.
        names: name in what is told → name in the genome; to be filled before the first call.

    Args:
        fasta: the genome.
        lengths: its contigs.
        fetch: bases of the genome: contig, start, end (from 0).
        scratch: folder for what bcftools says.
    """

    def __init__(
        self,
        models: Models,
        fasta: Path,
        lengths: Mapping[str, int],
        fetch: Callable[[str, int, int], str],
        scratch: Path,
    ) -> None:
        self._models, self.lengths, self._fetch = models, lengths, fetch
        self.names: dict[str, str] = {}
        self._said = scratch / "csq.log"
        self._pending: deque[Call | Joint] = deque()
        self._failure: BaseException | None = None
        self._feeder: threading.Thread | None = None
        command = ["bcftools", "csq", "-l", "-s", "-", "-p", "a", "-B", str(LETTERS), "-v", "0"]
        command += ["--no-version", "-f", str(fasta), "-g", str(models.gff), "-Ov", "-"]
        with open(self._said, "wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )

    def annotate(self, calls: Iterable[Call]) -> Iterator[Call]:
        """The calls in their order, each with its consequences.

        Raises:
            BadData: csq refuses the gene models or the genome.
            Transient: it was ended from outside.
        """
        self._feeder = threading.Thread(target=self._feed, args=(calls,), daemon=True)
        self._feeder.start()
        try:
            yield from self._finished()
        finally:
            self.close()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if self._feeder is not None:
            self._feeder.join()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what was still to be written goes nowhere
                if pipe is not None:
                    pipe.close()

    def _feed(self, calls: Iterable[Call]) -> None:
        assert self._process.stdin is not None
        try:
            self._write_all(self._process.stdin, calls)
        except BrokenPipeError:
            pass  # the reader sees how csq ended
        except BaseException as error:  # it is raised where the calls are read
            self._failure = error
        finally:
            with suppress(OSError):
                self._process.stdin.close()

    def _write_all(self, pipe: IO[bytes], calls: Iterable[Call]) -> None:
        contigs = "".join(f"##contig=<ID={n},length={b}>\n" for n, b in self.lengths.items())
        columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        pipe.write(f"##fileformat=VCFv4.2\n{contigs}{columns}".encode())
        pipe.flush()
        lines: list[str] = []
        for entry in with_joints(calls):
            self._pending.append(entry)
            lines.append(self._line(entry))
            if len(lines) == BATCH:
                pipe.write("".join(lines).encode())
                lines.clear()
        pipe.write("".join(lines).encode())

    def _line(self, entry: Call | Joint) -> str:
        if isinstance(entry, Joint):
            first = entry.members[0]
            start = first.allele.pos - 1
            contig = self.names[first.allele.chrom]
            ref = self._fetch(contig, start, start + entry.span)
            return f"{contig}\t{first.allele.pos}\tj\t{ref}\t{entry.alt(ref)}\t.\t.\t.\n"
        allele = entry.allele
        contig = self.names[allele.chrom]
        return f"{contig}\t{allele.pos}\t{entry.number}\t{allele.ref}\t{allele.alt}\t.\t.\t.\n"

    def _finished(self) -> Iterator[Call]:
        held: Call | None = None
        joints: dict[int, list[tuple[Joint, tuple[Consequence, ...]]]] = {}
        assert self._process.stdout is not None
        for raw in self._process.stdout:
            if raw.startswith(b"#"):
                continue
            if not raw.endswith(b"\n"):
                break  # it was ended while it wrote
            entry, found = self._answer(raw.decode())
            if isinstance(entry, Joint):
                for call in entry.members:
                    joints.setdefault(call.number, []).append((entry, found))
                continue
            if held is not None:
                yield self._told(held, joints)
            held = entry
            held.consequences = found
        self._check_end()  # else what the last call does together with others may not be told
        if held is not None:
            yield self._told(held, joints)

    def _answer(self, line: str) -> tuple[Call | Joint, tuple[Consequence, ...]]:
        cells = line.rstrip("\n").split("\t")
        entry = self._pending.popleft()
        mark = "j" if isinstance(entry, Joint) else str(entry.number)
        if cells[2] != mark:
            raise EngineError(f"bcftools csq gave record {cells[2]} where {mark} was due")
        text = cells[7]
        if not text.startswith("BCSQ="):
            return entry, ()
        allele = (entry.members[0] if isinstance(entry, Joint) else entry).allele
        end = allele.pos + len(cells[3]) - 1
        rows = (row.split("|") for row in text[5:].split(","))
        # @POS stands for what is told at another record: not with -l
        found = [self._consequence(row, allele.pos, end) for row in rows if len(row) > 3]
        return entry, merged(found)

    def _consequence(self, row: list[str], start: int, end: int) -> Consequence:
        terms = words.from_csq(row[0])
        change = protein.from_csq(row[5] if len(row) > 5 else "", terms)
        known = self._models.transcript(row[2]) if row[2] else None
        if known is None:
            return Consequence(terms, row[1], row[2], "", change)
        exon = known.exon(start, end)
        return Consequence(terms, row[1], row[2], known.biotype, change, "", exon)

    def _told(
        self, call: Call, joints: dict[int, list[tuple[Joint, tuple[Consequence, ...]]]]
    ) -> Call:
        mine = joints.pop(call.number, None) if joints else None
        if mine:
            mine.sort(key=lambda item: -len(item[0].members))
            call.consequences = joined(call, mine)
        found = call.consequences or ()
        standings = {each.transcript: self._models.standing(each.transcript) for each in found}
        call.consequences = choose(found, standings)
        return call

    def _check_end(self) -> None:
        code = self._process.wait()
        if self._failure is not None:
            raise self._failure
        if code == 0 and not self._pending:
            return
        said = self._said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = said[-1] if said else "nothing"
        if code < 0 and -code in (signal.SIGKILL, signal.SIGTERM):
            raise Transient(
                f"bcftools csq was ended by signal {-code}",
                hint="start again; if it comes back, give the job more memory",
            )
        raise BadData(
            f"bcftools csq ended with exit code {code} before all calls were done: {last}",
            hint="check that --fasta and --gff are of one genome",
        )


def merged(found: Sequence[Consequence]) -> tuple[Consequence, ...]:
    """One consequence for each transcript: csq tells a splice region in a row of its own."""
    if len({(each.gene, each.transcript) for each in found}) == len(found):
        return tuple(found)
    result: dict[tuple[str, str], Consequence] = {}
    for each in found:
        key = (each.gene, each.transcript)
        other = result.setdefault(key, each)
        if other is not each:
            terms = tuple(sorted(dict.fromkeys((*other.terms, *each.terms)), key=words.rank))
            result[key] = other._replace(terms=terms, protein=other.protein or each.protein)
    return tuple(result.values())
