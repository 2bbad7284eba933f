"""Addresses and prefixes of IPv4 and IPv6."""

from __future__ import annotations

import ipaddress
from typing import TypeAlias

from engine.expressions.codes import Code
from engine.expressions.functions.table import function
from engine.expressions.meter import Meter
from engine.expressions.problem import Refusal

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: str) -> Network:
    try:
        if "/" not in text:
            raise ValueError
        return ipaddress.ip_network(text)
    except ValueError:
        raise Refusal(f"{text[:60]!r} is no network", _hint(text)) from None


def _hint(text: str) -> str:
    try:
        return f'the network is "{ipaddress.ip_network(text, strict=False)}"'
    except ValueError:
        return 'write "10.0.0.0/16"'


@function("cidr_subnet(string, int, int) -> string")
def cidr_subnet(meter: Meter, cidr: str, bits: int, number: int) -> str:
    """Subnet `number`, counted from 0, of those whose prefix is `bits` longer."""
    network = _network(cidr)
    prefix = network.prefixlen + bits
    if bits < 0 or prefix > network.max_prefixlen:
        room = network.max_prefixlen - network.prefixlen
        raise Refusal(f"{cidr} can be divided by 0 to {room} bits, not {bits}", code=Code.OUT_OF_RANGE)
    if not 0 <= number < 1 << bits:
        raise Refusal(f"{cidr} has {1 << bits} subnets of {bits} bits, none of number {number}", code=Code.OUT_OF_RANGE)
    first = int(network.network_address) + (number << (network.max_prefixlen - prefix))
    return f"{_address(network, first)}/{prefix}"


def _address(network: Network, number: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.IPv4Address(number) if network.version == 4 else ipaddress.IPv6Address(number)


@function("cidr_host(string, int) -> string")
def cidr_host(meter: Meter, cidr: str, number: int) -> str:
    """Address `number` of the network, counted from 0; from the end where it is negative."""
    network = _network(cidr)
    count = network.num_addresses
    if not -count <= number < count:
        raise Refusal(f"{cidr} has {count} addresses, none of number {number}", code=Code.OUT_OF_RANGE)
    return str(_address(network, int(network.network_address) + number % count))


@function("cidr_contains(string, string) -> bool")
def cidr_contains(meter: Meter, cidr: str, other: str) -> bool:
    """Whether an address, or all of a network, is inside."""
    network = _network(cidr)
    try:
        inner = ipaddress.ip_network(other)
    except ValueError:
        raise Refusal(f"{other[:60]!r} is no address and no network", _hint(other)) from None
    if network.version != inner.version:
        return False
    return (
        int(network.network_address) <= int(inner.network_address)
        and int(inner.broadcast_address) <= int(network.broadcast_address)
    )  # fmt: skip


@function("cidr_netmask(string) -> string")
def cidr_netmask(meter: Meter, cidr: str) -> str:
    return str(_network(cidr).netmask)


@function("cidr_prefix(string) -> int")
def cidr_prefix(meter: Meter, cidr: str) -> int:
    """The number of its network's bits: 16 of 10.0.0.0/16."""
    return _network(cidr).prefixlen


@function("cidr_overlaps(string, string) -> bool")
def cidr_overlaps(meter: Meter, left: str, right: str) -> bool:
    one, other = _network(left), _network(right)
    return one.version == other.version and one.overlaps(other)
