"""Names that are unique in an installation, and their form for comparison."""

EMAIL = "agent_email"


def folded(written: str) -> str:
    """Return a name without surrounding spaces and case."""
    return written.strip().casefold()
