"""The HDF5 files of the earlier system, for programs that read them; no times in them."""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from engines import __version__
from engines.screen.called import Called
from engines.screen.reading_hits import ReadHit

Data = dict[str, Any]

COVERAGE = ("gene", "name", "length", "reads", "identity", "coverage", "depth")
TEXT = h5py.string_dtype()
HITS = {
    **{"read_id": TEXT, "mate": "i8", "gene": TEXT},
    **{"identity": "f8", "ref_start": "i8", "ref_end": "i8"},
}
CHUNK = 8192  # rows
ABUNDANCE = ("gene", "reads", "rpkm", "tpm")


def write_genes(path: Path, found: Called, summary: Data) -> None:
    """Groups metadata, amr_hits, coverage_stats, positional_coverage and gene_abundance."""
    genes = [gene for gene in summary["genes"] if gene["source"] == "kma"]
    with _opened(path, summary) as out:
        _hits(out.create_group("amr_hits", track_order=True), found.reads or ())
        for group, keys in (("coverage_stats", COVERAGE), ("gene_abundance", ABUNDANCE)):
            _columns(out, group, **{key: [gene[key] for gene in genes] for key in keys})
        positions = out.create_group("positional_coverage", track_order=True)
        for gene in genes:
            depths = found.depths.get(gene["gene"], [])
            # a slash in a name would be a group
            _put(positions, gene["gene"].replace("/", "|"), np.asarray(depths, np.int64))


def write_mutations(path: Path, rows: Sequence[Data], summary: Data) -> None:
    """Groups metadata, kmer_screening (what each search kept) and mutations."""
    keys = ("list", "gene", "position", "wild_type", "status", "depth", "wild_type_count")
    more = ("resistant_count", "unknown_count")
    with _opened(path, summary) as out:
        searches = summary["screen"]
        counts = ("survivors", "reads_with_hits", "too_short")
        kept = {key: [each[key] for each in searches.values()] for key in counts}
        _columns(out, "kmer_screening", search=list(searches), **kept)
        columns = {key: [row[key] for row in rows] for key in (*keys, *more)}
        nan = float("nan")
        frequencies = [nan if row["frequency"] is None else row["frequency"] for row in rows]
        _columns(out, "mutations", **columns, frequency=frequencies)


def contents(path: Path) -> Data:
    """What a file holds: dataset → shape and type."""
    found: Data = {}

    def note(name: str, what: object) -> None:
        if isinstance(what, h5py.Dataset):
            kind = "text" if h5py.check_string_dtype(what.dtype) else str(what.dtype)
            found[name] = {"shape": list(what.shape), "type": kind}

    with h5py.File(path, "r") as file:
        file.visititems(note)
    return {"file": path.name, "datasets": found}


def _opened(path: Path, summary: Data) -> Any:
    out = h5py.File(path, "w", libver=("v110", "v110"), track_order=True)
    group = out.create_group("metadata", track_order=True)
    group.attrs["sample_id"] = summary["sample"]
    group.attrs["software"] = f"plumbline {__version__}"
    for each in summary["databases"]:
        group.attrs[each["name"]] = each["version"]
    return out


def _hits(group: Any, hits: Iterable[ReadHit]) -> None:
    """A column for each of :data:`HITS`, some thousand rows at a time."""
    sets = [
        group.create_dataset(name, (0,), kind, maxshape=(None,), chunks=(CHUNK,), track_times=False)
        for name, kind in HITS.items()
    ]
    rows = ((h.read, h.mate, h.gene.gene, h.identity, h.start, h.end) for h in hits)
    while some := list(islice(rows, CHUNK)):
        for column, values in zip(sets, zip(*some, strict=True), strict=True):
            column.resize(len(column) + len(some), 0)
            column[-len(some) :] = values


def _columns(out: Any, group_name: str, /, **columns: Iterable[Any]) -> None:
    group = out.create_group(group_name, track_order=True)
    for key, values in columns.items():
        listed = list(values)
        if any(isinstance(value, str) for value in listed):
            _put(group, key, listed, TEXT)
        else:
            _put(group, key, np.asarray(listed))


def _put(group: Any, name: str, values: Any, kind: Any = None) -> None:
    group.create_dataset(name, data=values, dtype=kind, track_times=False)
