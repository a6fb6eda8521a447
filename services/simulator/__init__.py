"""A WhatsApp simulator for development and tests: a Graph API and customers' phones."""

from services.simulator.app import running, simulator, stop
from services.simulator.faults import Faults
from services.simulator.seed import DEMO_PHONES, DemoPhone, seed

__all__ = ["DEMO_PHONES", "DemoPhone", "Faults", "running", "seed", "simulator", "stop"]
