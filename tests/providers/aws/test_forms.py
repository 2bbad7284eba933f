"""Values between the schema's form and AWS's: there and back, and what means the same."""

from __future__ import annotations

from typing import Any

import pytest

from providers.aws.catalog import served
from providers.aws.checking import normalized, placed
from providers.aws.policies import canonical
from providers.aws.provider import Aws
from providers.aws.types import bucket_forms as forms
from providers.aws.types.clusters import to_logging
from providers.aws.types.functions import archive, statement_id
from providers.aws.types.security_groups import permission, rules_of
from providers.contract.observation import Live
from providers.contract.proposal import Action, Wanted
from providers.contract.step import Preparation, Step
from providers.contract.transport import Answered
from providers.contract.values import Unknown, Value

SETTINGS: list[tuple[str, Any, Any, dict[str, Any], str]] = [
    (
        "LifecycleConfiguration",
        forms.to_lifecycle,
        forms.from_lifecycle,
        {
            "Rules": [
                {
                    "Id": "a",
                    "Status": "Enabled",
                    "Prefix": "x/",
                    "TagFilters": [{"Key": "k", "Value": "v"}],
                    "ObjectSizeGreaterThan": 5,
                    "ExpirationInDays": 3,
                    "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 1}],
                    "NoncurrentVersionTransitions": [{"StorageClass": "GLACIER", "TransitionInDays": 2}],
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 9},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 4},
                },
                {"Id": "b", "Status": "Disabled", "ExpiredObjectDeleteMarker": True},
            ]
        },
        "",
    ),
    (
        "CorsConfiguration",
        forms.to_cors,
        forms.from_cors,
        {"CorsRules": [{"Id": "a", "AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "ExposedHeaders": ["x"], "MaxAge": 6}]},
        "",
    ),
    (
        "WebsiteConfiguration",
        forms.to_website,
        forms.from_website,
        {
            "IndexDocument": "index.html",
            "ErrorDocument": "error.html",
            "RoutingRules": [{"RedirectRule": {"HostName": "x"}, "RoutingRuleCondition": {"KeyPrefixEquals": "y"}}],
        },
        "",
    ),
    (
        "NotificationConfiguration",
        forms.to_notification,
        forms.from_notification,
        {
            "QueueConfigurations": [
                {
                    "Queue": "q",
                    "Event": "s3:ObjectCreated:*",
                    "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "x"}]}},
                }
            ],
            "EventBridgeConfiguration": {"EventBridgeEnabled": True},
        },
        "",
    ),
    (
        "BucketEncryption",
        forms.to_encryption,
        forms.from_encryption,
        {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}
            ]
        },
        "ServerSideEncryptionConfiguration",
    ),
    (
        "LoggingConfiguration",
        forms.to_logging,
        forms.from_logging,
        {"DestinationBucketName": "logs", "LogFilePrefix": "x/"},
        "",
    ),
    (
        "ReplicationConfiguration",
        forms.to_replication,
        forms.from_replication,
        {
            "Role": "arn",
            "Rules": [{"Id": "a", "Priority": 1, "Status": "Enabled", "Filter": {"TagFilter": {"Key": "k", "Value": "v"}}}],
        },
        "ReplicationConfiguration",
    ),
]


@pytest.mark.parametrize(("name", "to", "back", "value", "under"), SETTINGS, ids=[item[0] for item in SETTINGS])
def test_bucket_settings_come_back_as_they_were(name: str, to: Any, back: Any, value: Any, under: str) -> None:
    sent = to(value)
    assert back({under: sent} if under else sent, "bucket")[name] == value


def test_a_replication_rule_without_a_filter_means_everything() -> None:
    sent = forms.to_replication({"Role": "r", "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "b"}}]})
    assert sent["Rules"][0]["Prefix"] == ""


def test_old_members_of_lifecycle_rules_are_read_in_the_new_form() -> None:
    made = Aws().normalize(
        "AWS::S3::Bucket",
        {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "NoncurrentVersionExpirationInDays": "3"}]}},
    )
    assert made["LifecycleConfiguration"] == {
        "Rules": [{"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 3}}]
    }


def test_rules_of_a_group_come_back_as_they_were() -> None:
    rules = [
        {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": "10.0.0.0/8", "Description": "x"},
        {"IpProtocol": "-1", "SourceSecurityGroupId": "sg-1"},
        {"IpProtocol": "udp", "FromPort": 1, "ToPort": 2, "SourcePrefixListId": "pl-1"},
    ]
    assert rules_of([permission(rule) for rule in rules], "Source") == rules


def test_documents_that_mean_the_same_are_equal() -> None:
    one = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": ["b", "a"], "Resource": "x", "Sid": ""}}
    other = {
        "Version": "2008-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["a", "b"], "Resource": ["x"]}],
    }
    assert canonical(one) == canonical(other)
    root = {"Statement": [{"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}]}
    assert canonical(root) == canonical({"Statement": [{"Principal": {"AWS": ["123456789012"]}}]})
    boolean = {"Statement": [{"Condition": {"Bool": {"aws:SecureTransport": False}}}]}
    assert canonical(boolean) == canonical({"Statement": [{"Condition": {"Bool": {"aws:securetransport": "false"}}}]})
    assert canonical({"Statement": [{"Effect": "Allow"}]}) != canonical({"Statement": [{"Effect": "Deny"}]})


def test_inputs_take_the_form_of_the_schema() -> None:
    made = Aws().normalize(
        "AWS::SQS::Queue",
        {"QueueName": 7, "DelaySeconds": "5", "FifoQueue": "true", "Tags": {"b": 1, "a": "x"}, "RedriveAllowPolicy": "{}"},
    )
    assert made["QueueName"] == "7"
    assert made["DelaySeconds"] == 5
    assert made["FifoQueue"] is True
    assert made["Tags"] == [{"Key": "a", "Value": "x"}, {"Key": "b", "Value": "1"}]
    assert made["RedriveAllowPolicy"] == {}


def test_default_tags_are_added_and_the_resource_wins() -> None:
    kind = served("AWS::SQS::Queue")
    settings: dict[str, Value] = {"tags": {"team": "a", "stage": "dev"}}
    own: dict[str, Value] = {"Tags": [{"Key": "team", "Value": "b"}]}
    made = normalized(kind, placed(kind, own, settings))
    assert made["Tags"] == [{"Key": "team", "Value": "b"}, {"Key": "stage", "Value": "dev"}]
    assert placed(served("AWS::EC2::Route"), {}, settings) == {}


def test_source_text_becomes_the_same_archive() -> None:
    assert archive("print(1)") == archive("print(1)")
    assert archive(archive("print(1)")) == archive("print(1)")


def test_a_permission_is_named_by_what_it_allows() -> None:
    inputs: dict[str, Value] = {"FunctionName": "f", "Action": "a", "Principal": "p"}
    assert statement_id(inputs) == statement_id(dict(reversed(inputs.items())))
    assert statement_id({**inputs, "SourceArn": Unknown()}) == ""


def test_logs_that_are_not_wanted_are_turned_off() -> None:
    made = to_logging({"ClusterLogging": {"EnabledTypes": [{"Type": "api"}]}})["clusterLogging"]
    assert made[0] == {"types": ["api"], "enabled": True}
    assert "audit" in made[1]["types"]
    assert made[1]["enabled"] is False


def test_a_route_waits_for_the_attachment_of_its_gateway() -> None:
    gateway = Unknown(origin="shop.gateway.InternetGatewayId")
    objects: list[tuple[str, str, dict[str, Value]]] = [
        ("route", "AWS::EC2::Route", {"GatewayId": gateway}),
        ("attachment", "AWS::EC2::VPCGatewayAttachment", {"InternetGatewayId": gateway, "VpcId": "v"}),
        ("other", "AWS::EC2::Route", {"GatewayId": "igw-2"}),
    ]
    assert Aws().implied(objects) == [("route", "attachment")]


def plan(inputs: dict[str, Value], recorded: dict[str, Value], live: dict[str, Value]) -> Any:
    wanted = Wanted(type="AWS::Lambda::Function", inputs=inputs, recorded=recorded, live=Live(identity="f", values=live))
    return Aws().plan([wanted], lambda operation, parameters: Answered(body={}))[0]


def test_a_variable_that_is_no_longer_declared_is_taken_away() -> None:
    before: dict[str, Value] = {"Environment": {"Variables": {"A": "1", "B": "2"}}}
    after: dict[str, Value] = {"Environment": {"Variables": {"A": "1"}}}
    proposal = plan(after, before, before)
    assert proposal.action is Action.UPDATE
    assert [item.path for item in proposal.differences] == [("Environment", "Variables", "B")]
    assert plan(after, after, before).action is Action.NONE  # what others added is theirs


def test_indexes_of_a_table_change_one_at_a_time() -> None:
    def index(name: str) -> Value:
        return {
            "IndexName": name,
            "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }

    definitions: Value = [{"AttributeName": "a", "AttributeType": "S"}]
    inputs: dict[str, Value] = {"AttributeDefinitions": definitions, "GlobalSecondaryIndexes": [index("new"), index("kept")]}
    live = Live(
        identity="t",
        values={"AttributeDefinitions": definitions, "GlobalSecondaryIndexes": [index("kept"), index("old")]},
    )
    steps = Aws().prepare(
        Preparation(type="AWS::DynamoDB::Table", action=Action.UPDATE, inputs=inputs, recorded=inputs, live=live)
    )
    assert [step.note for step in steps if isinstance(step, Step)] == ["delete index old", "create index new"]


def test_a_bigger_machine_is_the_same_machine() -> None:
    live = Live(identity="i-1", values={"InstanceType": "t3.micro"})
    preparation = Preparation(
        type="AWS::EC2::Instance", action=Action.UPDATE, inputs={"InstanceType": "t3.large"}, recorded={}, live=live
    )
    steps = Aws().prepare(preparation)
    assert [step.operation for step in steps if isinstance(step, Step)] == [
        "ec2:StopInstances",
        "ec2:ModifyInstanceAttribute",
        "ec2:StartInstances",
    ]


def test_a_name_that_nobody_chose_is_the_same_for_every_run() -> None:
    owner = {"plumb.dev/stack": "s", "plumb.dev/resource": "r", "plumb.dev/generation": "1", "plumb.dev/at": "id:dev:shop.jobs"}

    def name(generation: str) -> Any:
        preparation = Preparation(
            type="AWS::SQS::Queue",
            action=Action.CREATE,
            inputs={"FifoQueue": True},
            owner={**owner, "plumb.dev/generation": generation},
        )
        step = Aws().prepare(preparation)[0]
        assert isinstance(step, Step)
        return step.parameters["QueueName"]

    assert name("1") == name("1")
    assert name("1") != name("2")
    assert name("1").startswith("shop-jobs-")
    assert name("1").endswith(".fifo")


def test_what_is_not_served_is_refused_by_name() -> None:
    found = Aws().check("AWS::S3::Bucket", {"BucketName": "x", "MetricsConfigurations": [{"Id": "a"}]})
    assert [item.code for item in found] == ["P0503"]
    assert found[0].path == ("MetricsConfigurations",)
    group = Aws().check("AWS::EC2::Route", {"RouteTableId": "r", "DestinationCidrBlock": "0.0.0.0/0"})
    assert "needs one of GatewayId" in group[0].summary
    tags = Aws().check("AWS::SQS::Queue", {"Tags": [{"Key": "plumb.dev/stack", "Value": "x"}]})
    assert tags[0].code == "P0505"
