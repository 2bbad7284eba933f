"""What people ask of a running controller from another process: a look now, leave for a plan."""

from __future__ import annotations

from collections.abc import Iterable

from engine.stores.store import Store
from gitops import facts
from gitops.facts import ALL, Approval, Request, StackFacts


def reconcile(store: Store, id: str, who: str, stack: str = ALL) -> Request:
    """Asks for a look at the stack, or at all of them. `id` is new for each request."""
    request = Request(id=id, time=store.now(), who=who)
    facts.write(store, facts.request_key(stack), request)
    return request


def answered(store: Store, request: Request, stacks: Iterable[str]) -> bool:
    """True once every one of the stacks was looked at for this request, or after it. False for none."""
    found = [facts.read(store, facts.stack_key(name), StackFacts) for name in stacks]
    return bool(found) and all(
        item is not None and (item.answered == request.id or item.checked_at > request.time) for item in found
    )


def pending(store: Store) -> dict[str, Request]:
    """The last request by stack, ALL among them, answered or not."""
    found = {}
    for key, data in store.notes("reconcile/").items():
        request = facts.decoded(data, Request)
        if request is not None:
            found[key.removeprefix("reconcile/")] = request
    return found


def approve(store: Store, stack: str, digest: str, who: str) -> None:
    """Leave for what the stack has to do, if its digest is this one, whole, when the controller looks next."""
    facts.write(store, facts.approval_key(stack), Approval(digest=digest, time=store.now(), who=who))


def approval(store: Store, stack: str) -> Approval | None:
    return facts.read(store, facts.approval_key(stack), Approval)


def spent(store: Store, stack: str) -> None:
    """The approval has done its work: the same change, come back later, is asked about again."""
    if store.noted(facts.approval_key(stack)) is not None:
        store.note(facts.approval_key(stack), None)
