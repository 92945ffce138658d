"""Secret blocks of a real Prefect server, read by runs and by commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from deployments.wiring import secret_block, secret_block_of_others
from penstock.errors import UsageError


@pytest.fixture
def api(prefect_server: None) -> str:
    """The address of a server that keeps a secret."""
    from prefect.blocks.system import Secret
    from prefect.settings import PREFECT_API_URL

    secret: Secret[str] = Secret(value=SecretStr("made-up"))
    secret.save("mail-password", overwrite=True, _sync=True)  # type: ignore[call-arg] # the switch of its sync side
    return str(PREFECT_API_URL.value())


def test_secret_block_is_read_by_runs_and_by_commands(api: str, tmp_path: Path) -> None:
    from tasks.blocks import read_block

    for read in (read_block, secret_block, secret_block_of_others):
        assert read(tmp_path, api, "mail-password") == "made-up"
        with pytest.raises(UsageError, match=r"make (it|the block) there, under Blocks in its UI"):
            read(tmp_path, api, "none-such")


def test_without_a_server_commands_say_so_and_up_goes_on(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no Prefect server runs for this workspace; start `penstock up`"):
        secret_block(tmp_path, "", "mail-password")
    assert secret_block_of_others(tmp_path, "", "mail-password") is None
