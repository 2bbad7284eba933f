"""Rules of roles, bindings and webhooks."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import names
from sandbox.kubernetes.problem import Fault, required, unsupported, unsupported_in_order, wrong

Object = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"


def role(value: Object) -> Iterator[Fault]:
    for index, rule in enumerate(value.get("rules") or ()):
        at = f"rules[{index}]"
        if not rule.get("verbs"):
            yield required(f"{at}.verbs", "verbs must contain at least one value")
        if rule.get("nonResourceURLs"):
            continue
        if not rule.get("apiGroups"):
            yield required(f"{at}.apiGroups", "resource rules must supply at least one api group")
        if not rule.get("resources"):
            yield required(f"{at}.resources", "resource rules must supply at least one resource")


def binding(value: Object) -> Iterator[Fault]:
    reference = value.get("roleRef") or {}
    if reference.get("apiGroup") != RBAC:
        yield unsupported("roleRef.apiGroup", reference.get("apiGroup", ""), (RBAC,))
    kinds = ("ClusterRole",) if value.get("kind") == "ClusterRoleBinding" else ("Role", "ClusterRole")
    if reference.get("kind") not in kinds:
        yield unsupported_in_order("roleRef.kind", reference.get("kind", ""), kinds)
    if not reference.get("name"):
        yield required("roleRef.name")
    for index, subject in enumerate(value.get("subjects") or ()):
        at = f"subjects[{index}]"
        if not subject.get("name"):
            yield required(f"{at}.name")
        kind = subject.get("kind")
        if kind == "ServiceAccount":
            if not subject.get("namespace"):
                yield required(f"{at}.namespace")
        elif kind not in ("User", "Group"):
            yield unsupported(f"{at}.kind", kind or "", ("Group", "ServiceAccount", "User"))


def signing_request(value: Object) -> Iterator[Fault]:
    request = (value.get("spec") or {}).get("request") or ""
    if b"-----BEGIN CERTIFICATE REQUEST-----" not in base64.b64decode(request):
        yield wrong("spec.request", request, "PEM block type must be CERTIFICATE REQUEST")


def webhooks(value: Object) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, hook in enumerate(value.get("webhooks") or ()):
        at = f"webhooks[{index}]"
        name = hook.get("name", "")
        if not name:
            yield required(f"{at}.name")
        elif len(name.split(".")) < 3:
            yield wrong(f"{at}.name", name, "should be a domain with at least three segments separated by dots")
        else:
            for problem in names.subdomain(name):
                yield wrong(f"{at}.name", name, problem)
        if name in seen:
            yield Fault(reason="FieldValueDuplicate", path=f"{at}.name", message=f'Duplicate value: "{name}"')
        seen.add(name)
        if hook.get("sideEffects") not in ("None", "NoneOnDryRun"):
            if hook.get("sideEffects") is None:
                yield required(f"{at}.sideEffects", "must specify one of None, NoneOnDryRun")
            else:
                yield unsupported(f"{at}.sideEffects", hook["sideEffects"], ("None", "NoneOnDryRun"))
        if not hook.get("admissionReviewVersions"):
            yield required(f"{at}.admissionReviewVersions", "must specify one of v1, v1beta1")
        config = hook.get("clientConfig") or {}
        if (config.get("url") is None) == (config.get("service") is None):
            yield required(f"{at}.clientConfig", "exactly one of url or service is required")
