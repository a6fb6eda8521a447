"""`balcao migrate`: bring schema and topics up to date."""

from adapters.postgres.schema.migrate import migrate
from services.runtime.settings import Settings
from services.runtime.topics import create_topics


def prepare(settings: Settings, restored: bool = False) -> None:
    """Migrate the schema and create missing topics; idempotent, and safe to run concurrently.

    `restored` gives the log a new id, after a restore of the database.

    Raises:
        SchemaRefused, PartitionsChanged, TopicsUnavailable
    """
    migrate(settings.database_url, restored)
    create_topics(settings)
