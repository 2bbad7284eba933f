"""S3: buckets with their settings, and bucket policies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from providers.aws.forms import json_text
from providers.aws.table import (
    Call,
    Create,
    Delete,
    Entry,
    Follow,
    Identity,
    Listing,
    Read,
    Tagging,
    Tags,
    Take,
    Update,
    answers,
)
from providers.aws.types import bucket_forms as forms
from providers.contract.schema import RecoveryClass

NAME = {"Bucket": Identity()}


def setting(
    property: str, operation: str, member: str, to: Callable[[Any], Any] | None = None, *, undo: Any = None, delete: str = ""
) -> Update:
    """A setting that one request writes whole; it is taken away by `delete`, or by writing `undo`."""
    call = Call(operation=f"s3:{operation}", parameters={**NAME, member: Take(property, to)})
    back = Call(operation=f"s3:{delete}", parameters=NAME) if delete else None
    if undo is not None:
        back = Call(operation=f"s3:{operation}", parameters={**NAME, member: undo})
    return Update(on=(property,), call=call, undo=back)


def read_setting(
    property: str,
    operation: str,
    place: str = "",
    absent: str = "",
    convert: Callable[[Any, str], dict[str, Any]] | None = None,
) -> Follow:
    return Follow(
        call=Call(operation=f"s3:{operation}", parameters=NAME),
        gives={property: place},
        absent=frozenset(filter(None, (absent,))),
        convert=convert,
    )


def places(body: dict[str, Any], name: str) -> dict[str, Any]:
    """The names of a bucket in its region."""
    region = body.get("LocationConstraint") or "us-east-1"
    region = "eu-west-1" if region == "EU" else region
    tail = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return {
        "RegionalDomainName": f"{name}.s3.{region}.{tail}",
        "DualStackDomainName": f"{name}.s3.dualstack.{region}.{tail}",
        "WebsiteURL": f"http://{name}.s3-website-{region}.{tail}",
    }


def bucket_shape(item: dict[str, Any]) -> dict[str, Any]:
    name = item["Identity"]
    return {**item, "ObjectLockEnabled": False, "Arn": f"arn:aws:s3:::{name}", "DomainName": f"{name}.s3.amazonaws.com"}


def canned(value: str) -> str:
    """`PublicRead` as S3 writes it: public-read."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in value).lstrip("-")


def is_true(value: Any) -> bool | None:
    return True if value else None


BUCKET = Entry(
    type="AWS::S3::Bucket",
    recovery=RecoveryClass.NAME,
    known_identity=True,
    name="BucketName",
    name_length=63,
    holds_data=True,
    create=Create(
        call=Call(
            operation="s3:CreateBucket",
            parameters={
                "Bucket": Take("BucketName"),
                "ACL": Take("AccessControl", canned),
                "ObjectLockEnabledForBucket": Take("ObjectLockEnabled", is_true),
                "CreateBucketConfiguration": {"Tags": Tags()},
            },
        ),
    ),
    updates=(
        setting("OwnershipControls", "PutBucketOwnershipControls", "OwnershipControls", delete="DeleteBucketOwnershipControls"),
        Update(
            on=("AccessControl",),
            call=Call(operation="s3:PutBucketAcl", parameters={**NAME, "ACL": Take("AccessControl", canned)}),
            undo=Call(operation="s3:PutBucketAcl", parameters={**NAME, "ACL": "private"}),
            created=True,
        ),
        setting(
            "PublicAccessBlockConfiguration",
            "PutPublicAccessBlock",
            "PublicAccessBlockConfiguration",
            delete="DeletePublicAccessBlock",
        ),
        setting(
            "BucketEncryption",
            "PutBucketEncryption",
            "ServerSideEncryptionConfiguration",
            forms.to_encryption,
            delete="DeleteBucketEncryption",
        ),
        setting("VersioningConfiguration", "PutBucketVersioning", "VersioningConfiguration", undo={"Status": "Suspended"}),
        setting("ObjectLockConfiguration", "PutObjectLockConfiguration", "ObjectLockConfiguration"),
        setting("CorsConfiguration", "PutBucketCors", "CORSConfiguration", forms.to_cors, delete="DeleteBucketCors"),
        setting(
            "LifecycleConfiguration",
            "PutBucketLifecycleConfiguration",
            "LifecycleConfiguration",
            forms.to_lifecycle,
            delete="DeleteBucketLifecycle",
        ),
        setting("LoggingConfiguration", "PutBucketLogging", "BucketLoggingStatus", forms.to_logging, undo={}),
        setting(
            "NotificationConfiguration",
            "PutBucketNotificationConfiguration",
            "NotificationConfiguration",
            forms.to_notification,
            undo={},
        ),
        setting(
            "ReplicationConfiguration",
            "PutBucketReplication",
            "ReplicationConfiguration",
            forms.to_replication,
            delete="DeleteBucketReplication",
        ),
        setting(
            "WebsiteConfiguration",
            "PutBucketWebsite",
            "WebsiteConfiguration",
            forms.to_website,
            delete="DeleteBucketWebsite",
        ),
        Update(
            on=("AccelerateConfiguration",),
            call=Call(
                operation="s3:PutBucketAccelerateConfiguration",
                parameters={
                    **NAME,
                    "AccelerateConfiguration": {"Status": Take("AccelerateConfiguration.AccelerationStatus")},
                },
            ),
            undo=Call(
                operation="s3:PutBucketAccelerateConfiguration",
                parameters={**NAME, "AccelerateConfiguration": {"Status": "Suspended"}},
            ),
        ),
    ),
    tagging=Tagging(
        form="list",
        add=Call(operation="s3:PutBucketTagging", parameters={**NAME, "Tagging": {"TagSet": Tags()}}),
        whole=True,
    ),
    read=Read(
        call=Call(operation="s3:GetBucketTagging", parameters=NAME),
        empty=frozenset({"NoSuchTagSet"}),
        absent=frozenset({"NoSuchBucket", "404"}),
        shape=bucket_shape,
        answer=answers("Arn", "DomainName", "ObjectLockEnabled", BucketName="Identity", Tags="TagSet"),
        follows=(
            Follow(
                call=Call(operation="s3:GetBucketLocation", parameters=NAME),
                gives={"RegionalDomainName": "", "DualStackDomainName": "", "WebsiteURL": ""},
                convert=places,
                fixed=True,
            ),
            read_setting(
                "OwnershipControls", "GetBucketOwnershipControls", "OwnershipControls", "OwnershipControlsNotFoundError"
            ),
            read_setting(
                "PublicAccessBlockConfiguration",
                "GetPublicAccessBlock",
                "PublicAccessBlockConfiguration",
                "NoSuchPublicAccessBlockConfiguration",
            ),
            read_setting(
                "BucketEncryption",
                "GetBucketEncryption",
                absent="ServerSideEncryptionConfigurationNotFoundError",
                convert=forms.from_encryption,
            ),
            read_setting(
                "VersioningConfiguration",
                "GetBucketVersioning",
                convert=lambda body, _: {"VersioningConfiguration": versioning(body)},
            ),
            Follow(
                call=Call(operation="s3:GetObjectLockConfiguration", parameters=NAME),
                gives={"ObjectLockConfiguration": "", "ObjectLockEnabled": ""},
                absent=frozenset({"ObjectLockConfigurationNotFoundError"}),
                convert=lambda body, _: locked(body),
            ),
            read_setting("CorsConfiguration", "GetBucketCors", absent="NoSuchCORSConfiguration", convert=forms.from_cors),
            read_setting(
                "LifecycleConfiguration",
                "GetBucketLifecycleConfiguration",
                absent="NoSuchLifecycleConfiguration",
                convert=forms.from_lifecycle,
            ),
            read_setting("LoggingConfiguration", "GetBucketLogging", convert=forms.from_logging),
            read_setting("NotificationConfiguration", "GetBucketNotificationConfiguration", convert=forms.from_notification),
            read_setting(
                "ReplicationConfiguration",
                "GetBucketReplication",
                absent="ReplicationConfigurationNotFoundError",
                convert=forms.from_replication,
            ),
            read_setting(
                "WebsiteConfiguration",
                "GetBucketWebsite",
                absent="NoSuchWebsiteConfiguration",
                convert=forms.from_website,
            ),
            read_setting(
                "AccelerateConfiguration",
                "GetBucketAccelerateConfiguration",
                convert=lambda body, _: {
                    "AccelerateConfiguration": {"AccelerationStatus": body["Status"]} if body.get("Status") else None
                },
            ),
        ),
    ),
    listing=Listing(call=Call(operation="s3:ListBuckets", parameters={}), items=("Buckets", "*"), identity=("Name",)),
    delete=Delete(call=Call(operation="s3:DeleteBucket", parameters=NAME)),
    defaults={"ObjectLockEnabled": False},
    readable=frozenset({"LifecycleConfiguration.Rules.*.ExpiredObjectDeleteMarker", "ReplicationConfiguration.Rules.*.Prefix"}),
    tidy=forms.tidy_bucket,
    refused={
        "AbacStatus": "attribute-based access of buckets is not served yet",
        "AnalyticsConfigurations": "analytics configurations are not served yet",
        "BucketNamePrefix": "a bucket is named by BucketName, or by Plumb",
        "BucketNamespace": "only the global namespace of buckets is served",
        "IntelligentTieringConfigurations": "intelligent tiering configurations are not served yet",
        "InventoryConfigurations": "inventory configurations are not served yet",
        "MetadataConfiguration": "metadata tables are not served yet",
        "MetadataTableConfiguration": "metadata tables are not served yet",
        "MetricsConfigurations": "metrics configurations are not served yet",
    },
)


def versioning(body: dict[str, Any]) -> dict[str, Any] | None:
    return {"Status": body["Status"]} if body.get("Status") else None


def locked(body: dict[str, Any]) -> dict[str, Any]:
    found = body.get("ObjectLockConfiguration", {})
    return {"ObjectLockConfiguration": found, "ObjectLockEnabled": found.get("ObjectLockEnabled") == "Enabled"}


BUCKET_POLICY = Entry(
    type="AWS::S3::BucketPolicy",
    recovery=RecoveryClass.NATURAL_KEY,
    known_identity=True,
    create=Create(
        call=Call(
            operation="s3:PutBucketPolicy",
            parameters={"Bucket": Take("Bucket"), "Policy": Take("PolicyDocument", json_text)},
            note="set policy",
        ),
    ),
    updates=(
        Update(
            on=("PolicyDocument",),
            call=Call(
                operation="s3:PutBucketPolicy",
                parameters={"Bucket": Identity(), "Policy": Take("PolicyDocument", json_text)},
                note="set policy",
            ),
            created=True,
        ),
    ),
    read=Read(
        call=Call(operation="s3:GetBucketPolicy", parameters=NAME),
        absent=frozenset({"NoSuchBucketPolicy", "NoSuchBucket"}),
        answer=answers(Bucket="Identity", PolicyDocument="Policy"),
    ),
    listing=Listing(call=Call(operation="s3:ListBuckets", parameters={}), items=("Buckets", "*"), identity=("Name",)),
    delete=Delete(call=Call(operation="s3:DeleteBucketPolicy", parameters=NAME)),
)

ENTRIES = (BUCKET, BUCKET_POLICY)
