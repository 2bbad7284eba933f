"""JSON patch, merge patch and strategic merge patch."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.problem import Refusal, bad_request
from sandbox.kubernetes.shapes import ANY, Shape
from sandbox.kubernetes.store import copied
from sandbox.kubernetes.typed import equal

Object = dict[str, Any]


def merge(target: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, each in patch.items():
        if each is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), each)
    return result


def json_patch(target: Any, operations: Any) -> Any:
    """RFC 6902; Invalid where an operation does not apply."""
    if not isinstance(operations, list):
        raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    result = copied(target)
    for each in operations:
        try:
            result = _operate(result, each)
        except (KeyError, IndexError, ValueError, TypeError):
            raise Refusal("Invalid", "the server rejected our request due to an error in our request", details={}) from None
    return result


def _operate(target: Any, operation: Object) -> Any:
    what, path = operation["op"], _pointer(operation["path"])
    if what == "test":
        if not equal(_at(target, path), operation.get("value")):
            raise ValueError(f"testing value {operation['path']} failed: test failed")
        return target
    if what == "add":
        return _add(target, path, operation.get("value"))
    if what == "replace":
        _at(target, path)
        return _add(_remove(target, path) if path else target, path, operation.get("value"))
    if what == "remove":
        return _remove(target, path)
    if what in ("move", "copy"):
        source = _pointer(operation["from"])
        value = copied(_at(target, source))
        return _add(_remove(target, source) if what == "move" else target, path, value)
    raise ValueError(f"unexpected kind: {what}")


def _pointer(text: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _at(target: Any, path: list[str]) -> Any:
    for part in path:
        target = target[int(part)] if isinstance(target, list) else target[part]
    return target


def _add(target: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent = _at(target, path[:-1])
    if isinstance(parent, list):
        index = len(parent) if path[-1] == "-" else int(path[-1])
        if not 0 <= index <= len(parent):
            raise IndexError(f"Unable to access invalid index: {index}: invalid index referenced")
        parent.insert(index, value)
    else:
        parent[path[-1]] = value
    return target


def _remove(target: Any, path: list[str]) -> Any:
    parent = _at(target, path[:-1])
    if isinstance(parent, list):
        del parent[int(path[-1])]
    else:
        del parent[path[-1]]
    return target


def strategic(shape: Shape, target: Any, patch: Any) -> Any:
    """A strategic merge: lists with the merge strategy are merged by key; `$patch`, `$retainKeys`, `$deleteFromPrimitiveList`
    and `$setElementOrder` are obeyed."""
    if not isinstance(patch, dict):
        return patch
    directive = patch.get("$patch")
    if directive == "replace":
        return {key: each for key, each in patch.items() if key != "$patch"}
    if directive == "delete":
        return None
    result = dict(target) if isinstance(target, dict) else {}
    if "$retainKeys" in patch:
        result = {key: each for key, each in result.items() if key in patch["$retainKeys"]}
    for key, each in patch.items():
        if key.startswith("$"):
            _directive(shape, result, key, each)
        elif each is None:
            result.pop(key, None)
        else:
            order = patch.get(f"$setElementOrder/{key}", each)
            _merge_field(shape.child(key), result, key, each, order)
    for key, order in patch.items():
        name = key.removeprefix("$setElementOrder/")
        if name != key and name not in patch and isinstance(result.get(name), list):
            rows = result[name]
            result[name] = _ordered(rows, order, rows, shape.child(name).merge_key)
    return result


def _directive(shape: Shape, result: Object, key: str, value: Any) -> None:
    name, _, field = key.partition("/")
    if name == "$deleteFromPrimitiveList":
        result[field] = [each for each in result.get(field) or () if each not in value]


def _merge_field(shape: Shape, result: Object, key: str, value: Any, order: Any) -> None:
    if isinstance(value, dict):
        merged = strategic(shape, result.get(key), value)
        if merged is None:
            result.pop(key, None)
        else:
            result[key] = merged
    elif isinstance(value, list) and shape.strategy.startswith("merge"):
        present = result.get(key) or []
        merged = _merge_list(shape, present, value)
        result[key] = _ordered(merged, order if isinstance(order, list) else value, present, shape.merge_key)
    else:
        result[key] = value


def _merge_list(shape: Shape, target: list[Any], patch: list[Any]) -> list[Any]:
    inner, key = shape.items or ANY, shape.merge_key
    if not key:
        return [*target, *(each for each in patch if each not in target)]
    if any(isinstance(each, dict) and each.get("$patch") == "replace" for each in patch):
        return [each for each in patch if each.get("$patch") != "replace"]
    result = list(target)
    for each in patch:
        if not isinstance(each, dict) or key not in each:
            raise bad_request(f"map: {each} does not contain declared merge key: {key}")
        index = next((at for at, item in enumerate(result) if item.get(key) == each[key]), None)
        if each.get("$patch") == "delete":
            if index is not None:
                del result[index]
        elif index is None:
            result.append(strategic(inner, {}, each))
        else:
            result[index] = strategic(inner, result[index], each)
    return result


def _ordered(rows: list[Any], wanted: list[Any], present: list[Any], key: str) -> list[Any]:
    """What the patch names follows the patch's order; the rest stays before what it stood before."""

    def name(item: Any) -> Any:
        return item.get(key) if key and isinstance(item, dict) else item

    order, before = [name(each) for each in wanted], [name(each) for each in present]
    patched = sorted((each for each in rows if name(each) in order), key=lambda each: order.index(name(each)))
    others = [each for each in rows if name(each) not in order]
    others.sort(key=lambda each: before.index(name(each)) if name(each) in before else len(before))
    result = []
    while others and patched:
        left, right = name(others[0]), name(patched[0])
        first = left in before and right in before and before.index(left) < before.index(right)
        result.append(others.pop(0) if first else patched.pop(0))
    return result + others + patched
