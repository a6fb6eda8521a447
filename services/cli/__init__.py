"""The command line `balcao`."""

from services.cli.commands import app

__all__ = ["app"]
