"""BGZF told from gzip, whole from truncated, and at no cost to who only moves files."""

import gzip
import subprocess
import sys

import pysam

from engines.formats.bgzf import BGZF_END, has_end, is_bgzf


def test_bgzf_is_told_from_gzip_and_whole_from_truncated(tmp_path):
    whole = tmp_path / "whole.gz"
    with pysam.BGZFile(str(whole), "wb") as out:
        out.write(b"data" * 99)
    assert is_bgzf(whole)
    assert has_end(whole)
    cut = tmp_path / "cut.gz"
    cut.write_bytes(whole.read_bytes()[: -len(BGZF_END)])
    assert is_bgzf(cut)
    assert not has_end(cut)
    for data in (gzip.compress(b"data" * 99), b"text", b""):
        cut.write_bytes(data)
        assert not is_bgzf(cut)
        assert not has_end(cut)


def test_a_transfer_imports_nothing_slow():
    code = (
        "import sys, engines.references.cli, engines.transfer.download;"
        "print([m for m in ('boto3', 'pysam', 'numpy', 'jsonschema') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
