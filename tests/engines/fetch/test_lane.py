"""The lane of small answers: any cut of the bytes, TLS, and servers that behave oddly."""

import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.fetch.lane import LARGEST, Lane, Origin

OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-Name: a: b \r\n\r\n"


def answer(body):
    return OK % len(body) + body


@contextmanager
def server(*connections, context=None):
    """Each connection gets its answers, one for each request, and is closed after them."""
    listening = socket.create_server(("127.0.0.1", 0))
    accepted = []

    def serve(plain, answers):
        with plain, suppress(OSError):  # the other side may leave at any time
            line = context.wrap_socket(plain, server_side=True) if context else plain
            with line:
                for pieces in answers:
                    if not line.recv(65536):
                        return
                    for piece in pieces:
                        line.sendall(piece)

    def accept():
        for answers in connections:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            accepted.append(threading.Thread(target=serve, args=(line, answers)))
            accepted[-1].start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
        for serving in accepted:
            serving.join()


def drive(port, count, connections=1, silence=60.0, context=None, stopped=lambda: False):
    """What each request got: status, body and a header, or why nothing."""
    found = {}

    def arrived(what, reply):
        found[what] = (reply.status, bytes(reply.body), reply.headers.get("x-name"))

    requests = iter([(n, b"GET /%d HTTP/1.1\r\n\r\n" % n) for n in range(count)])
    lane = Lane(requests, arrived, lambda w, e: found.update({w: str(e)}), stopped, silence)
    lane.run(Origin("localhost", port, context), connections)
    return found, [what for what, _ in requests]


@settings(max_examples=30, deadline=None)
@given(
    bodies=st.lists(st.binary(max_size=300), min_size=1, max_size=4),
    cuts=st.lists(st.integers(1, 400), max_size=6),
)
def test_answers_are_the_same_however_they_are_cut(bodies, cuts):
    answers = []
    for body in bodies:
        whole, edges = answer(body), sorted({0, *cuts})
        answers.append([whole[a:b] for a, b in zip(edges, [*edges[1:], None], strict=True)])
    with server(answers) as port:
        found, _ = drive(port, len(bodies))
    assert found == {n: (200, body, "a: b") for n, body in enumerate(bodies)}


def test_a_connection_that_the_server_ends_is_made_anew():
    one = [[answer(b"1")]]
    with server(one, one, one) as port:
        found, _ = drive(port, 3)
    assert [found[n][1] for n in range(3)] == [b"1"] * 3
    closing = [[answer(b"1").replace(b"X-Name", b"Connection: close\r\nX-Name")]]
    with server(closing, one) as port:
        assert len(drive(port, 2)[0]) == 2


def test_a_refusal_in_chunks_is_read():
    head = b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked = head + b"18\r\n<Code>AccessDenied</Code>\r\n0\r\n\r\n"
    with server([[chunked[:60], chunked[60:]]]) as port:
        found, _ = drive(port, 1)
    assert found[0][0] == 403
    assert b"<Code>AccessDenied</Code>" in found[0][1]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"", "ended early"),
        (answer(b"12345")[:-1], "ended early"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1", "another protocol"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "another protocol"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "states no length"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "states no length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (LARGEST + 1), "larger"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, "no end"),
    ],
)
def test_what_cannot_be_read_is_lost_and_the_next_is_not_taken_for_it(sent, message):
    with server([[sent]], [[answer(b"fine")]]) as port:
        found, left = drive(port, 2)
    assert message in found[0]
    assert left == [1] or found[1][1] == b"fine"


def test_bytes_that_nobody_asked_for_are_no_answer():
    with server([[answer(b"1") + answer(b"stray")], [b""]], [[answer(b"2")]]) as port:
        found, _ = drive(port, 2)
    assert [found[n][1] for n in (0, 1)] == [b"1", b"2"]


def test_silence_and_the_end_of_the_call():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        found, _ = drive(port, 1, silence=0.01)
        assert "no byte for" in found[0]
        assert drive(port, 3, stopped=lambda: True) == ({}, [1, 2])


def test_no_connection_takes_no_request():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert drive(port, 2, connections=2) == ({}, [0, 1])


def test_what_the_caller_raises_ends_it():
    def fail(_what, _reply):
        raise ZeroDivisionError

    requests = iter([(1, b"GET / HTTP/1.1\r\n\r\n"), (2, b"")])
    lane = Lane(requests, fail, lambda *_: None, lambda: False, 60)
    with server([[answer(b"1")]]) as port, pytest.raises(ZeroDivisionError):
        lane.run(Origin("localhost", port, None), 1)
    assert next(requests)[0] == 2


def test_over_tls(tmp_path):
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate, key)
    bodies = [bytes([n]) * 200_000 for n in range(4)]
    with server([[answer(body)] for body in bodies], context=ours) as port:
        trusting = ssl.create_default_context(cafile=certificate)
        found, _ = drive(port, 4, context=trusting)
    assert [found[n][1] for n in range(4)] == bodies
    with server([], context=ours) as port:  # whom nobody knows gets no request
        assert drive(port, 1, context=ssl.create_default_context()) == ({}, [0])
