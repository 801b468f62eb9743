"""Checksums: known answers, and agreement however the bytes come."""

import base64
import hashlib
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.fetch.checks import ALGORITHMS, Reading, by_store, md5_in


@pytest.mark.parametrize(
    ("kind", "check"),
    [("crc32", "cbf43926"), ("crc32c", "e3069283"), ("crc64nvme", "ae8b14860a799888")],
)
def test_check_values_of_the_catalogue_of_crcs(kind, check):
    crc = ALGORITHMS[kind]()
    crc.update(b"123456789")
    assert crc.hexdigest() == check


@pytest.mark.parametrize("kind", ["crc32c", "crc64nvme"])
@settings(max_examples=25, deadline=None)
@given(data=st.binary(min_size=0, max_size=70_000), cuts=st.lists(st.integers(0, 70_000)))
def test_a_crc_is_the_same_however_the_bytes_are_cut(kind, data, cuts):
    whole, pieces, bitwise = ALGORITHMS[kind](), ALGORITHMS[kind](), ALGORITHMS[kind]()
    whole.update(data)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    for start, stop in itertools.pairwise(edges):
        pieces.update(data[start:stop])
    for start in range(0, len(data), 255):  # shorter than a row: byte by byte
        bitwise.update(data[start : start + 255])
    assert whole.hexdigest() == pieces.hexdigest() == bitwise.hexdigest()


def multipart(data, part):
    sums = [hashlib.md5(data[i : i + part]).digest() for i in range(0, len(data), part)]
    return f'"{hashlib.md5(b"".join(sums)).hexdigest()}-{len(sums)}"'


def judged(checks, data):
    reading = Reading(tuple(checks))
    for start in range(0, len(data), 1_000_003):
        reading.update(memoryview(data)[start : start + 1_000_003])
    return reading.judge()[:2]


def test_the_part_size_of_an_etag_is_tried_where_the_store_does_not_tell():
    data = bytes(11 << 20)
    checks = by_store({}, multipart(data, 8 << 20), len(data), None, False)
    assert checks[0].parts == (8 << 20, 10 << 20)
    assert judged(checks, data) == (["md5 (the ETag, 2 parts)"], [])
    unusual = by_store({}, multipart(data, 7 << 20), len(data), None, False)
    assert judged(unusual, data) == ([], [])  # no proof, and no contradiction


def test_checksums_of_checksums_in_headers():
    data = bytes(range(256)) * 100
    sums = b"".join(hashlib.sha256(data[i : i + 10_000]).digest() for i in range(0, 25_600, 10_000))
    value = base64.b64encode(hashlib.sha256(sums).digest()).decode() + "-3"
    checks = by_store({"x-amz-checksum-sha256": value}, "", len(data), 10_000, False)
    assert judged(checks, data) == (["sha256 (the store, 3 parts)"], [])
    assert judged(checks, data[::-1])[1]


def test_an_etag_that_is_no_md5_is_not_taken_for_one():
    assert by_store({}, '"abc"', 5, None, False) == []
    assert by_store({}, f'"{"0" * 32}"', 5, None, True) == []
    sse = {"x-amz-server-side-encryption-customer-algorithm": "AES256"}
    assert by_store(sse, f'"{"0" * 32}"', 5, None, False) == []


@pytest.mark.parametrize(
    "text",
    [
        "{}", "{}\n", "{}  S1.bam\n", "{} *S1.bam\n", "MD5 (S1.bam) = {}\n", "  {}",
    ],
)  # fmt: skip
def test_forms_of_md5_files(text):
    md5 = hashlib.md5(b"x").hexdigest()
    assert md5_in(text.format(md5.upper())) == md5
    assert md5_in("<html>") is None
    assert md5_in("0" * 40) is None
