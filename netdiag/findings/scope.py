"""Says which sources are asked about: addresses and networks."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING

from netdiag.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from netdiag.connections.columns import Columns


def network(text: str) -> IPv4Network | IPv6Network:
    """An address or network as a person gives it; ConfigError for anything else."""
    try:
        return ip_network(text, strict=False)
    except ValueError as wrong:
        raise ConfigError(f"{text!r} is no address or network. Give one such as 192.0.2.7 or 2001:db8::/32") from wrong


def is_in(source: str, whole: str) -> bool:
    """Whether a source (address or prefix) lies in a network; False where either is none."""
    try:
        inner, outer = ip_network(source, strict=False), ip_network(whole, strict=False)
    except ValueError:
        return False
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def within(source: str, networks: Sequence[str]) -> bool:
    """Whether a source lies in one of the networks; no networks mean all sources."""
    return not networks or any(is_in(source, whole) for whole in networks)


def within_each(sources: NDArray[np.object_], networks: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each source lies in one of the networks."""
    import numpy as np  # not before it is needed: a compressed capture is decompressed while it is imported

    return np.array([within(name, networks) for name in sources.tolist()], bool)


def only(columns: Columns, name: str, networks: Sequence[str]) -> Columns:
    """Copies of the rows of which the address in column `name` lies in one of the networks; no networks mean all rows, as they are."""
    import numpy as np

    return columns.taken(np.flatnonzero(within_each(columns.texts(name), networks)[columns[name]])) if networks else columns
