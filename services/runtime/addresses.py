"""Addresses of hosts: which are of this machine, and what counts as one client."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network


@lru_cache(4096)
def network_of(host: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 of an IPv6 one, which a site has."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, 64), strict=False))


def is_loopback(host: str) -> bool:
    """Return whether an address or name is of this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
