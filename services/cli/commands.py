"""The commands of `balcao`. Each imports what it needs itself, so that all start quickly."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from services.cli.command_line import (
    Commands,
    command_settings,
    first_secret,
    http_address,
    non_empty,
    print_line,
    process_settings,
    reported,
)
from services.cli.contact import contact_app
from services.cli.installation import agent_app, channel_app, quarantine_app, tenant_app, token_app
from services.cli.keys import key_app
from services.cli.log import log_app
from services.cli.organisation import team_app
from services.cli.topics import parked_app, topics_app

app = typer.Typer(
    name="balcao",
    cls=Commands,
    help="Balcão: customer service on WhatsApp. Settings are read from BALCAO_… variables or .env.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
project_app = typer.Typer(help="Update the read models (without a command), or manage them.")
app.add_typer(project_app, name="project")
app.add_typer(log_app, name="log")
app.add_typer(channel_app, name="channel")
app.add_typer(agent_app, name="agent")
app.add_typer(team_app, name="team")
app.add_typer(tenant_app, name="tenant")
app.add_typer(token_app, name="token")
app.add_typer(contact_app, name="contact")
app.add_typer(key_app, name="key")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(topics_app, name="topics")
app.add_typer(parked_app, name="parked")


@app.command()
def serve() -> None:
    """Run everything on this machine (database, API and workers) until Ctrl-C."""
    from services.app.serve import serve as run

    with process_settings(creates_secrets=True, database=False) as settings:
        run(settings)


@app.command()
def api() -> None:
    """Run the HTTP process: API, live stream, workspace page and WhatsApp's webhook."""
    from services.app.api import run

    with process_settings(creates_secrets=True) as settings:
        run(settings)


def _process(name: str) -> None:
    from services.app.work import run

    with process_settings() as settings:
        run(name, settings)


@app.command()
def ingest() -> None:
    """Run the worker that turns webhook items into events."""
    _process("ingest")


@app.command(name="bot-replies")
def bot_replies() -> None:
    """Run the worker that turns bot replies into events."""
    _process("bot-replies")


@project_app.callback(invoke_without_command=True)
def project(context: typer.Context) -> None:
    """Run the worker that keeps the read models up to date."""
    if context.invoked_subcommand is None:
        _process("project")


@app.command()
def publish() -> None:
    """Run the worker that publishes events to the topics."""
    _process("publish")


@app.command()
def send() -> None:
    """Run the worker that sends messages to WhatsApp."""
    _process("send")


@app.command()
def schedule() -> None:
    """Run the worker that fires due timers: retries, snoozes, scheduled messages."""
    _process("schedule")


@app.command()
def assign() -> None:
    """Run the worker that assigns waiting tickets to present agents."""
    _process("assign")


@app.command()
def templates() -> None:
    """Run the worker that reads the templates of the WhatsApp accounts from Meta."""
    _process("templates")


@app.command()
def work() -> None:
    """Run ingest, bot-replies, project, publish, send, schedule, assign and templates in one process."""
    _process("work")


@app.command()
def bot(
    flow: Annotated[Path | None, typer.Option(help="A flow in YAML; default: the demo's.")] = None,
    rasa: Annotated[str, typer.Option(help="URL of a Rasa server to answer instead.")] = "",
) -> None:
    """Run a bot engine that follows a flow, or asks a Rasa server."""
    from services.app.bot import run

    with process_settings() as settings:
        run(settings, flow, rasa)


@app.command()
def simulator(
    folder: Annotated[Path, typer.Option(help="Folder of its state.")] = Path("data/simulator"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port, printed when ready.")] = 8010,
    webhook_url: Annotated[
        str, typer.Option(help="Webhook address of `balcao api`.", callback=http_address)
    ] = "http://127.0.0.1:8000/webhooks/whatsapp",
    app_secret: Annotated[
        str, typer.Option(envvar="BALCAO_WHATSAPP_APP_SECRET", help="Signs webhooks.", callback=first_secret)
    ] = "simulator-app-secret",
    verify_token: Annotated[
        str,
        typer.Option(
            envvar="BALCAO_WHATSAPP_VERIFY_TOKEN", help="For the webhook's handshake.", callback=non_empty
        ),
    ] = "simulator-verify-token",
    token: Annotated[
        str,
        typer.Option(
            envvar="BALCAO_WHATSAPP_TOKEN", help="Access token of its Graph API.", callback=non_empty
        ),
    ] = "simulator-token",
    faults: Annotated[str, typer.Option(help="How to misbehave, as JSON.")] = "{}",
) -> None:
    """Run the WhatsApp simulator on its own: a Graph API and customers' phones.

    Point `balcao api` and `balcao send` at it with BALCAO_WHATSAPP_API_URL=http://127.0.0.1:8010/simulator/graph.
    """
    from pydantic import ValidationError

    from services.app.simulator import run
    from services.simulator import Faults

    try:
        wanted = Faults.model_validate_json(faults)
    except ValidationError as error:
        problems = [
            ": ".join([*map(str, problem["loc"][:1]), problem["msg"]])
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise typer.BadParameter("; ".join(problems), param_hint="--faults") from None
    with reported():
        run(folder, port, webhook_url, app_secret, verify_token, token, wanted)


@app.command()
def migrate(
    restored: Annotated[bool, typer.Option(help="After a restore: give the log a new id.")] = False,
) -> None:
    """Bring the database schema and the topics up to date."""
    from services.app.migration import prepare

    with command_settings() as settings:
        erased = prepare(settings, restored)
        print_line("The schema and the topics are up to date.")
        if restored:
            print_line(f"{erased} contacts were erased again, by the list in {settings.erased_list_file}.")


@app.command()
def doctor(
    deep: Annotated[
        bool, typer.Option(help="Also compare log, read models, keys and topics; may take long.")
    ] = False,
) -> None:
    """Check the configuration and report what is wrong."""
    from services.app.deep_doctor import examine_deeply
    from services.app.doctor import examine

    with process_settings(database=False) as settings:
        raise typer.Exit(examine_deeply(settings) if deep else examine(settings))


@app.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    import json

    from services.http.openapi import contract

    print_line(json.dumps(contract(), indent=2, ensure_ascii=False))


@project_app.command("status")
def project_status() -> None:
    """Show how far each follower of the log is."""
    from rich.console import Console

    from adapters.postgres.schema.migrate import check_schema
    from services.workers.project.project import status, status_table

    with command_settings() as settings:
        check_schema(settings.database_url)
        Console().print(status_table(status(settings)))


@project_app.command("rebuild")
def project_rebuild(
    name: str,
    switch: Annotated[bool, typer.Option(help="Switch to the new table when it is built.")] = False,
    force: Annotated[bool, typer.Option(help="Switch even if rows differ.")] = False,
) -> None:
    """Rebuild a read model in a new table and compare it; exit 1 when rows differ."""
    from services.workers.project.project import rebuild
    from services.workers.project.projectors import PROJECTIONS

    _require_one_of(name, PROJECTIONS)
    with command_settings() as settings:
        compared = rebuild(settings, name, switch=switch, force=force)
    raise typer.Exit(0 if compared.equal or switch else 1)


@project_app.command("retry")
def project_retry(name: Annotated[str | None, typer.Argument(help="Default: all.")] = None) -> None:
    """Retry the parked events of read models and publisher; exit 1 when some stay parked."""
    from services.workers.project.project import FOLLOWERS, retry

    if name is not None:
        _require_one_of(name, FOLLOWERS)
    with command_settings() as settings:
        done = retry(settings, name)
    for follower, (went, stayed) in done.items():
        print_line(f"{follower}: {went} events handled, {stayed} still parked")
    raise typer.Exit(1 if any(stayed for _, stayed in done.values()) else 0)


def _require_one_of(name: str, known: Collection[str]) -> None:
    if name not in known:
        raise typer.BadParameter(f"{name} is not one of {', '.join(known)}")
