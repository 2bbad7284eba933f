"""Any order of takes, appends, renewals, ends and deaths keeps the chain and the law of leases, on both stores."""

from __future__ import annotations

import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.stores import chain, leasing
from engine.stores.check_subject import holder
from engine.stores.store import Held, Holder, Lease, LeaseLost, Store
from tests.stores.worlds import memory_subject, sqlite_subject

ADDRESSES = ("shop.", "shop.a", "shop.a[x]", "shop.b", "shop.web/", "shop.web/Service/default/api")
sets = st.lists(st.sampled_from(ADDRESSES), max_size=2, unique=True).map(tuple)


class Interleaving(RuleBasedStateMachine):
    """The model: leases by epoch, who is dead, and the payloads that were acknowledged."""

    @initialize(sqlite=st.booleans(), folder=st.builds(tempfile.TemporaryDirectory))
    def start(self, sqlite: bool, folder: tempfile.TemporaryDirectory[str]) -> None:
        self.folder = folder
        self.subject = sqlite_subject(Path(folder.name)) if sqlite else memory_subject()
        self.stores: list[Store] = [self.subject.open(), self.subject.open()]
        self.taken: list[Lease] = []
        self.until: dict[int, float] = {}
        self.dead: set[Holder] = set()
        self.written: list[tuple[int, bytes]] = []
        self.epoch = 0

    def teardown(self) -> None:
        for store in getattr(self, "stores", ()):
            store.close()
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def live(self) -> list[Lease]:
        now = self.stores[0].now()
        return [lease for lease in self.taken if self.until.get(lease.epoch, 0.0) > now and lease.holder not in self.dead]

    def may_write(self, lease: Lease) -> bool:
        """A dead holder's lease is gone only once somebody took over; nobody appends under it here."""
        return self.until.get(lease.epoch, 0.0) > self.stores[0].now()

    @rule(which=st.integers(0, 1), write=sets, read=sets, who=st.sampled_from("abc"), length=st.sampled_from((5.0, 60.0)))
    def acquire(self, which: int, write: tuple[str, ...], read: tuple[str, ...], who: str, length: float) -> None:
        expected = [lease.epoch for lease in self.live() if leasing.conflict(lease, write, read)]
        found = self.stores[which].acquire("shop", write, read, holder(f"{who}{len(self.taken)}"), length)
        if isinstance(found, Held):
            assert [lease.epoch for lease in found.by] == expected
            return
        assert expected == []
        assert found.epoch > self.epoch
        for lease in self.taken:
            if lease.holder in self.dead:
                self.until.pop(lease.epoch, None)
        self.epoch = found.epoch
        self.taken.append(found)
        self.until[found.epoch] = found.until

    @rule(which=st.integers(0, 1), choice=st.integers(0, 99), count=st.integers(1, 3))
    def append(self, which: int, choice: int, count: int) -> None:
        if not self.taken:
            return
        lease = self.taken[choice % len(self.taken)]
        payloads = [b"%d" % (len(self.written) + number) for number in range(count)]
        expected = self.may_write(lease)
        try:
            head = self.stores[which].append(lease, payloads)
        except LeaseLost:
            assert not expected
            return
        assert expected
        self.written.extend((lease.epoch, payload) for payload in payloads)
        assert head.seq == len(self.written)

    @rule(which=st.integers(0, 1), choice=st.integers(0, 99))
    def renew(self, which: int, choice: int) -> None:
        if not self.taken:
            return
        lease = self.taken[choice % len(self.taken)]
        expected = self.may_write(lease)
        try:
            renewed = self.stores[which].renew(lease, 60.0)
        except LeaseLost:
            assert not expected
            return
        assert expected
        self.until[lease.epoch] = renewed.until

    @rule(which=st.integers(0, 1), choice=st.integers(0, 99))
    def release(self, which: int, choice: int) -> None:
        if self.taken:
            lease = self.taken[choice % len(self.taken)]
            self.stores[which].release(lease)
            self.until.pop(lease.epoch, None)

    @rule(seconds=st.sampled_from((1.0, 4.0, 30.0, 60.0)))
    def wait(self, seconds: float) -> None:
        self.subject.advance(seconds)

    @rule(choice=st.integers(0, 99))
    def die(self, choice: int) -> None:
        if self.taken:
            victim = self.taken[choice % len(self.taken)].holder
            self.dead.add(victim)
            self.subject.bury(victim)

    @rule(which=st.integers(0, 1))
    def reopen(self, which: int) -> None:
        self.stores[which].close()
        self.stores[which] = self.subject.open()

    @invariant()
    def the_chain_holds(self) -> None:
        if not hasattr(self, "stores"):
            return
        for store in self.stores:
            lines = store.lines("shop")
            assert [(line.epoch, line.payload) for line in lines] == self.written
            chain.verify("shop", lines, chain.START, store.head("shop"))
            assert [lease.epoch for lease in store.leases("shop")] == [lease.epoch for lease in self.live()]


Interleaving.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestInterleaving = Interleaving.TestCase
