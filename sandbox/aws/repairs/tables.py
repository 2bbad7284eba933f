"""DynamoDB: tags that replace each other, and settings of a table that moto drops."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.answer import failure, result, succeeded
from sandbox.aws.call import Call
from sandbox.aws.repairs.registry import Send, backend, extras, repairs
from sandbox.wire import Reply

KEPT = ("TableClass", "OnDemandThroughput")


def _table(call: Call) -> Any:
    name = str(call.parameters.get("TableName") or call.parameters.get("ResourceArn", "")).rpartition("/")[2]
    return backend(call).tables.get(name)


@repairs("dynamodb", "TagResource")
def tag_resource(call: Call, send: Send) -> Reply:
    """A key that is there already takes the new value, where moto has it twice."""
    table = _table(call)
    if table is not None:
        keys = {tag["Key"] for tag in call.parameters.get("Tags", [])}
        table.tags = [tag for tag in table.tags if tag["Key"] not in keys]
    return send(call)


@repairs("dynamodb", "CreateTable", "UpdateTable", "DescribeTable", "DeleteTable")
def table(call: Call, send: Send) -> Reply:
    known = extras(_table(call)) if call.operation == "DeleteTable" and _table(call) is not None else None
    reply = send(call)
    found = _table(call)
    kept = known if known is not None else extras(found) if found is not None else {}
    if not succeeded(reply):
        return reply
    if call.operation in ("CreateTable", "UpdateTable"):
        kept.update({name: call.parameters[name] for name in KEPT if name in call.parameters})
        if call.operation == "UpdateTable" and "SSESpecification" in call.parameters:
            kept["SSE"] = call.parameters["SSESpecification"]
    body = json.loads(reply.body)
    shown = body.get("Table", body.get("TableDescription", {}))
    _fill(shown, kept, call)
    return replace(
        reply, headers=tuple(h for h in reply.headers if h[0].lower() != "content-length"), body=json.dumps(body).encode()
    )


def _fill(shown: dict[str, Any], kept: dict[str, Any], call: Call) -> None:
    if "TableClass" in kept:
        shown["TableClassSummary"] = {"TableClass": kept["TableClass"]}
    if "OnDemandThroughput" in kept:
        shown["OnDemandThroughput"] = kept["OnDemandThroughput"]
    wanted = kept.get("SSE")
    if wanted is not None and not wanted.get("Enabled", False):
        shown.pop("SSEDescription", None)
    elif wanted is not None:
        key = wanted.get("KMSMasterKeyId", f"arn:aws:kms:{call.region}:{call.account}:alias/aws/dynamodb")
        shown["SSEDescription"] = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key}


@repairs("dynamodb", "DescribeKinesisStreamingDestination")
def kinesis(call: Call, send: Send) -> Reply:
    return _of_table(call, {"TableName": call.parameters.get("TableName"), "KinesisDataStreamDestinations": []})


@repairs("dynamodb", "DescribeContributorInsights", "UpdateContributorInsights")
def contributor_insights(call: Call, send: Send) -> Reply:
    found = _table(call)
    if found is not None and call.operation.startswith("Update"):
        on = call.parameters.get("ContributorInsightsAction") == "ENABLE"
        extras(found)["insights"] = "ENABLED" if on else "DISABLED"
    state = extras(found).get("insights", "DISABLED") if found is not None else ""
    values = {"TableName": call.parameters.get("TableName"), "ContributorInsightsStatus": state}
    return _of_table(call, {**values, "LastUpdateDateTime": datetime.now(UTC)} if state == "ENABLED" else values)


def _of_table(call: Call, values: dict[str, Any]) -> Reply:
    if _table(call) is None:
        text = f"Requested resource not found: Table: {call.parameters.get('TableName')} not found"
        return failure(call, "ResourceNotFoundException", text)
    return result(call, values)
