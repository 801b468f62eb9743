"""Which addresses runs may read and write: by their parts, whatever tricks the text plays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.runs import addresses
from control.runs.addresses import check_source, check_upload, parse
from control.settings import Allow
from engines.contract.errors import BadUsage, EngineError, NotPermitted

CLOSED = Allow(sources=["s3://runs/2026/", "s3://open", "https://data.lab.org/runs"])


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """No name server is asked."""
    known = {"intranet.lab.org": ["10.1.2.3"], "both.org": ["93.184.216.34", "127.0.0.1"]}
    known |= {"localhost": ["127.0.0.1", "::1"], "data.lab.org": ["10.1.2.4"]}
    find = lambda host: known.get(host, [host] if host[:1].isdigit() or ":" in host else [])  # noqa: E731
    monkeypatch.setattr(addresses, "addresses_of", find)


@pytest.mark.parametrize(
    "text",
    [
        "s3://runs/2026/NA24143/",
        "s3://runs/2026/NA 24143/a%2e.vcf.gz",
        "s3://open/",
        "s3://open/any/thing?at=all",
        "https://data.lab.org/runs/a.vcf.gz",
        "https://DATA.lab.org:443/runs/a%20b.vcf.gz",
        "https://data.lab.org/runs/a.vcf.gz?X-Amz-Signature=0",
    ],
)
def test_what_begins_with_an_allowed_address(text):
    check_source(text, CLOSED)


@pytest.mark.parametrize(
    "text",
    [
        "s3://runs/2026",  # lists 2026-secret/ too
        "s3://runs/2026-secret/x",
        "s3://runs/2025/x",
        "s3://runs/2026/../2025/x",
        "s3://runs/2026/./x",
        "s3://runs//2026/x",
        "s3://runs2/2026/x",
        "s3://Runs/2026/x",
        "s3://open.evil/x",
        "s3://open@evil/x",
        "s3://open?x@evil/y",
        "s3://open#/x",
        "s3://",
        "s3:///runs/2026/x",
        "S3://open/x",
        "https://data.lab.org/runs",
        "https://data.lab.org/runs-old/x",
        "https://data.lab.org/runs/../secret",
        "https://data.lab.org/runs/%2e%2e/secret",
        "https://data.lab.org/runs/%252e%252e/secret",
        "https://data.lab.org/runs/..%2fsecret",
        "https://data.lab.org/runs%2f..%2fsecret/x",
        "https://data.lab.org/runs/..\\secret",
        "https://data.lab.org/runs/%5c..%5csecret",
        "https://data.lab.org:8443/runs/x",
        "https://data.lab.org.evil.org/runs/x",
        "https://data.lab.org@evil.org/runs/x",
        "https://evil.org#data.lab.org/runs/x",
        "https://evil.org\\data.lab.org/runs/x",
        "https://data.lab.org\\@evil.org/runs/x",
        "https://dåta.lab.org/runs/x",
        "https://data.lab.org:x/runs/x",
        "https://[data.lab.org/runs/x",
        "https:///runs/x",
        "http://data.lab.org/runs/x",
        "ftp://data.lab.org/runs/x",
    ],
)
def test_what_only_looks_like_it(text):
    with pytest.raises(EngineError):
        check_source(text, CLOSED)


PARTS = st.sampled_from(
    ["2026", "2025", "..", ".", "%2e%2e", "%2F", "%5C", "\\", "//", "/", "?", "#", "@", ":", " "]
)


@given(st.lists(PARTS, max_size=7).map("".join), st.sampled_from(["s3://runs/", "s3://runs"]))
def test_no_key_of_a_store_leaves_the_prefix(tail, start):
    try:
        check_source(start + tail, Allow(sources=["s3://runs/2026/"]))
    except EngineError:
        return
    bucket, _, key = (start + tail).removeprefix("s3://").partition("/")  # as fetch reads it
    assert bucket == "runs"
    assert key.startswith("2026/")
    assert not {".", ".."} & set(key.split("/"))


@given(
    st.lists(PARTS, max_size=7).map("".join), st.sampled_from(["https://a.org/", "https://a.org"])
)
def test_no_web_address_leaves_the_prefix(tail, start):
    from urllib3.util import parse_url

    text = start + tail
    try:
        check_source(text, Allow(sources=["https://a.org/2026"]))
    except EngineError:
        return
    asked = parse_url(text)  # as fetch reads it
    assert (asked.scheme, asked.host, asked.port) == ("https", "a.org", None)
    assert asked.path.startswith("/2026/")


def test_nothing_and_everything():
    with pytest.raises(NotPermitted, match="may not read from there"):
        check_source("s3://runs/x", Allow(sources=[]))
    check_source("s3://runs/x", Allow())
    check_source("https://elsewhere.org/x", Allow())


@pytest.mark.parametrize(
    "host",
    [
        "intranet.lab.org",
        "both.org",
        "localhost",
        "127.0.0.1",
        "10.0.0.1",
        "[::1]",
        "169.254.169.254",
    ],
)
def test_the_inside_of_the_network_is_open_to_whom_it_is_opened(host):
    with pytest.raises(NotPermitted, match="is inside the network"):
        check_source(f"https://{host}/x", Allow())
    check_source(f"https://{host}/x", Allow(sources=[f"https://{host}"]))


@pytest.mark.parametrize("host", ["localhost.", "127.0.0.1.:443", "[::1%25lo]", "１２７.0.0.1"])
def test_a_host_that_is_read_in_different_ways_is_none(host):
    with pytest.raises(BadUsage, match="no name of a host"):
        check_source(f"https://{host}/x", Allow())


def test_no_signature_is_repeated():
    with pytest.raises(NotPermitted) as told:
        check_source("https://evil.org/x?X-Amz-Signature=secret", CLOSED)
    assert "secret" not in told.value.message + told.value.hint
    with pytest.raises(NotPermitted) as told:
        parse("https://me:secret@evil.org/x")
    assert "secret" not in told.value.message + told.value.hint


def test_where_runs_may_write(tmp_path):
    (tmp_path / "out/in").mkdir(parents=True)
    (tmp_path / "out/link").symlink_to(tmp_path)
    allow = Allow(uploads=["s3://results/lab", f"file://{tmp_path}/out"])
    for good in ("s3://results/lab/", "s3://results/lab/x", f"file://{tmp_path}/out/in/new"):
        check_upload(good, allow)
    check_upload(f"file://localhost{tmp_path}/out", allow)
    for bad in (
        "s3://results/lab",
        "s3://results/laboratory/",
        "s3://results/lab/../x",
        "https://results/lab/x",
        f"file://{tmp_path}",
        f"file://{tmp_path}/outer",
        f"file://{tmp_path}/out/../x",
        f"file://{tmp_path}/out/%2e%2e/x",
        f"file://{tmp_path}/out/link/x",
        f"file://evil{tmp_path}/out/x",
    ):
        with pytest.raises(EngineError):
            check_upload(bad, allow)
    with pytest.raises(NotPermitted, match="may not write there") as told:
        check_upload("s3://results/lab/x", Allow())
    assert "allow.uploads" in told.value.hint
