"""Making records into what truvari reads: nothing else is changed, and every change counted."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engines.compare_sv.alleles import FORMAT, INFO, Splitter
from engines.compare_sv.set_aside import NO_GENOTYPE, NO_SIZE, REFERENCE_BLOCK, SetAside

FILTER = 6
_MATE = re.compile(r"([\[\]])(.+):(\d+)([\[\]])")
_SVLEN = re.compile(r"(?:^|;)SVLEN=-?(\d+)")
_END = re.compile(r"(?:^|;)END=(\d+)")
_NO_SVLEN = re.compile(r"(?:^|;)SVLEN(?:=(?!-?\d)[^;]*)?(?=;|$)")
_SUBTYPE = re.compile(r"((?:^|;)SVTYPE=[^;:]+):[^;]*")
_CHR2 = re.compile(r"((?:^|;)CHR2=)([^;]+)")

SPLIT = "multi-allelic records split, one for each allele"
END_ADDED = "symbolic alleles without END given one from SVLEN"
SVLEN_REMOVED = "records freed of an SVLEN without a number (SVLEN=.), of which truvari dies"
SUBTYPE_CUT = "subtypes cut from SVTYPE (DUP:TANDEM → DUP), which truvari does not know"


@dataclass
class Mender:
    """Mends the records of one file; ``changes``, ``undefined`` and ``set_aside`` say what it did.

    Attributes:
        names: contig in the file → contig as compared.
        elsewhere: reason to set aside what is on other contigs.
        splitter: takes multi-allelic records apart.
        defined: (kind, ID) of every INFO, FORMAT and FILTER line of the header.
        sample: index in a data line of the sample's column, the one that is kept.
        needs_genotype: whether a record without GT cannot be compared.
    """

    names: Mapping[str, str]
    elsewhere: str
    splitter: Splitter
    defined: set[tuple[str, str]]
    sample: int
    needs_genotype: bool
    records: int = 0
    alleles_added: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    undefined: dict[tuple[str, str], bool] = field(default_factory=dict)
    set_aside: SetAside = field(default_factory=SetAside)

    def again(self) -> "Mender":
        """The same, with nothing counted yet."""
        return Mender(
            *(self.names, self.elsewhere, self.splitter, self.defined),
            *(self.sample, self.needs_genotype),
        )

    def mend(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """The columns of every record that truvari is to see, in order."""
        for line in lines:
            self.records += 1
            fields = line.split("\t")
            if fields[0] not in self.names:
                self.set_aside.add(self.elsewhere, fields)
                continue
            if self.needs_genotype and "GT" not in fields[FORMAT].split(":"):
                self.set_aside.add(NO_GENOTYPE, fields)
                continue
            for record in self._alleles([*fields[:9], fields[self.sample]]):
                if self._size_known(record):
                    self._translate(record)
                    self._note_undefined(record)
                    yield record

    def _alleles(self, fields: list[str]) -> list[list[str]]:
        if "," not in fields[4]:
            return [fields]
        records = self.splitter.split(fields)
        self.changes[SPLIT] += 1
        self.alleles_added += len(records) - 1
        return records

    def _size_known(self, record: list[str]) -> bool:
        """Mend what says an allele's type and size; False where there is no size or no variant."""
        if ":" in record[INFO] and _SUBTYPE.search(record[INFO]):
            record[INFO] = _SUBTYPE.sub(r"\1", record[INFO])
            self.changes[SUBTYPE_CUT] += 1
        if "SVLEN" in record[INFO] and _NO_SVLEN.search(record[INFO]):
            record[INFO] = _NO_SVLEN.sub("", record[INFO]).strip(";") or "."
            self.changes[SVLEN_REMOVED] += 1
        if not record[4].startswith("<"):
            return True
        if record[4] in ("<*>", "<NON_REF>", "<X>"):
            self.set_aside.add(REFERENCE_BLOCK, record)
            return False
        length, end = _SVLEN.search(record[INFO]), _END.search(record[INFO])
        if not length and (not end or int(end[1]) <= int(record[1])):
            self.set_aside.add(NO_SIZE, record)
            return False
        if length and not end and not record[4].startswith("<INS"):
            record[INFO] += f";END={int(record[1]) + int(length[1])}"
            self.changes[END_ADDED] += 1
        return True

    def _translate(self, record: list[str]) -> None:
        """Contig names as compared, also those of mates."""
        record[0] = self.names[record[0]]
        if "[" in record[4] or "]" in record[4]:
            record[4] = _MATE.sub(
                lambda m: f"{m[1]}{self.names.get(m[2], m[2])}:{m[3]}{m[4]}", record[4]
            )
        if "CHR2=" in record[INFO]:
            record[INFO] = _CHR2.sub(lambda m: m[1] + self.names.get(m[2], m[2]), record[INFO])

    def _note_undefined(self, record: list[str]) -> None:
        """Remember what the header lacks, and whether it ever has a value; htslib dies of it."""
        for name in record[FILTER].split(";"):
            if ("FILTER", name) not in self.defined and name not in (".", "PASS"):
                self.undefined["FILTER", name] = True
        for item in record[INFO].split(";"):
            name, equals, _ = item.partition("=")
            if ("INFO", name) not in self.defined and name != ".":
                self.undefined["INFO", name] = bool(equals) or self.undefined.get(
                    ("INFO", name), False
                )
        for name in record[FORMAT].split(":"):
            if ("FORMAT", name) not in self.defined and name != ".":
                self.undefined["FORMAT", name] = True


# What the VCF specification says of the keys that truvari reads
_RESERVED = {
    "END": "Number=1,Type=Integer",
    "SVLEN": "Number=.,Type=Integer",
    "SVTYPE": "Number=1,Type=String",
    "CIPOS": "Number=2,Type=Integer",
    "CIEND": "Number=2,Type=Integer",
    "GT": "Number=1,Type=String",
}


def definition(kind: str, name: str, has_value: bool) -> str:
    """A header line for a key or filter that the input uses and does not define."""
    note = 'Description="Not defined in the header of the input"'
    if kind == "FILTER":
        return f"##FILTER=<ID={name},{note}>"
    form = _RESERVED.get(name) or ("Number=.,Type=String" if has_value else "Number=0,Type=Flag")
    return f"##{kind}=<ID={name},{form},{note}>"
