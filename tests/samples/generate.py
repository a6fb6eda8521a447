"""Writes schemas of events and samples that are missing; refuses what old events could not be read under.

The published schema, which others rely on, is written too.

python -m tests.samples.generate
"""

import json
import sys

from adapters.postgres.log.event_codec import EventCodec
from adapters.postgres.log.upcasters import UPCASTERS
from domain.registry import FACTS
from services.queries.cloudevents import SCHEMA_FILE, schema_text
from tests.samples.compatibility import breaks, schema_of, schema_path, written
from tests.samples.sample import sample_of


def generate() -> list[str]:
    """Bring the files up to date; what may not be changed is left and told."""
    mapper = EventCodec(FACTS, UPCASTERS)
    told = []
    for fact in FACTS:
        path, schema = schema_path(fact), schema_of(fact)
        broken = breaks(json.loads(path.read_text()), schema) if path.exists() else []
        told += [f"{path.name}: {reason}; raise VERSION and add an upcaster" for reason in broken]
        if not broken:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(written(schema))
            sample = sample_of(fact, mapper)
            if not sample.path.exists():
                sample.write()
    SCHEMA_FILE.write_text(schema_text())
    return told


if __name__ == "__main__":
    sys.exit("\n".join(generate()) or None)
