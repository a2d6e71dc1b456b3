import sys
from pathlib import Path

import pytest

from leap_models import errors, paths

linux = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="where Linux keeps things")
NAMES = ("CONFIG", "CACHE", "DATA", "HOME", "WEIGHTS")
FOLDERS = {"config": paths.config_folder, "cache": paths.cache_folder, "data": paths.data_folder}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*(paths.PREFIX + name for name in NAMES), "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"]:
        monkeypatch.delenv(name, raising=False)


@linux
@pytest.mark.parametrize(
    ("kind", "usual"), [("config", ".config"), ("cache", ".cache"), ("data", ".local/share")], ids=list(FOLDERS)
)
def test_linux_keeps_things_where_it_usually_does(kind: str, usual: str) -> None:
    assert FOLDERS[kind]() == Path.home() / usual / "leap-bridge"


@linux
@pytest.mark.parametrize("kind", FOLDERS)
def test_xdg_folders_are_used(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", str(tmp_path))
    assert FOLDERS[kind]() == tmp_path / "leap-bridge"


@linux
def test_a_relative_xdg_folder_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    assert paths.cache_folder() == Path.home() / ".cache" / "leap-bridge"


@pytest.mark.parametrize("kind", FOLDERS)
def test_one_home_holds_everything(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAP_BRIDGE_HOME", str(tmp_path))
    assert FOLDERS[kind]() == tmp_path / kind


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_of_its_own_comes_before_home(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAP_BRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(f"LEAP_BRIDGE_{kind.upper()}", str(tmp_path / "own"))
    assert FOLDERS[kind]() == tmp_path / "own"


def test_asking_for_a_folder_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAP_BRIDGE_HOME", str(tmp_path / "home"))
    paths.data_folder()
    assert list(tmp_path.iterdir()) == []


def test_made_makes_a_folder_and_those_above(tmp_path: Path) -> None:
    assert paths.made(tmp_path / "a" / "b").is_dir()


def test_a_folder_where_a_file_is_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(errors.UnwritableOutput, match="cannot make the folder"):
        paths.made(tmp_path / "a")


def test_weights_ship_inside_the_package() -> None:
    assert paths.weights_folder("leap") == Path(paths.__file__).parent / "weights" / "leap"


def test_weights_can_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "leap").mkdir()
    monkeypatch.setenv("LEAP_BRIDGE_WEIGHTS", str(tmp_path))
    assert paths.weights_folder("leap") == tmp_path / "leap"


def test_weights_that_are_not_elsewhere_are_the_shipped_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAP_BRIDGE_WEIGHTS", str(tmp_path))
    assert paths.weights_folder("nmp") == Path(paths.__file__).parent / "weights" / "nmp"


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAP_BRIDGE_TOKEN", "")
    assert paths.variable("TOKEN") is None


def test_a_file_is_there_only_when_it_is_whole(tmp_path: Path) -> None:
    with paths.atomic(tmp_path / "a.txt") as temporary:
        temporary.write_text("all of it")
        assert not (tmp_path / "a.txt").exists()
    assert (tmp_path / "a.txt").read_text() == "all of it"


def test_the_temporary_name_has_the_folder_and_the_suffix(tmp_path: Path) -> None:
    with paths.atomic(tmp_path / "a.mid") as temporary:
        temporary.touch()
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".mid")


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with paths.atomic(tmp_path / "a.txt") as temporary:
        temporary.touch()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def write_and_fail(path: Path, error: BaseException) -> None:
    with paths.atomic(path) as temporary:
        temporary.write_text("half of it")
        raise error


@pytest.mark.parametrize("error", [ValueError(), errors.Cancelled(), KeyboardInterrupt()])
def test_a_failure_keeps_what_was_there(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "a.txt").write_text("before")
    with pytest.raises(type(error)):
        write_and_fail(tmp_path / "a.txt", error)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_a_full_disk_is_unwritable_output(tmp_path: Path) -> None:
    with pytest.raises(errors.UnwritableOutput, match=r"cannot write .*a\.txt: No space left on device"):
        write_and_fail(tmp_path / "a.txt", OSError(28, "No space left on device"))


def test_a_missing_folder_is_unwritable_output(tmp_path: Path) -> None:
    with pytest.raises(errors.UnwritableOutput, match="there is no folder"), paths.atomic(tmp_path / "none" / "a.txt"):
        pass


def test_a_folder_can_be_written_whole(tmp_path: Path) -> None:
    with paths.atomic(tmp_path / "leap") as temporary:
        temporary.mkdir()
        (temporary / "model.json").write_text("{}")
    assert (tmp_path / "leap" / "model.json").read_text() == "{}"


def test_a_folder_that_holds_something_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "leap").mkdir()
    (tmp_path / "leap" / "model.json").write_text("before")
    with pytest.raises(errors.UnwritableOutput), paths.atomic(tmp_path / "leap") as temporary:
        temporary.mkdir()
    assert [path.name for path in tmp_path.iterdir()] == ["leap"]


def test_refuse_existing_gives_a_free_path_back(tmp_path: Path) -> None:
    assert paths.refuse_existing(str(tmp_path / "a.mid")) == tmp_path / "a.mid"


def test_refuse_existing_refuses_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.mid").touch()
    with pytest.raises(errors.OutputExists, match=r"a\.mid exists already"):
        paths.refuse_existing(tmp_path / "a.mid")


def test_force_allows_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.mid").touch()
    assert paths.refuse_existing(tmp_path / "a.mid", force=True) == tmp_path / "a.mid"


def test_only_paths_reads_the_environment() -> None:
    package = Path(paths.__file__).parent
    readers = [path.name for path in package.rglob("*.py") if "environ" in path.read_text(encoding="utf-8")]
    assert readers == ["paths.py"]


def every_error() -> list[type[errors.LeapError]]:
    found, left = [], [errors.LeapError]
    while left:
        kind = left.pop()
        found.append(kind)
        left += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == errors.__name__]


def test_every_error_has_its_own_code() -> None:
    codes = [kind.code for kind in every_error()]
    assert len(codes) == len(set(codes)) == 24


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_the_docstring_lists_every_error_with_its_code(kind: type[errors.LeapError]) -> None:
    lines = [line.split() for line in (errors.__doc__ or "").splitlines()]
    assert [kind.__name__, kind.code] in [words[:2] for words in lines]
