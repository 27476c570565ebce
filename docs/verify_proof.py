"""Check the proof of a journal offline: `python verify_proof.py PROOF.json VERIFIER_KEY`. Exit code 1 if it is none.

PROOF.json is the answer of GET /api/journals/{id}/proof, VERIFIER_KEY a line of `manage.py checkpoint_key`. Nothing the
server says is believed: hash, path and signature are made again. It needs the package cryptography and no other.
"""

import json
import sys
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from struct import pack
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def need(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise ValueError(otherwise)


def proven(proof: dict[str, Any], verifier_key: str) -> str:
    event, index, size = proof["event"], proof["leaf_index"], proof["tree_size"]
    # 1. The note (c2sp.org/signed-note): a text, an empty line, signatures. The key has the name of the log.
    name, _, key = verifier_key.strip().split("+", 2)
    ours = sha256(f"{name}\n".encode() + b64decode(key)).digest()[:4]
    text, _, tail = proof["checkpoint"].rpartition("\n\n")
    signatures = [b64decode(line.split(" ")[2]) for line in tail.splitlines() if line.split(" ")[1] == name]
    signature = next((one[4:] for one in signatures if one[:4] == ours), b"")
    need(signature != b"", "the checkpoint is not signed by this key")
    Ed25519PublicKey.from_public_bytes(b64decode(key)[1:]).verify(signature, f"{text}\n".encode())
    origin, signed_size, root, *more = text.split("\n")
    signed = dict(line.split(" ", 1) for line in more)
    need((origin, signed_size, signed["entity"]) == (name, str(size), event["entity_id"]), "it is of other books")
    # 2. The hash of the event: over a version, the hash before it and every column, each after its length.
    texts = [event[column].encode() for column in ("type", "subject", "data", "actor", "recorded_at")]
    ids = [UUID(event[column]).bytes for column in ("entity_id", "id")]
    fixed = (32, bytes.fromhex(proof["previous_hash"]), 16, ids[0], 8, event["sequence"], 16, ids[1], *map(len, texts))
    hashed = sha256(b"\x01" + pack(">I32sI16sIQI16s5I", *fixed) + b"".join(texts)).digest()
    need(hashed.hex() == proof["hash"], "the event is not what was hashed")
    need(0 <= index == event["sequence"] - 1 < size, "the event has another place in the log")
    # 3. From the leaf to the root of the tree (RFC 9162 section 2.1.3.2).
    node, at, last = sha256(b"\x00" + hashed).digest(), index, size - 1
    for other in map(b64decode, proof["inclusion_path"]):
        is_right = at & 1 or at == last
        node = sha256(b"\x01" + (other + node if is_right else node + other)).digest()
        while is_right and at and not at & 1:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    need(last == 0 and node == b64decode(root), "the path does not lead to the root that was signed")
    return f"Event {index + 1} of {origin} is one of the {size} events signed on {signed['time']}:\n{event['data']}"


if __name__ == "__main__":
    try:
        print("PROVEN.", proven(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2]))
    except Exception as error:
        sys.exit(f"NOT PROVEN: {str(error) or type(error).__name__}")
