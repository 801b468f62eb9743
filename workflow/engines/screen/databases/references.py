"""The sequences of panels as a FASTA file, for the index that the screen looks reads up in."""

from collections.abc import Sequence
from pathlib import Path

from engines.screen.calling.kept import kept, key_of
from engines.screen.databases.mutation import Panel


def fasta_of(panels: Sequence[Panel], cache: Path | None = None) -> Path:
    """A FASTA file with the references of all panels, kept in the user's cache by its content.

    Panels of nucleotides and panels of proteins need a file each, as they need an index each.

    Raises:
        CannotWrite: the cache cannot be written.
    """
    text = "".join(
        f">{panel.organism}|{name}\n{letters}\n"
        for panel in panels
        for name, letters in panel.references.items()
    )

    def make(folder: Path) -> None:
        (folder / "references.fa").write_text(text, encoding="utf-8")

    return kept("references", key_of(text), make, ["references.fa"], cache) / "references.fa"
