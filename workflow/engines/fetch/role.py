"""What a file can be for: calls, alignments, metrics."""

from dataclasses import dataclass

from engines.fetch.presets import Globs


@dataclass(frozen=True)
class Role:
    """What a file is for.

    Attributes:
        endings: of its file → of the link to it; empty: any number of files, of any kind.
        indexes: endings of the index beside the file, the first that is there is taken.
    """

    name: str
    endings: tuple[tuple[str, str], ...] = ()
    indexes: tuple[str, ...] = ()

    @property
    def many(self) -> bool:
        return not self.endings

    def link(self, name: str) -> str:
        """The name of the link to its file; empty where the file is of another kind."""
        fitting = (link for ending, link in self.endings if name.endswith(ending))
        return next((self.name + link for link in fitting), "")


_CALLS = ((".vcf.gz", ".vcf.gz"), (".gvcf.gz", ".vcf.gz"), (".vcf.bgz", ".vcf.gz"))
ROLES = {
    role.name: role
    for role in (
        Role("small_variants", _CALLS, (".tbi", ".csi")),
        Role("structural_variants", _CALLS, (".tbi", ".csi")),
        Role("alignments", ((".bam", ".bam"), (".cram", ".cram")), (".bai", ".csi", ".crai")),
        Role("metrics"),
    )
}
BESIDE = (".tbi", ".csi", ".bai", ".crai", ".md5", ".md5sum")  # never a role's file itself


@dataclass(frozen=True)
class Wanted:
    """A role that is asked for, and how its files are named."""

    role: Role
    globs: Globs
    preset: str | None = None
