"""The laws of answers: what proves nothing is never taken for a proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.contract.check_trial import Trial
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Live, Target, Unreadable
from providers.contract.proposal import Action
from providers.contract.step import Done, NoEffect, Preparation, Refused, Step, StepReply, Unanswered
from providers.contract.transport import Answer, Lost, Rejected, Send

DENIED = Rejected(code="AccessDenied", message="you may not", status=403)
USELESS: dict[str, Answer] = {
    "a lost answer": Lost(reason="the connection broke"),
    "a request that was not sent": Lost(reason="connection refused", sent=False),
    "a refusal of access": DENIED,
    "an internal error": Rejected(code="InternalError", message="ours", status=500),
    "an expired credential": Rejected(code="ExpiredToken", message="expired", status=401),
}


def useless_answers_prove_nothing(trial: Trial) -> None:
    """`read` says Unreadable, `list`, `find` and `whoami` give a diagnostic."""
    inputs = trial.inputs()
    live = trial.create(inputs)
    for what, answer in USELESS.items():
        _expect_nothing(trial, what, _always(answer), live)


def half_an_answer_proves_nothing(trial: Trial) -> None:
    halve = trial.subject.halve
    if halve is None:
        trial.fail("the subject cannot halve an answer")
    live = trial.create(trial.inputs())

    def half(operation: str, parameters: Mapping[str, Any]) -> Answer:
        return halve(operation, trial.reading(operation, parameters))

    _expect_nothing(trial, "half an answer", half, live)


def replies_are_classified(trial: Trial) -> None:
    for step in _steps(trial):
        name = step.note or step.operation
        _expect_reply(trial, name, step, Lost(reason="the connection broke"), Unanswered)
        _expect_reply(trial, name, step, Lost(reason="connection refused", sent=False), NoEffect)
        _expect_reply(trial, name, step, DENIED, Refused)
        slow = Rejected(code="Throttling", message="slow down", status=429, retry_after=7.0)
        reply = _expect_reply(trial, name, step, slow, NoEffect)
        trial.expect(isinstance(reply, NoEffect) and reply.retry_after == 7.0, f"{name}: the waiting time was lost: {reply}")


def one_step_is_one_request(trial: Trial) -> None:
    """Whatever is answered, it is sent once, and it mutates."""
    answers: list[Answer] = [*USELESS.values(), Rejected(code="Throttling", message="slow down", status=429, retry_after=1.0)]
    for step in _steps(trial):
        for answer in answers:
            sent: list[tuple[str, Mapping[str, Any]]] = []
            trial.subject.provider.send_step(step, _counting(sent, answer))
            trial.expect(len(sent) == 1, f"{step.note or step.operation} sent {len(sent)} requests")
            operation, parameters = sent[0]
            trial.expect(trial.subject.mutates(operation, parameters), f"the step's {operation} changes nothing")
            trial.expect(operation == step.operation, f"the step says {step.operation}, sent was {operation}")


def readers_change_nothing(trial: Trial) -> None:
    """Every verb of a reader, once; the door they are given fails the law by itself."""
    provider, type = trial.subject.provider, trial.example.type
    inputs = trial.inputs()
    maker = next(step for step in trial.create_steps(inputs) if step.creates)
    trial.propose(inputs)
    live = trial.create(inputs)
    trial.read(type, live.identity, inputs)
    trial.propose(inputs, recorded=inputs, live=live)
    for build in (trial.example.changed, trial.example.replacing):
        if build is not None:
            trial.propose(trial.inputs(build), recorded=inputs, live=live)
    provider.find(type, trial.bound(maker), trial.owner(), trial.reading)
    provider.list(type, trial.example.filter(trial.made, trial.mark), trial.reading)
    provider.connect(type, live, trial.reading)
    provider.whoami(trial.reading)


def it_says_who_it_is(trial: Trial) -> None:
    who = trial.subject.provider.whoami(trial.reading)
    if isinstance(who, Diagnostic):
        trial.fail(f"whoami failed: {who.summary}")
    trial.expect(bool(who) and all(who.values()), f"whoami says {who}")
    trial.expect(who == trial.subject.provider.whoami(trial.reading), "whoami is not stable")


def _steps(trial: Trial) -> list[Step]:
    """The create, the update and the delete of one object, bound."""
    inputs = trial.inputs()
    steps = trial.create_steps(inputs)
    live = trial.create(inputs)
    if trial.example.changed is not None:
        changed = trial.inputs(trial.example.changed)
        steps += trial.update(changed, inputs, live, trial.propose(changed, recorded=inputs, live=live))
    steps += trial.steps(
        Preparation(type=trial.example.type, action=Action.DELETE, live=live, recorded=inputs, owner=trial.owner())
    )
    produced = [Done(identity=live.identity, produced=live.values, live=live)] * len(steps)
    return [trial.bound(step, number, produced) for number, step in enumerate(steps)]


def _expect_reply(trial: Trial, name: str, step: Step, answer: Answer, wanted: type[StepReply]) -> StepReply:
    reply = trial.subject.provider.send_step(step, _always(answer))
    trial.shown.append(reply)
    trial.expect(isinstance(reply, wanted), f"{name}: {answer} became {reply}, not {wanted.__name__}")
    return reply


def _expect_nothing(trial: Trial, what: str, send: Send, live: Live) -> None:
    provider, type = trial.subject.provider, trial.example.type
    targets = [Target(key="it", type=type, identity=live.identity)]
    for batch in provider.batches(targets):
        for seen in provider.read(batch, send).values():
            trial.expect(isinstance(seen, Unreadable), f"after {what}, read says {seen}")
    listed = provider.list(type, trial.example.filter(trial.made, trial.mark), send)
    trial.expect(isinstance(listed, Diagnostic), f"after {what}, list says {listed}")
    maker = next(step for step in trial.create_steps(trial.inputs()) if step.creates)
    found = provider.find(type, trial.bound(maker), trial.owner(), send)
    trial.expect(isinstance(found, Diagnostic), f"after {what}, find says {found}")


def _always(answer: Answer) -> Send:
    def send(operation: str, parameters: Mapping[str, Any]) -> Answer:
        return answer

    return send


def _counting(sent: list[tuple[str, Mapping[str, Any]]], answer: Answer) -> Send:
    def send(operation: str, parameters: Mapping[str, Any]) -> Answer:
        sent.append((operation, parameters))
        return answer

    return send
