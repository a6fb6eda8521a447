"""Whatever happens at the counter, in any order: the ledger, the rules and the read models agree."""

from hypothesis import settings

from tests.laws.counter import Counter

EXAMPLES = 500 if settings.get_current_profile_name() == "ci" else 50

TestCounter = Counter.TestCase
TestCounter.settings = settings(max_examples=EXAMPLES, stateful_step_count=40)
