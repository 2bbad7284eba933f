"""Sessions and clients of boto3: no retries of its own, no endpoint but ours or AWS's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from providers.aws.transport import Settings


def make_session(settings: Settings) -> Any:
    """A session with the credentials of these settings; with a role, refreshed by assuming it again."""
    import boto3
    import botocore.session

    if settings.endpoint:
        session = boto3.Session(
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=settings.secret_key,
            region_name=settings.region,
        )
    else:
        session = boto3.Session(profile_name=settings.profile or None, region_name=settings.region)
    if not settings.role:
        return session
    inner = botocore.session.Session(profile=settings.profile or None)
    inner.set_config_variable("region", settings.region)
    inner._credentials = role_credentials(session, settings)
    return boto3.Session(botocore_session=inner, region_name=settings.region)


def role_credentials(session: Any, settings: Settings) -> Any:
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    def create(service: str, **keys: Any) -> Any:
        return make_client(session, service, settings, **keys)

    fetcher = AssumeRoleCredentialFetcher(
        client_creator=create,
        source_credentials=session.get_credentials(),
        role_arn=settings.role,
        extra_args={"RoleSessionName": "plumb"},
    )
    return DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)


def make_client(session: Any, service: str, settings: Settings, **keys: Any) -> Any:
    """`keys` are credentials other than the session's."""
    from botocore.config import Config

    config = Config(
        retries={"total_max_attempts": 1, "mode": "standard"},
        connect_timeout=10,
        read_timeout=60,
        max_pool_connections=32,
        ignore_configured_endpoint_urls=True,
        user_agent_extra="plumb",
        s3={"addressing_style": "path"} if settings.endpoint else None,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return session.client(service, config=config, endpoint_url=settings.endpoint or None, **keys)
