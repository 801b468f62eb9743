"""What to do about an error of Snakemake, and whether trying again can help."""

from typing import Any, NamedTuple

from engines.contract import errors


class Advice(NamedTuple):
    """What an error asks for.

    Attributes:
        error_class: ``transient`` (may pass by itself), ``permanent`` or ``unknown``.
        hint: what to do; "" where nobody can say.
    """

    error_class: str
    hint: str

    def after(self, error_class: str, hint: str) -> "Advice":
        """With what the scheduler of a cluster says first: it knows better why a job ended."""
        return Advice(error_class, "; ".join(filter(None, (hint, self.hint))))


_UNKNOWN = Advice("unknown", "")
_UNREADABLE = Advice("permanent", "the workflow cannot be read: mend the line that is named")

_BY_EXCEPTION = {
    "LockException": Advice(
        "transient",
        "another Snakemake works in this folder: wait for it; if it died, resume its run"
        " (or snakemake --unlock)",
    ),
    "IncompleteFilesException": Advice(
        "permanent", "files of a run that died: resume it (or snakemake --rerun-incomplete)"
    ),
    "MissingInputException": Advice(
        "permanent",
        "they are not there and no rule makes them: check sample sheet and paths",
    ),
    "MissingOutputException": Advice(
        "unknown",
        "the command ended well but did not write these files: compare its output with the rule's;"
        " if the file system is slow, raise --latency-wait",
    ),
    "AmbiguousRuleException": Advice(
        "permanent", "two rules make the same file: constrain their wildcards, or set a ruleorder"
    ),
    "MissingRuleException": Advice(
        "permanent", "no rule makes this target: check its spelling and folder"
    ),
    "CyclicGraphException": Advice("permanent", "a rule needs its own output: check its inputs"),
    "InputFunctionException": Advice(
        "permanent", "the rule cannot tell its inputs: check sample sheet and configuration"
    ),
    "WildcardError": Advice("permanent", "a wildcard has no value: compare the rule's outputs"),
    "ProtectedOutputException": Advice(
        "permanent", "the output is write-protected: move it away, or unprotect it with chmod +w"
    ),
    "CreateCondaEnvironmentException": Advice(
        "unknown", "the rule's environment could not be made: check network, channels and space"
    ),
    "CheckSumMismatchException": Advice(
        "permanent", "a file is not what it should be: fetch it again"
    ),
    "WorkflowError": Advice("unknown", "see what Snakemake said before it, in the run's log"),
    **dict.fromkeys(
        ("SyntaxError", "IndentationError", "TabError", "NameError", "CreateRuleException"),
        _UNREADABLE,
    ),
}

_TRANSIENT = (errors.Transient.code, errors.TimedOut.code)
_PERMANENT = tuple(
    kind.code
    for kind in (
        errors.BadUsage,
        errors.BadData,
        errors.InputMissing,
        errors.Unavailable,
        errors.CannotWrite,
        errors.NotPermitted,
    )
)
_BY_EXIT = {
    126: "a program of it may not be run: check its permissions",
    127: "a program of it was not found: are the rules' environments switched on (--sdm conda)?",
    137: "killed, most often for want of memory: give the rule more mem_mb",
    143: "it was told to end: by a limit of time, or by somebody",
}


def advise(exception: str) -> Advice:
    """What to do about an exception, by the name of its class."""
    return _BY_EXCEPTION.get(exception, _UNKNOWN)


def advise_on_exit(code: int | None, log: str) -> Advice:
    """What to do about a job that ended with ``code``; the log is where more is said."""
    if code in _TRANSIENT:
        kind = "transient"
    else:
        kind = "permanent" if code in _PERMANENT else "unknown"
    look = f"see its log {log}" if log else "its rule has no log; see what Snakemake printed"
    return Advice(kind, "; ".join(filter(None, (_BY_EXIT.get(code or 0, ""), look))))


def error_data(message: str, advice: Advice, code: int | None = None) -> dict[str, Any]:
    """The data of an `error` message, but for whose error it is."""
    return {
        "error_class": advice.error_class,
        "code": code,
        "message": message,
        "hint": advice.hint,
        "error": message,
    }
