"""From the input file to calls that can be matched: what goes in, and what was kept out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType

from engines.annotate.case import Request
from engines.annotate.prepare import csq, csq_process
from engines.annotate.prepare.alleles import Splitter
from engines.annotate.prepare.annotated import Annotation, annotation_of
from engines.annotate.prepare.bcsq import Bcsq
from engines.annotate.prepare.build import Build, prove
from engines.annotate.prepare.choice import read_list
from engines.annotate.prepare.compile_models import ELSEWHERE, gene_models
from engines.annotate.prepare.contig_names import Names, in_genome, plain_name
from engines.annotate.prepare.counts import Counts
from engines.annotate.prepare.info import AskedTags, check_tag
from engines.annotate.prepare.interest import Interest
from engines.annotate.prepare.joined_genes import GeneFinder, Record
from engines.annotate.prepare.models import Models
from engines.annotate.prepare.neighbours import watched
from engines.annotate.prepare.normal import FARTHEST, Fetch, Genome, bases_of
from engines.annotate.prepare.order import Look, look_through, sorted_lines
from engines.annotate.prepare.population import Population
from engines.annotate.prepare.sequence import in_order
from engines.annotate.prepare.source import COLUMNS, Source
from engines.annotate.prepare.tumour import TumourColumn, choose_sample
from engines.annotate.prepare.wrong_genome import refuse_wrong_genome
from engines.annotate.variants import Call, Rejected, StructuralCall
from engines.contract.errors import BadUsage
from engines.formats.fasta import Reference, open_reference


class Prepared:
    """Calls in the order of the genome, once; and what was kept out of them.

    Use it as a context: it may run another program. ``structural``, ``rejected`` and ``counts``
    are complete when all calls were taken.

    Attributes:
        build: of the genome, and how it is known.
        sample: the tumour's; None where the file has no samples.
        samples: all of the file.
        records: data lines of the input, known before the first call.
        consequences: where they come from: ``CSQ``, ``ANN``, ``bcftools csq``; None: not assessed.
        csq_version: of bcftools, where its csq was run.
        counts: what became of every record and allele.
        has_population: whether a source of population frequencies was given.
    """

    def __init__(self, case: Request, scratch: Path) -> None:
        self._case, self._scratch = case, scratch
        self._source = Source(case.calls)
        header = self._source.header
        self._check_options()
        reference = open_reference(case.fasta, scratch) if case.fasta else None
        self.build: Build = prove(self._source.what, case.build, header.contigs, reference)
        self.samples = header.samples
        self.sample = choose_sample(self._source.what, header.samples, case.tumour, header.tumour)
        listed = read_list(case.transcripts)
        self._annotation: Annotation | Bcsq | None = annotation_of(
            self._source.what, header, listed, has_models=case.gff is not None
        )
        self._population = (
            Population(case.population, case.population_tag, self.build.name)
            if case.population
            else None
        )
        self.has_population = bool(case.population or case.population_tag)
        self.counts = Counts()
        self.csq_version: str | None = None
        self._reference = reference
        self._models: Models | None = None
        self._csq: csq.Csq | None = None
        self._genome = Genome(reference) if reference else None
        try:
            self._open(reference, listed)
        except BaseException:
            self.close()
            raise

    @property
    def consequences(self) -> str | None:
        if self._annotation:
            return self._annotation.tag
        return "bcftools csq" if self._csq else None

    @property
    def genome(self) -> Path | None:
        """The FASTA as it was opened, with its index."""
        return self._reference.path if self._reference else None

    @property
    def bases(self) -> Fetch | None:
        """Bases [start, end) from 0 of a contig as calls name it; None without a genome."""
        return bases_of(self._reference) if self._reference else None

    @cached_property
    def structural(self) -> list[StructuralCall]:
        """Records that are no small variants, with their genes where anybody tells them."""
        records = self._splitter.structural
        finder = GeneFinder(records, self._models_for(records), self._contig, self._plain)
        return [finder.of(*each) for each in records]

    @property
    def rejected(self) -> list[Rejected]:
        """The first of each reason; ``counts.rejected`` counts all."""
        return self.counts.kept

    def __iter__(self) -> Iterator[Call]:
        lines = self._source.lines()
        if not self._is_sorted:
            lines = sorted_lines(lines, self._names.ranks, self._scratch)
        made = (self._splitter.calls(line, text) for line, text in lines)
        reach = FARTHEST if self._genome else 0
        frequency = self._population.frequency if self._population else None
        calls = in_order(made, reach, self.counts, frequency)
        if self._csq:
            calls = self._csq.annotate(calls)
        yield from watched(calls, self.counts)
        if self._population and self._population.absent:
            note = "calls on contigs that the population file does not have"
            self.counts.notes[note] = self._population.absent

    def limit_to(self, genes: Iterable[str]) -> None:
        """Of calls that touch none of these genes tell only the chosen consequence.

        Args:
            genes: symbols of today.
        """
        interest = Interest(genes)
        for each in (self._csq, self._annotation):
            if each is not None:
                each.interest = interest

    def tells_waits(self, before: Callable[[], None]) -> bool:
        """Whether ``before`` will be called each time that the next call takes a while: nobody
        knows that here."""
        return False

    def __enter__(self) -> "Prepared":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what runs and close what is open."""
        for each in (self._csq, self._models, self._population):
            if each is not None:
                each.close()

    def _check_options(self) -> None:
        case, header, what = self._case, self._source.header, self._source.what
        if case.gff and not case.fasta:
            raise BadUsage("--gff needs the genome too", hint="give --fasta")
        check_tag(what, header, case.vaf_tag, "--vaf-tag")
        check_tag(what, header, case.depth_tag, "--depth-tag")
        for tag in case.scores:
            check_tag(what, header, tag, "--score")
        if not case.population:
            check_tag(what, header, case.population_tag, "--population-tag")

    def _open(self, reference: Reference | None, listed: dict[str, int]) -> None:
        case, header, source = self._case, self._source.header, self._source
        if reference and case.gff and not self._annotation:
            self._start_csq(case.gff, reference, listed)
        look: Look = look_through(source.lines())
        self.records = look.records
        self._names = Names(source.what, header.contigs, look.contigs, reference)
        self._is_sorted = look.is_sorted(self._names.ranks)
        if not self._is_sorted:
            note = "records sorted, since the input was not in the order of the genome"
            self.counts.notes[note] = look.records
        if case.gff and self._annotation:
            note = f"records whose consequences are those of {self._annotation.tag}, not of --gff"
            self.counts.notes[note] = look.records
        if reference:
            refuse_wrong_genome(source, self._names, reference)
        if self._csq and reference:
            self._csq.names.update(
                {self._names.plain[name]: there for name, there in self._names.genome.items()}
            )
        asked = AskedTags(
            case.vaf_tag,
            case.depth_tag,
            None if case.population else case.population_tag,
            case.scores,
        )
        columns = COLUMNS + (1 + len(header.samples) if header.samples else 0)
        tumour = TumourColumn(header, self.sample)
        self._splitter = Splitter(
            self._names, self._genome, tumour, self._annotation, asked, self.counts, columns
        )

    def _start_csq(self, gff: Path, reference: Reference, listed: dict[str, int]) -> None:
        self.csq_version = csq_process.VERSION
        self._models = gene_models(gff, reference.lengths, listed, self._scratch)
        elsewhere = self._models.counts.get(ELSEWHERE)
        if elsewhere:
            self.counts.notes[f"{ELSEWHERE} (gene models)"] = elsewhere
        strange = sum(self._models.transcript(name) is None for name in listed)
        if strange:
            note = f"of {len(listed):,} transcripts of --transcripts the gene models do not have"
            self.counts.notes[note] = strange
        assert self._genome is not None
        self._csq = csq.Csq(
            self._models, reference.path, reference.lengths, self._genome.fetch, self._scratch
        )

    def _models_for(self, records: Sequence[Record]) -> Models | None:
        """Gene models; of an input that has its own annotation only where they are needed."""
        if self._models is None and records and self._case.gff and self._reference:
            listed = read_list(self._case.transcripts)
            self._models = gene_models(
                self._case.gff, self._reference.lengths, listed, self._scratch
            )
        return self._models

    def _contig(self, name: str) -> str | None:
        return in_genome(name, self._reference.lengths) if self._reference else None

    def _plain(self, name: str) -> str:
        return self._names.plain.get(name) or plain_name(name)


def prepare(case: Request, scratch: Path) -> Prepared:
    """Open everything that goes in, and start what has to run.

    Args:
        scratch: an empty folder for pieces that go again.

    Raises:
        InputMissing: a file is not there, or nobody can tell the build.
        BadUsage: an option names what the input does not have.
        BadData: files contradict each other or are damaged.
    """
    return Prepared(case, scratch)
