"""No test reaches the outside: sockets connect, and names resolve, on this machine only. Used by conftest.

What is refused says so with an error that no retry takes for a network's bad day.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

import pytest


class OutsideError(RuntimeError):
    """A test tried to reach another machine."""

    def __init__(self, host: object) -> None:
        super().__init__(f"tests reach this machine only, not {host!r}")


def is_inside(host: object) -> bool:
    """Whether a host, by name or by address, is this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return True
    try:
        return ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False


def close_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections to, and look-ups of, other machines from here on; unix sockets stay open."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def checked(sock: socket.socket, address: Any) -> Any:
        if sock.family != socket.AF_UNIX and not is_inside(address[0]):
            raise OutsideError(address[0])
        return address

    def look_up(host: bytes | str | None, *args: Any, **options: Any) -> Any:
        # To listen everywhere is no way out.
        if not is_inside(host) and str(host) not in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
            raise OutsideError(host)
        return getaddrinfo(host, *args, **options)

    monkeypatch.setattr(socket.socket, "connect", lambda sock, address: connect(sock, checked(sock, address)))
    monkeypatch.setattr(socket.socket, "connect_ex", lambda sock, address: connect_ex(sock, checked(sock, address)))
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
