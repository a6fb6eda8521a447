"""`balcao key rotate`: another master key, while everything runs."""

import base64
import json
import secrets
from pathlib import Path

from rich.console import Console

from adapters.postgres.log.key_rotation import Rotated, rotating
from adapters.postgres.log.sealing import mark_of
from services.runtime.durable_files import sync_folder, write_private
from services.runtime.failpoint import failpoint
from services.runtime.settings import Settings


def rotate(settings: Settings, console: Console) -> Rotated:
    """Seal everything that the master key seals with a new one.

    The key that an installation has made for itself is replaced by one that it makes; both are stored before
    anything is sealed with the new one, and the former is removed when nothing needs it. A configured key is
    replaced by the other one of two in BALCAO_MASTER_KEY.

    Raises:
        RotationRefused, WrongMasterKey
    """
    keys = settings.master_key
    is_own = settings.stored_master_key() == keys
    if is_own and "," not in keys:
        keys += "," + base64.b64encode(secrets.token_bytes(32)).decode()
        _store(settings.secrets_file, keys)
    failpoint("before_rotation")
    with rotating(settings.database_url, keys) as rotation, console.status("") as status:
        rotation.begin()
        failpoint("after_rotation_begins")
        counted: dict[str, int] = {}

        def walked(table: str, rows: int) -> None:
            counted[table] = counted.get(table, 0) + rows
            status.update(f"{counted[table]} rows of {table}")
            failpoint("during_rotation")

        rotation.reseal(walked)
        counted.clear()
        done = rotation.verify(walked)
    failpoint("after_rotation")
    if is_own:
        _store(settings.secrets_file, next(key for key in keys.split(",") if mark_of(key) == done.mark))
    return done


def _store(file: Path, master_key: str) -> None:
    """Replace the master key in the file of secrets; it is on disk when this returns."""
    stored = json.loads(file.read_text()) | {"master_key": master_key}
    fresh = write_private(file.parent, "secrets-", json.dumps(stored, indent=2))
    fresh.replace(file)
    sync_folder(file.parent)
