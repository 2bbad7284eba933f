"""Laws of leases: who may write, beside whom, and for how long."""

from __future__ import annotations

from engine.stores.check_subject import STACK, Trial, holder

SIDE_BY_SIDE: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...], bool], ...] = (
    # write, read of the first; write, read of the second; may they live side by side?
    (("shop.a",), (), ("shop.b",), (), True),
    (("shop.a",), (), ("shop.a",), (), False),
    (("shop.",), (), ("shop.a",), (), False),
    (("shop.a",), (), ("shop.",), (), False),
    (("shop.web/",), (), ("shop.web/Service/default/api",), (), False),
    (("shop.web",), (), ("shop.web/Service/default/api",), (), False),
    (("shop.web",), (), ("shop.web[eu]",), (), False),
    (("shop.web",), (), ("shop.web2",), (), True),
    (("shop.web.db",), (), ("shop.web",), (), False),
    (("shop.web[eu]",), (), ("shop.web[us]",), (), True),
    (("shop.a",), ("shop.c",), ("shop.b",), ("shop.c",), True),
    (("shop.a",), ("shop.b",), ("shop.b",), (), False),
    (("shop.a",), (), ("shop.b",), ("shop.a",), False),
    (("shop.a",), ("shop.web/",), ("shop.web/Service/default/api",), (), False),
    (("shop.a", "shop.b"), (), ("shop.c", "shop.b"), (), False),
    ((), ("shop.",), (), ("shop.",), True),
    ((), ("shop.",), ("shop.a",), (), False),
)


def nothing_without_a_lease(trial: Trial) -> None:
    store = trial.store()
    lease = trial.lease(store)
    store.release(lease)
    with trial.refused("an append under a released lease", lost=True):
        store.append(lease, [b"late"])
    with trial.refused("an empty append under a released lease", lost=True):
        store.append(lease, [])
    trial.expect(store.lines(STACK) == [], "and yet there is a line")


def an_expired_lease_writes_nothing(trial: Trial) -> None:
    store = trial.store()
    lease = trial.lease(store)
    trial.subject.advance(59.0)
    store.append(lease, [b"in time"])
    trial.subject.advance(1.0)
    with trial.refused("an append at the end of the lease", lost=True):
        store.append(lease, [b"late"])
    with trial.refused("a renewal at the end of the lease", lost=True):
        store.renew(lease, 60.0)
    trial.expect([line.payload for line in store.lines(STACK)] == [b"in time"], "the late line is there")
    trial.expect(store.leases(STACK) == [], "it is still listed as live")


def a_renewed_lease_lives_on(trial: Trial) -> None:
    store = trial.store()
    first = lease = trial.lease(store)
    for _ in range(5):
        trial.subject.advance(45.0)
        lease = store.renew(lease, 60.0)
        store.append(lease, [b"alive"])
    trial.expect(lease.epoch == first.epoch and lease.until == store.now() + 60.0, "the renewed lease is another one")
    trial.expect(store.leases(STACK) == [lease], "the renewed lease is not the live one")
    store.append(first, [b"the same lease, known by its epoch"])
    trial.expect(store.head(STACK).seq == 6, "a line is missing")


def a_renewal_never_shortens(trial: Trial) -> None:
    store = trial.store()
    lease = trial.lease(store)
    trial.expect(store.renew(lease, 1.0).until == lease.until, "it ends earlier than before")


def a_released_lease_is_gone(trial: Trial) -> None:
    store = trial.store()
    lease = trial.lease(store)
    store.release(lease)
    store.release(lease)
    trial.expect(store.leases(STACK) == [], "it is still there")
    again = trial.lease(store, who="two")
    store.release(lease)
    trial.expect(store.leases(STACK) == [again], "giving back an old lease took the new one")


def side_by_side(trial: Trial) -> None:
    store, other = trial.store(), trial.store()
    for write, read, write2, read2, apart in SIDE_BY_SIDE:
        lease = trial.lease(store, *write, read=read) if write else None
        if lease is None:
            found = store.acquire(STACK, write, read, holder(), 60.0)
            trial.expect(not hasattr(found, "by"), f"{read} is held")
            lease = store.leases(STACK)[0]
        held = trial.held(other, *write2, read=read2)
        said = f"writing {write} reading {read}, then writing {write2} reading {read2}"
        trial.expect((held is None) == apart, f"{said}: {'held' if held else 'given'}")
        trial.expect(held is None or held.by == (lease,), f"{said}: it does not say by whom it is held")
        store.release(lease)


def epochs_rise(trial: Trial) -> None:
    store = trial.store()
    seen = 0
    for turn in range(6):
        lease = trial.lease(store, who=f"turn {turn}")
        trial.expect(lease.epoch > seen, f"epoch {lease.epoch} comes after {seen}")
        seen = lease.epoch
        if turn % 3 == 0:
            store.release(lease)
        elif turn % 3 == 1:
            trial.subject.advance(60.0)
        else:
            trial.subject.bury(lease.holder)
        store = trial.store()


def an_expired_lease_is_taken_over(trial: Trial) -> None:
    store, other = trial.store(), trial.store()
    old = trial.lease(store)
    trial.expect(trial.held(other, "shop.a") is not None, "it was taken over while it was live")
    trial.subject.advance(60.0)
    new = trial.lease(other, "shop.a", who="two")
    with trial.refused("an append under the old lease", lost=True):
        store.append(old, [b"late"])
    with trial.refused("a renewal of the old lease", lost=True):
        store.renew(old, 60.0)
    other.append(new, [b"new"])
    trial.expect([line.payload for line in store.lines(STACK)] == [b"new"], "the journal holds other lines")


def a_dead_holder_is_taken_over(trial: Trial) -> None:
    store, other = trial.store(), trial.store()
    old = trial.lease(store, who="dead")
    trial.subject.bury(old.holder)
    trial.expect(store.leases(STACK) == [], "a dead holder's lease is listed as live")
    new = trial.lease(other, who="two")
    trial.expect(new.epoch > old.epoch, "the epoch did not rise")
    with trial.refused("an append under the dead holder's lease", lost=True):
        store.append(old, [b"late"])


def lines_carry_their_epoch(trial: Trial) -> None:
    store, other = trial.store(), trial.store()
    one, two = trial.lease(store, "shop.a"), trial.lease(other, "shop.b", who="two")
    store.append(one, [b"1"])
    other.append(two, [b"2"])
    store.append(one, [b"3"])
    epochs = [line.epoch for line in store.lines(STACK)]
    trial.expect(epochs == [one.epoch, two.epoch, one.epoch], f"the epochs are {epochs}")


def a_lease_says_who_holds_it(trial: Trial) -> None:
    store = trial.store()
    lease = trial.lease(store, "shop.a", "shop.b", read=("shop.c",), who="alice", length=30.0)
    seen = trial.store().leases(STACK)
    trial.expect(seen == [lease], f"the live leases are {seen}")
    trial.expect(lease.holder == holder("alice") and lease.until == store.now() + 30.0, "it says something else")
    trial.expect((lease.write, lease.read) == (("shop.a", "shop.b"), ("shop.c",)), "its sets are others")
