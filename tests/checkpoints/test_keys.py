"""The key that signs: made once, never replaced by itself, and what it signed before it was replaced stays valid."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_django import Settings

from ledgerflow.events.checkpoints import keys
from ledgerflow.events.checkpoints.errors import CheckpointKeyUnusable
from ledgerflow.events.checkpoints.files import write_once
from ledgerflow.events.checkpoints.keys import create_key, replace_key, signing_key, verifier_keys
from ledgerflow.events.checkpoints.notes import opened, signed

PEM = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
PUBLIC_PEM = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
OTHER = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def file(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the key of a new server lies, which has signed nothing."""
    settings.LEDGERFLOW_CHECKPOINT_KEY_FILE = tmp_path / "home" / "checkpoint.key"
    settings.LEDGERFLOW_CHECKPOINT_KEY_IS_MADE = True
    monkeypatch.setattr(keys, "has_signed", lambda: False)
    return Path(settings.LEDGERFLOW_CHECKPOINT_KEY_FILE)


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def test_the_key_is_made_when_it_is_first_needed(file: Path) -> None:
    assert verifier_keys("a/b") == []
    first = signing_key()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert public(signing_key()) == public(first)
    assert [(key.name, key.public) for key in verifier_keys("a/b")] == [("a/b", public(first))]
    assert not create_key()
    assert public(signing_key()) == public(first)


def test_two_that_make_it_at_once_have_the_same(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one is faster, after we saw no file."""
    link = os.link

    def late(*given: str) -> None:
        monkeypatch.setattr(os, "link", link)
        create_key()
        link(*given)

    monkeypatch.setattr(os, "link", late)
    found = signing_key()
    assert public(signing_key()) == public(found)
    assert [path.name for path in file.parent.iterdir()] == ["checkpoint.key"]


def test_a_key_that_has_signed_is_not_replaced_by_itself(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signing_key()
    file.unlink()
    monkeypatch.setattr(keys, "has_signed", lambda: True)
    with pytest.raises(CheckpointKeyUnusable, match="file is missing, and none is made"):
        signing_key()
    assert not file.exists()


def test_in_a_place_that_was_named_it_is_made_by_hand(file: Path, settings: Settings) -> None:
    settings.LEDGERFLOW_CHECKPOINT_KEY_IS_MADE = False
    with pytest.raises(CheckpointKeyUnusable, match="--create"):
        signing_key()
    assert create_key()
    signing_key()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no key",
        b"\xff" * 100,
        OTHER.private_bytes(*PEM, serialization.NoEncryption()),
        Ed25519PrivateKey.generate().private_bytes(*PEM, serialization.BestAvailableEncryption(b"a password")),
    ],
    ids=["empty", "words", "bytes", "another sort of key", "a password"],
)
def test_what_is_no_key_of_ours(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(CheckpointKeyUnusable, match="no Ed25519 key in PEM"):
        signing_key()
    assert file.read_bytes() == content


def test_what_cannot_be_read_or_written(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(CheckpointKeyUnusable, match="directory"):
        signing_key()
    file.rmdir()
    file.parent.rmdir()
    file.parent.write_text("no folder")
    for use in (signing_key, create_key):
        with pytest.raises(CheckpointKeyUnusable):
            use()


def test_what_a_replaced_key_has_signed_stays_valid(file: Path) -> None:
    notes = []
    for number in range(3):
        notes.append(signed(f"note {number}\n", "a/b", signing_key()))
        if number < 2:
            replace_key()
    known = verifier_keys("a/b")
    assert len({key.public for key in known}) == 3
    assert known[0].public == public(signing_key())
    for note in notes:
        opened(note, known)
    assert b"PRIVATE" not in b"".join(path.read_bytes() for path in file.parent.glob("*.pub"))
    assert [path.suffix for path in sorted(file.parent.iterdir())] == [".key", ".pub", ".pub"]


def test_replacing_that_was_cut_off_is_done_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it leaves behind is the old key twice: signing goes on with it."""
    before = public(signing_key())

    def full(*_given: object) -> None:
        raise OSError(28, "No space")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(CheckpointKeyUnusable, match="No space"):
            replace_key()
    assert public(signing_key()) == before
    replace_key()
    assert public(signing_key()) != before
    assert {key.public for key in verifier_keys("a/b")[1:]} == {before}


@pytest.mark.parametrize("content", [b"no key", OTHER.public_key().public_bytes(*PUBLIC_PEM)], ids=["words", "another"])
def test_a_retired_key_that_is_none_is_told(file: Path, content: bytes) -> None:
    signing_key()
    (file.parent / "checkpoint.key.20260101.pub").write_bytes(content)
    with pytest.raises(CheckpointKeyUnusable, match=r"checkpoint\.key\.20260101\.pub"):
        verifier_keys("a/b")


def test_a_file_that_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert write_once(path, b"first", 0o444)
    assert not write_once(path, b"second", 0o444)
    assert path.read_bytes() == b"first"
    assert stat.S_IMODE(path.stat().st_mode) & 0o222 == 0
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError, match="No such file"):
        write_once(tmp_path / "nowhere" / "file", b"", 0o444)
