"""Makes the schema files of `providers/schemas` from the published packages: `python -m tests.schemas.extract`.

The same packages give the same bytes. Facts only (names, kinds, flags, limits); no prose is taken over.
The form of the files is described in providers/schemas/README.md.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "providers" / "schemas"
MAGIC = b"PLUMBSC1"


def compact(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def pack(head: Mapping[str, Any], entries: Mapping[str, Any]) -> bytes:
    """One file: magic, length of the index, the index, then one zlib block for each entry, in order of name.

    The index is `head` with "entries": name -> [offset behind the index, length].
    """
    places: dict[str, list[int]] = {}
    blocks = bytearray()
    for name in sorted(entries):
        block = zlib.compress(compact(entries[name]), 9)
        places[name] = [len(blocks), len(block)]
        blocks += block
    index = zlib.compress(compact({**head, "entries": places}), 9)
    return MAGIC + struct.pack(">I", len(index)) + index + bytes(blocks)


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """The head and the entries of a packed file: what `pack` was given."""
    size = struct.unpack(">I", data[8:12])[0]
    head = json.loads(zlib.decompress(data[12 : 12 + size]))
    places: dict[str, list[int]] = head.pop("entries")
    start = 12 + size
    return head, {
        name: json.loads(zlib.decompress(data[start + offset : start + offset + length]))
        for name, (offset, length) in places.items()
    }


def files() -> dict[str, bytes]:
    from tests.schemas import extract_aws, extract_kubernetes

    return {
        "aws.schemas": pack(*extract_aws.facts()),
        "kubernetes.schemas": pack(*extract_kubernetes.facts()),
    }


def main() -> int:
    for name, data in files().items():
        (FOLDER / name).write_bytes(data)
        sys.stdout.write(f"{name}: {len(data):,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
