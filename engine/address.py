"""Identity for people: `shop.vpcs[eu].subnet[eu-west-1a]`, `shop.web/Deployment.apps/default/api`.

The first part is the stack, the last the resource; those between are modules. A key stands in brackets, bare where
it matches `[A-Za-z0-9_.:-]+`, else as a JSON string. What follows the first `/` outside brackets is an object of a bundle.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import total_ordering
from typing import Any

BARE_KEY = re.compile(r"[A-Za-z0-9_.:-]+\Z")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_PART = re.compile(r'([a-z][a-z0-9_]*)(?:\[(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9_.:-]+))\])?')


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    key: str | None = None

    def __str__(self) -> str:
        if self.key is None:
            return self.name
        if BARE_KEY.match(self.key):
            return f"{self.name}[{self.key}]"
        return f"{self.name}[{json.dumps(self.key, ensure_ascii=False)}]"


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Address:
    """A resource of a stack. `object` is "Kind[.group]/namespace/name" for an object of a bundle, else empty."""

    stack: str
    name: str
    key: str | None = None
    object: str = ""
    modules: tuple[Part, ...] = ()

    def __str__(self) -> str:
        if not self.modules and self.key is None:
            text = f"{self.stack}.{self.name}"
        else:
            text = ".".join((self.stack, *map(str, self.modules), str(Part(self.name, self.key))))
        return f"{text}/{self.object}" if self.object else text

    def _order(self) -> tuple[Any, ...]:
        modules = tuple((part.name, part.key or "") for part in self.modules)
        return (self.stack, modules, self.name, self.key or "", self.object)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Address) and self._order() == other._order() and self.key == other.key

    def __hash__(self) -> int:
        return hash((self.stack, self.name, self.key, self.object, self.modules))

    def __lt__(self, other: Address) -> bool:
        return self._order() < other._order()

    @property
    def local(self) -> str:
        """The address without its stack, as expressions inside the stack say it."""
        return str(self)[len(self.stack) + 1 :]


class AddressError(ValueError):
    """The text is no address; the message says why, for a person."""


def parse_address(text: str) -> Address:
    """The inverse of `str(address)`; the quoted form of any key is understood. Raises AddressError."""
    parts: list[Part] = []
    stack, dot, rest = text.partition(".")
    if not NAME.match(stack) or not dot:
        raise AddressError(f'"{text}" is no address: it begins with a stack and a dot, as in shop.queue')
    position = 0
    while True:
        found = _PART.match(rest, position)
        if found is None:
            raise AddressError(f'"{text}" is no address: a name is expected at "{rest[position:]}"')
        name, quoted, bare = found.groups()
        parts.append(Part(name, json.loads(f'"{quoted}"') if quoted is not None else bare))
        position = found.end()
        if position == len(rest) or rest[position] == "/":
            break
        if rest[position] != ".":
            raise AddressError(f'"{text}" is no address: "." or "[" is expected at "{rest[position:]}"')
        position += 1
    last = parts.pop()
    return Address(stack, last.name, last.key, rest[position + 1 :], tuple(parts))


def covers(prefix: str, address: str) -> bool:
    """True where `prefix` is the address, or one above it: a stack, a module, a repeated resource, a bundle."""
    if prefix == address:
        return True
    if not address.startswith(prefix):
        return False
    return prefix.endswith(("/", ".")) or address[len(prefix)] in ".[/"
