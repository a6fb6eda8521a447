"""Customers of the demo. Area code 20 does not exist, so nobody has their numbers."""

import secrets
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from domain.contact.phone import canonical_phone
from services.simulator.records import Number, Phone
from services.simulator.store import SimulatorStore
from services.simulator.world import new_bsuid


@dataclass(frozen=True, slots=True)
class DemoPhone:
    """A customer to seed; without `ninth_digit` the `wa_id` lacks the 9, as many do."""

    name: str
    number: str
    ninth_digit: bool = True


DEMO_PHONES = (
    DemoPhone("Marina Teixeira", "5520987650001"),
    DemoPhone("Joaquim Prado", "5520987650002", ninth_digit=False),
    DemoPhone("Luzia Fontes", "5520987650003"),
)


def seed(
    folder: Path,
    phone_number_id: str,
    business_name: str,
    phones: Sequence[DemoPhone] = DEMO_PHONES,
    display: str = "+55 20 4000-0001",
    waba_id: str = "100000000000001",
) -> None:
    """Add the number and its customers in `folder`; idempotent, also beside a running simulator."""
    with closing(SimulatorStore(folder)) as store, store.transaction():
        store.add_number(Number(phone_number_id, waba_id, display, business_name))
        for phone in phones:
            store.add_phone(new_phone(phone.name, phone_number_id, phone.number, phone.ninth_digit))


def new_phone(
    name: str,
    phone_number_id: str,
    number: str | None = None,
    ninth_digit: bool = True,
    username: str | None = None,
    hides_number: bool = False,
) -> Phone:
    """Create a phone with this number, or with a random one that cannot exist."""
    dialled = (number or f"55209{6_000_0000 + secrets.randbelow(4_000_0000)}").removeprefix("+")
    full = canonical_phone(dialled) or dialled
    brazilian = len(full) == 13 and full.startswith("55") and full[4] == "9"
    wa_id = full[:4] + full[5:] if brazilian and not ninth_digit else dialled
    return Phone(wa_id, full, name, new_bsuid(), username, phone_number_id, True, hides_number)
