"""The contract as an executable suite: `check_provider` for a script, `cases` for a test runner."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from providers.contract import check_answers, check_facts, check_life
from providers.contract.check_subject import Build, Example, Subject
from providers.contract.check_trial import READERS_CHANGE_NOTHING, LawBroken, Trial

__all__ = ["LAWS", "Build", "Case", "Example", "Law", "LawBroken", "Subject", "cases", "check_provider"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """`examine` raises LawBroken. `needs` names what an example must show for the law to say anything of it."""

    name: str
    examine: Callable[[Trial], None]
    needs: str = ""

    def applies(self, example: Example) -> bool:
        return not self.needs or bool(getattr(example, self.needs))


LAWS: tuple[Law, ...] = (
    Law(name="types are sorted and served", examine=check_facts.types_are_sorted_and_served),
    Law(name="a schema is consistent", examine=check_facts.schema_is_consistent),
    Law(name="a normal form is stable", examine=check_facts.normal_form_is_stable),
    Law(name="the example is accepted, unknowns too", examine=check_facts.check_accepts_the_example),
    Law(name="what is wrong is refused", examine=check_facts.check_refuses_what_is_wrong),
    Law(name="every target is in exactly one batch", examine=check_facts.every_target_is_in_one_batch),
    Law(name="an instance adds where nothing is said", examine=check_facts.an_instance_adds_where_nothing_is_said),
    Law(name="an implied order is among what is asked", examine=check_facts.implied_order_is_among_what_is_asked),
    Law(name="steps are data, deterministic, with class, token and owner", examine=check_facts.steps_are_data),
    Law(name="unknown never enters a request", examine=check_facts.unknown_never_enters_steps),
    Law(name="nothing there is a create with unknown outputs", examine=check_facts.nothing_becomes_all_unknown),
    Law(name="what is made is read", examine=check_life.what_is_made_is_read),
    Law(name="owner tags are apart from values", examine=check_life.owner_tags_are_apart),
    Law(name="what is made needs nothing", examine=check_life.what_is_made_needs_nothing),
    Law(name="an answer is as good as a read", examine=check_life.an_answer_is_as_good_as_a_read),
    Law(name="a change is planned exactly", examine=check_life.a_change_is_planned_exactly, needs="changed"),
    Law(name="a change is made in place", examine=check_life.a_change_is_made_in_place, needs="changed"),
    Law(name="a repeated change is harmless", examine=check_life.a_repeated_change_is_harmless, needs="changed"),
    Law(name="what is released goes back", examine=check_life.what_is_released_goes_back, needs="released"),
    Law(
        name="a replacing change is a replacement",
        examine=check_life.a_replacing_change_is_a_replacement,
        needs="replacing",
    ),
    Law(
        name="an unknown that replaces is a replacement",
        examine=check_life.an_unknown_that_replaces_is_a_replacement,
        needs="replacing",
    ),
    Law(name="drift is seen and healed", examine=check_life.drift_is_seen_and_healed, needs="damage"),
    Law(name="a repeated create makes one", examine=check_life.a_repeated_create_makes_one),
    Law(name="what is ours is found", examine=check_life.what_is_ours_is_found),
    Law(name="what is deleted is absent", examine=check_life.what_is_deleted_is_absent),
    Law(name="what never was is absent", examine=check_life.what_never_was_is_absent, needs="missing"),
    Law(name="a listing is complete", examine=check_life.a_listing_is_complete),
    Law(name="readiness and health are total", examine=check_life.readiness_and_health_are_total),
    Law(name="secrets are never shown", examine=check_life.secrets_are_never_shown, needs="secret"),
    Law(name="a carrier gives a connection", examine=check_life.a_carrier_gives_a_connection, needs="carries"),
    Law(name="useless answers prove nothing", examine=check_answers.useless_answers_prove_nothing),
    Law(name="half an answer proves nothing", examine=check_answers.half_an_answer_proves_nothing),
    Law(name="replies are classified", examine=check_answers.replies_are_classified),
    Law(name="one step is one request", examine=check_answers.one_step_is_one_request),
    Law(name=READERS_CHANGE_NOTHING, examine=check_answers.readers_change_nothing),
    Law(name="it says who it is", examine=check_answers.it_says_who_it_is),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One law on one example."""

    law: Law
    example: Example

    def __str__(self) -> str:
        return f"{self.example}: {self.law.name}"

    def run(self, subject: Subject) -> None:
        """Raises LawBroken where the law is broken; what was made is deleted again either way."""
        if self.law.examine is check_answers.half_an_answer_proves_nothing and subject.halve is None:
            return
        mark = hashlib.sha256(str(self).encode()).hexdigest()[:8]
        trial = Trial(law=self.law.name, subject=subject, example=self.example, mark=mark)
        try:
            self.law.examine(trial)
            trial.clean()
        except LawBroken:
            _clean_quietly(trial)
            raise
        except Exception as bug:
            _clean_quietly(trial)
            raise LawBroken(self.law.name, str(self.example), f"the provider raised {bug!r}") from bug


def cases(examples: Sequence[Example]) -> list[Case]:
    """Every law on every example it says something of, in order; no world is needed to list them."""
    return [Case(law=law, example=example) for example in examples for law in LAWS if law.applies(example)]


def check_provider(subject: Subject) -> None:
    """Raises one AssertionError that names every law the provider breaks, and by which type."""
    broken: list[str] = []
    for case in cases(subject.examples):
        try:
            case.run(subject)
        except LawBroken as failure:
            broken.append(str(failure))
    if broken:
        raise AssertionError("\n".join(broken))


def _clean_quietly(trial: Trial) -> None:
    """The law's own failure is what counts; a broken provider may be unable to clean up."""
    with suppress(Exception):
        trial.clean()
