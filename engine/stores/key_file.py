"""The keys of all stacks of one store, in a file beside it that only its owner may read."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from engine.stores import problems
from engine.stores.store import StackKeys, StoreError

Mint = Callable[[int], bytes]
FORMAT = 1
UID_BYTES = 10
KEY_BYTES = 32


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    uid: str
    identity_key: str
    data_key: str


class _Keys(msgspec.Struct, frozen=True, kw_only=True):
    format: int = FORMAT
    stacks: dict[str, _Entry] = {}


def mint_keys(mint: Mint) -> StackKeys:
    return StackKeys(uid=mint(UID_BYTES).hex(), identity_key=mint(KEY_BYTES), data_key=mint(KEY_BYTES))


def fingerprint(keys: StackKeys) -> str:
    """Tells keys apart without telling them."""
    return hashlib.sha256(b"plumb|" + keys.uid.encode() + b"|" + keys.identity_key).hexdigest()[:16]


class KeyFile:
    """Whoever calls `put` holds a lock that no other process has: the file is written whole."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, stack: str) -> StackKeys | None:
        """Raises StoreError where the file cannot be understood."""
        entry = self._read().stacks.get(stack)
        if entry is None:
            return None
        try:
            return StackKeys(
                uid=entry.uid,
                identity_key=base64.b64decode(entry.identity_key, validate=True),
                data_key=base64.b64decode(entry.data_key, validate=True),
            )
        except binascii.Error as error:
            raise self._damaged() from error

    def put(self, stack: str, keys: StackKeys) -> None:
        """Durable when it returns."""
        entry = _Entry(
            uid=keys.uid,
            identity_key=base64.b64encode(keys.identity_key).decode(),
            data_key=base64.b64encode(keys.data_key).decode(),
        )
        content = _Keys(stacks={**self._read().stacks, stack: entry})
        try:
            self._replace(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
        except OSError as error:
            raise problems.of_disk(error, str(self.path)) from error

    def _read(self) -> _Keys:
        try:
            found = msgspec.json.decode(self.path.read_bytes(), type=_Keys)
        except FileNotFoundError:
            return _Keys()
        except OSError as error:
            raise problems.of_disk(error, str(self.path)) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._damaged() from error
        if found.format > FORMAT:
            raise problems.refused(problems.NEWER, "the key file was written by a newer plumb", detail=str(self.path))
        return found

    def _replace(self, content: bytes) -> None:
        beside = self.path.with_name(self.path.name + ".new")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(handle, content)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(beside, self.path)
        sync_folder(self.path.parent)

    def _damaged(self) -> StoreError:
        help = "put back an intact copy: without these keys what was made cannot be told from what others made"
        return problems.refused(problems.KEYS, "the key file of the store is damaged", help, detail=str(self.path))


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
