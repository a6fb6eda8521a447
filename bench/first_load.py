"""How much script the page brings before anything is asked for."""

import json
from collections.abc import Iterator
from gzip import compress
from pathlib import Path

from bench.figures import Figure

BUILT = Path(__file__).parents[1] / "services/web"
MOST_KB = 250


def measure() -> Iterator[Figure]:
    """Sum the entry of the built page and what it imports at once; dialogs and pickers come when opened."""
    parts = json.loads((BUILT / ".vite/manifest.json").read_text())
    found = {name for name, part in parts.items() if part.get("isEntry")}
    ahead = list(found)
    while ahead:
        more = set(parts[ahead.pop()].get("imports", ())) - found
        found |= more
        ahead += more
    sizes = {name: len(compress((BUILT / parts[name]["file"]).read_bytes())) / 1000 for name in found}
    largest = max(sizes, key=lambda name: sizes[name])
    note = f"{len(sizes)} files, the largest {sizes[largest]:.0f} kB"
    yield Figure("first load of the page, script", sum(sizes.values()), "kB gz", most=MOST_KB, note=note)
