"""Where a webhook may go: what its URL looks like, and which addresses are out of reach. Pure.

A URL is anybody's with the scope `manage`, and is called from inside the operator's network: without these rules it
could reach what listens there, such as the service of a cloud that hands out credentials. The name says nothing about
it, so what counts is each address that the name stands for at the moment of the connection.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from ledgerflow.events.webhooks.errors import WebhookAddressRefused, WebhookUrlRefused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

HTTP, HTTPS = "http", "https"
PORTS = {HTTP: 80, HTTPS: 443}
MOST_CHARACTERS = 2048
MOST_OF_HOST = 253
POINTER = "/url"
LENGTH = f"has 1 to {MOST_CHARACTERS} characters"
NO_NAME = "has a host that is no name of the Internet"
_VISIBLE = re.compile(r"[!-~]+", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.ASCII)
# Translated by the network (RFC 6052): the IPv4 address inside is where it really goes.
NAT64 = IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST = IPv6Network("2000::/3")
# What `is_global` of some Python we run on lets pass: the relay of 6to4, 6to4 itself, Teredo, and documentation.
OTHERS: tuple[Network, ...] = (
    *map(IPv4Network, ("192.88.99.0/24", "192.0.0.0/24", "198.18.0.0/15")),
    *map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")),
)


class Target(NamedTuple):
    """A URL in its parts. `host` is ASCII, and an IPv6 address stands without brackets; `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What stands in the header Host: the name, and the port unless it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def read_url(text: str, *, allow_http: bool) -> Target:
    """The parts of a webhook's URL. Raises `WebhookUrlRefused`.

    An international name becomes its ASCII form (IDNA). What is connected to is put together from these parts, so that
    no second reader can take them for something else.
    """
    if not 1 <= len(text) <= MOST_CHARACTERS:
        raise WebhookUrlRefused(pointer=POINTER, fault=LENGTH)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise WebhookUrlRefused(pointer=POINTER, fault="cannot be read") from None
    if parts.scheme not in PORTS or (parts.scheme == HTTP and not allow_http):
        raise WebhookUrlRefused(pointer=POINTER, fault="begins with https://" + (" or http://" if allow_http else ""))
    if "@" in parts.netloc:
        raise WebhookUrlRefused(pointer=POINTER, fault="holds no user name and no password")
    if "#" in text:
        raise WebhookUrlRefused(pointer=POINTER, fault="has no fragment")
    if port == 0:
        raise WebhookUrlRefused(pointer=POINTER, fault="has a port from 1 to 65535")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not _VISIBLE.fullmatch(path) or "\\" in text:
        raise WebhookUrlRefused(
            pointer=POINTER, fault="has a path of visible ASCII characters, others percent-encoded, and no backslash"
        )
    target = Target(parts.scheme, _host(host), port or PORTS[parts.scheme], path)
    if len(target.url) > MOST_CHARACTERS:
        raise WebhookUrlRefused(pointer=POINTER, fault=LENGTH)
    return target


def literal_address(host: str) -> Address | None:
    """The address that a host is already; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def check_addresses(addresses: Iterable[str], allowed: Sequence[Network]) -> None:
    """Raise `WebhookAddressRefused` unless each address is one of the public Internet, or in an allowed network."""
    for text in addresses:
        address = _address(text)
        if address is None or not (_is_public(address) or _is_in(address, allowed)):
            raise WebhookAddressRefused(address=text, pointer="/url")


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = _inside(address)
        if inner is not None:
            return _is_public(inner)
        if address not in GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved and not _is_in(address, OTHERS)


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that one of IPv6 really stands for."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in NAT64 else None


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    inner = _inside(address) if isinstance(address, IPv6Address) else None
    return any(one in network for one in (address, inner) if one is not None for network in networks)


def _address(text: str) -> Address | None:
    """An address without a zone: one with it is of this machine's own links."""
    return None if "%" in text else literal_address(text)


def _host(host: str) -> str:
    if literal_address(host) is not None and "%" not in host:
        return host
    try:
        name = host.removesuffix(".").encode("idna").decode().lower()
    except UnicodeError:
        raise WebhookUrlRefused(pointer=POINTER, fault=NO_NAME) from None
    labels = name.split(".")
    # Other programs read 127.1, 0x7f000001 and 2130706433 as addresses.
    if len(name) > MOST_OF_HOST or not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
        raise WebhookUrlRefused(pointer=POINTER, fault=NO_NAME)
    return name
