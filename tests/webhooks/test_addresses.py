"""Which URLs a webhook may have, and which addresses it reaches: none inside, however they are written."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from django.core.exceptions import ImproperlyConfigured

from ledgerflow.core.errors import LedgerError
from ledgerflow.events.webhooks.errors import WebhookAddressRefused, WebhookUrlRefused
from ledgerflow.events.webhooks.sending.addresses import Target, check_addresses, read_url
from ledgerflow.reading_settings import networks_from

pytestmark = pytest.mark.pure

PUBLIC = [
    "8.8.8.8", "1.1.1.1", "193.0.6.139", "2606:4700::1111", "2a00:1450:4001:80b::200e", "64:ff9b::8.8.8.8",
    "::ffff:8.8.8.8",
]  # fmt: skip
INSIDE = [
    "0.0.0.0",  # noqa: S104 - refused, not bound
    "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::",
    "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1",
]  # fmt: skip
NO_ADDRESS = [
    "",
    "localhost",
    "127.1",
    "0x7f000001",
    "2130706433",
    "010.0.0.1",
    "8.8.8.8%eth0",
    "8.8.8.8 ",
    "8.8.8.8/32",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_is_reached(address: str) -> None:
    check_addresses([address], [])


@pytest.mark.parametrize("address", [*INSIDE, *NO_ADDRESS])
def test_nothing_else_is(address: str) -> None:
    with pytest.raises(WebhookAddressRefused):
        check_addresses([address], [])


def test_one_address_inside_refuses_all_of_them() -> None:
    with pytest.raises(WebhookAddressRefused) as refused:
        check_addresses(["8.8.8.8", "10.0.0.7", "1.1.1.1"], [])
    assert refused.value.data == {"address": "10.0.0.7"}


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "fd00::7"])
def test_a_setting_allows_networks_and_no_more(address: str) -> None:
    allowed = [ip_network("10.1.0.0/16"), ip_network("fd00::/64")]
    check_addresses([address], allowed)
    with pytest.raises(WebhookAddressRefused):
        check_addresses([address, "10.2.0.1"], allowed)


@pytest.mark.parametrize(
    "url, target",
    [
        ("https://example.com", Target("https", "example.com", 443, "/")),
        ("https://Example.COM:8443/hook?a=1&b=%20", Target("https", "example.com", 8443, "/hook?a=1&b=%20")),
        ("HTTPS://example.com.:443/", Target("https", "example.com", 443, "/")),
        ("https://bücher.example/ ".strip(), Target("https", "xn--bcher-kva.example", 443, "/")),
        ("https://[2606:4700::1111]:1/x", Target("https", "2606:4700::1111", 1, "/x")),
        ("https://8.8.8.8/", Target("https", "8.8.8.8", 443, "/")),
        ("https://my_host.internal/", Target("https", "my_host.internal", 443, "/")),
    ],
)
def test_a_url_is_taken_apart(url: str, target: Target) -> None:
    assert read_url(url, allow_http=False) == target
    assert read_url(target.url, allow_http=False) == target, "and what is stored reads the same"


def test_the_header_host_names_the_port_unless_it_is_the_usual_one() -> None:
    found = [
        read_url(url, allow_http=True).authority
        for url in ("https://a.b", "https://a.b:8", "http://[2001:4860::1]:80", "http://a.b:443")
    ]
    assert found == ["a.b", "a.b:8", "[2001:4860::1]", "a.b:443"]


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "//example.com", "http://example.com", "ftp://example.com", "file:///etc/passwd", "gopher://x/",
        "javascript:alert(1)", "https:example.com", "https://", "https:///x", "https://?x", "https://:443/",
        "https://user@example.com/", "https://user:password@example.com/", "https://@example.com/", "https://a@b@c/",
        "https://example.com/#top", "https://example.com#@10.0.0.1/", "https://example.com/#",
        "https://example.com:0/", "https://example.com:65536/", "https://example.com:-1/", "https://example.com:x/",
        "https://example.com\\@10.0.0.1/", "https://example.com/a b", "https://example.com/ä", "https://example.com/\x00",
        "https://exa mple.com/", "https://exam\nple.com/\x7f", "https://example..com/", "https://.example.com/", "https://-a.com/",
        f"https://{'a' * 64}.com/", f"https://{'a.' * 130}com/", f"https://example.com/{'x' * 2048}",
        "https://127.1/", "https://0x7f.0.0.1/", "https://0x7f000001/", "https://2130706433/", "https://010.0.0.1/", "https://1.2.3.256/",
        "https://[::1/", "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[x]/", "https://ex%61mple.com/",
        "https://example.com:443:443/", "\u202ehttps://example.com/", "https://\ud800.com/",
    ],
)  # fmt: skip
def test_a_url_that_is_none_for_a_webhook(url: str) -> None:
    with pytest.raises(WebhookUrlRefused) as refused:
        read_url(url, allow_http=False)
    assert refused.value.pointer == "/url"
    assert isinstance(refused.value, LedgerError)


def test_http_is_for_who_allows_it() -> None:
    assert read_url("http://example.com/x", allow_http=True) == Target("http", "example.com", 80, "/x")


def test_networks_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGERFLOW_EXAMPLE", "10.0.0.0/8, fd00::/8,")
    assert networks_from("LEDGERFLOW_EXAMPLE") == [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
    assert networks_from("LEDGERFLOW_OTHER_EXAMPLE") == []


@pytest.mark.parametrize("text", ["10.0.0.1/8", "inside", "10.0.0.0/33", "10.0.0.0/8 fd00::/8"])
def test_a_network_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LEDGERFLOW_EXAMPLE", text)
    with pytest.raises(ImproperlyConfigured, match="LEDGERFLOW_EXAMPLE must be networks"):
        networks_from("LEDGERFLOW_EXAMPLE")
