"""Signed notes against the example that Go's package of them has, and checkpoints as text."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledgerflow.events.checkpoints.notes import (
    NoteRefusedError,
    TreeHead,
    VerifierKey,
    check_name,
    opened,
    signed,
    verifier_of,
)

pytestmark = pytest.mark.pure

# golang.org/x/mod/sumdb/note, documentation of Open and Sign.
KEY = Ed25519PrivateKey.from_private_bytes(b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:])
NAME = "PeterNeumann"
VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
HEAD = TreeHead(
    "ledger.example/main", 42, bytes(range(32)), UUID("0190a000-0000-7000-8000-000000000000"), bytes(32),
    datetime(2026, 3, 2, 12, tzinfo=UTC),
)  # fmt: skip


def test_a_note_is_signed_as_others_sign_it() -> None:
    assert str(verifier_of(NAME, KEY)) == str(verifier_of(NAME, KEY.public_key())) == VERIFIER
    assert signed(TEXT, NAME, KEY) == f"{TEXT}\n{SIGNATURE}"
    assert opened(f"{TEXT}\n{SIGNATURE}", [verifier_of(NAME, KEY)]) == TEXT


def test_the_text_ends_at_the_last_empty_line() -> None:
    text = "One.\n\nTwo.\n"
    assert opened(signed(text, NAME, KEY), [verifier_of(NAME, KEY)]) == text


def test_signatures_of_others_are_passed_over() -> None:
    other = signed(TEXT, "witness.example", OTHER).removeprefix(f"{TEXT}\n")
    wrong = "— PeterNeumann AAAAAAA=\n"  # of the name, and of another id
    note = f"{TEXT}\n{other}{wrong}{SIGNATURE}"
    assert opened(note, [verifier_of(NAME, KEY)]) == opened(note, [verifier_of("witness.example", OTHER)]) == TEXT


@pytest.mark.parametrize(
    "note, why",
    [
        ("", "no signed note"),
        (TEXT, "no signed note"),
        (f"{TEXT}{SIGNATURE}", "no signed note"),
        (f"{TEXT}\n{SIGNATURE}".removesuffix("\n"), "no signed note"),
        (f"{TEXT}\n{SIGNATURE.replace('—', '-')}", "no signed note"),
        (f"{TEXT}\n{SIGNATURE.replace('=', '')}", "no signed note"),
        (f"a tab\t\n\n{SIGNATURE}", "no signed note"),
        (f"{TEXT * 200}\n{SIGNATURE}", "no signed note"),
        (f"{TEXT}\n{SIGNATURE.replace('PeterNeumann', 'PaulNeumann')}", "No key that is known"),
        (f"{TEXT}\n— PeterNeumann AAAA\n", "No key that is known"),
        (f"{TEXT.replace('is', 'was')}\n{SIGNATURE}", "is wrong"),
        (f"{TEXT}\n{SIGNATURE.replace('o/ZJ', 'o/ZK')}", "is wrong"),
        (f"{TEXT}\n— PeterNeumann x08gow==\n", "is wrong"),
    ],
)
def test_what_is_not_signed_is_refused(note: str, why: str) -> None:
    with pytest.raises(NoteRefusedError, match=why):
        opened(note, [verifier_of(NAME, KEY), VerifierKey("somebody", bytes(32))])


@pytest.mark.parametrize("name", ["", "two words", "tab\t", "a+b", "no\u00a0break", "line\n", "zero\u200bwidth"])
def test_names_that_no_key_may_have(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        check_name(name)
    with pytest.raises(ValueError, match="cannot be the name"):
        signed(TEXT, name, KEY)


def test_a_checkpoint_as_text() -> None:
    text = HEAD.text()
    assert text == (
        "ledger.example/main\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
        "entity 0190a000-0000-7000-8000-000000000000\n"
        f"hash {'00' * 32}\ntime 2026-03-02T12:00:00.000000+00:00\n"
    )
    assert TreeHead.read(text) == HEAD


@pytest.mark.parametrize(
    "old, new",
    [
        ("\n42\n", "\n042\n"),
        ("\n42\n", "\n0\n"),
        ("\n42\n", "\n-1\n"),
        ("\n42\n", "\n\u0664\u0662\n"),
        ("\n42\n", "\nmany\n"),
        ("\n42\n", "\n"),
        ("AAEC", "AAE"),
        ("AAEC", "AA!C"),
        ("dHh8=\n", "\n"),
        ("hash 00", "hash "),
        ("hash 00", "hush 00"),
        ("entity 0190", "entity x190"),
        ("entity 0190a000-", "entity 0190a000"),
        ("+00:00", ""),
        ("12:00", "25:00"),
        ("time ", ""),
        ("+00:00\n", "+00:00\nmore\n"),
        ("+00:00\n", "+00:00"),
    ],
)
def test_what_is_no_checkpoint_is_refused(old: str, new: str) -> None:
    text = HEAD.text()
    assert old in text
    with pytest.raises(NoteRefusedError, match="no checkpoint"):
        TreeHead.read(text.replace(old, new))
