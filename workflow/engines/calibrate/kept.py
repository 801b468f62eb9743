"""Answers of R that are kept: the same question to the same programs is not asked twice.

A calibration with the R package takes up to minutes, and the same one comes again: in a run
that is done anew elsewhere, in a sensitivity analysis, with another report. Its answer depends
on nothing but the question, our R code, R and the packages: their digest is its name.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from engines.calibrate.session import MAIN, Hello
from engines.contract.errors import EngineError
from engines.contract.output import write_atomic
from engines.contract.user_cache import user_cache

NOT_ASKED = ("output", "cache")  # where files go is no part of the question
KEPT_SECONDS = 180 * 86_400  # since the last use


def find(question: Mapping[str, Any], hello: Hello) -> dict[str, Any] | None:
    """The answer to this question, None where there is none that can be read."""
    names = [each["name"] for each in question["algorithms"]]
    with suppress(OSError, ValueError, RuntimeError, LookupError, TypeError):
        path = _path(question, hello)
        answer: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if [fit["name"] for fit in answer["fits"]][: len(names)] != names:
            return None
        with suppress(OSError):  # somebody else's folder
            path.touch()
        return answer
    return None


def keep(question: Mapping[str, Any], hello: Hello, answer: Mapping[str, Any]) -> None:
    """Keep an answer, where the cache can be written; drop those nobody wanted for half a year."""
    with suppress(OSError, EngineError, RuntimeError):  # without it one only waits longer
        path = _path(question, hello)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(path, json.dumps(answer) + "\n")
        for old in path.parent.glob("*.json"):
            if time.time() - old.stat().st_mtime > KEPT_SECONDS:
                old.unlink()


def _path(question: Mapping[str, Any], hello: Hello) -> Path:
    asked = {key: value for key, value in question.items() if key not in NOT_ASKED}
    programs = [_code(), hello.r, hello.packages]
    text = json.dumps([asked, programs], sort_keys=True)
    return user_cache() / "calibrations" / f"{hashlib.sha256(text.encode()).hexdigest()}.json"


@cache
def _code() -> str:
    """Digest of our R code."""
    digest = hashlib.sha256()
    for file in sorted(MAIN.parent.glob("*.R")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
