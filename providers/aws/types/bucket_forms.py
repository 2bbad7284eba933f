"""Bucket settings between the schema's form and S3's, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Tree = dict[str, Any]


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The tree with members renamed at every depth."""
    if isinstance(value, dict):
        return {names.get(key, key): renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    return value


def inverse(names: Mapping[str, str]) -> dict[str, str]:
    return {theirs: ours for ours, theirs in names.items()}


ENCRYPTION = {
    "ServerSideEncryptionConfiguration": "Rules",
    "ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault",
}
CORS = {"CorsRules": "CORSRules", "ExposedHeaders": "ExposeHeaders", "Id": "ID", "MaxAge": "MaxAgeSeconds"}
REPLICATION = {"Id": "ID", "TagFilter": "Tag", "TagFilters": "Tags"}
LOGGING = {"DestinationBucketName": "TargetBucket", "LogFilePrefix": "TargetPrefix"}
ROUTING = {"RedirectRule": "Redirect", "RoutingRuleCondition": "Condition"}


def to_encryption(value: Tree) -> Tree:
    made: Tree = renamed(value, ENCRYPTION)
    return made


def from_encryption(body: Tree, name: str) -> Tree:
    return {"BucketEncryption": renamed(body.get("ServerSideEncryptionConfiguration"), inverse(ENCRYPTION))}


def to_cors(value: Tree) -> Tree:
    made: Tree = renamed(value, CORS)
    return made


def from_cors(body: Tree, name: str) -> Tree:
    return {"CorsConfiguration": renamed(body, inverse(CORS))}


def to_logging(value: Tree) -> Tree:
    made: Tree = {"TargetPrefix": "", **renamed(value, LOGGING)}
    return {"LoggingEnabled": made}


def from_logging(body: Tree, name: str) -> Tree:
    return {"LoggingConfiguration": renamed(body.get("LoggingEnabled"), inverse(LOGGING))}


def to_replication(value: Tree) -> Tree:
    """A rule without a filter is one of the first form of S3 and needs its prefix; empty means everything."""
    made: Tree = renamed(value, REPLICATION)
    rules = []
    for rule in made.get("Rules", ()):
        plain = not {"Filter", "Prefix", "Priority", "DeleteMarkerReplication"} & set(rule)
        rules.append({**rule, "Prefix": ""} if plain else rule)
    return {**made, "Rules": rules}


def from_replication(body: Tree, name: str) -> Tree:
    return {"ReplicationConfiguration": renamed(body.get("ReplicationConfiguration"), inverse(REPLICATION))}


def to_website(value: Tree) -> Tree:
    made = dict(value)
    if "ErrorDocument" in made:
        made["ErrorDocument"] = {"Key": made["ErrorDocument"]}
    if "IndexDocument" in made:
        made["IndexDocument"] = {"Suffix": made["IndexDocument"]}
    if "RoutingRules" in made:
        made["RoutingRules"] = renamed(made["RoutingRules"], ROUTING)
    return made


def from_website(body: Tree, name: str) -> Tree:
    made = dict(body)
    if "ErrorDocument" in made:
        made["ErrorDocument"] = made["ErrorDocument"].get("Key")
    if "IndexDocument" in made:
        made["IndexDocument"] = made["IndexDocument"].get("Suffix")
    if "RoutingRules" in made:
        made["RoutingRules"] = renamed(made["RoutingRules"], inverse(ROUTING))
    return {"WebsiteConfiguration": made or None}


TARGETS = {"Function": "LambdaFunctionArn", "Queue": "QueueArn", "Topic": "TopicArn"}
NOTIFICATIONS = {
    "LambdaConfigurations": ("LambdaFunctionConfigurations", "Function"),
    "QueueConfigurations": ("QueueConfigurations", "Queue"),
    "TopicConfigurations": ("TopicConfigurations", "Topic"),
}


def to_notification(value: Tree) -> Tree:
    made: Tree = {}
    for ours, (theirs, member) in NOTIFICATIONS.items():
        items: list[Tree] = []
        for item in value.get(ours, ()):
            rules = item.get("Filter", {}).get("S3Key", {}).get("Rules")
            filter = {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}
            items.append({TARGETS[member]: item[member], "Events": [item["Event"]], **filter})
        if items:
            made[theirs] = items
    if value.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled", "EventBridgeConfiguration" in value):
        made["EventBridgeConfiguration"] = {}
    return made


def from_notification(body: Tree, name: str) -> Tree:
    made: Tree = {}
    for ours, (theirs, member) in NOTIFICATIONS.items():
        items: list[Tree] = []
        for item in body.get(theirs, ()):
            rules = item.get("Filter", {}).get("Key", {}).get("FilterRules")
            filter = {"Filter": {"S3Key": {"Rules": rules}}} if rules else {}
            items.extend({member: item[TARGETS[member]], "Event": event, **filter} for event in item.get("Events", ()))
        if items:
            made[ours] = items
    if "EventBridgeConfiguration" in body:
        made["EventBridgeConfiguration"] = {"EventBridgeEnabled": True}
    return {"NotificationConfiguration": made or None}


def to_lifecycle(value: Tree) -> Tree:
    return {"Rules": [to_lifecycle_rule(rule) for rule in value.get("Rules", ())]}


def to_lifecycle_rule(rule: Tree) -> Tree:
    expiration = {
        theirs: rule[ours]
        for ours, theirs in (
            ("ExpirationDate", "Date"),
            ("ExpirationInDays", "Days"),
            ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker"),
        )
        if ours in rule
    }
    made: Tree = {"Status": rule["Status"], "Filter": lifecycle_filter(rule)}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    if expiration:
        made["Expiration"] = expiration
    if "Transitions" in rule:
        made["Transitions"] = renamed(rule["Transitions"], {"TransitionDate": "Date", "TransitionInDays": "Days"})
    if "NoncurrentVersionTransitions" in rule:
        made["NoncurrentVersionTransitions"] = renamed(
            rule["NoncurrentVersionTransitions"], {"TransitionInDays": "NoncurrentDays"}
        )
    for name in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if name in rule:
            made[name] = rule[name]
    return made


def lifecycle_filter(rule: Tree) -> Tree:
    parts: list[Tree] = []
    if "Prefix" in rule:
        parts.append({"Prefix": rule["Prefix"]})
    parts.extend({"Tag": tag} for tag in rule.get("TagFilters", ()))
    parts.extend(
        {name: int(rule[name])} for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan") if rule.get(name) is not None
    )
    if len(parts) < 2:
        return parts[0] if parts else {"Prefix": ""}
    both: Tree = {}
    for part in parts:
        if "Tag" in part:
            both.setdefault("Tags", []).append(part["Tag"])
        else:
            both.update(part)
    return {"And": both}


def from_lifecycle(body: Tree, name: str) -> Tree:
    return {"LifecycleConfiguration": {"Rules": [from_lifecycle_rule(rule) for rule in body.get("Rules", ())]}}


def from_lifecycle_rule(rule: Tree) -> Tree:
    filter = rule.get("Filter", {})
    both = filter.get("And", {})
    expiration = rule.get("Expiration", {})
    tags = both.get("Tags") or ([filter["Tag"]] if "Tag" in filter else [])
    made: Tree = {
        "Id": rule.get("ID"),
        "Status": rule.get("Status"),
        "Prefix": both.get("Prefix", filter.get("Prefix", rule.get("Prefix"))) or None,
        "TagFilters": tags or None,
        "ExpirationDate": expiration.get("Date"),
        "ExpirationInDays": expiration.get("Days"),
        "ExpiredObjectDeleteMarker": expiration.get("ExpiredObjectDeleteMarker"),
        "Transitions": renamed(rule.get("Transitions"), {"Date": "TransitionDate", "Days": "TransitionInDays"}),
        "NoncurrentVersionTransitions": renamed(
            rule.get("NoncurrentVersionTransitions"), {"NoncurrentDays": "TransitionInDays"}
        ),
        "NoncurrentVersionExpiration": rule.get("NoncurrentVersionExpiration"),
        "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
    }
    for size in ("ObjectSizeGreaterThan", "ObjectSizeLessThan"):
        made[size] = both.get(size, filter.get(size))
    return {key: value for key, value in made.items() if value is not None}


def tidy_lifecycle_rule(rule: Any) -> Any:
    """Members of S3's first years in the form of today: one transition as a list, days by themselves as an object."""
    if not isinstance(rule, dict):
        return rule
    made = dict(rule)
    for one, many in (("Transition", "Transitions"), ("NoncurrentVersionTransition", "NoncurrentVersionTransitions")):
        if one in made:
            made[many] = [*(made.get(many) or []), made.pop(one)]
    if "NoncurrentVersionExpirationInDays" in made:
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": made.pop("NoncurrentVersionExpirationInDays")}
    return made


def tidy_bucket(inputs: Tree) -> Tree:
    lifecycle = inputs.get("LifecycleConfiguration")
    if not isinstance(lifecycle, dict) or not isinstance(lifecycle.get("Rules"), list):
        return inputs
    rules = [tidy_lifecycle_rule(rule) for rule in lifecycle["Rules"]]
    return {**inputs, "LifecycleConfiguration": {**lifecycle, "Rules": rules}}
