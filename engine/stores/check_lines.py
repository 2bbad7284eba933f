"""Laws of lines, keys and notes."""

from __future__ import annotations

import threading
from contextlib import suppress

from engine.journal import GENESIS, chain
from engine.stores.check_subject import STACK, Trial
from engine.stores.store import Head, Store, Stored


def _fill(trial: Trial, store: Store, count: int, stack: str = STACK) -> Head:
    lease = trial.lease(store, stack=stack)
    head = store.append(lease, [b"line %d" % number for number in range(1, count + 1)])
    store.release(lease)
    return head


def _check_chain(trial: Trial, lines: list[Stored]) -> None:
    previous = GENESIS
    for number, line in enumerate(lines, 1):
        trial.expect(line.seq == number, f"line {number} says it is line {line.seq}")
        trial.expect(line.previous == previous, f"line {number} does not carry the hash of the one before")
        expected = chain(previous, number, line.epoch, line.payload)
        trial.expect(line.hash == expected, f"line {number} has another hash than its content gives")
        previous = line.hash


def a_new_store_is_empty(trial: Trial) -> None:
    store = trial.store()
    trial.expect(store.stacks() == [], "it has stacks")
    trial.expect(store.head(STACK) == Head(seq=0, hash=GENESIS), "it has a head")
    trial.expect(store.lines(STACK) == [] and store.leases(STACK) == [], "it has lines or leases")
    trial.expect(store.fresh, "it does not say that it was made just now")
    trial.expect(not trial.store().fresh, "opened a second time, it says that it was made just now")


def lines_come_back_as_a_chain(trial: Trial) -> None:
    store = trial.store()
    lease = trial.lease(store)
    trial.expect(store.append(lease, []) == Head(seq=0, hash=GENESIS), "no lines have a head")
    first = store.append(lease, [b"one"])
    second = store.append(lease, [b"two", b"three"])
    lines = store.lines(STACK)
    trial.expect([line.payload for line in lines] == [b"one", b"two", b"three"], "other lines came back")
    _check_chain(trial, lines)
    trial.expect(first == Head(seq=1, hash=lines[0].hash), "the first append gave another head")
    trial.expect(second == Head(seq=3, hash=lines[2].hash) == store.head(STACK), "the second append gave another head")


def lines_outlive_the_process(trial: Trial) -> None:
    store = trial.store()
    head = _fill(trial, store, 5)
    other = trial.store()
    trial.expect(other.head(STACK) == head and other.lines(STACK) == store.lines(STACK), "seen from elsewhere it differs")
    store.close()
    trial.expect(trial.store().head(STACK) == head, "it is gone with its store")


def lines_are_read_from_any_one_on(trial: Trial) -> None:
    store = trial.store()
    _fill(trial, store, 5)
    lines = store.lines(STACK)
    for after in range(6):
        trial.expect(store.lines(STACK, after) == lines[after:], f"after line {after} others come")


def what_was_read_cannot_vanish(trial: Trial) -> None:
    store = trial.store()
    _fill(trial, store, 5)
    with trial.refused("lines after one that is not there"):
        store.lines(STACK, 6)


def any_bytes_are_a_line(trial: Trial) -> None:
    store = trial.store()
    payloads = [b"", b"\0", bytes(range(256)), "ü".encode(), b"x" * 1_000_000]
    store.append(trial.lease(store), payloads)
    trial.expect([line.payload for line in store.lines(STACK)] == payloads, "the bytes changed")


def stacks_are_apart(trial: Trial) -> None:
    store = trial.store()
    _fill(trial, store, 2, "shop")
    _fill(trial, store, 3, "billing")
    trial.lease(store, stack="empty")
    trial.expect(store.stacks() == ["billing", "shop"], f"the stacks are {store.stacks()}")
    trial.expect((store.head("shop").seq, store.head("billing").seq) == (2, 3), "the heads are mixed up")
    _check_chain(trial, store.lines("shop"))
    _check_chain(trial, store.lines("billing"))
    lease = trial.lease(store, stack="shop", who="two")
    trial.lease(store, stack="billing", who="three")
    trial.expect([item.epoch for item in store.leases("shop")] == [lease.epoch], "the leases are mixed up")


def threads_make_one_chain(trial: Trial) -> None:
    stores = [trial.store(), trial.store()]
    leases = [trial.lease(stores[number % 2], f"shop.r{number}", who=f"thread {number}") for number in range(4)]

    def write(number: int) -> None:
        for count in range(10):
            stores[number % 2].append(leases[number], [b"%d %d a" % (number, count), b"%d %d b" % (number, count)])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = stores[0].lines(STACK)
    _check_chain(trial, lines)
    payloads = [line.payload for line in lines]
    trial.expect(len(payloads) == 80, f"80 lines were written, {len(payloads)} are there")
    for first, second in zip(payloads[::2], payloads[1::2], strict=True):
        trial.expect(first[:-1] == second[:-1], "lines of one append are torn apart")


def keys_are_minted_once(trial: Trial) -> None:
    store = trial.store()
    keys = store.keys(STACK)
    trial.expect(store.keys(STACK) == keys == trial.store().keys(STACK), "a second look gives other keys")
    other = store.keys("billing")
    trial.expect(other.uid != keys.uid and other.identity_key != keys.identity_key, "two stacks have the same keys")
    lengths = (len(keys.identity_key), len(keys.data_key))
    trial.expect(bool(keys.uid) and lengths == (32, 32), f"the keys have lengths of {lengths}")
    trial.expect(keys.identity_key != keys.data_key, "the identity key is the data key")


def keys_are_not_shown(trial: Trial) -> None:
    keys = trial.store().keys(STACK)
    shown = repr(keys)
    trial.expect(repr(keys.identity_key) not in shown and repr(keys.data_key) not in shown, "repr() shows a key")


def the_last_note_wins(trial: Trial) -> None:
    store = trial.store()
    trial.expect(store.noted("loop.a") is None and store.notes() == {}, "something is noted")
    store.note("loop.a", b"one")
    store.note("loop.a", b"two \xff")
    store.note("loop.b", b"")
    store.note("other", b"three")
    other = trial.store()
    trial.expect(other.noted("loop.a") == b"two \xff", "the last note did not win")
    trial.expect(other.notes("loop.") == {"loop.a": b"two \xff", "loop.b": b""}, "other notes are there")
    other.note("loop.a", None)
    other.note("loop.a", None)
    trial.expect(store.noted("loop.a") is None and list(store.notes()) == ["loop.b", "other"], "a note did not go")
    trial.expect(store.stacks() == [], "a note made a stack")


def no_name_is_refused(trial: Trial) -> None:
    store = trial.store()
    for name in ("", "../shop", "a/b", "Shop", "shop\n", "1shop"):
        with suppress(ValueError):
            store.keys(name)
            trial.fail(f"{name!r} was taken for a stack")


def a_closed_store_refuses(trial: Trial) -> None:
    store = trial.store()
    lease = trial.lease(store)
    store.close()
    store.close()
    with trial.refused("an append to a closed store"):
        store.append(lease, [b"late"])
    with trial.refused("a read of a closed store"):
        store.lines(STACK)
