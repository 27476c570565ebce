"""One request: to the address that was checked and no other, by TLS that holds, and never longer than it may take."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address, ip_network
from pathlib import Path
from threading import Event, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import override_settings

from ledgerflow.events.webhooks.sending.client import Outcome, WebhookSender, resolved
from tests.webhooks.receiving import Receiver, hang, status

pytestmark = pytest.mark.pure

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BODY = b'{"type":"journal.posted.v1"}'


class Names:
    """A resolver of a test: for each time a name is looked up, the next answer; the last one for all that follow."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.looked_up: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.looked_up.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def send(url: str, sender: WebhookSender | None = None) -> Outcome:
    return (sender or WebhookSender()).send(url, {"webhook-id": "1"}, BODY, NOW)


# Addresses


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], ["169.254.169.254"], ["127.1"]],
    ids=str,
)
def test_a_name_that_leads_inside_is_refused_without_connecting(addresses: list[str]) -> None:
    with Receiver() as receiver, override_settings(LEDGERFLOW_WEBHOOK_PRIVATE_NETWORKS=[]):
        outcome = send(receiver.url("intranet.example"), WebhookSender(resolve=Names(addresses)))
        assert (outcome.http_status, outcome.error) == (None, "address_refused")
        assert addresses[-1] in outcome.detail
        assert receiver.received == []


def test_a_name_is_looked_up_once_and_a_second_answer_leads_nowhere() -> None:
    """DNS rebinding: the address is a good one when it is checked, and another one a moment later."""
    with (
        Receiver() as inside,
        Receiver() as receiver,
        override_settings(LEDGERFLOW_WEBHOOK_PRIVATE_NETWORKS=[ip_network("127.0.0.1/32")]),
    ):
        names = Names(["127.0.0.1"], ["127.0.0.2"])
        assert send(receiver.url("rebinding.example"), WebhookSender(resolve=names)).is_delivered
        assert names.looked_up == [("rebinding.example", receiver.port)]
        assert receiver.received[0].headers["host"] == f"rebinding.example:{receiver.port}"
        outcome = send(receiver.url("rebinding.example"), WebhookSender(resolve=names))
        assert outcome.error == "address_refused"
        assert (len(receiver.received), len(inside.received)) == (1, 0)


def test_a_receiver_that_redirects_inside_is_not_followed() -> None:
    with Receiver() as inside, Receiver(status(301, location=inside.url())) as receiver:
        outcome = send(receiver.url())
        assert (outcome.http_status, outcome.is_delivered) == (301, False)
        assert inside.received == []


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    with Receiver() as receiver:
        outcome = send(receiver.url("two.example"), WebhookSender(resolve=Names(["127.0.0.2", "127.0.0.1"])))
        assert (outcome.is_delivered, outcome.address) == (True, "127.0.0.1")


def test_proxies_of_the_environment_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as proxy, Receiver() as receiver:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        assert send(receiver.url()).is_delivered
        assert (len(receiver.received), len(proxy.received)) == (1, 0)


@pytest.mark.parametrize("addresses", [[], ["nonsense"]], ids=str)
def test_a_name_without_an_address(addresses: list[str]) -> None:
    outcome = send("http://nowhere.example/", WebhookSender(resolve=Names(addresses)))
    assert outcome.error == ("address_refused" if addresses else "connection_failed")


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long")], ids=repr)
def test_a_name_that_nobody_knows(error: Exception) -> None:
    def unknown(_host: str, _port: int) -> Sequence[str]:
        raise error

    assert send("http://nowhere.example/", WebhookSender(resolve=unknown)).error == "name_unknown"


def test_a_look_up_that_hangs_is_given_up() -> None:
    over = Event()

    def stuck(_host: str, _port: int) -> Sequence[str]:
        over.wait()
        return []

    try:
        assert send("http://slow.example/", WebhookSender(resolve=stuck, connect_seconds=0.1)).error == "timed_out"
    finally:
        over.set()


def test_the_system_looks_names_up() -> None:
    assert "127.0.0.1" in resolved("localhost", 80)
    assert resolved("127.0.0.1", 80) == ["127.0.0.1"]


@override_settings(LEDGERFLOW_WEBHOOK_HTTP=False)
def test_http_that_is_allowed_no_more() -> None:
    with Receiver() as receiver:
        assert send(receiver.url()).error == "url_refused"
        assert receiver.received == []


# Answers


def test_what_is_sent() -> None:
    with Receiver(status(204)) as receiver:
        outcome = send(receiver.url(path="/a?b=c"))
        assert (outcome.http_status, outcome.is_delivered, outcome.error) == (204, True, "")
        (got,) = receiver.received
        assert (got.path, got.body, got.headers["webhook-id"]) == ("/a?b=c", BODY, "1")
        assert got.headers["content-type"] == "application/json"
        assert got.headers["user-agent"].startswith("LedgerFlow/")
        assert int(got.headers["content-length"]) == len(BODY)


@pytest.mark.parametrize("code, is_delivered", [(200, True), (299, True), (300, False), (404, False), (500, False)])
def test_success_is_a_status_from_200_to_299(code: int, is_delivered: bool) -> None:
    with Receiver(status(code, b"words\x00\xff", retry_after="60")) as receiver:
        outcome = send(receiver.url())
        assert (outcome.http_status, outcome.is_delivered) == (code, is_delivered)
        assert outcome.response == "words\ufffd\ufffd"
        assert outcome.retry_after == timedelta(minutes=1)


def test_an_answer_that_breaks_off_has_its_status() -> None:
    def short(request: BaseHTTPRequestHandler, _receiver: Receiver) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    with Receiver(short) as receiver:
        assert send(receiver.url()).is_delivered


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\n" + b"h: x\r\n" * 200 + b"\r\n", b"HTTP/1.1 200 OK\r\nh: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50, b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=repr,
)  # fmt: skip
def test_no_answer_is_a_fault_of_ours(answer: bytes) -> None:
    def nonsense(request: BaseHTTPRequestHandler, _receiver: Receiver) -> None:
        request.wfile.write(answer)

    with Receiver(nonsense) as receiver:
        outcome = send(receiver.url(), WebhookSender(whole_seconds=5))
        assert outcome.error in {"", "connection_failed", "broken_answer"}


def test_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    outcome = send(f"http://127.0.0.1:{port}/")
    assert (outcome.error, outcome.address) == ("connection_failed", "127.0.0.1")
    assert "refused" in outcome.detail


def test_a_receiver_that_takes_nothing_in_is_given_up() -> None:
    """A body larger than what the system buffers, and nobody who reads it."""
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1)
        sender = WebhookSender(whole_seconds=0.4)
        outcome = sender.send(f"http://127.0.0.1:{deaf.getsockname()[1]}/", {}, b"x" * 30_000_000, NOW)
        assert outcome.error == "timed_out"


# TLS


def authority(name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A certificate for a name that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    kind = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([kind]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )  # fmt: skip
    return made.sign(key, hashes.SHA256()), key


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[Receiver, WebhookSender]]:
    """A receiver with a certificate for hooks.example, and a sender that trusts who signed it."""
    certificate, key = authority("hooks.example")
    encoding = serialization.Encoding.PEM
    pem = tmp_path / "server.pem"
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(certificate.public_bytes(encoding) + secret)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    trusting = ssl.create_default_context(cafile=str(pem))
    with Receiver(context=server) as receiver:
        yield receiver, WebhookSender(resolve=Names(["127.0.0.1"]), context=trusting)


def test_tls_is_checked_for_the_name_and_not_for_the_address(tls: tuple[Receiver, WebhookSender]) -> None:
    receiver, sender = tls
    outcome = send(receiver.url("hooks.example"), sender)
    assert (outcome.is_delivered, outcome.address) == (True, "127.0.0.1"), outcome
    assert receiver.received[0].headers["host"] == f"hooks.example:{receiver.port}"


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1", "hooks.example.evil.example"])
def test_a_certificate_of_another_name_is_none(tls: tuple[Receiver, WebhookSender], host: str) -> None:
    receiver, sender = tls
    outcome = send(receiver.url(host), sender)
    assert (outcome.http_status, outcome.error) == (None, "tls_failed")
    assert receiver.received == []


def test_a_certificate_that_nobody_vouches_for_is_none(tls: tuple[Receiver, WebhookSender]) -> None:
    receiver, _ = tls
    assert send(receiver.url("hooks.example"), WebhookSender(resolve=Names(["127.0.0.1"]))).error == "tls_failed"
    assert receiver.received == []


@pytest.mark.parametrize("start", [b"", b"\x16\x03\x03\x40\x00"], ids=["nothing", "a handshake, a byte at a time"])
def test_tls_that_never_comes_to_an_end_is_given_up(start: bytes) -> None:
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(start)
                try:
                    while not over.wait(0.02):
                        connection.sendall(b"\x02"[: len(start)])
                except OSError:
                    pass

        thread = Thread(target=serve, daemon=True)
        thread.start()
        outcome = send(
            f"https://127.0.0.1:{listening.getsockname()[1]}/", WebhookSender(whole_seconds=0.5, connect_seconds=0.3)
        )
        over.set()
        thread.join()
    assert outcome.error == "timed_out"


def test_hanging_costs_no_more_than_the_time_it_may_take() -> None:
    with Receiver(hang) as receiver:
        outcome = send(receiver.url(), WebhookSender(whole_seconds=0.3))
        assert outcome.error == "timed_out"
        assert 250 <= outcome.duration_ms < 5000
