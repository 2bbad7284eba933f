"""Every served type keeps every law of the contract, on the sandbox."""

from __future__ import annotations

import pytest

from providers.aws.provider import Aws
from providers.contract.check import LAWS, Example, Subject, cases
from providers.contract.transport import Answer, Rejected
from tests.providers.aws.examples import examples
from tests.providers.aws.world import World, mutates, pause

pytestmark = pytest.mark.sandbox


class Nowhere(World):
    """For names at collection: nothing is sent."""

    def __init__(self) -> None:
        pass


NAMES = [str(example) for example in examples(Nowhere())]


def halve(operation: str, answer: Answer) -> Answer:
    """A page that fails: what a listing may meet half way."""
    return Rejected(code="InternalError", message="half way", status=500)


@pytest.fixture(scope="module")
def subject(world: World) -> Subject:
    return Subject(
        provider=Aws(),
        send=world.send,
        examples=examples(world),
        mutates=mutates,
        pause=pause,
        patience=200,
        halve=halve,
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("law", [law.name for law in LAWS])
def test_law(subject: Subject, name: str, law: str) -> None:
    example: Example = next(item for item in subject.examples if str(item) == name)
    for case in cases([example]):
        if case.law.name == law:
            case.run(subject)
