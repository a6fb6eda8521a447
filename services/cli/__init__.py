"""The commands of `balcao`."""

from services.cli.commands import app

__all__ = ["app"]
