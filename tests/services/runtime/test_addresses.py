"""Which addresses count as one client."""

import pytest

from services.runtime.addresses import network_of


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.4", "192.0.2.4"),
        ("::ffff:192.0.2.4", "192.0.2.4"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_an_ipv6_site_is_one_client(host: str, network: str) -> None:
    assert network_of(host) == network
