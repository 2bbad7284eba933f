"""The other services of the sandbox where moto alone differs from AWS."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from sandbox.client import Client
from tests.sandbox.aws.conftest import Open, refused

pytestmark = pytest.mark.sandbox
TAGS = {"owner": "somebody", "plumb.dev/stack": "one"}
PAIRS = [{"Key": key, "Value": value} for key, value in TAGS.items()]
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
RIGHTS = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
HASH = [{"AttributeName": "id", "KeyType": "HASH"}]
TEXT = [{"AttributeName": "id", "AttributeType": "S"}]


def archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr("index.py", "def handler(event, context): return 1")
    return stream.getvalue()


def function(aws: Open, name: str = "one", **rest: Any) -> Any:
    iam = aws("iam")
    if not iam.list_roles()["Roles"]:
        iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
    role = iam.get_role(RoleName="worker")["Role"]["Arn"]
    code = {"ZipFile": archive()}
    wanted = {"FunctionName": name, "Role": role, "Runtime": "python3.12", "Handler": "index.handler", "Code": code}
    return aws("lambda").create_function(**wanted, **rest)


def make_all(aws: Open) -> None:
    """One tagged object of each type outside EC2 and EKS."""
    location = {"LocationConstraint": "eu-west-1", "Tags": PAIRS}
    aws("s3").create_bucket(Bucket="bucket-one", CreateBucketConfiguration=location)
    iam = aws("iam")
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST, Tags=PAIRS)
    iam.create_policy(PolicyName="one", PolicyDocument=RIGHTS, Tags=PAIRS)
    iam.create_instance_profile(InstanceProfileName="one", Tags=PAIRS)
    iam.create_open_id_connect_provider(Url="https://id.example.com", ThumbprintList=["a" * 40], Tags=PAIRS)
    function(aws, Tags=TAGS)
    aws("sqs").create_queue(QueueName="one", tags=TAGS)
    aws("sns").create_topic(Name="one", Tags=PAIRS)
    aws("dynamodb").create_table(
        TableName="one", KeySchema=HASH, AttributeDefinitions=TEXT, BillingMode="PAY_PER_REQUEST", Tags=PAIRS
    )
    aws("logs").create_log_group(logGroupName="one", tags=TAGS)
    aws("ssm").put_parameter(Name="one", Value="x", Type="String", Tags=PAIRS)
    aws("kms").create_key(Tags=[{"TagKey": key, "TagValue": value} for key, value in TAGS.items()])
    aws("ecr").create_repository(repositoryName="one", tags=PAIRS)


def test_tags_given_at_creation_are_kept(aws: Open, control: Client) -> None:
    make_all(aws)
    things = control.objects()
    assert sorted(thing["type"] for thing in things) == [
        "AWS::DynamoDB::Table",
        "AWS::ECR::Repository",
        "AWS::IAM::InstanceProfile",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::OIDCProvider",
        "AWS::IAM::Role",
        "AWS::KMS::Key",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SSM::Parameter",
    ]
    assert {json.dumps(thing["tags"], sort_keys=True) for thing in things} == {json.dumps(TAGS, sort_keys=True)}
    assert control.status()["objects"]["AWS::SQS::Queue"] == 1


def test_a_reset_forgets_all(aws: Open, control: Client) -> None:
    make_all(aws)
    control.reset()
    assert control.objects() == []
    assert control.mutations() == []
    make_all(aws)


@pytest.mark.parametrize(
    ("service", "operation", "items", "create", "size"),
    [
        ("iam", "list_roles", "Roles", lambda c, n: c.create_role(RoleName=n, AssumeRolePolicyDocument=TRUST), 2),
        ("sqs", "list_queues", "QueueUrls", lambda c, n: c.create_queue(QueueName=n), 2),
        ("logs", "describe_log_groups", "logGroups", lambda c, n: c.create_log_group(logGroupName=n), 2),
        ("ssm", "describe_parameters", "Parameters", lambda c, n: c.put_parameter(Name=n, Value="x", Type="String"), 2),
        ("kms", "list_keys", "Keys", lambda c, n: c.create_key(), 2),
        ("ecr", "describe_repositories", "repositories", lambda c, n: c.create_repository(repositoryName=n), 2),
        (
            "dynamodb",
            "list_tables",
            "TableNames",
            lambda c, n: c.create_table(TableName=n, KeySchema=HASH, AttributeDefinitions=TEXT, BillingMode="PAY_PER_REQUEST"),
            2,
        ),
    ],
)
def test_listings_come_in_pages(aws: Open, service: str, operation: str, items: str, create: Any, size: int) -> None:
    client = aws(service)
    for number in range(5):
        create(client, f"thing-{number}")
    paginator = client.get_paginator(operation)
    sizes = [len(page.get(items, [])) for page in paginator.paginate(PaginationConfig={"PageSize": size})]
    assert [count for count in sizes if count] == [2, 2, 1]


def test_a_listing_without_a_size_has_the_default_page(aws: Open) -> None:
    ssm = aws("ssm")
    for number in range(13):
        ssm.put_parameter(Name=f"/a/{number}", Value="x", Type="String")
    assert [len(page["Parameters"]) for page in ssm.get_paginator("describe_parameters").paginate()] == [10, 3]
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/a")
    assert [len(page["Parameters"]) for page in pages] == [10, 3]


def test_a_bucket(aws: Open) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="bucket-one", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_notification_configuration(Bucket="bucket-one", NotificationConfiguration={"EventBridgeConfiguration": {}})
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket="bucket-one")
    code, status = refused(s3.get_bucket_metrics_configuration, Bucket="bucket-one", Id="a")
    assert (code, status) == ("NotImplemented", 501)
    s3.put_object(Bucket="bucket-one", Key="a/ü", Body=b"x" * 100_000)
    assert refused(s3.delete_bucket, Bucket="bucket-one") == ("BucketNotEmpty", 409)
    s3.delete_object(Bucket="bucket-one", Key="a/ü")
    s3.delete_bucket(Bucket="bucket-one")
    assert refused(s3.delete_bucket, Bucket="bucket-one") == ("NoSuchBucket", 404)


def test_identities(aws: Open) -> None:
    iam = aws("iam")
    assert refused(iam.create_role, RoleName="bad", AssumeRolePolicyDocument="{")[0] == "MalformedPolicyDocument"
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
    arn = iam.create_policy(PolicyName="one", PolicyDocument=RIGHTS)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=arn)
    iam.attach_role_policy(RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")
    assert refused(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=RIGHTS, SetAsDefault=True)
    for attached in iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="worker", PolicyArn=attached["PolicyArn"])
    assert refused(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy(PolicyArn=arn)
    iam.put_role_policy(RoleName="worker", PolicyName="inline", PolicyDocument=RIGHTS)
    assert refused(iam.delete_role, RoleName="worker") == ("DeleteConflict", 409)
    iam.delete_role_policy(RoleName="worker", PolicyName="inline")
    iam.delete_role(RoleName="worker")
    iam.create_instance_profile(InstanceProfileName="one", Tags=PAIRS)
    assert iam.list_instance_profile_tags(InstanceProfileName="one")["Tags"] == PAIRS
    provider = iam.create_open_id_connect_provider(Url="https://id.example.com", ThumbprintList=["a" * 40])
    name = {"OpenIDConnectProviderArn": provider["OpenIDConnectProviderArn"]}
    iam.add_client_id_to_open_id_connect_provider(**name, ClientID="one")
    assert iam.get_open_id_connect_provider(**name)["ClientIDList"] == ["one"]
    iam.remove_client_id_from_open_id_connect_provider(**name, ClientID="one")
    assert iam.get_open_id_connect_provider(**name)["ClientIDList"] == []


def test_settings_of_a_function(aws: Open) -> None:
    client = aws("lambda")
    letter = {"TargetArn": "arn:aws:sqs:eu-west-1:123456789012:letters"}
    made = function(aws, DeadLetterConfig=letter, LoggingConfig={"LogFormat": "JSON"})
    assert made["DeadLetterConfig"] == letter
    client.update_function_configuration(
        FunctionName="one", TracingConfig={"Mode": "Active"}, EphemeralStorage={"Size": 1024}, Timeout=9
    )
    client.update_function_code(FunctionName="one", ZipFile=archive(), Architectures=["arm64"])
    shown = client.get_function(FunctionName="one")["Configuration"]
    assert shown == {**client.list_functions()["Functions"][0], "LastUpdateStatus": "Successful"}
    assert (shown["Timeout"], shown["TracingConfig"]["Mode"]) == (9, "Active")
    assert (shown["EphemeralStorage"]["Size"], shown["Architectures"]) == (1024, ["arm64"])
    assert shown["LoggingConfig"]["LogFormat"] == "JSON"
    assert shown["RevisionId"] != made["RevisionId"]
    assert client.get_runtime_management_config(FunctionName="one")["UpdateRuntimeOn"] == "Auto"
    client.put_function_recursion_config(FunctionName="one", RecursiveLoop="Allow")
    assert client.get_function_recursion_config(FunctionName="one")["RecursiveLoop"] == "Allow"
    network = {"SubnetIds": ["subnet-0"], "SecurityGroupIds": ["sg-0"]}
    assert refused(function, aws, "two", VpcConfig=network)[0] == "InvalidParameterValueException"


def test_permissions_of_a_function(aws: Open) -> None:
    client = aws("lambda")
    function(aws)
    grant = {"Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
    client.add_permission(FunctionName="one", StatementId="topic", **grant)
    code = refused(client.add_permission, FunctionName="one", StatementId="topic", **grant)
    assert code == ("ResourceConflictException", 409)
    client.remove_permission(FunctionName="one", StatementId="topic")
    code = refused(client.remove_permission, FunctionName="one", StatementId="topic")
    assert code == ("ResourceNotFoundException", 404)


def test_a_topic_that_is_there_already(aws: Open) -> None:
    sns = aws("sns")
    arn = sns.create_topic(Name="one", Tags=PAIRS, Attributes={"DisplayName": "One"})["TopicArn"]
    assert sns.create_topic(Name="one", Tags=PAIRS, Attributes={"DisplayName": "One"})["TopicArn"] == arn
    assert refused(sns.create_topic, Name="one", Tags=PAIRS[:1])[0] == "InvalidParameter"
    assert refused(sns.create_topic, Name="one", Attributes={"DisplayName": "Two"})[0] == "InvalidParameter"
    sns.set_topic_attributes(TopicArn=arn, AttributeName="SignatureVersion", AttributeValue="2")
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["SignatureVersion"] == "2"


def test_a_table(aws: Open) -> None:
    client = aws("dynamodb")
    table = client.create_table(
        TableName="one",
        KeySchema=HASH,
        AttributeDefinitions=TEXT,
        BillingMode="PAY_PER_REQUEST",
        Tags=PAIRS,
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
        TableClass="STANDARD_INFREQUENT_ACCESS",
    )["TableDescription"]
    name = {"ResourceArn": table["TableArn"]}
    client.tag_resource(**name, Tags=[{"Key": "owner", "Value": "other"}])
    tags = {tag["Key"]: tag["Value"] for tag in client.list_tags_of_resource(**name)["Tags"]}
    assert tags == {**TAGS, "owner": "other"}
    assert len(client.list_tags_of_resource(**name)["Tags"]) == 2
    shown = client.describe_table(TableName="one")["Table"]
    assert shown["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert shown["SSEDescription"]["Status"] == "ENABLED"
    client.update_table(TableName="one", SSESpecification={"Enabled": False})
    assert "SSEDescription" not in client.describe_table(TableName="one")["Table"]
    client.delete_table(TableName="one")
    assert refused(client.describe_table, TableName="one")[0] == "ResourceNotFoundException"


def test_a_log_group(aws: Open) -> None:
    logs = aws("logs")
    logs.create_log_group(logGroupName="one", logGroupClass="INFREQUENT_ACCESS")
    logs.create_log_group(logGroupName="two")
    assert refused(logs.put_retention_policy, logGroupName="one", retentionInDays=8)[0] == "InvalidParameterException"
    logs.associate_kms_key(logGroupName="one", kmsKeyId="arn:aws:kms:eu-west-1:123456789012:key/one")
    groups = logs.describe_log_groups(logGroupIdentifiers=["one"])["logGroups"]
    assert [(group["logGroupName"], group["logGroupClass"]) for group in groups] == [("one", "INFREQUENT_ACCESS")]
    assert groups[0]["kmsKeyId"].endswith("key/one")
    logs.put_log_group_deletion_protection(logGroupIdentifier="one", deletionProtectionEnabled=True)
    assert refused(logs.delete_log_group, logGroupName="one")[0] == "ValidationException"


def test_a_parameter_must_match_its_pattern(aws: Open) -> None:
    wanted = {"Name": "one", "Value": "x", "Type": "String", "AllowedPattern": "^[0-9]+$"}
    assert refused(aws("ssm").put_parameter, **wanted)[0] == "ParameterPatternMismatchException"


def test_a_key_that_waits_for_its_deletion(aws: Open, control: Client) -> None:
    kms = aws("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=100)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 100
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert refused(kms.schedule_key_deletion, KeyId=key)[0] == "KMSInvalidStateException"
    assert control.objects() == []
    assert [thing["state"] for thing in control.objects(everything=True) if thing["id"] == key] == ["PendingDeletion"]


def test_what_is_not_served_is_said_by_name(aws: Open) -> None:
    wanted = {"policyName": "a", "policyDocument": "{}", "policyType": "DATA_PROTECTION_POLICY"}
    assert refused(aws("logs").put_account_policy, **wanted) == ("NotImplemented", 501)
    assert refused(aws("healthlake").list_fhir_datastores) == ("NotImplemented", 501)
