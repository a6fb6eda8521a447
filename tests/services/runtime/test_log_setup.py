"""The log: one line of JSON, whatever is said, and nothing that a customer wrote."""

import json
import subprocess
import sys
from typing import Any

SETUP = (
    "import logging, structlog; from services.runtime.log_setup import configure_log\nconfigure_log('api')\n"
)


def logged(program: str) -> list[dict[str, Any]]:
    done = subprocess.run([sys.executable, "-c", SETUP + program], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_both_kinds_of_loggers_write_the_same_lines() -> None:
    ours, others = logged(
        "structlog.get_logger('a').info('said', n=1)\nlogging.getLogger('b').warning('%s', 'heard')"
    )
    assert (ours["process"], ours["event"], ours["n"], ours["level"]) == ("api", "said", 1, "info")
    assert (others["process"], others["event"], others["logger"]) == ("api", "heard", "b")


def test_a_line_break_does_not_forge_a_line() -> None:
    (line,) = logged('structlog.get_logger().info(\'one\\n{"event": "two"}\')')
    assert line["event"].startswith("one\n")


def test_of_an_error_only_kind_place_and_first_line_are_kept() -> None:
    (line,) = logged(
        "try:\n raise ValueError('bad row\\nDETAIL: canary text of a customer')\n"
        "except ValueError:\n structlog.get_logger().exception('failed')"
    )
    assert line["error"][0]["kind"] == "ValueError"
    assert line["error"][0]["reason"] == "bad row"
    assert "canary" not in json.dumps(line)
