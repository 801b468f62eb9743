"""A `multiqc` for tests: reads a folder of links, and answers as MultiQC 1.35 does.

    multiqc FOLDER --config FILE --outdir DIR --filename NAME …

What it does is told by the variable STAND_IN: `found` (default) reads what the real one reads of
DRAGEN, samtools, bcftools, fastp and mosdepth; `nothing`, `broken`, `crash`, `killed`, `old` fail
as they say.
"""

import json
import os
import re
import signal
import sys
from itertools import pairwise
from pathlib import Path

KNOWN = {  # the real one's search patterns, so far as they matter here → module, section
    r"\.vc_metrics\.csv": ("DRAGEN", "vc_metrics"),
    r"\.mapping_metrics\.csv": ("DRAGEN", "mapping_metrics"),
    r"_coverage_metrics.*\.csv": ("DRAGEN", "coverage_metrics"),
    r"\.time_metrics\.csv": ("DRAGEN", "time_metrics"),
    r"\.bcftools\.stats": ("Bcftools", "stats"),
    r"fastp\.json$": ("fastp", "all_sections"),
    r"\.mosdepth\.global\.dist\.txt$": ("Mosdepth", "global_dist"),
    r"idxstat": ("Samtools", "idxstats"),
}


def install(folder: Path) -> Path:
    """Put it into a folder that is to be on the PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "multiqc"
    program.write_text(f"#!{sys.executable}\n" + Path(__file__).read_text())
    program.chmod(0o755)
    return program


def main(folder: str, *options: str) -> int:
    """As `multiqc` ends."""
    given = dict(pairwise(options))
    settings = json.loads(Path(given["--config"]).read_text())
    mode = os.environ.get("STAND_IN", "found")
    print("/// MultiQC 🔍 v1.35\n")
    if mode == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "crash":
        print("Traceback (most recent call last):\nImportError: no module named polars")
        return 1
    if mode == "nothing":
        print("           multiqc | No analysis results found. Cleaning up…")
        return 0
    sources: dict[str, dict[str, dict[str, str]]] = {}
    for path in sorted(Path(folder).iterdir()):
        if not path.resolve().read_text():
            continue
        for pattern, (module, section) in KNOWN.items():
            if re.search(pattern, path.name):
                label = path.name.split(settings["fn_clean_exts"][0]["pattern"])[0]
                sources.setdefault(module, {}).setdefault(section, {})[label] = str(path)
    out = Path(given["--outdir"])
    (out / "report_data").mkdir(parents=True)
    seen = {key: os.environ.get(key) for key in ("HOME", "MULTIQC_CONFIG_PATH")}
    page = {"title": settings["title"], "settings": settings, "environment": seen}
    (out / given["--filename"]).write_text(json.dumps({**page, "sources": sources}))
    if mode != "old":
        data = {"config_short_version": "1.35", "report_data_sources": sources}
        (out / "report_data" / "multiqc_data.json").write_text(json.dumps(data))
    if mode == "broken":
        print("╭─── Oops! The 'dragen' MultiQC module broke... ───╮\nKeyError: 'x'")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
