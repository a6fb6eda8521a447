"""`balcao migrate`: schema and topics brought to what this program knows."""

from adapters.postgres.schema.migrate import migrate
from services.runtime.settings import Settings
from services.runtime.topics import create_topics


def prepare(settings: Settings, restored: bool = False) -> None:
    """Safe twice and at once. `restored` gives the log a new name, after a restore of the database.

    Raises:
        SchemaRefused, PartitionsChanged, TopicsUnavailable
    """
    migrate(settings.database_url, restored)
    create_topics(settings)
