"""What is wrong with a file, a folder or an address that a sheet or a configuration names.

Of files and folders the file system is asked whether they are there; of addresses nothing is asked.
"""

import os
import re
import stat
from urllib.parse import unquote, urlsplit

from engines.contract.wording import did_you_mean, either, quoted

SCHEMES = ("s3", "https", "http", "file")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def file_problem(path: str) -> str:
    """What is wrong with a file that is to be read, judged by one question to the file system.

    Nothing when there is a file, or a pipe, that holds something.
    """
    if "://" in path:
        return f"{quoted(path)} is an address, not a file; download it first"
    try:
        status = os.stat(path)
    except PermissionError:
        return f"{quoted(path)} cannot be reached: permission denied"
    except (OSError, ValueError):
        return f"no such file: {quoted(path)}"
    if stat.S_ISDIR(status.st_mode):
        return f"{quoted(path)} is a folder, not a file"
    if stat.S_ISREG(status.st_mode) and status.st_size == 0:
        return f"{quoted(path)} is empty"
    return ""


def is_folder(path: str) -> bool:
    """Whether there is a folder of this name."""
    return "\0" not in path and os.path.isdir(path)


def source_problem(source: str, sample: str) -> str:
    """What is wrong with a source, by its form and, where it is a path, by what is there.

    Args:
        source: an address, a folder, or a manifest (``.tsv``); ``{sample}`` stands for the name.
    """
    if not source.isprintable():
        return f"{quoted(source)} is no address"
    for name in _PLACEHOLDER.findall(source):
        if name != "sample":
            near = did_you_mean(name, ("sample",)) and "; did you mean {sample}?"
            return f"{{{name}}} stands for nothing{near or '; there is {sample}'}"
    filled = source.replace("{sample}", sample)
    scheme, mark, rest = filled.partition("://")
    if not mark:
        return _path_problem(filled)
    if scheme not in SCHEMES or not rest:
        known = either(f"{each}://…" for each in SCHEMES)
        return f"{quoted(filled)} is no address of files ({known})"
    return _address_problem(filled, scheme)


def _address_problem(address: str, scheme: str) -> str:
    """Secrets would be seen by everybody who may list processes, or read the results."""
    try:
        parts = urlsplit(address)
    except ValueError as error:
        return f"{quoted(address)} is no address: {error}"
    if scheme != "file" and "@" in parts.netloc:
        return "has a user name or password in it; give credentials by the environment"
    if scheme.startswith("http") and parts.query:
        shown = quoted(address.split("?", 1)[0])
        return f"{shown} has a query behind it, which may be secret; put it into a manifest (.tsv)"
    if scheme == "s3" and not parts.netloc:
        return f"{quoted(address)} names no bucket"
    return _local_problem(parts.netloc, unquote(parts.path)) if scheme == "file" else ""


def _local_problem(host: str, path: str) -> str:
    if host not in ("", "localhost"):
        return f"{quoted(f'file://{host}{path}')} names a host; write file:/// with three slashes"
    if "\0" in path or not os.path.exists(path):
        return f"no such file or folder: {quoted(path)}"
    return ""


def _path_problem(path: str) -> str:
    if path.endswith(".tsv"):
        return file_problem(path)
    if not is_folder(path):
        kinds = "a folder, a manifest (.tsv), nor an address (s3://…, https://…, file:///…)"
        return f"{quoted(path)} is neither {kinds}"
    return ""
