"""Loaded models: within a budget, and no longer than they are used."""

from pathlib import Path

import pytest

from leap_bridge.warm import MB, Warm
from leap_models.errors import OutOfMemory


class Loader:
    def __init__(self) -> None:
        self.loaded: list[str] = []

    def __call__(self, name: str, device: str) -> object:
        self.loaded.append(name)
        return f"{name} on {device}"


@pytest.fixture
def loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loader:
    """Models a, b, c of 2, 2 and 3 MB."""
    for name, size_mb in (("a", 2), ("b", 2), ("c", 3)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights.safetensors").write_bytes(bytes(size_mb * MB))
    monkeypatch.setenv("LEAP_BRIDGE_WEIGHTS", str(tmp_path))
    return Loader()


def use(warm: Warm, *names: str) -> None:
    for name in names:
        with warm.lend(name):
            pass


def test_a_model_is_loaded_once(loader: Loader):
    warm = Warm(load=loader, device="cpu")
    use(warm, "a", "a")
    assert loader.loaded == ["a"]


def test_the_least_recently_used_makes_room(loader: Loader):
    warm = Warm(5.0, load=loader)
    use(warm, "a", "b", "a", "c")
    assert warm.names() == ("a", "c")
    assert warm.size_mb() == 5.0


def test_a_model_in_use_stays(loader: Loader):
    warm = Warm(4.0, load=loader)
    with warm.lend("a"), pytest.raises(OutOfMemory, match="c needs 3 MB, 2 of 4 MB are left"):
        use(warm, "c")


def test_a_model_larger_than_the_budget_is_refused(loader: Loader):
    with pytest.raises(OutOfMemory):
        use(Warm(2.5, load=loader), "c")


@pytest.mark.parametrize(("idle_s", "after_s", "left"), [(10, 9, ("a",)), (10, 10, ()), (0, 1e9, ("a",))])
def test_an_idle_model_goes(loader: Loader, idle_s: float, after_s: float, left: tuple[str, ...]):
    now_s = 0.0
    warm = Warm(idle_s=idle_s, load=loader, clock=lambda: now_s)
    use(warm, "a")
    now_s = after_s
    warm.unload_idle()
    assert warm.names() == left


def test_a_model_in_use_is_not_idle(loader: Loader):
    now_s = 0.0
    warm = Warm(idle_s=10, load=loader, clock=lambda: now_s)
    with warm.lend("a"):
        now_s = 100.0
        warm.unload_idle()
        assert warm.names() == ("a",)


def test_all_can_be_let_go(loader: Loader):
    warm = Warm(load=loader)
    use(warm, "a", "b")
    warm.unload_all()
    assert (warm.names(), warm.size_mb()) == ((), 0)


def test_a_model_that_cannot_be_loaded_is_not_there(loader: Loader):
    def fail(name: str, device: str) -> object:
        raise OutOfMemory("too large")

    warm = Warm(load=fail)
    with pytest.raises(OutOfMemory):
        use(warm, "a")
    assert warm.names() == ()


