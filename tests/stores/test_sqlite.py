"""The SQLite file: whose it is, who may read it, and what it says when it cannot do its work."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from engine.stores.sqlite import SqliteStore
from engine.stores.store import Stored, StoreError
from tests.stores.worlds import leased, sqlite_store

FILE = "state/journal.db"


def edit(folder: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(folder / FILE)
    with connection:
        connection.execute(statement, values)
    connection.close()


def filled(folder: Path, count: int = 4) -> list[Stored]:
    store = sqlite_store(folder)
    store.keys("shop")
    lease = leased(store)
    for number in range(count):
        store.append(lease, [b'{"line":"resumed","time":%d}' % number])
    store.release(lease)
    lines = store.lines("shop")
    store.close()
    return lines


def refusal(folder: Path) -> str:
    """What every read and every lease says of a damaged journal: all refuse."""
    store = sqlite_store(folder)
    try:
        with pytest.raises(StoreError) as found:
            store.lines("shop")
        return found.value.diagnostic.summary
    finally:
        store.close()


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    filled(tmp_path)
    folder = tmp_path / "state"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert {path.name for path in folder.iterdir()} == {
        "journal.db",
        "journal.db-journal",
        "journal.db.keys",
        "journal.db.heads",
    }


def test_commits_are_durable(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path)
    assert store.database.connection.execute("PRAGMA journal_mode").fetchone() == ("persist",)
    assert store.database.connection.execute("PRAGMA synchronous").fetchone() == (3,)


def test_a_store_of_another_repository_is_refused(tmp_path: Path) -> None:
    filled(tmp_path)
    with pytest.raises(StoreError, match="written for another repository: 'repo-1', not 'repo-2'"):
        SqliteStore(tmp_path / FILE, repository="repo-2", environment="dev")
    with pytest.raises(StoreError, match="written for another environment: 'dev', not 'live'"):
        SqliteStore(tmp_path / FILE, repository="repo-1", environment="live")


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    filled(tmp_path)
    edit(tmp_path, "PRAGMA user_version=2")
    with pytest.raises(StoreError, match="the store has format 2, and this plumb knows up to 1"):
        sqlite_store(tmp_path)


def test_another_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / FILE).write_text("a letter to a friend, long enough to be one. " * 100)
    with pytest.raises(StoreError, match="the file is no store"):
        sqlite_store(tmp_path)
    (tmp_path / FILE).unlink()
    edit(tmp_path, "CREATE TABLE songs (title TEXT)")
    with pytest.raises(StoreError, match="the file is no store of plumb"):
        sqlite_store(tmp_path)


def test_lost_keys_are_noticed(tmp_path: Path) -> None:
    filled(tmp_path)
    path = tmp_path / "state" / "journal.db.keys"
    content = path.read_text()
    path.unlink()
    with pytest.raises(StoreError, match="the keys of shop are missing"):
        sqlite_store(tmp_path).keys("shop")
    other = sqlite_store(tmp_path / "other")
    other.keys("shop")
    path.write_bytes((tmp_path / "other" / "state" / "journal.db.keys").read_bytes())
    with pytest.raises(StoreError, match="the keys of shop are not its own"):
        sqlite_store(tmp_path).keys("shop")
    path.write_text(content[:40])
    with pytest.raises(StoreError, match="the key file of the store is damaged"):
        sqlite_store(tmp_path).keys("shop")
    path.write_text(content)
    sqlite_store(tmp_path).keys("shop")


FLIPS = ("seq", "epoch", "previous", "hash", "payload")


@pytest.mark.parametrize("column", FLIPS)
def test_every_flipped_byte_of_a_line_is_refused(tmp_path: Path, column: str) -> None:
    lines = filled(tmp_path)
    connection = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    store = sqlite_store(tmp_path)
    flips = 0
    for line in lines:
        value = getattr(line, column)
        for changed in flipped(value):
            connection.execute(f"UPDATE lines SET {column} = ? WHERE seq = ?", (changed, line.seq))
            at = changed if column == "seq" else line.seq
            with pytest.raises(StoreError) as found:
                store.lines("shop")
            assert "the journal of shop" in found.value.diagnostic.summary
            connection.execute(f"UPDATE lines SET {column} = ? WHERE seq = ?", (value, at))
            flips += 1
    connection.close()
    assert store.lines("shop") == lines
    assert flips >= 4 * len(lines)
    store.close()


def flipped(value: object) -> list[object]:
    """The value with each of its bytes changed in turn, and as a value of another type."""
    if isinstance(value, int):
        return [value ^ 1 << bit for bit in range(4, 24)] + [float(value) + 0.5]
    if isinstance(value, bytes):
        return [value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :] for at in range(len(value))] + [value.decode()]
    assert isinstance(value, str)
    return [value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :] for at in range(len(value))] + [value.encode()]


def test_every_flipped_byte_of_the_file_is_refused_or_harmless(tmp_path: Path) -> None:
    """What is read is what was written, or nothing is read."""
    lines = filled(tmp_path, 3)
    path = tmp_path / FILE
    whole = path.read_bytes()
    refused = 0
    with path.open("r+b", buffering=0) as file:
        for at in sorted({*places(whole, lines), *range(0, len(whole), 97)}):
            file.seek(at)
            file.write(bytes([whole[at] ^ 0x10]))
            refused += not reads_the_same(tmp_path, lines)
            file.seek(at)
            file.write(whole[at : at + 1])
    assert reads_the_same(tmp_path, lines)
    assert refused > len(places(whole, lines)) * 0.99


def places(whole: bytes, lines: list[Stored]) -> list[int]:
    """Where the bytes of payloads and hashes lie in the file."""
    found: list[int] = []
    for line in lines[1:]:
        for part in (line.payload, line.hash.encode(), line.previous.encode()):
            start = whole.index(part)
            found.extend(range(start, start + len(part), 5))
    return found


def reads_the_same(folder: Path, lines: list[Stored]) -> bool:
    """False where it was refused; other lines than those that were written fail the test."""
    try:
        store = sqlite_store(folder)
    except StoreError:
        return False
    try:
        assert store.lines("shop") == lines
    except StoreError:
        return False
    finally:
        store.close()
    return True


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM lines WHERE seq = 4",
        "DELETE FROM lines WHERE seq > 2",
        "DELETE FROM lines",
        "DELETE FROM lines WHERE seq = 2",
        "DELETE FROM stacks",
        "UPDATE stacks SET name = 'shoq'",
        "UPDATE stacks SET seq = 3",
        "UPDATE stacks SET seq = 5",
        "UPDATE stacks SET hash = upper(hash)",
        "UPDATE stacks SET seq = 3, hash = (SELECT hash FROM lines WHERE seq = 3)",
        "UPDATE lines SET stack = 7",
    ],
)
def test_a_missing_line_is_noticed(tmp_path: Path, damage: str) -> None:
    filled(tmp_path)
    edit(tmp_path, damage)
    assert "the journal of shop" in refusal(tmp_path)


def test_a_tail_cut_together_with_its_head_is_noticed(tmp_path: Path) -> None:
    filled(tmp_path)
    edit(tmp_path, "DELETE FROM lines WHERE seq = 4")
    edit(tmp_path, "UPDATE stacks SET seq = 3, hash = (SELECT hash FROM lines WHERE seq = 3)")
    assert refusal(tmp_path) == "the journal of shop ends at line 3, but line 4 was written"
    store = sqlite_store(tmp_path)
    with pytest.raises(StoreError, match="ends at line 3"):
        store.head("shop")
    with pytest.raises(StoreError, match="ends at line 3"):
        leased(store)


def test_an_older_copy_of_the_file_is_noticed(tmp_path: Path) -> None:
    filled(tmp_path)
    older = (tmp_path / FILE).read_bytes()
    filled(tmp_path)
    (tmp_path / FILE).write_bytes(older)
    assert refusal(tmp_path) == "the journal of shop ends at line 4, but line 8 was written"


def test_a_file_that_is_gone_is_noticed(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / FILE).unlink()
    assert refusal(tmp_path) == "the journal of shop ends at line 0, but line 4 was written"


def test_a_file_that_is_cut_off_is_noticed(tmp_path: Path) -> None:
    lines = filled(tmp_path, 40)
    whole = (tmp_path / FILE).read_bytes()
    for length in range(4096, len(whole), 4096):
        (tmp_path / FILE).write_bytes(whole[:length])
        assert not reads_the_same(tmp_path, lines)


def test_a_second_place_that_lags_is_true_all_the_same(tmp_path: Path) -> None:
    lines = filled(tmp_path)
    record = tmp_path / "state" / "journal.db.heads" / "shop"
    for content in (f"2 {lines[1].hash}".encode().ljust(127) + b"\n", b"", b"\0" * 128):
        record.write_bytes(content)
        assert reads_the_same(tmp_path, lines)
    for content in (f"2 {lines[2].hash}".encode().ljust(127) + b"\n", b"two", record.read_bytes()[:100] + b"x"):
        record.write_bytes(content)
        assert not reads_the_same(tmp_path, lines)


def test_a_damaged_journal_takes_no_line(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path)
    lease = leased(store)
    store.append(lease, [b"1", b"2"])
    edit(tmp_path, "DELETE FROM lines WHERE seq = 2")
    with pytest.raises(StoreError, match="ends at line 1, but line 2 was written"):
        store.append(lease, [b"3"])


def test_a_full_disk_writes_all_or_nothing(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path)
    lease = leased(store)
    store.append(lease, [b"first"])
    connection = store.database.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(StoreError) as found:
        store.append(lease, [b"x" * 3000] * 50)
    assert found.value.diagnostic.summary == "the disk of the store is full: nothing was written"
    assert not found.value.unknown
    assert [line.payload for line in store.lines("shop")] == [b"first"]
    connection.execute("PRAGMA max_page_count=100000")
    store.append(lease, [b"second"])
    assert [line.payload for line in sqlite_store(tmp_path).lines("shop")] == [b"first", b"second"]


def test_a_file_that_another_holds_is_waited_for_and_then_refused(tmp_path: Path) -> None:
    filled(tmp_path)
    store = sqlite_store(tmp_path, busy=0.05)
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="the store is locked by another process"):
        store.lines("shop")
    with pytest.raises(StoreError, match="the store is locked by another process"):
        leased(store)
    other.execute("ROLLBACK")
    store.append(leased(store), [b"now"])


def test_a_short_hold_is_waited_out(tmp_path: Path) -> None:
    filled(tmp_path)
    store = sqlite_store(tmp_path, busy=30.0)
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    timer = threading.Timer(0.1, lambda: other.execute("ROLLBACK"))
    timer.start()
    store.append(leased(store), [b"now"])
    timer.join()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="the store may not be opened"):
            sqlite_store(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_connection_that_may_only_read_is_said(tmp_path: Path) -> None:
    filled(tmp_path)
    store = sqlite_store(tmp_path)
    store.database.connection.execute("PRAGMA query_only=1")
    assert len(store.lines("shop")) == 4
    with pytest.raises(StoreError, match="the store may only be read"):
        leased(store)


def test_a_place_that_is_no_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(StoreError) as found:
        sqlite_store(tmp_path)
    assert "the store" in found.value.diagnostic.summary
