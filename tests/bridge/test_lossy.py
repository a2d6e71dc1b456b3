"""Over a network that loses, doubles and reorders, a client ends with exactly the notes that were made."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lossy import LossyProxy
from test_strangers import stranger

from leap_bridge.daemon import Daemon
from leap_bridge.osc.client import Client
from leap_bridge.osc.heard import Heard

Music = Callable[..., Path]


def arranged(port: int, song: Path) -> list[tuple]:
    """The notes that our own client ends with."""
    with Client("127.0.0.1", port, "test", patience_s=30.0) as client:
        job = int(client.arrange(str(song), 0.0, 0.0, 5.0, 7, model="toy").arguments[1])
        heard = Heard()
        for message in client.follow(job):
            heard.is_new(message)
        return heard.notes()


@pytest.mark.parametrize("seed", [1, 2])
def test_our_client_ends_with_the_notes_of_a_loss_free_run(daemon: Daemon, music: Music, seed: int):
    song = music(15.0)
    with LossyProxy(daemon.port, seed) as proxy:
        assert arranged(proxy.port, song) == arranged(daemon.port, song)
        assert proxy.lost > 0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_stranger_ends_with_the_notes_of_a_loss_free_run(daemon: Daemon, music: Music, seed: int):
    words = (music(15.0), 5, "model", "toy")
    with LossyProxy(daemon.port, seed) as proxy:
        over, direct = (stranger(port, *words).stdout.splitlines()[:-1] for port in (proxy.port, daemon.port))
        assert over == direct != []
        assert proxy.lost > 0
