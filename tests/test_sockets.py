"""No test leaves this machine."""

from __future__ import annotations

import socket

import pytest

from tests.sockets import OutsideError


@pytest.mark.parametrize("address", [("192.0.2.1", 25), ("mail.example.com", 25)])
def test_sockets_to_other_machines_are_closed(address: tuple[str, int]) -> None:
    with socket.socket() as outside, pytest.raises(OutsideError):
        outside.connect(address)


def test_names_of_other_machines_are_not_looked_up() -> None:
    with pytest.raises(OutsideError):
        socket.getaddrinfo("mail.example.com", 25)


def test_loopback_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
