"""The signature of requests: the same as botocore's, whatever the key is called."""

import datetime
from unittest import mock
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engines.fetch.signature import signed

names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40)
secrets = st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1)


def by_botocore(credentials, region, method, target, headers, now):
    moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
    request = AWSRequest(method, f"https://{headers['Host']}{target}", headers=headers)
    with mock.patch("botocore.auth.get_current_datetime", lambda **_: moment):
        S3SigV4Auth(credentials, "s3", region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@settings(max_examples=200, deadline=None)
@given(
    key=names,
    secret=secrets,
    token=st.none() | secrets,
    region=st.sampled_from(["us-east-1", "eu-central-2", "cn-north-1"]),
    method=st.sampled_from(["GET", "HEAD"]),
    query=st.sampled_from(["", "?partNumber=1", "?versionId=b&partNumber=1"]),
    now=st.integers(0, 4_000_000_000),
    payer=st.booleans(),
)
@example("a//b/../c ~+%41?#&=ü\n", "s", "t", "us-east-1", "GET", "?partNumber=1", 0, True)
def test_it_is_the_same_as_botocores(key, secret, token, region, method, query, now, payer):
    credentials = ReadOnlyCredentials("AKID", secret, token)
    target = "/bucket/" + quote(key, safe="/~") + query
    headers = {"Host": "s3.example.org:9000", "x-amz-checksum-mode": "ENABLED"}
    if payer:
        headers["x-amz-request-payer"] = "requester"
    ours = signed(credentials, region, method, target, headers, now)
    theirs = by_botocore(credentials, region, method, target, headers, now)
    assert {name.lower(): value for name, value in ours.items()} == theirs


def test_headers_that_a_proxy_may_change_are_not_signed():
    credentials = ReadOnlyCredentials("AKID", "secret", None)
    plain = {"Host": "h", "x-amz-checksum-mode": "ENABLED"}
    one = signed(credentials, "us-east-1", "GET", "/b/k", plain, 0)
    two = signed(credentials, "us-east-1", "GET", "/b/k", plain | {"Range": "bytes=0-1"}, 0)
    assert one["Authorization"] == two["Authorization"]
    assert two["Range"] == "bytes=0-1"
