"""The index for a reference: made once, kept in the user's cache under what it was made from."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from engines.contract.errors import BadData, CannotWrite, InputMissing
from engines.contract.progress import warn
from engines.contract.user_cache import user_cache
from engines.screen.index.layout import MAGIC as OF_GENES
from engines.screen.taxa.build import MOST_BYTES, SAMPLING, K, make_taxa_index, sample_bits_of
from engines.screen.taxa.genomes import genomes_of
from engines.screen.taxa.layout import FORMAT, TaxaIndex, is_index, load_index, write_index
from engines.screen.taxa.table import Genome


def open_reference(
    path: Path,
    taxdump: Path | None = None,
    sampling: int = SAMPLING,
    most_bytes: int = MOST_BYTES,
    folder: Path | None = None,
) -> TaxaIndex:
    """What ``--reference-db`` names, as an index: an index, or genomes, indexed where they are new.

    Args:
        path: an index made before (:func:`engines.screen.taxa.build.build_taxa_index`), a folder
            of FASTA files, a FASTA file, or a table of genomes.
        taxdump: folder of NCBI's taxonomy.
        sampling: one word of so many is taken; an index keeps its own.
        most_bytes: that the table of words may have.
        folder: where indexes are kept, in place of the user's cache.

    Raises:
        InputMissing, BadData, BadUsage: see :func:`engines.screen.taxa.genomes.genomes_of`,
            :func:`engines.screen.taxa.build.build_taxa_index` and
            :func:`engines.screen.taxa.layout.load_index`.
    """
    path = Path(path)
    if path.is_file():
        if is_index(path):
            return load_index(path)
        with open(path, "rb") as handle:
            if handle.read(len(OF_GENES)) == OF_GENES:
                raise BadData(
                    f"reference {path}: an index of resistance genes",
                    hint="give genomes, or an index of genomes",
                )
    return _kept(genomes_of(path, taxdump), sampling, most_bytes, folder)


def _kept(
    genomes: Sequence[Genome], sampling: int, most_bytes: int, folder: Path | None
) -> TaxaIndex:
    sample_bits_of(sampling)
    try:
        path = place(genomes, sampling, folder)
    except RuntimeError:  # no home folder, so no cache
        return make_taxa_index(genomes, sampling, most_bytes)
    try:
        return load_index(path)
    except (InputMissing, OSError):  # not there, or nothing that this user can read
        pass
    except BadData as error:
        warn(f"{error.message}; it is made again")
    index = make_taxa_index(genomes, sampling, most_bytes)
    try:
        write_index(index, path)
    except (CannotWrite, OSError) as error:
        warn(f"{path.parent}: the index is not kept for the next run: {error}")
        return index
    del index  # a large one is not to be in memory twice
    return load_index(path)


def place(genomes: Sequence[Genome], sampling: int, folder: Path | None = None) -> Path:
    """Where the index of these genomes is kept; it need not be there.

    Raises:
        InputMissing: the file of a genome is not there.
        RuntimeError: nobody knows where the home folder is.
    """
    made_of: list[object] = [FORMAT, K, sampling]
    for genome in genomes:
        lineage = [asdict(step) for step in genome.lineage]
        made_of.append([genome.name, genome.file.name, _digest(genome), lineage])
    key = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
    return (folder or user_cache() / "screen" / "taxa") / f"{key[:32]}.taxa"


def _digest(genome: Genome) -> str:
    try:
        with open(genome.file, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise InputMissing(
            f"{genome.file}: no such file, and the table names it for {genome.name}",
            hint="files of a table are relative to its folder",
        ) from error
