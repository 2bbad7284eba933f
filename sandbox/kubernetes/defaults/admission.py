"""Defaults of role bindings, webhooks, policies, custom resource definitions."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"


def binding(value: Object) -> None:
    reference = value.get("roleRef")
    if reference is not None and not reference.get("apiGroup"):
        reference["apiGroup"] = RBAC
    for subject in value.get("subjects") or ():
        if not subject.get("apiGroup") and subject.get("kind") in ("User", "Group"):
            subject["apiGroup"] = RBAC


def webhooks(value: Object) -> None:
    mutating = value.get("kind") == "MutatingWebhookConfiguration"
    for hook in value.get("webhooks") or ():
        hook.setdefault("failurePolicy", "Fail")
        hook.setdefault("matchPolicy", "Equivalent")
        hook.setdefault("namespaceSelector", {})
        hook.setdefault("objectSelector", {})
        hook.setdefault("timeoutSeconds", 10)
        if mutating:
            hook.setdefault("reinvocationPolicy", "Never")
        for rule in hook.get("rules") or ():
            rule.setdefault("scope", "*")
        service = (hook.get("clientConfig") or {}).get("service")
        if service is not None:
            service.setdefault("port", 443)


def policy(value: Object) -> None:
    spec = value.setdefault("spec", {})
    spec.setdefault("failurePolicy", "Fail")
    if spec.get("matchConstraints") is not None:
        _match(spec["matchConstraints"])


def policy_binding(value: Object) -> None:
    spec = value.setdefault("spec", {})
    if spec.get("matchResources") is not None:
        _match(spec["matchResources"])


def _match(value: Object) -> None:
    value.setdefault("matchPolicy", "Equivalent")
    value.setdefault("namespaceSelector", {})
    value.setdefault("objectSelector", {})
    for row in ("resourceRules", "excludeResourceRules"):
        for rule in value.get(row) or ():
            rule.setdefault("scope", "*")


def custom_resource_definition(value: Object) -> None:
    spec = value.setdefault("spec", {})
    names = spec.setdefault("names", {})
    if not names.get("singular"):
        names["singular"] = names.get("kind", "").lower()
    if not names.get("listKind") and names.get("kind"):
        names["listKind"] = names["kind"] + "List"
    conversion = spec.setdefault("conversion", {})
    conversion.setdefault("strategy", "None")
    service = ((conversion.get("webhook") or {}).get("clientConfig") or {}).get("service")
    if service is not None:
        service.setdefault("port", 443)


def signing_request(value: Object) -> None:
    value.setdefault("spec", {})


def api_service(value: Object) -> None:
    service = (value.get("spec") or {}).get("service")
    if service is not None:
        service.setdefault("port", 443)
