"""A creation whose answer never came, sent again and refused because the object exists."""

from __future__ import annotations

import pytest

from engine import effects
from engine.applying.settle import Answered, Found, Question, Settlement, settle
from engine.instances import Instance
from engine.tasks import Ask
from engine.transports import NoTransport
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Live
from providers.contract.schema import RecoveryClass
from providers.contract.step import Refused, Step
from providers.memory.provider import MemoryProvider

OWNER = {"plumb.dev/stack": "s1", "plumb.dev/resource": "r1", "plumb.dev/generation": "1"}
THERE = Refused(diagnostic=Diagnostic(code="P0550", summary="it exists"), exists=True)


def settled(found: list[Live], *, tagged: bool) -> Settlement:
    parameters: dict[str, object] = {"Tags": dict(OWNER)} if tagged else {"Key": "k"}
    step = Step(operation="Create", parameters=parameters, recovery=RecoveryClass.NATURAL_KEY, creates=True, identity="k")
    question = Question(
        instance=Instance(key="memory", kind="memory", provider=MemoryProvider(), transport=NoTransport()),
        type="Memory::Key",
        step=step,
        owner=OWNER,
        not_after=10.0,
        since=0.0,
        signature_life=1.0,
        listing_lag=0.0,
    )
    task = settle(question, lambda: 1.0)
    answer: object = None
    try:
        while True:
            wish = task.send(answer)
            assert isinstance(wish, Ask)
            effect = wish.make(1)
            answer = THERE if isinstance(effect, effects.Sending) else found
    except StopIteration as end:
        result: Settlement = end.value
        return result


@pytest.mark.parametrize("tagged", [True, False])
def test_ours_by_its_tags_is_found(tagged: bool) -> None:
    live = Live(identity="k", values={}, owner=dict(OWNER))
    assert settled([live], tagged=tagged) == Found(live=live)


def test_what_can_carry_no_owner_is_found_by_its_key() -> None:
    live = Live(identity="k", values={})
    assert settled([live], tagged=False) == Found(live=live)


@pytest.mark.parametrize("owner", [{}, {**OWNER, "plumb.dev/resource": "other"}])
def test_a_stranger_in_the_way_is_left_alone(owner: dict[str, str]) -> None:
    assert settled([Live(identity="k", values={}, owner=owner)], tagged=True) == Answered(reply=THERE)
