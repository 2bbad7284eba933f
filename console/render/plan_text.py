"""A review for a terminal: what a person must not overlook first."""

from __future__ import annotations

from collections.abc import Callable

from console.render.build import span
from console.render.review import Counts, Danger, Entry, Leaf, Review, StackReview

Paint = Callable[..., str]
SIGNS = {"create": "+", "update": "~", "replace": "!", "delete": "-", "blocked": "?", "drift": "!", "read": "<", "forget": "."}
STYLES = {
    "create": ("green",),
    "update": ("yellow",),
    "replace": ("red", "bold"),
    "delete": ("red",),
    "blocked": ("magenta", "bold"),
    "drift": ("yellow",),
}
MARKS = {"+": ("green",), "-": ("red",), "!": ("yellow",)}
LIMIT = 60
"""Leaves of one entry that are shown with --concise."""


def plain(text: str, *styles: str) -> str:
    return text


def plan_text(review: Review, paint: Paint = plain, *, concise: bool = False) -> str:
    """The target; the dangerous; everything else by address; outputs; counts; the digest and how old the evidence is."""
    blocks = [paint(review.target, "bold")]
    if review.destroy:
        blocks.append(paint("This destroys what is listed below.", "red", "bold"))
    if review.since is not None:
        blocks.append(since_text(review))
    blocks.extend(_entry(entry, paint, concise) for entry in review.dangerous)
    calm = [entry for entry in review.entries if entry.danger is Danger.NONE]
    blocks.extend(_entry(entry, paint, concise) for entry in calm)
    if review.drift:
        blocks.append(paint("Drift that is only reported:", "bold"))
        blocks.extend(_entry(entry, paint, concise) for entry in review.drift)
    outputs = _outputs(review.stacks, paint)
    if outputs:
        blocks.append(outputs)
    if review.unresolved:
        blocks.append("\n".join([paint("Unresolved:", "magenta", "bold"), *(f"  {line}" for line in review.unresolved)]))
    removed = [stack for stack in review.stacks if stack.removed and not review.destroy]
    blocks.extend(paint(f"stack {stack.name} removed: {stack.counts.delete} to delete", "red") for stack in removed)
    blocks.append(summary(review, paint))
    return "\n\n".join(blocks) + "\n"


def since_text(review: Review) -> str:
    since = review.since
    assert since is not None
    parts = []
    if since.new:
        parts.append(f"new: {', '.join(since.new)}")
    if since.gone:
        parts.append(f"gone: {', '.join(since.gone)}")
    parts.append(f"{since.same} {'action' if since.same == 1 else 'actions'} as before")
    return f"Since the plan of {since.name}: " + " · ".join(parts)


def _entry(entry: Entry, paint: Paint, concise: bool) -> str:
    styles = STYLES.get(entry.act, ())
    sign = SIGNS.get(entry.act, "*")
    names = " ".join(entry.addresses)
    if entry.count > 1:
        names += f"  (the same on {entry.count})"
    lines = [paint(f"{sign} {names:<38}  {entry.type:<24}  {entry.label}".rstrip(), *styles)]
    cause = ", ".join(part for part in (entry.why, entry.where) if part)
    if cause:
        lines.append(paint(f"    {cause}", "dim"))
    lines.extend(f"    {note}" for note in entry.notes)
    if not concise or entry.act != "create":
        lines.extend(_leaves(entry, paint))
    return "\n".join(lines)


def _leaves(entry: Entry, paint: Paint) -> list[str]:
    width = min(40, max((len(leaf.path) for leaf in entry.leaves), default=0))
    lines: list[str] = []
    for leaf in entry.leaves:
        lines.extend(_leaf(leaf, width, paint, entry.act == "create"))
    return lines


def _leaf(leaf: Leaf, width: int, paint: Paint, created: bool) -> list[str]:
    mark = " " if created else {"!": "~"}.get(leaf.mark, leaf.mark)
    note = "   # " + ", ".join(part for part in (leaf.note, leaf.where) if part) if leaf.note or leaf.where else ""
    if leaf.block:
        head = f"    {mark} {leaf.path}{note}"
        return [head, *(paint(f"        {line}", *MARKS.get(line[:1], ("dim",))) for line in leaf.block)]
    return [
        f"    {paint(mark, *MARKS.get(leaf.mark, ()))} {leaf.path:<{width}}  {values(leaf)}{paint(note, 'dim') if note else ''}"
    ]


def values(leaf: Leaf) -> str:
    if leaf.before and leaf.after:
        return f"{leaf.before} -> {leaf.after}"
    return leaf.after or f"{leaf.before} -> (not set)"


def _outputs(stacks: tuple[StackReview, ...], paint: Paint) -> str:
    found = [(f"{stack.name}.{leaf.path}", leaf) for stack in stacks for leaf in stack.outputs]
    if not found:
        return ""
    width = max(len(name) for name, _ in found)
    lines = [paint("Outputs:", "bold")]
    for name, leaf in found:
        mark = {"!": "~"}.get(leaf.mark, leaf.mark)
        lines.append(f"  {paint(mark, *MARKS.get(leaf.mark, ()))} {name:<{width}}  {values(leaf)}")
    return "\n".join(lines)


def summary(review: Review, paint: Paint = plain) -> str:
    lines = []
    if review.title != "nothing to do" and review.dangerous:
        lines.append(paint(review.title, "bold"))
    told = counts_line(review.counts)
    changes = told or ("only outputs change" if any(stack.outputs for stack in review.stacks) else "nothing to do")
    same = f" {review.counts.same} unchanged." if review.counts.same else ""
    lines.append(f"Plan: {changes}.{same}")
    lines.append(evidence_line(review))
    if review.targets:
        lines.append(f"Only a part was planned (--target {' '.join(review.targets)}): outputs stay as they are.")
    return "\n".join(lines)


def counts_line(counts: Counts) -> str:
    """ "2 to create, 1 to replace"; empty where nothing acts."""
    named = [
        (counts.create, "to create"),
        (counts.update, "to update"),
        (counts.replace, "to replace"),
        (counts.delete, "to delete"),
        (counts.adopt, "to adopt"),
        (counts.move, "to move"),
        (counts.read, "to read"),
        (counts.keep, "to keep alive"),
        (counts.forget, "to forget"),
        (counts.settle, "lifecycle to record"),
        (counts.wait, "to wait for"),
        (counts.blocked, "blocked"),
    ]
    return ", ".join(f"{count} {words}" for count, words in named if count)


def evidence_line(review: Review) -> str:
    parts = [f"digest {review.digest[:8]}"]
    if review.read:
        age = f" {span(review.age)} ago" if review.age is not None else ""
        parts.append(f"{review.read} {'object' if review.read == 1 else 'objects'} read{age}")
    parts.append(f"{review.unreadable} unreadable")
    parts.append(f"{len(review.unresolved)} unresolved")
    if review.later:
        parts.append(f"{review.later} {'value' if review.later == 1 else 'values'} known after apply")
    if review.uncommitted:
        parts.append("uncommitted")
    return " · ".join(parts)
