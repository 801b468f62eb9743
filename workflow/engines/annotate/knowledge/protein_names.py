"""Changes of proteins as people write them, in one letter or three: read, or not, never guessed."""

import re

from engines.annotate.variants import ProteinChange

THREE = {
    "ALA": "A", "ARG": "R", "ASN": "N", "ASP": "D", "CYS": "C", "GLN": "Q", "GLU": "E",
    "GLY": "G", "HIS": "H", "ILE": "I", "LEU": "L", "LYS": "K", "MET": "M", "PHE": "F",
    "PRO": "P", "SER": "S", "THR": "T", "TRP": "W", "TYR": "Y", "VAL": "V", "SEC": "U",
    "TER": "*", "STOP": "*", "XAA": "X",
}  # fmt: skip
LETTERS = "ACDEFGHIKLMNPQRSTVWYU"
STOP_BY_ONE_BASE = frozenset("CEGKLQRSWY") - {"G"}  # G12X means any; Q179X and W1815X a stop
_AA3 = "|".join(THREE)
_THREE_PLACE = re.compile(rf"({_AA3})(\d+)(?:_({_AA3})(\d+))?(?=\D|$)")
_THREE_REST = re.compile(rf"(DELINS|DEL|INS|DUP|>)?((?:{_AA3})*)(FS.*)?(=|\?|\*)?")
_AA = f"[{LETTERS}*]"
_PLACE = rf"(?P<ref>{_AA})?(?P<start>\d+)(?:_(?P<last>{_AA})?(?P<end>\d+))?"
_ONE = re.compile(
    r"(?:P\.)?"
    + _PLACE
    + rf"(?:(?P<fs>[{LETTERS}*]?FS(?:[^A-Z].*|[*X].*|TER.*)?)"
    + rf"|DEL(?P<deleted>{_AA}*?)(?:INS(?P<delins>{_AA}+))?"
    + rf"|>(?P<arrow>{_AA}+)|INS(?P<ins>{_AA}+)|DUP(?P<dup>{_AA}*)"
    + rf"|(?P<to>{_AA}+|X|=|\?))"
)
_DEL_FIRST = re.compile(  # delE746_A750, DEL 485-490, delL747_P753insS
    rf"DEL(?: (?=\d)|(?={_AA}))(?P<ref>{_AA})?(?P<start>\d+)(?:[_-](?P<last>{_AA})?(?P<end>\d+))?"
    rf"(?:INS(?P<ins>{_AA}+))?"
)
_LETTERS_FIRST = re.compile(  # DI842-843VM, DIM842_844DEL
    rf"(?P<letters>{_AA}{{2,}})(?P<start>\d+)[_-](?P<end>\d+)(?:(?P<del>DEL)|>?(?P<to>{_AA}+))"
)
_LETTERS_AFTER = re.compile(  # 56_61QKQKVG>R
    rf"(?P<start>\d+)[_-](?P<end>\d+)(?P<letters>{_AA}{{2,}})>(?P<to>{_AA}+)"
)
_HYPHEN_RANGE = re.compile(rf"({_AA}\d+)-({_AA}\d+)(?=DEL|INS|DUP|>)")


def read_change(text: str) -> ProteinChange | None:
    """The change that ``text`` names; None where it names none, or not clearly.

    Takes ``V600E``, ``p.Val600Glu``, ``p.(V600E)``, ``E746_A750del``, ``V560_L576DEL``,
    ``K558NP``, ``G114Vfs*45``, ``Q179X`` and the like, in any case.
    """
    plain = _plain(text)
    for pattern, build in _FORMS:
        found = pattern.fullmatch(plain)
        if found:
            return build(found)
    return None


def spellings(change: ProteinChange) -> tuple[ProteinChange, ...]:
    """The change, and what else names the same: a duplication is an insertion behind itself."""
    length = change.end - change.start + 1
    letters = change.ref
    if change.alt != "dup" or len(letters) != length or "X" in letters:
        return (_short(change),)
    inserted = ProteinChange(change.end, change.end + 1, letters[-1] + "X", "ins" + letters)
    return _short(change), inserted


def _plain(text: str) -> str:
    """One letter for each amino acid, upper case, no ``p.`` and no brackets around it."""
    text = text.strip().replace(" ", "") if not text.upper().startswith("DEL ") else text.strip()
    text = re.sub(r"^p\.\((.+)\)$", r"p.\1", text, flags=re.IGNORECASE)
    if re.match(r"p\.\D", text, re.IGNORECASE):  # before a number it says: no bases
        text = text[2:]
    text = _HYPHEN_RANGE.sub(r"\1_\2", text.upper())
    place = _THREE_PLACE.match(text)
    if not place:
        return text
    rest = _THREE_REST.fullmatch(text[place.end() :])
    if not rest:
        return text
    first, start, last, end = place.groups()
    letters = "".join(THREE[a] for a in re.findall(_AA3, rest[2]))
    shown = THREE[first] + start + (f"_{THREE[last]}{end}" if last else "")
    return shown + (rest[1] or "") + letters + (rest[3] or "") + (rest[4] or "")


def _one(found: re.Match[str]) -> ProteinChange | None:
    part = found.groupdict()
    start = int(part["start"])
    end = int(part["end"] or start)
    if end < start or start == 0 or _may_be_bases(part, found.string):
        return None
    ref = _ends(part["ref"], part["last"], part["end"] is not None)
    if part["fs"]:
        return ProteinChange(start, start, part["ref"] or "X", "fs")
    if part["deleted"] is not None:
        return _deletion(start, end, ref, part["deleted"], part["delins"])
    if part["arrow"]:
        return ProteinChange(start, end, ref, "delins" + part["arrow"])
    if part["ins"]:
        return _insertion(start, end, part, ref)
    if part["dup"] is not None:
        return _duplication(start, end, ref, part["dup"])
    return _replaced(start, end, ref, part["to"]) if part["ref"] else None


def _may_be_bases(part: dict[str, str | None], text: str) -> bool:
    """1100delC and 485_490del: without an amino acid they may count bases."""
    told = part["ref"] or part["last"] or part["ins"]
    return not told and not text.startswith("P.")


def _ends(first: str | None, last: str | None, is_range: bool) -> str:
    if not is_range:
        return first or "X"
    return (first or "X") + (last or "X")


def _deletion(
    start: int, end: int, ref: str, letters: str, inserted: str | None
) -> ProteinChange | None:
    if letters and not _fits(letters, start, end, ref):
        return None  # P81delRVV: nobody can say which residues go
    alt = f"delins{inserted}" if inserted else "del"
    return ProteinChange(start, end, letters or ref, alt)


def _insertion(start: int, end: int, part: dict[str, str | None], ref: str) -> ProteinChange | None:
    letters = part["ins"] or ""
    if part["end"] is None:  # T1151INST: behind that residue
        return ProteinChange(start, start + 1, (part["ref"] or "X") + "X", "ins" + letters)
    return ProteinChange(start, end, ref, "ins" + letters) if end == start + 1 else None


def _duplication(start: int, end: int, ref: str, letters: str) -> ProteinChange | None:
    if letters and not _fits(letters, start, end, ref):
        return None
    return ProteinChange(start, end, letters or ref, "dup")


def _replaced(start: int, end: int, ref: str, to: str) -> ProteinChange | None:
    if to.startswith(("INS", "DEL")) and len(to) == 3:
        return None  # P780INS: nobody says what
    if to == "X":
        return ProteinChange(start, end, ref, "*") if ref in STOP_BY_ONE_BASE else None
    if end > start or (len(to) > 1 and to not in ("=", "?")):
        return ProteinChange(start, end, ref, "delins" + to) if to.isalpha() else None
    return ProteinChange(start, end, ref, "=" if to == ref else to)


def _fits(letters: str, start: int, end: int, ref: str) -> bool:
    """The letters are as many as the residues, and begin and end as these do."""
    ends = ((letters[0], ref[0]), (letters[-1], ref[-1]))
    return len(letters) == end - start + 1 and all(a == b or b == "X" for a, b in ends)


def _short(change: ProteinChange) -> ProteinChange:
    """Of a range only the ends, as two spellings of it are to be equal."""
    if len(change.ref) <= 2 or change.end == change.start:
        return change
    return ProteinChange(change.start, change.end, change.ref[0] + change.ref[-1], change.alt)


def _del_first(found: re.Match[str]) -> ProteinChange | None:
    start, end = int(found["start"]), int(found["end"] or found["start"])
    ref = _ends(found["ref"], found["last"], found["end"] is not None)
    alt = f"delins{found['ins']}" if found["ins"] else "del"
    return ProteinChange(start, end, ref, alt) if 0 < start <= end else None


def _letters_first(found: re.Match[str]) -> ProteinChange | None:
    start, end, letters = int(found["start"]), int(found["end"]), found["letters"]
    if len(letters) != end - start + 1:
        return None
    to = found.groupdict().get("to")
    return ProteinChange(start, end, letters, f"delins{to}" if to else "del")


_FORMS = (
    (_DEL_FIRST, _del_first),
    (_LETTERS_AFTER, _letters_first),
    (_LETTERS_FIRST, _letters_first),
    (_ONE, _one),
)
