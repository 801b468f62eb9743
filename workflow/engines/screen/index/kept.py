"""Indexes that were made before, kept in the user's cache under what they were made from."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from engines.contract.errors import BadData, CannotWrite, InputMissing
from engines.contract.progress import warn
from engines.contract.user_cache import user_cache
from engines.screen.index.build import make_index, sources_digest
from engines.screen.index.layout import FORMAT, Index, load_index, write_index
from engines.screen.kernel.modes import Kind, check_word, seed_length


def kept_index(
    fastas: Sequence[Path], kind: Kind = "nucleotide", k: int = 21, folder: Path | None = None
) -> Index:
    """The index of these FASTA files, made where it is not in the cache yet.

    One that is damaged is made again, and said. Where the cache cannot be written the index is
    made in memory.

    Args:
        folder: where indexes are kept, in place of the user's cache.

    Raises:
        InputMissing, BadData, BadUsage: see :func:`engines.screen.index.build.build_index`.
    """
    check_word(kind, k)
    try:
        path = place(fastas, kind, k, folder)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise InputMissing(f"{error.filename}: no such file", hint="check the path") from error
    except RuntimeError:  # no home folder, so no cache
        return make_index(fastas, kind, k)
    try:
        return load_index(path)
    except (InputMissing, OSError):
        pass
    except BadData as error:
        warn(f"{error.message}; it is made again")
    index = make_index(fastas, kind, k)
    try:
        write_index(index, path)
        return load_index(path)
    except (CannotWrite, OSError) as error:
        warn(f"{path.parent}: the index is not kept for the next run: {error}")
        return index


def place(fastas: Sequence[Path], kind: Kind, k: int, folder: Path | None = None) -> Path:
    """Where the index of these files is kept; it need not be there."""
    made_of = f"{FORMAT} {kind} {k} {seed_length(kind, k)} {sources_digest(fastas)}"
    names = " ".join(Path(fasta).name for fasta in fastas)  # they stand in its header
    key = hashlib.sha256(f"{made_of} {names}".encode()).hexdigest()
    return (folder or user_cache() / "screen" / "index") / f"{key[:32]}.screen"
