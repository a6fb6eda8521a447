"""`python -m services.cli` is `balcao`."""

from services.cli import app

app()
