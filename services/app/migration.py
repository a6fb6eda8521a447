"""`balcao migrate`: bring schema and topics up to date."""

from adapters.postgres.schema.migrate import migrate
from services.commands.erasure import ErasureCommands
from services.runtime.erased_list import ErasedList
from services.runtime.event_log import log_of
from services.runtime.settings import Settings
from services.runtime.topics import create_topics


def prepare(settings: Settings, restored: bool = False) -> int:
    """Migrate the schema and create missing topics; idempotent, and safe to run concurrently.

    `restored` gives the log a new id, after a restore of the database, and erases again whom the list of
    erased contacts names. Returns how many those were.

    Raises:
        SchemaRefused, PartitionsChanged, TopicsUnavailable
    """
    migrate(settings.database_url, restored)
    create_topics(settings)
    if not restored:
        return 0
    with log_of(settings) as log:
        listed = ErasedList(settings.erased_list_file)
        return ErasureCommands(log, listed).erase_again(listed.read())
