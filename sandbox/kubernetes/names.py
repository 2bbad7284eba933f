"""The rules of names, labels, label values; the words are the real server's."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
LABEL_1035 = re.compile(r"^[a-z]([-a-z0-9]*[a-z0-9])?$")
SUBDOMAIN = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
QUALIFIED = re.compile(r"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$")
CONFIG_KEY = re.compile(r"^[-._a-zA-Z0-9]+$")


def label(value: str) -> list[str]:
    found = []
    if len(value) > 63:
        found.append("must be no more than 63 characters")
    if not LABEL.match(value):
        found.append(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
            "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
            "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
        )
    return found


def label_1035(value: str) -> list[str]:
    found = []
    if len(value) > 63:
        found.append("must be no more than 63 characters")
    if not LABEL_1035.match(value):
        found.append(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
            "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
            "'[a-z]([-a-z0-9]*[a-z0-9])?')"
        )
    return found


def subdomain(value: str) -> list[str]:
    found = []
    if len(value) > 253:
        found.append("must be no more than 253 characters")
    if not SUBDOMAIN.match(value):
        found.append(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
            "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
            "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
        )
    return found


def port_name(value: str) -> list[str]:
    found = []
    if len(value) > 15:
        found.append("must be no more than 15 characters")
    if not re.fullmatch(r"[-a-z0-9]+", value):
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search(r"[a-z]", value):
        found.append("must contain at least one letter (a-z)")
    if "--" in value:
        found.append("must not contain consecutive hyphens")
    if value[:1] == "-" or value[-1:] == "-":
        found.append("must not begin or end with a hyphen")
    return found


def path_segment(value: str) -> list[str]:
    """RBAC names and the like: anything that fits into a URL path."""
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{each}'" for each in ("/", "%") if each in value]


NAME_PART = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)


def qualified(value: str) -> list[str]:
    """Label and annotation keys."""
    parts = value.split("/")
    if len(parts) > 2:
        text = (
            "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
            "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
            "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. "
            "'example.com/MyName')"
        )
        return [text]
    found = []
    if len(parts) == 2:
        if not parts[0]:
            found.append("prefix part must be non-empty")
        found += [f"prefix part {each}" for each in subdomain(parts[0])] if parts[0] else []
    name = parts[-1]
    if not name:
        found.append("name part must be non-empty")
    elif len(name) > 63:
        found.append("name part must be no more than 63 characters")
    if not QUALIFIED.match(name):
        found.append(NAME_PART)
    return found


def label_value(value: str) -> list[str]:
    found = []
    if len(value) > 63:
        found.append("must be no more than 63 characters")
    if value and not QUALIFIED.match(value):
        found.append(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
            "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
            "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
        )
    return found


def config_key(value: str) -> list[str]:
    found = []
    if len(value) > 253:
        found.append("must be no more than 253 characters")
    if not CONFIG_KEY.match(value):
        found.append(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
            "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
        )
    elif value in (".", "..") or value.startswith(".."):
        found.append("must not be '.'" if value == "." else "must not start with '..'" if value != ".." else "must not be '..'")
    return found


def name_rule(group: str, kind: str) -> Callable[[str], list[str]]:
    """What the names of a kind have to be."""
    if group == "rbac.authorization.k8s.io":
        return path_segment
    if group == "" and kind in ("Namespace", "Service"):
        return label
    return subdomain


def suffix() -> str:
    """Five letters as generated names end with."""
    return "".join(secrets.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(5))
