"""The event log as configured."""

from adapters.postgres.log.event_log import PostgresLog
from services.runtime.settings import Settings


def log_of(settings: Settings, pool_size: int = 1) -> PostgresLog:
    """Open the configured log, which follows a rotation of the master key; the caller closes it.

    Raises:
        SchemaRefused, WrongMasterKey
    """
    return PostgresLog(
        settings.database_url,
        settings.master_key,
        pool_size=pool_size,
        reload_keys=settings.stored_master_key,
    )
