"""hap.py's counts from the lines of an annotated VCF, its own or ours."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

# row of extended.csv (type, subtype, subset) → its counts by column
Counted = dict[tuple[str, str, str], Counter[str]]


def recounted(lines: Iterable[Mapping[str, str]]) -> Counted:
    """Rows of filter ALL that have any count, from lines as read_vcf gives them."""
    rows: Counted = {}
    for line in lines:
        info = dict(part.partition("=")[::2] for part in line["INFO"].split(";"))
        subsets = [name for name in info.get("Regions", "").split(",") if name not in ("", "CONF")]
        for sample in ("TRUTH", "QUERY"):
            names, values = line["FORMAT"].split(":"), line[sample].split(":")
            call = dict(zip(names, values, strict=False))
            for column in _columns(sample, call):
                for subtype in _subtypes(call):
                    for subset in ("*", *subsets):
                        rows.setdefault((call["BVT"], subtype, subset), Counter())[column] += 1
    return rows


def _columns(sample: str, call: Mapping[str, str]) -> list[str]:
    decision, kind = call.get("BD", "."), call.get("BVT", "NOCALL")
    counted = {"TRUTH": ("TP", "FN"), "QUERY": ("TP", "FP", "UNK")}[sample]
    if kind not in ("SNP", "INDEL") or decision not in counted:
        return []
    classes = {call["BLT"]} & {"het", "homalt"}
    classes |= {"ti", "tv"} & set(call["BI"].split(",")) if kind == "SNP" else set()
    columns = [
        f"{sample}.{name}{inner}"
        for name in ("TOTAL", decision)
        for inner in ("", *(f".{each}" for each in classes))
    ]
    if decision == "FP":
        columns += {"am": ["FP.gt"], "lm": ["FP.al"]}.get(call["BK"], [])
    return columns


def _subtypes(call: Mapping[str, str]) -> set[str]:
    if call["BVT"] == "SNP":
        return {"*"}
    return {"*", *(name.upper() for name in call["BI"].split(",") if name[0] in "idc")}


def tabled(extended: Path) -> Counted:
    """The same from ``extended.csv``: its rows of filter ALL that have any count."""
    rows: Counted = {}
    with open(extended, newline="") as handle:
        for line in csv.DictReader(handle):
            counts = Counter(
                {
                    name: number
                    for name, cell in line.items()
                    if name.startswith(("TRUTH.", "QUERY.", "FP.")) and "ratio" not in name
                    if cell not in ("", ".") and (number := int(float(cell)))
                }
            )
            if line["Filter"] == "ALL" and counts:
                rows[line["Type"], line["Subtype"], line["Subset"]] = counts
    return rows
