"""Order among objects that no expression says: what one names must be there before it.

Rules point one way only (room and kinds, then accounts, settings and rights, then workloads, then what routes to
them), so that they make no cycle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from providers.contract.values import Secret, Value, get
from providers.kubernetes.names import ObjectType, name_of

RBAC = "rbac.authorization.k8s.io"
DEFINITION = "CustomResourceDefinition.apiextensions.k8s.io"
TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "Pod": (),
    "ReplicationController": ("spec", "template"),
    "Deployment.apps": ("spec", "template"),
    "ReplicaSet.apps": ("spec", "template"),
    "StatefulSet.apps": ("spec", "template"),
    "DaemonSet.apps": ("spec", "template"),
    "Job.batch": ("spec", "template"),
    "CronJob.batch": ("spec", "jobTemplate", "spec", "template"),
}
"""Where the pod of a workload is described."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    key: str
    type: ObjectType
    inputs: dict[str, Value]

    @property
    def kind(self) -> str:
        return self.type.group_kind

    @property
    def namespace(self) -> str:
        found = get(self.inputs, ("metadata", "namespace"))
        return found if isinstance(found, str) else ""

    def at(self, *path: str | int) -> Value:
        return get(self.inputs, path)


Named = tuple[str, str, str]
"""Group and kind, namespace ("" for none), name."""


def implied(objects: Sequence[tuple[str, str, dict[str, Value]]]) -> list[tuple[str, str]]:
    """Pairs of keys, sorted, the first of which needs the second; each of (key, type, inputs)."""
    items = [Item(key=key, type=type, inputs=inputs) for key, text, inputs in objects if (type := ObjectType.parse(text))]
    by_name = {_named(item): item.key for item in items}
    kinds = {_defines(item): item.key for item in items if item.kind == DEFINITION}
    pairs = set()
    for item in items:
        needs = [by_name.get(name) for name in _needs(item)]
        needs += [kinds.get(item.kind), *(other.key for other in _behind(item, items))]
        pairs |= {(item.key, need) for need in needs if need is not None and need != item.key}
    return sorted(pairs)


def _named(item: Item) -> Named:
    name = name_of(item.type, item.inputs)
    return (item.kind, item.namespace, name.name if name else "")


def _defines(item: Item) -> str:
    """The group and kind that a definition brings."""
    return f"{item.at('spec', 'names', 'kind')}.{item.at('spec', 'group')}"


def _needs(item: Item) -> Iterator[Named]:
    if item.namespace:
        yield ("Namespace", "", item.namespace)
    if item.kind in TEMPLATES:
        yield from _pod_needs(item, get(item.inputs, (*TEMPLATES[item.kind], "spec")))
    for rule in RULES.get(item.kind, ()):
        yield from rule(item)


def _dicts(value: Value) -> list[dict[str, Value]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _texts(kind: str, namespace: str, *names: Value) -> Iterator[Named]:
    for name in names:
        plain = name.value if isinstance(name, Secret) else name
        if isinstance(plain, str) and plain:
            yield (kind, namespace, plain)


def _pod_needs(item: Item, spec: Value) -> Iterator[Named]:
    """What a pod cannot start without, by name."""
    space = item.namespace
    yield from _texts("ServiceAccount", space, get(spec, ("serviceAccountName",)))
    yield from _texts("Secret", space, *(entry.get("name") for entry in _dicts(get(spec, ("imagePullSecrets",)))))
    yield from _texts("PriorityClass.scheduling.k8s.io", "", get(spec, ("priorityClassName",)))
    yield from _texts("RuntimeClass.node.k8s.io", "", get(spec, ("runtimeClassName",)))
    for volume in _dicts(get(spec, ("volumes",))):
        yield from _volume_needs(space, volume)
        for source in _dicts(get(volume, ("projected", "sources"))):
            yield from _texts("ConfigMap", space, get(source, ("configMap", "name")))
            yield from _texts("Secret", space, get(source, ("secret", "name")))
    for member in ("initContainers", "containers"):
        for container in _dicts(get(spec, (member,))):
            yield from _container_needs(space, container)


def _volume_needs(space: str, volume: dict[str, Value]) -> Iterator[Named]:
    yield from _texts("ConfigMap", space, get(volume, ("configMap", "name")))
    yield from _texts("Secret", space, get(volume, ("secret", "secretName")))
    yield from _texts("PersistentVolumeClaim", space, get(volume, ("persistentVolumeClaim", "claimName")))


def _container_needs(space: str, container: dict[str, Value]) -> Iterator[Named]:
    for source in _dicts(container.get("envFrom")):
        yield from _texts("ConfigMap", space, get(source, ("configMapRef", "name")))
        yield from _texts("Secret", space, get(source, ("secretRef", "name")))
    for variable in _dicts(container.get("env")):
        yield from _texts("ConfigMap", space, get(variable, ("valueFrom", "configMapKeyRef", "name")))
        yield from _texts("Secret", space, get(variable, ("valueFrom", "secretKeyRef", "name")))


def _binding_needs(item: Item) -> Iterator[Named]:
    role = item.at("roleRef", "kind")
    yield from _texts(f"{role}.{RBAC}", item.namespace if role == "Role" else "", item.at("roleRef", "name"))
    for subject in _dicts(item.at("subjects")):
        if subject.get("kind") == "ServiceAccount":
            space = subject.get("namespace") or item.namespace
            yield from _texts("ServiceAccount", space if isinstance(space, str) else "", subject.get("name"))


def _claim_needs(item: Item) -> Iterator[Named]:
    yield from _texts("StorageClass.storage.k8s.io", "", item.at("spec", "storageClassName"))
    yield from _texts("PersistentVolume", "", item.at("spec", "volumeName"))


def _volume_class(item: Item) -> Iterator[Named]:
    yield from _texts("StorageClass.storage.k8s.io", "", item.at("spec", "storageClassName"))


def _token_needs(item: Item) -> Iterator[Named]:
    account = item.at("metadata", "annotations", "kubernetes.io/service-account.name")
    yield from _texts("ServiceAccount", item.namespace, account)


def _set_needs(item: Item) -> Iterator[Named]:
    yield from _texts("Service", item.namespace, item.at("spec", "serviceName"))


def _scaler_needs(item: Item) -> Iterator[Named]:
    target = item.at("spec", "scaleTargetRef")
    version, kind = get(target, ("apiVersion",)), get(target, ("kind",))
    if isinstance(version, str) and isinstance(kind, str):
        yield from _texts(ObjectType.of(version, kind).group_kind, item.namespace, get(target, ("name",)))


def _ingress_needs(item: Item) -> Iterator[Named]:
    yield from _texts("IngressClass.networking.k8s.io", "", item.at("spec", "ingressClassName"))
    yield from _texts("Secret", item.namespace, *(entry.get("secretName") for entry in _dicts(item.at("spec", "tls"))))
    yield from _texts("Service", item.namespace, item.at("spec", "defaultBackend", "service", "name"))
    for rule in _dicts(item.at("spec", "rules")):
        for path in _dicts(get(rule, ("http", "paths"))):
            yield from _texts("Service", item.namespace, get(path, ("backend", "service", "name")))


def _webhook_services(item: Item) -> Iterator[Named]:
    for webhook in _dicts(item.at("webhooks")):
        space = get(webhook, ("clientConfig", "service", "namespace"))
        yield from _texts("Service", space if isinstance(space, str) else "", get(webhook, ("clientConfig", "service", "name")))


def _api_service(item: Item) -> Iterator[Named]:
    space = item.at("spec", "service", "namespace")
    yield from _texts("Service", space if isinstance(space, str) else "", item.at("spec", "service", "name"))


def _policy_needs(item: Item) -> Iterator[Named]:
    kind = item.type.kind.removesuffix("Binding")
    yield from _texts(f"{kind}.{item.type.group}", "", item.at("spec", "policyName"))


WEBHOOKS = (
    "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
    "MutatingWebhookConfiguration.admissionregistration.k8s.io",
)
API_SERVICE = "APIService.apiregistration.k8s.io"
RULES: Mapping[str, tuple[Callable[[Item], Iterator[Named]], ...]] = {
    f"RoleBinding.{RBAC}": (_binding_needs,),
    f"ClusterRoleBinding.{RBAC}": (_binding_needs,),
    "PersistentVolumeClaim": (_claim_needs,),
    "PersistentVolume": (_volume_class,),
    "Secret": (_token_needs,),
    "StatefulSet.apps": (_set_needs,),
    "HorizontalPodAutoscaler.autoscaling": (_scaler_needs,),
    "Ingress.networking.k8s.io": (_ingress_needs,),
    API_SERVICE: (_api_service,),
    "ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io": (_policy_needs,),
    "MutatingAdmissionPolicyBinding.admissionregistration.k8s.io": (_policy_needs,),
    **dict.fromkeys(WEBHOOKS, (_webhook_services,)),
}


def _behind(item: Item, items: Sequence[Item]) -> Iterator[Item]:
    """Workloads that answer for the services an extension of the API calls: it would refuse everything before them."""
    if item.kind not in (*WEBHOOKS, API_SERVICE):
        return
    called = {named[1:] for rule in RULES[item.kind] for named in rule(item)}
    for service in items:
        selector = service.at("spec", "selector")
        if service.kind == "Service" and _named(service)[1:] in called and isinstance(selector, dict) and selector:
            yield from (workload for workload in items if _is_selected(workload, service.namespace, selector))


def _is_selected(workload: Item, namespace: str, selector: dict[str, Value]) -> bool:
    if workload.kind not in TEMPLATES or workload.namespace != namespace:
        return False
    labels = get(workload.inputs, (*TEMPLATES[workload.kind], "metadata", "labels"))
    return isinstance(labels, dict) and all(labels.get(key) == text for key, text in selector.items())
