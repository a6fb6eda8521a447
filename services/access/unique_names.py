"""Names that are unique in an installation, and how they are compared."""

EMAIL = "agent_email"


def folded(written: str) -> str:
    """A name as it is compared: without outer spaces and case."""
    return written.strip().casefold()
