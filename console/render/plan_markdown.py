"""A review as Markdown for a pull request, built by levels from its tree so that it fits a budget: never by cutting text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from console.render.build import span
from console.render.plan_text import counts_line
from console.render.review import Counts, Danger, Entry, Leaf, Review, StackReview

BUDGET = 60_000
"""Characters that fit a comment on GitHub with room to spare."""
SMALLEST = 1_500
"""Below this not even the title, the counts and a hint would fit."""
COLUMNS = (("Create", "create"), ("Update", "update"), ("Replace", "replace"), ("Delete", "delete"), ("Drift", "drift"))
FULL, NO_CREATES, LINES, COUNTS = 0, 1, 2, 3


def plan_markdown(review: Review, budget: int = BUDGET) -> str:
    """The fullest level that fits `budget` characters."""
    budget = max(budget, SMALLEST)
    for level in (FULL, NO_CREATES, LINES, COUNTS):
        text = _render(review, level)
        if len(text) <= budget:
            return text
    return _dangerous_only(review, budget)


def _render(review: Review, level: int) -> str:
    parts = [*_head(review), *_dangers(review.dangerous), _table(review), *_lines(review)]
    if level < COUNTS:
        parts.extend(_stack(stack, review, level) for stack in _with_entries(review))
        parts.extend(_outputs(review))
        parts.append(_details(review, level))
    if level > FULL:
        parts.append(_left_out(review, level))
    parts.append(_foot(review))
    return "\n\n".join(part for part in parts if part) + "\n"


def _dangerous_only(review: Review, budget: int) -> str:
    """The worst first, as many as fit; how many are left out is said."""
    head, foot = _head(review), _foot(review)
    members = review.dangerous
    low, high = 0, len(members)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(_short(head, members, middle, foot)) <= budget else (low, middle - 1)
    text = _short(head, members, low, foot)
    return text if len(text) <= budget else _short(_head(review, target=False), members, 0, foot)


def _short(head: list[str], members: Sequence[Entry], count: int, foot: str) -> str:
    left = sum(entry.count for entry in members[count:])
    more = f"**{left} more dangerous changes, and everything else, are left out here:** `plumb plan` shows them."
    parts = [
        *head,
        *_dangers(members[:count]),
        more if left else "Everything else is left out here: `plumb plan` shows it.",
        foot,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(review: Review, *, target: bool = True) -> list[str]:
    marker = f"<!-- plumb:review head={review.commit[:7] or '-'} digest={review.digest[:8]} -->"
    words = review.title + (" (destroy)" if review.destroy else "")
    lines = [f"{marker}\n## Plumb: {words}"]
    if target:
        lines.append(code(review.target))
    return lines


def _dangers(entries: Iterable[Entry]) -> list[str]:
    """What loses data, replaces, deletes or is blocked stands outside every fold."""
    worst: list[Entry] = []
    other: list[Entry] = []
    for entry in entries:
        (worst if entry.danger in (Danger.EMPTY, Danger.DATA) else other).append(entry)
    blocks = ["> [!CAUTION]\n" + "\n>\n".join(_quote(entry) for entry in worst)] if worst else []
    if other:
        blocks.append("> [!WARNING]\n" + "\n>\n".join(_quote(entry) for entry in other))
    return blocks


def _quote(entry: Entry) -> str:
    names = ", ".join(code(address) for address in entry.addresses[:20])
    more = f" and {entry.count - 20} more" if entry.count > 20 else ""
    lines = [f"> **{names}{more} {_fate(entry)}** ({code(entry.type)})"]
    forcing = [leaf for leaf in entry.leaves if leaf.replaces]
    for leaf in forcing[:5]:
        where = f" · {code(leaf.where)}" if leaf.where else ""
        lines.append(f"> {code(_change(leaf))} cannot be changed in place{where}")
    if not forcing and (entry.why or entry.where):
        lines.append("> " + " · ".join(code(part) for part in (entry.why, entry.where) if part))
    lines.extend(f"> {code(note)}" for note in entry.notes[:5])
    return "  \n".join(lines)


def _fate(entry: Entry) -> str:
    match entry.danger:
        case Danger.EMPTY if entry.act == "create":
            return "is created again, EMPTY: the data it held is gone"
        case Danger.EMPTY:
            return "will be destroyed and created again, without its data"
        case Danger.DATA:
            return "will be deleted, with the data it holds"
        case Danger.REPLACE:
            return "will be replaced: " + entry.label.removeprefix("REPLACE, ")
        case Danger.DELETE:
            return "will be deleted"
        case _:
            return "is blocked"


def _change(leaf: Leaf) -> str:
    if leaf.block:
        return leaf.path
    return f"{leaf.path}: {leaf.before or '(not set)'} → {leaf.after or '(not set)'}"


def _table(review: Review) -> str:
    changed = [stack for stack in review.stacks if stack.state != "unchanged"]
    calm = [stack for stack in review.stacks if stack.state == "unchanged"]
    lines = []
    if changed:
        titles = ["Stack", "State", *(title for title, _ in COLUMNS), "Restart"]
        lines = ["| " + " | ".join(titles) + " |", "| :-- | :-- |" + " --: |" * (len(titles) - 2)]
        lines.extend(_row(stack) for stack in changed)
    if calm:
        names = ", ".join(code(stack.name) for stack in calm[:10]) + (" ..." if len(calm) > 10 else "")
        lines.append(("\n" if lines else "") + f"{len(calm)} unchanged: {names}")
    return "\n".join(lines)


def _row(stack: StackReview) -> str:
    numbers = [_cell(getattr(stack.counts, name), name) for _, name in COLUMNS]
    state = "ready" if stack.state == "ready" else f"**{stack.state}**"
    cells = [code(stack.name), state, *numbers, _cell(stack.counts.restart, "")]
    return "| " + " | ".join(cells) + " |"


def _cell(count: int, name: str) -> str:
    if not count:
        return "·"
    return f"**{count}**" if name in ("replace", "delete") else str(count)


def _lines(review: Review) -> list[str]:
    """One line each for: since when, restarts, drift, what is unresolved."""
    found = []
    since = review.since
    if since is not None:
        parts = [f"new: {_names(since.new)}"] * bool(since.new) + [f"gone: {_names(since.gone)}"] * bool(since.gone)
        found.append(f"**Since the plan of {code(since.name)}:** " + " · ".join([*parts, f"{since.same} actions as before"]))
    restarts = [entry for entry in review.entries if entry.restarts]
    if restarts:
        told = [f"{_names(entry.addresses)} because {code(entry.restarts)} changes" for entry in restarts[:10]]
        found.append("**Restarts:** " + ", ".join(told) + _more(restarts))
    drifted = [entry for entry in review.entries if entry.drift]
    found.extend(_drift(entry, undone=True) for entry in drifted[:10])
    found.extend(_drift(entry, undone=False) for entry in review.drift[:10])
    if len(drifted) > 10 or len(review.drift) > 10:
        found.append(f"**Drift:** {max(0, len(drifted) - 10) + max(0, len(review.drift) - 10)} more")
    if review.unresolved:
        found.append("**Unresolved:** " + "; ".join(code(line) for line in review.unresolved[:10]) + _more(review.unresolved))
    return found


def _drift(entry: Entry, *, undone: bool) -> str:
    leaves = [leaf for leaf in entry.leaves if leaf.drift][:5]
    told = ", ".join(code(_change(leaf)) for leaf in leaves) or code(entry.why)
    keep = f"; to keep it, write it into {code(entry.where)}" if entry.where else ""
    return f"**Drift, {'undone by this apply' if undone else 'only reported'}:** {_names(entry.addresses)} {told}{keep}"


def _names(names: Sequence[str]) -> str:
    return ", ".join(code(name) for name in names[:10]) + _more(names)


def _more(members: Sequence[object]) -> str:
    return f" and {len(members) - 10} more" if len(members) > 10 else ""


def _with_entries(review: Review) -> list[StackReview]:
    stacks = {entry.stack for entry in review.entries}
    return [stack for stack in review.stacks if stack.name in stacks]


def _stack(stack: StackReview, review: Review, level: int) -> str:
    """Only the worst stack is open."""
    mine = [entry for entry in review.entries if entry.stack == stack.name]
    worst = min(review.entries, key=lambda entry: (entry.danger, entry.stack)).stack
    lines = [line for entry in mine for line in _entry(entry, level)]
    opened = " open" if stack.name == worst else ""
    return (
        f"<details{opened}><summary><b>{stack.name}</b>: {counts_line(stack.counts)}</summary>\n\n{fenced(lines)}\n</details>"
    )


def _entry(entry: Entry, level: int) -> list[str]:
    sign = {"create": "+", "delete": "-"}.get(entry.act, "!")
    names = "  ".join(entry.addresses) if level < LINES or entry.count < 4 else f"{entry.address} and {entry.count - 1} more"
    same = f"   same change on {entry.count}" if entry.count > 1 else ""
    cause = ", ".join(part for part in (entry.why, entry.where) if part)
    lines = [f"{sign} {names:<40} {entry.type:<26} {entry.label}{same}{'   # ' + cause if cause else ''}"]
    if level >= LINES or (level >= NO_CREATES and entry.act == "create"):
        return lines
    width = min(40, max((len(leaf.path) for leaf in entry.leaves), default=0))
    for leaf in entry.leaves:
        lines.extend(_leaf(leaf, width))
    return lines


def _leaf(leaf: Leaf, width: int) -> list[str]:
    told = ", ".join(part for part in (leaf.note, leaf.where) if part)
    note = f"   # {told}" if told else ""
    if leaf.block:
        return [
            f"!     {leaf.path}{note}",
            *(f"{line[:1] if line[:1] in '+-' else ' '}         {line[1:]}" for line in leaf.block),
        ]
    if not leaf.before or not leaf.after:
        mark = "+" if leaf.after else "-"
        return [f"{mark}     {leaf.path:<{width}}  {leaf.after or leaf.before}{note}"]
    if leaf.replaces:
        return [f"-     {leaf.path:<{width}}  {leaf.before}", f"+     {leaf.path:<{width}}  {leaf.after}{note}"]
    return [f"!     {leaf.path:<{width}}  {leaf.before} -> {leaf.after}{note}"]


def _outputs(review: Review) -> list[str]:
    lines = [
        f"{leaf.mark} {stack.name}.{leaf.path}   {' -> '.join(part for part in (leaf.before, leaf.after) if part)}"
        for stack in review.stacks
        for leaf in stack.outputs
    ]
    if not lines:
        return []
    words = "output changes" if len(lines) == 1 else "outputs change"
    return [f"<details><summary>{len(lines)} {words}</summary>\n\n{fenced(lines)}\n</details>"]


def _details(review: Review, level: int) -> str:
    lines = []
    if review.order and level < LINES:
        lines.append("Order: " + " → ".join(code(wave) for wave in review.order))
    if review.later:
        allowed = "allowed after approval only as stated above; anything else stops and asks"
        lines.append(f"Later values: {review.later} unknown now; {allowed}.")
    age = f" {span(review.age)} ago" if review.age is not None else ""
    unresolved = len(review.unresolved)
    lines.append(f"Evidence: {review.read} objects read{age}; {review.unreadable} unreadable; {unresolved} unresolved intents.")
    body = "\n\n".join(lines)
    return f"<details><summary>Order, evidence</summary>\n\n{body}\n</details>"


def _left_out(review: Review, level: int) -> str:
    created = sum(entry.count for entry in review.entries if entry.act == "create")
    total = sum(entry.count for entry in review.entries)
    match level:
        case 1:
            what = f"the fields of {created} creations"
        case 2:
            what = f"the fields of all {total} changes"
        case _:
            what = f"the list of all {total} changes"
    return f"Left out for length: {what}. `plumb plan` shows everything."


def _foot(review: Review) -> str:
    blocked = sum(entry.count for entry in review.entries if entry.danger is Danger.BLOCKED)
    if review.empty:
        after = "nothing to do."
    elif blocked:
        after = f"resolve what is blocked, then approve; applying does the rest of digest `{review.digest[:8]}`."
    else:
        after = f"approve, then merge and apply: `plumb apply --approve {review.digest}`"
    origin = f"Plan of `{review.commit[:7]}`" if review.commit else "Plan"
    dirty = ", **uncommitted**: of a work tree, not of a commit" if review.uncommitted else ""
    return f"**Next:** {after}\n\n<sub>{origin}{dirty} · digest `{review.digest[:8]}` · {review.acts} actions</sub>"


def code(text: str) -> str:
    """Inline code that no text can end early."""
    text = " ".join(text.split()) or " "
    longest = _run(text)
    ticks = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fenced(lines: Iterable[str]) -> str:
    """A block that no line can end early."""
    body = [line.rstrip() for line in lines]
    ticks = "`" * max(3, 1 + max((_run(line) for line in body), default=0))
    return "\n".join([f"{ticks}diff", *body, ticks])


def _run(text: str) -> int:
    longest = here = 0
    for character in text:
        here = here + 1 if character == "`" else 0
        longest = max(longest, here)
    return longest


__all__ = ["BUDGET", "SMALLEST", "Counts", "plan_markdown"]
