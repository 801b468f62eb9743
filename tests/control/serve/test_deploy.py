"""The deployment examples, run for real where their programs are."""

import datetime
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from recorded_run import RecordedRun
from service import RealService, poll, read_lines
from websockets.sync.client import connect

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
APACHE = shutil.which("apache2") or shutil.which("httpd")
MODULES = Path(os.environ.get("APACHE_MODULES", "/usr/lib/apache2/modules"))


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    private.write_bytes(secret)
    return public, private


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """A server in the foreground, once it listens."""
    server = subprocess.Popen(command)

    def listens() -> bool:
        assert server.poll() is None, "the server ended"
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", port)) == 0

    try:
        poll(listens)
        yield
    finally:
        server.terminate()
        server.wait(120)


def check_through_proxy(service: RealService, address: str, trusted: Path | bool) -> None:
    """Pages, messages, sockets and headers through the proxy, below the prefix."""
    context: Any = ssl.create_default_context(cafile=str(trusted)) if trusted is not True else None
    headers = {"Authorization": f"Bearer {service.token}"}

    def get(path: str, **more: Any) -> requests.Response:
        return requests.get(address + path, verify=str(trusted), timeout=120, **more)

    assert get("/plumbline/health/live").json()["status"] == "ok"
    moved = get("/plumbline", allow_redirects=False)
    assert moved.status_code == 301 and moved.headers["Location"].endswith("/plumbline/")
    assert get("/elsewhere").status_code == 404
    assert get("/plumbline/api/v1/runs").status_code == 401
    assert get("/plumbline/api/v1/runs", headers={"X-Remote-User": "mallory"}).status_code == 401
    run = RecordedRun(service.runs)
    run.start()
    run.job(1, "job.log")
    poll(lambda: get(f"/plumbline/api/v1/runs/{run.run_id}", headers=headers).ok)
    path = f"/plumbline/ws/runs/{run.run_id}?token={service.token}"
    with connect(address.replace("http", "ws") + path, ssl=context, legacy=True) as client:
        run.log("job.log", "through the proxy\n")
        assert read_lines(client, 1)[0]["data"]["line"] == "through the proxy"
    waited = get(f"/plumbline/api/v1/runs/{run.run_id}/events?wait=5", headers=headers).json()
    assert waited["last"] >= 1
    addresses = {line["address"] for line in service.log_lines() if "address" in line}
    assert addresses <= {"unix", "127.0.0.1"}


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed here")
def test_nginx(tmp_path: Path) -> None:
    port, (public, private) = free_port(), certificate(tmp_path)
    path = tmp_path / "s.sock"
    example = (DEPLOY / "nginx.conf").read_text()
    for told, ours in {
        "/run/plumbline/plumbline.sock": str(path),
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/certs/plumbline.pem": str(public),
        "/etc/ssl/private/plumbline.key": str(private),
        "/var/log/nginx/plumbline.log": str(tmp_path / "access.log"),
    }.items():
        assert told in example
        example = example.replace(told, ours)
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = tmp_path / "main.conf"
    account = "user root; " if os.geteuid() == 0 else ""  # who may enter the folder of the test
    main.write_text(
        f"{account}daemon off; pid {tmp_path}/pid; error_log stderr; events {{}}\n"
        f"http {{\n{temporary}{example}\n}}\n"
    )
    settings = {
        "listen": f"unix:{path}",
        "base_path": "/plumbline",
        "public_url": f"https://localhost:{port}/plumbline",
        "access": {"proxies": ["unix"]},
    }
    command = ["nginx", "-e", "stderr", "-c", str(main), "-p", str(tmp_path)]
    with RealService(tmp_path, settings) as service, running(command, port):
        check_through_proxy(service, f"https://localhost:{port}", public)
        assert service.token not in (tmp_path / "access.log").read_text()


@pytest.mark.skipif(APACHE is None or not MODULES.is_dir(), reason="Apache is not installed here")
def test_apache(tmp_path: Path) -> None:
    port = free_port()
    settings = {"base_path": "/plumbline", "access": {"proxies": ["127.0.0.1"]}}
    settings["public_url"] = f"http://localhost:{port}/plumbline"
    with RealService(tmp_path, settings) as service:
        ours = service.url.removesuffix("/plumbline")
        example = (DEPLOY / "apache.conf").read_text().replace("http://127.0.0.1:8765", ours)
        names = ("mpm_event", "authz_core", "unixd", "alias", "headers", "proxy", "proxy_http")
        modules = "".join(
            f"LoadModule {name}_module {MODULES}/mod_{name}.so\n"
            for name in names
            if (MODULES / f"mod_{name}.so").exists()
        )
        account = "User daemon\nGroup daemon\n" if os.geteuid() == 0 else ""  # it refuses root
        main = tmp_path / "main.conf"
        main.write_text(
            f"ServerName localhost\nListen 127.0.0.1:{port}\nServerRoot {tmp_path}\n"
            f"PidFile {tmp_path}/pid\nErrorLog {tmp_path}/apache.log\n{modules}{account}"
            f"<VirtualHost *:{port}>\n{example}\n</VirtualHost>\n"
        )
        command = [str(APACHE), "-f", str(main), "-DFOREGROUND"]
        with running(command, port):
            check_through_proxy(service, f"http://localhost:{port}", True)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
@pytest.mark.parametrize("name", ["plumbline.service", "plumbline.user.service"])
def test_systemd_unit(tmp_path: Path, name: str) -> None:
    command = shutil.which("plumbline") or str(ROOT / ".venv/bin/plumbline")
    text = (DEPLOY / name).read_text()
    text, count = re.subn(r"(?<=^ExecStart=)\S+/\.venv/bin/plumbline", command, text, flags=re.M)
    assert count == 1
    text = re.sub(r"^(User|Group)=plumbline$", r"\1=root", text, flags=re.M)
    unit = tmp_path / "plumbline.service"
    unit.write_text(text)
    kind = ["--user"] if "user" in name else []
    environ = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    verify = ["systemd-analyze", *kind, "verify", "--man=no", str(unit)]
    done = subprocess.run(verify, capture_output=True, text=True, env=environ)
    told = [line for line in done.stderr.splitlines() if "plumbline" in line]
    assert done.returncode == 0 and told == []


def test_container_uses_what_is_there() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    assert "RUN make setup" in text and (ROOT / "Makefile").is_file()
    assert re.search(r"^FROM \S+/python:3\.1[1-3]-", text, flags=re.M)
