"""Reading a file: checksums as S3 has them, parts that make up the file, changes noticed."""

import base64
import hashlib
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.contract.errors import InputMissing
from engines.fetch.items import MIB
from engines.upload.contents import matching, read_content, read_part
from engines.upload.items import MOST_PARTS, Altered, LocalFile, Manner, State, There


def local(path):
    return LocalFile(path.name, path, State.of(path.stat()))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), part_size=st.integers(1, 120))
def test_checksums_and_parts_are_those_of_the_bytes(tmp_path, data, part_size):
    path = tmp_path / "x"
    path.write_bytes(data)
    file = local(path)
    content, _ = read_content(file, part_size)
    pieces = [read_part(file, content, n) for n in range(1, len(content.parts) + 1)]
    assert b"".join(pieces) == data
    assert content.sha256 == hashlib.sha256(data).digest()
    if len(data) <= part_size:
        wanted = base64.b64encode(hashlib.sha256(data).digest()).decode()
    else:
        sums = b"".join(
            hashlib.sha256(data[at : at + part_size]).digest()
            for at in range(0, len(data), part_size)
        )
        wanted = base64.b64encode(hashlib.sha256(sums).digest()).decode() + f"-{len(pieces)}"
    assert content.checksum == wanted


@given(st.integers(1, 48 << 40))
def test_no_file_has_more_parts_than_s3_takes(size):
    part = Manner().part_of(size)
    assert -(-size // part) <= MOST_PARTS
    assert part >= Manner.part_size
    assert part == Manner.part_size or part % MIB == 0


def test_a_file_in_another_state_than_was_listed(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"one")
    file = local(path)
    content, _ = read_content(file, 10)
    path.write_bytes(b"two")
    with pytest.raises(Altered):
        read_content(file, 10)
    with pytest.raises(Altered):
        read_part(file, content, 1)
    path.unlink()
    with pytest.raises(InputMissing, match="x: is gone"):
        read_content(file, 10)


def test_other_bytes_are_noticed_though_size_and_time_are_the_same(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"one")
    file = local(path)
    content, _ = read_content(file, 10)
    path.write_bytes(b"two")
    os.utime(path, ns=(0, file.state.mtime_ns))
    assert State.of(path.stat()) == file.state
    with pytest.raises(Altered):
        read_part(file, content, 1)


MD5 = hashlib.md5(b"one").hexdigest()
SHA = base64.b64encode(hashlib.sha256(b"one").digest()).decode()
NOTED = hashlib.sha256(b"one").hexdigest()


@pytest.mark.parametrize(
    ("there", "proof"),
    [
        (There(3, f'"{MD5}"'), ("md5 (the ETag)",)),
        (There(3, '"x"', headers={"x-amz-checksum-sha256": SHA}), ("sha256 (the store)",)),
        (There(3, '"x"', sha256=NOTED), ("sha256 (noted with it)",)),
        (There(3, f'"{MD5}"', sha256="0" * 64), None),
        (There(3, '"' + "0" * 32 + '"', sha256=NOTED), None),
        (There(3, '"x"'), None),
        (There(4, f'"{MD5}"'), None),
    ],
)
def test_what_counts_as_the_same(tmp_path, there, proof):
    path = tmp_path / "x"
    path.write_bytes(b"one")
    same = matching(local(path), there, 10)
    assert (same and same[1]) == proof
