"""What users may send to: services yes; this machine, its files and its network no."""

import sys
from types import ModuleType

import pytest
from fault_server import Answer, FaultServer

from control.notify.addresses import check_address, read_address, without_secrets
from control.notify.public_hosts import is_public
from control.notify.sender import send
from engines.contract.errors import BadUsage, NotPermitted

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"


def check(address: str) -> str:
    return check_address(address, allow_private_hosts=False)


@pytest.fixture(autouse=True)
def dns(monkeypatch):
    """Names that the tests use, without asking anybody."""
    known = {
        "public.example.org": ["93.184.216.34"],
        "inside.example.org": ["10.1.2.3"],
        "both.example.org": ["93.184.216.34", "fd00::1"],
    }

    def find(host: str) -> list[str]:
        return known.get(host, [host] if host[0].isdigit() or ":" in host else [])

    monkeypatch.setattr("control.notify.addresses.addresses_of", find)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (SLACK, "Slack: slack://T...2/A...D/T...Q/#general"),
        (
            "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
            "Slack: slack://T...2/A...D/T...Q",
        ),
        ("jsons://public.example.org/hook/s3cret?+x-token=abc", "jsons://public.example.org/…"),
        ("json://u:pw@public.example.org:8080/a", "json://public.example.org:8080/…"),
        ("mailto://u:pw@public.example.org?to=a@b.org,c@d.org", "mail to a@b.org, c@d.org"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "Discord: discord://4...8/J...s"),
        ("json://not-known.example.org/x", "json://not-known.example.org/…"),
    ],
)
def test_services_over_http_and_mail(address, shown):
    assert check(address) == shown
    for secret in ("s3cret", "pw", "abc", "TIiaj", "JHMHI", "services"):
        assert secret not in shown


@pytest.mark.parametrize(
    "address",
    [
        *("", "bob", "https://public.example.org/x", "file:///etc/passwd", "nonsense://x"),
        *("x" * 3000, "json://host/\x1b[31m", "slack://too-short"),
    ],
)
def test_what_is_no_address(address):
    with pytest.raises(BadUsage) as caught:
        check(address)
    assert caught.value.hint
    assert len(caught.value.message) < 100, "nothing of it is repeated"


def test_a_plain_webhook_is_told_its_scheme():
    with pytest.raises(BadUsage) as caught:
        check("https://public.example.org/secret")
    assert "jsons://" in caught.value.hint
    assert "secret" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("address", ["syslog://", "rsyslog://localhost"])
def test_what_does_more_than_http_and_mail(address):
    with pytest.raises(NotPermitted, match="not a service that is reached over HTTP or mail"):
        check(address)


def test_every_service_of_apprise_that_starts_programs_or_draws_windows_is_refused():
    from apprise.manager_plugins import NotificationManager

    def may(plugin: type) -> bool:
        module: ModuleType = sys.modules[plugin.__module__]
        return hasattr(module, "requests") or hasattr(module, "smtplib")

    plugins = list(NotificationManager().plugins(include_disabled=True))
    starts = {plugin for plugin in plugins if hasattr(sys.modules[plugin.__module__], "subprocess")}
    assert starts and not any(map(may, starts))
    refused = {plugin.__name__ for plugin in plugins if not may(plugin)}
    of_this_machine = {"Syslog", "DBus", "Windows", "GLib", "Gnome", "MacOSX", "Blink1"}
    assert refused >= {f"Notify{name}" for name in of_this_machine}


@pytest.mark.parametrize(
    "address",
    [
        SLACK.partition("#")[0] + "?template=/etc/passwd",
        SLACK.partition("#")[0] + "?TEMPLATE=/etc/passwd",
        SLACK.partition("#")[0] + "?x=1&template=file:///etc/passwd",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?template=/etc/passwd",
        "mailto://u:pw@public.example.org?pgp=sign&pgpprv=/home/ann/.ssh/id_rsa",
        "vapid://a@b.org/c@d.org?keyfile=/etc/passwd&subfile=/etc/passwd",
        "fcm://project/device?mode=oauth2&keyfile=/etc/passwd",
    ],
)
def test_files_of_the_service_are_not_read(address):
    with pytest.raises((NotPermitted, BadUsage)):
        check(address)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("inside.example.org", "both.example.org"),
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        "json://{}/x",
        "json://u:p@{}:80/x",
        "mailto://u:p@example.org?smtp={}",
        "gotify://{}/token1234567890a",
    ],
)
def test_hosts_inside_the_network(form, host):
    address = form.format(host)
    with pytest.raises(NotPermitted, match="inside the network"):
        check(address)
    assert check_address(address, allow_private_hosts=True)


@pytest.mark.parametrize("address", ["json://[::1]/x", "json://[fd00::1]:80/x"])
def test_hosts_inside_the_network_by_ipv6(address):
    with pytest.raises(NotPermitted, match="inside the network"):
        check(address)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:93.184.216.34", True),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::10.0.0.1", False),
        ("2002:0a00:0001::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("224.0.0.1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_public_addresses(address, public):
    assert is_public(address) is public


def test_a_reason_shows_nothing_of_the_address():
    address = "json://user:hunter22@host.example.org/hook/s3cret?token=abcdef"
    said = "POST http://user:hunter22@host.example.org/hook/s3cret?token=abcdef: Name unknown"
    cleaned = without_secrets(said, address)
    assert cleaned == "POST http://***:***@host.example.org/***/***?***=***: Name unknown"
    assert read_address(address)


class TestOnTheWire:
    """What matters is where the connection goes, not what the address says."""

    @pytest.fixture
    def server(self):
        web = FaultServer()
        yield web
        web.close()

    def outcome(self, address: str, public_only: bool) -> str:
        item = {"id": 1, "address": address, "title": "t", "body": "b"}
        ((number, error),) = send([item], public_only=public_only)  # type: ignore[list-item]
        assert number == 1
        return error

    def test_a_name_that_leads_inside_after_it_was_checked(self, server):
        port = server.url.rpartition(":")[2]
        assert "inside the network" in self.outcome(f"json://localhost:{port}/x", True)
        assert "inside the network" in self.outcome(f"json://127.0.0.1:{port}/x?redirect=yes", True)
        assert server.seen == []

    def test_the_operators_own_addresses_may_lead_inside(self, server):
        port = server.url.rpartition(":")[2]
        server.fail("/x", Answer(status=200))
        reason = self.outcome(f"json://127.0.0.1:{port}/x", False)
        assert "inside" not in reason  # the server knows no POST, and says so

    def test_every_socket_of_the_sending_process_is_guarded(self, server):
        import subprocess

        script = (
            "import socket, urllib.request, smtplib, sys\n"
            "from control.notify.public_hosts import allow_public_only, refused\n"
            "allow_public_only()\n"
            "port = int(sys.argv[1])\n"
            "for attempt in (\n"
            "    lambda: urllib.request.urlopen(f'http://localhost:{port}/'),\n"
            "    lambda: smtplib.SMTP('127.0.0.1', port),\n"
            "    lambda: socket.create_connection(('::ffff:127.0.0.1', port)),\n"
            "    lambda: socket.socket().connect_ex(('127.0.0.1', port)),\n"
            "    lambda: socket.socket(socket.AF_UNIX).connect('/run/docker.sock'),\n"
            "):\n"
            "    try:\n"
            "        attempt()\n"
            "    except OSError:\n"
            "        print(refused() is not None)\n"
        )
        port = server.url.rpartition(":")[2]
        ended = subprocess.run(
            [sys.executable, "-c", script, port], capture_output=True, text=True, timeout=30
        )
        assert ended.stdout.split() == ["True"] * 5, ended.stderr
        assert server.seen == []
