"""`balcao key`."""

import typer

from services.cli.command_line import command_settings, print_line

key_app = typer.Typer(help="Manage the master key.", no_args_is_help=True)


@key_app.callback()
def key() -> None:
    """Manage the master key."""


@key_app.command("rotate")
def key_rotate() -> None:
    """Seal everything with a new master key while everything runs; repeat it when it was interrupted."""
    from rich.console import Console

    from adapters.postgres.log.sealing import name_of_key
    from services.app.key_rotation import rotate

    with command_settings() as settings:
        done = rotate(settings, Console(stderr=True))
        print_line(f"All {done.rows} rows are sealed with the master key {name_of_key(done.mark)}.")
        print_line("No other key is needed, except for backups from before.")
        for row in done.damaged:
            typer.echo(f"damaged, no key opens it: {row}", err=True)
