"""What a store says when it refuses: every StoreError is made here, in words for a person."""

from __future__ import annotations

import errno
import sqlite3

from engine.stores.store import Lease, LeaseLost, StoreError
from providers.contract.diagnostic import Diagnostic

LOST = "P0701"
DAMAGED = "P0702"
CUT = "P0703"
FOREIGN = "P0704"
NEWER = "P0705"
KEYS = "P0706"
FULL = "P0707"
LOCKED = "P0708"
READ_ONLY = "P0709"
BROKEN = "P0710"
CLOSED = "P0711"
SEALED = "P0712"


def refused(code: str, summary: str, help: str = "", *, detail: str = "", unknown: bool = False) -> StoreError:
    notes = (("help", help),) if help else ()
    return StoreError(Diagnostic(code=code, summary=summary, detail=detail, notes=notes), unknown=unknown)


def lost(lease: Lease, why: str) -> LeaseLost:
    summary = f"the lease on {lease.stack} (epoch {lease.epoch}) is lost: {why}"
    help = "nothing was written; run it again"
    return LeaseLost(Diagnostic(code=LOST, summary=summary, notes=(("help", help),)))


def damaged(stack: str, seq: int, why: str) -> StoreError:
    return refused(
        DAMAGED,
        f"the journal of {stack} is damaged at line {seq}: {why}",
        "nothing was changed, and nothing will be written; put back an intact copy of the store",
    )


def cut(stack: str, seq: int, known: int, where: str) -> StoreError:
    return refused(
        CUT,
        f"the journal of {stack} ends at line {seq}, but line {known} was written",
        "lines were cut off, or an older copy of the store was put back; put back the newest copy",
        detail=f"{where} holds the later head",
    )


def of_sqlite(error: sqlite3.Error, path: str, *, committing: bool = False) -> StoreError:
    """`committing`: the error came out of COMMIT, after which an I/O error leaves open whether it took place."""
    name: str = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return refused(LOCKED, "the store is locked by another process", "try again", detail=path)
    if name.startswith("SQLITE_FULL"):
        return refused(FULL, "the disk of the store is full: nothing was written", "make room", detail=path)
    if name.startswith("SQLITE_READONLY"):
        return refused(READ_ONLY, "the store may only be read", "check the rights of the file and its folder", detail=path)
    if name.startswith("SQLITE_CANTOPEN"):
        return refused(BROKEN, "the store cannot be opened", "check the folder and its rights", detail=f"{path}: {error}")
    if name.startswith("SQLITE_NOTADB"):
        return refused(FOREIGN, "the file is no store", "check the path", detail=path)
    if name.startswith("SQLITE_IOERR"):
        summary = "the disk of the store answered with an error"
        return refused(BROKEN, summary, detail=f"{path}: {error} ({name})", unknown=committing)
    help = "nothing was changed; put back an intact copy of the store"
    return refused(DAMAGED, "the file of the store is damaged", help, detail=f"{path}: {error}")


def of_disk(error: OSError, path: str) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return refused(FULL, "the disk of the store is full: nothing was written", "make room", detail=path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return refused(READ_ONLY, "the store may not be opened", "check the rights of the file and its folder", detail=path)
    return refused(BROKEN, "the disk of the store answered with an error", detail=f"{path}: {error.strerror}")
