"""Rules of the controllers of pods."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.kubernetes.problem import Fault, not_permitted, required, unsupported, wrong
from sandbox.kubernetes.selectors import label_selector
from sandbox.kubernetes.validation.metadata import labels
from sandbox.kubernetes.validation.pods import RESTARTS, pod_spec
from sandbox.kubernetes.validation.storage import claim_spec

Object = dict[str, Any]
OPERATORS = ("DoesNotExist", "Exists", "In", "NotIn")
NO_MATCH = "`selector` does not match template `labels`"


def not_negative(value: Any, path: str) -> Iterator[Fault]:
    if isinstance(value, int) and value < 0:
        yield wrong(path, value, "must be greater than or equal to 0")


def selector(value: Object | None, path: str) -> Iterator[Fault]:
    for index, row in enumerate((value or {}).get("matchExpressions") or ()):
        at = f"{path}.matchExpressions[{index}]"
        operator = row.get("operator", "")
        if operator not in OPERATORS:
            yield wrong(f"{at}.operator", operator, "not a valid selector operator")
        elif operator in ("In", "NotIn") and not row.get("values"):
            yield required(f"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'")
        elif operator in ("Exists", "DoesNotExist") and row.get("values"):
            yield not_permitted(f"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    yield from labels(f"{path}.matchLabels", (value or {}).get("matchLabels"))


def _selected(spec: Object, restarts: tuple[str, ...], claims: Iterable[str] = (), kind: str = "deployment") -> Iterator[Fault]:
    found = spec.get("selector")
    template = spec.get("template") or {}
    own = (template.get("metadata") or {}).get("labels") or {}
    if found is None:
        if kind != "daemonset":
            yield required("spec.selector")
        yield wrong("spec.template.metadata.labels", own or None, NO_MATCH)
    else:
        problems = list(selector(found, "spec.selector"))
        yield from problems
        if not found.get("matchLabels") and not found.get("matchExpressions"):
            yield wrong("spec.selector", found, f"empty selector is invalid for {kind}")
        elif not problems and not label_selector(found)(own):
            yield wrong("spec.template.metadata.labels", own, NO_MATCH)
    yield from template_faults(template, restarts, claims=claims)


def template_faults(
    template: Object, restarts: tuple[str, ...], path: str = "spec.template", claims: Iterable[str] = ()
) -> Iterator[Fault]:
    """`claims`: names of claim templates, which count as volumes of the pod."""
    yield from labels(f"{path}.labels", (template.get("metadata") or {}).get("labels"))
    spec = template.get("spec") or {}
    yield from pod_spec(spec, f"{path}.spec", claims)
    if spec.get("restartPolicy") not in restarts:
        yield unsupported(f"{path}.spec.restartPolicy", spec.get("restartPolicy", ""), restarts)


def pod_template(value: Object) -> Iterator[Fault]:
    yield from template_faults(value.get("template") or {}, RESTARTS, "template")


def deployment(value: Object) -> Iterator[Fault]:
    spec = value.get("spec") or {}
    yield from not_negative(spec.get("replicas"), "spec.replicas")
    yield from _selected(spec, ("Always",))
    strategy = spec.get("strategy") or {}
    kind = strategy.get("type")
    if kind == "Recreate" and strategy.get("rollingUpdate") is not None:
        yield not_permitted("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
    elif kind == "RollingUpdate":
        rolling = strategy.get("rollingUpdate") or {}
        if _nothing(rolling.get("maxUnavailable")) and _nothing(rolling.get("maxSurge")):
            yield wrong(
                "spec.strategy.rollingUpdate.maxUnavailable",
                rolling.get("maxUnavailable"),
                "may not be 0 when `maxSurge` is 0",
            )
    elif kind != "Recreate":
        given = {"Type": kind, "RollingUpdate": strategy.get("rollingUpdate")}
        yield unsupported("spec.strategy", given, ("Recreate", "RollingUpdate"))
    yield from not_negative(spec.get("minReadySeconds"), "spec.minReadySeconds")
    yield from not_negative(spec.get("revisionHistoryLimit"), "spec.revisionHistoryLimit")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        yield wrong("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def _nothing(value: Any) -> bool:
    return value in (0, "0%")


def replica_set(value: Object) -> Iterator[Fault]:
    spec = value.get("spec") or {}
    yield from not_negative(spec.get("replicas"), "spec.replicas")
    yield from _selected(spec, ("Always",))


def replication_controller(value: Object) -> Iterator[Fault]:
    spec = value.get("spec") or {}
    yield from not_negative(spec.get("replicas"), "spec.replicas")
    found, template = spec.get("selector"), spec.get("template")
    if not found:
        yield required("spec.selector")
    if template is None:
        yield required("spec.template")
        return
    own = (template.get("metadata") or {}).get("labels") or {}
    if found and not found.items() <= own.items():
        yield wrong("spec.template.metadata.labels", own, NO_MATCH)
    yield from template_faults(template, ("Always",))


def stateful_set(value: Object) -> Iterator[Fault]:
    spec = value.get("spec") or {}
    yield from not_negative(spec.get("replicas"), "spec.replicas")
    templates = spec.get("volumeClaimTemplates") or ()
    names = [(each.get("metadata") or {}).get("name", "") for each in templates]
    yield from _selected(spec, ("Always",), names, "statefulset")
    for index, each in enumerate(templates):
        yield from claim_spec(each.get("spec") or {}, f"spec.volumeClaimTemplates[{index}].spec")
    kind = (spec.get("updateStrategy") or {}).get("type")
    if kind not in ("RollingUpdate", "OnDelete"):
        given = {"Type": kind, "RollingUpdate": spec["updateStrategy"].get("rollingUpdate")}
        yield wrong("spec.updateStrategy", given, "must be 'RollingUpdate' or 'OnDelete'")
    for key, allowed in (("podManagementPolicy", ("OrderedReady", "Parallel")),):
        if spec.get(key) not in allowed:
            yield wrong(f"spec.{key}", spec.get(key, ""), f"must be '{allowed[0]}' or '{allowed[1]}'")


def daemon_set(value: Object) -> Iterator[Fault]:
    spec = value.get("spec") or {}
    yield from _selected(spec, ("Always",), kind="daemonset")
    strategy = spec.get("updateStrategy") or {}
    rolling = strategy.get("rollingUpdate") or {}
    if strategy.get("type") not in ("RollingUpdate", "OnDelete"):
        given = {"Type": strategy.get("type"), "RollingUpdate": strategy.get("rollingUpdate")}
        yield unsupported("spec.updateStrategy", given, ("RollingUpdate", "OnDelete"))
    elif rolling and _nothing(rolling.get("maxUnavailable")) and _nothing(rolling.get("maxSurge")):
        yield required("spec.updateStrategy.rollingUpdate.maxUnavailable", "cannot be 0 when maxSurge is 0")


def job(value: Object) -> Iterator[Fault]:
    yield from job_spec(value.get("spec") or {}, "spec")


def job_spec(spec: Object, path: str) -> Iterator[Fault]:
    for key in ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"):
        yield from not_negative(spec.get(key), f"{path}.{key}")
    template = spec.get("template") or {}
    pod = template.get("spec") or {}
    yield from labels(f"{path}.template.labels", (template.get("metadata") or {}).get("labels"))
    yield from pod_spec(pod, f"{path}.template.spec")
    if pod.get("restartPolicy") == "Always":
        at = f"{path}.template.spec.restartPolicy"
        yield Fault(reason="FieldValueRequired", path=at, message='Required value: valid values: "OnFailure", "Never"')


SCHEDULE = re.compile(r"^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|@every \S+|(\S+\s+){4}\S+)$")


def cron_job(value: Object) -> Iterator[Fault]:
    spec = value.get("spec") or {}
    schedule = spec.get("schedule", "")
    if not schedule:
        yield required("spec.schedule")
    elif not SCHEDULE.match(schedule):
        fields = len(schedule.split())
        yield wrong("spec.schedule", schedule, f"expected exactly 5 fields, found {fields}: [{schedule}]")
    if spec.get("concurrencyPolicy") not in ("Allow", "Forbid", "Replace"):
        yield unsupported("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), ("Allow", "Forbid", "Replace"))
    yield from job_spec((spec.get("jobTemplate") or {}).get("spec") or {}, "spec.jobTemplate.spec")


def autoscaler(value: Object) -> Iterator[Fault]:
    spec = value.get("spec") or {}
    low, high = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    if low is not None and low < 1:
        yield wrong("spec.minReplicas", low, "must be greater than or equal to 1")
    if high < 1:
        yield required("spec.maxReplicas", "must be set and greater than 0")
    if low is not None and high < low:
        yield wrong("spec.maxReplicas", high, "must be greater than or equal to `minReplicas`")
    target = spec.get("scaleTargetRef") or {}
    for key in ("kind", "name"):
        if not target.get(key):
            yield required(f"spec.scaleTargetRef.{key}")


def disruption_budget(value: Object) -> Iterator[Fault]:
    spec = value.get("spec") or {}
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        yield wrong("spec", spec, "minAvailable and maxUnavailable cannot be both set")
    yield from selector(spec.get("selector"), "spec.selector")
