"""The law of a store as an executable suite: `check_store` for a script, `LAWS` for a test runner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.stores import check_leases, check_lines
from engine.stores.check_subject import LawBroken, Make, Trial

__all__ = ["LAWS", "Law", "LawBroken", "Make", "Trial", "check_law", "check_store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """`examine` raises LawBroken."""

    name: str
    examine: Callable[[Trial], None]

    def __str__(self) -> str:
        return self.name


LAWS: tuple[Law, ...] = (
    Law(name="a new store is empty", examine=check_lines.a_new_store_is_empty),
    Law(name="lines come back as a chain", examine=check_lines.lines_come_back_as_a_chain),
    Law(name="lines outlive the process", examine=check_lines.lines_outlive_the_process),
    Law(name="lines are read from any one on", examine=check_lines.lines_are_read_from_any_one_on),
    Law(name="what was read before cannot vanish", examine=check_lines.what_was_read_cannot_vanish),
    Law(name="any bytes are a line", examine=check_lines.any_bytes_are_a_line),
    Law(name="stacks are apart", examine=check_lines.stacks_are_apart),
    Law(name="several threads make one chain", examine=check_lines.threads_make_one_chain),
    Law(name="keys are minted once", examine=check_lines.keys_are_minted_once),
    Law(name="keys are not shown", examine=check_lines.keys_are_not_shown),
    Law(name="the last note wins", examine=check_lines.the_last_note_wins),
    Law(name="what is no name of a stack is refused", examine=check_lines.no_name_is_refused),
    Law(name="a closed store refuses", examine=check_lines.a_closed_store_refuses),
    Law(name="nothing is written without a live lease", examine=check_leases.nothing_without_a_lease),
    Law(name="an expired lease writes nothing", examine=check_leases.an_expired_lease_writes_nothing),
    Law(name="a renewed lease lives on", examine=check_leases.a_renewed_lease_lives_on),
    Law(name="a renewal never shortens", examine=check_leases.a_renewal_never_shortens),
    Law(name="a released lease is gone", examine=check_leases.a_released_lease_is_gone),
    Law(name="leases live side by side while nobody writes what another uses", examine=check_leases.side_by_side),
    Law(name="epochs rise, whatever ended", examine=check_leases.epochs_rise),
    Law(name="an expired lease is taken over", examine=check_leases.an_expired_lease_is_taken_over),
    Law(name="a dead holder's lease is taken over at once", examine=check_leases.a_dead_holder_is_taken_over),
    Law(name="lines carry the epoch of their lease", examine=check_leases.lines_carry_their_epoch),
    Law(name="a lease says who holds it", examine=check_leases.a_lease_says_who_holds_it),
)


def check_law(law: Law, make: Make) -> None:
    """Raises LawBroken where the law is broken. `make` gives an empty store, each time another."""
    subject = make()
    trial = Trial(law=law.name, subject=subject)
    try:
        law.examine(trial)
    except LawBroken:
        raise
    except Exception as bug:
        raise LawBroken(law.name, f"the store raised {bug!r}") from bug
    finally:
        trial.close()


def check_store(make: Make) -> None:
    """Raises one AssertionError that names every law the store breaks."""
    broken: list[str] = []
    for law in LAWS:
        try:
            check_law(law, make)
        except LawBroken as failure:
            broken.append(str(failure))
    if broken:
        raise AssertionError("\n".join(broken))
