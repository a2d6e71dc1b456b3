import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from leap_models.config import from_dict, load, override, save, to_dict
from leap_models.errors import BadParameter, ConfigError, OutputExists
from leap_models.music.grid import Grid
from leap_models.paths import refuse_existing

LEAP = Grid(24_000, 100, 1024, 512)


@dataclass(frozen=True)
class Sampler:
    steps: int = 20
    name: Literal["heun", "euler"] = "heun"
    guidance: float | None = None


@dataclass(frozen=True)
class Config:
    learning_rate: float
    widths: tuple[int, ...] = (64, 128)
    betas: tuple[float, float] = (0.9, 0.999)
    sampler: Sampler = field(default_factory=Sampler)
    teacher: Sampler | None = None
    data: Path | None = None
    label: str = ""
    fast: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)
    anything: object = None
    grid: Grid = LEAP
    limit: int | float | str = 1


FULL = Config(
    learning_rate=1e-3,
    widths=(1, 2, 3),
    betas=(0.5, 0.6),
    sampler=Sampler(5, "euler", 2.5),
    teacher=Sampler(),
    data=Path("songs") / "all",
    label="Für Elise 琴",
    fast=True,
    weights={"onset": 2.0},
    anything={"a": [1, None, "b"]},
    grid=Grid(16_000, 50, 100, 50),
    limit="no",
)


@pytest.mark.parametrize("config", [FULL, Config(0.5)], ids=["full", "defaults"])
@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_what_is_saved_is_loaded(tmp_path: Path, config: Config, suffix: str) -> None:
    save(config, tmp_path / f"a.{suffix}")
    assert load(Config, tmp_path / f"a.{suffix}") == config


def test_to_dict_holds_what_json_holds() -> None:
    assert json.loads(json.dumps(to_dict(FULL))) == to_dict(FULL)


def test_missing_keys_with_a_default_take_it() -> None:
    assert from_dict(Config, {"learning_rate": 0.1}) == Config(0.1)


def test_a_whole_number_is_a_float_where_one_is_wanted() -> None:
    assert isinstance(from_dict(Config, {"learning_rate": 1}).learning_rate, float)


def test_a_whole_number_stays_whole_where_both_are_allowed() -> None:
    assert isinstance(from_dict(Config, {"learning_rate": 1, "limit": 3}).limit, int)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "learning_rate is missing"),
        ({"learning_rate": 1, "sampler": {"stepz": 2}}, "sampler.stepz is unknown; there are: steps, name, guidance"),
        ({"learning_rate": "1"}, 'learning_rate must be a number, got "1"'),
        ({"learning_rate": True}, "learning_rate must be a number, got true"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number, got NaN"),
        ({"learning_rate": 1, "sampler": {"steps": 2.0}}, "sampler.steps must be a whole number, got 2.0"),
        ({"learning_rate": 1, "sampler": {"steps": True}}, "sampler.steps must be a whole number, got true"),
        ({"learning_rate": 1, "sampler": {"name": "rk4"}}, 'sampler.name must be one of "heun", "euler", got "rk4"'),
        ({"learning_rate": 1, "sampler": {"guidance": "a"}}, 'sampler.guidance must be a number or null, got "a"'),
        ({"learning_rate": 1, "sampler": None}, "sampler must be a mapping, got null"),
        ({"learning_rate": 1, "teacher": {"steps": "a"}}, 'teacher.steps must be a whole number, got "a"'),
        ({"learning_rate": 1, "widths": 3}, "widths must be a list, got 3"),
        ({"learning_rate": 1, "widths": [1, "a"]}, 'widths.1 must be a whole number, got "a"'),
        ({"learning_rate": 1, "betas": [1]}, "betas must have 2 entries, got 1"),
        ({"learning_rate": 1, "weights": {"onset": "a"}}, 'weights.onset must be a number, got "a"'),
        ({"learning_rate": 1, "fast": 1}, "fast must be true or false, got 1"),
        ({"learning_rate": 1, "label": 1}, "label must be a string, got 1"),
        ([], "the configuration must be a mapping, got []"),
        (
            {"learning_rate": 1, "grid": {"sample_rate": 24000, "frame_rate": 7, "frames": 2, "hop": 1}},
            "grid: 24000 is not a whole multiple of 7",
        ),
    ],
)
def test_a_mistake_is_named_with_its_path(data: object, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_dict(Config, data)
    assert str(caught.value) == message


def test_a_mistake_in_a_file_is_named_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "train.yaml").write_text("learning_rate: 1e-3\nsampler: {steps: many}\n")
    with pytest.raises(ConfigError) as caught:
        load(Config, tmp_path / "train.yaml")
    assert str(caught.value) == f'{tmp_path / "train.yaml"}: sampler.steps must be a whole number, got "many"'


def test_yaml_knows_1e_3_as_a_number(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("learning_rate: 1e-3\n")
    assert load(Config, tmp_path / "a.yaml").learning_rate == 0.001


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"learning_rate": 1, "learning_rate": 2}'),
        ("a.yaml", "learning_rate: 1\nlearning_rate: 2\n"),
        ("a.json", '{"learning_rate": NaN}'),
        ("a.json", "{"),
        ("a.yaml", "a: [1\n"),
        ("a.yaml", "!!python/object/apply:os.getcwd []\n"),
        ("a.json", "[" * 100_000),
        ("missing.json", None),
    ],
)
def test_a_file_that_is_wrong_as_text_is_one_line(tmp_path: Path, name: str, text: str | None) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=rf"^[^\n]*{name} cannot be read: [^\n]+$"):
        load(Config, tmp_path / name)


def test_what_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^anything\.x cannot be written"):
        save(Config(1.0, anything={"x": {1, 2}}), tmp_path / "a.json")


def test_the_callers_config_is_not_changed() -> None:
    config = Config(1.0)
    override(config, ["sampler.steps=3"])
    assert config.sampler.steps == 20


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("learning_rate=3e-4", Config(3e-4)),
        ("learning_rate=.5", Config(0.5)),
        ("sampler.steps=20", Config(1.0, sampler=Sampler(20))),
        ("sampler.name=euler", Config(1.0, sampler=Sampler(name="euler"))),
        ("sampler.guidance=null", Config(1.0)),
        ("sampler.guidance=2", Config(1.0, sampler=Sampler(guidance=2.0))),
        ("teacher.steps=3", Config(1.0, teacher=Sampler(3))),
        ("widths=[1, 2]", Config(1.0, widths=(1, 2))),
        ("widths=1,2", Config(1.0, widths=(1, 2))),
        ("widths=5", Config(1.0, widths=(5,))),
        ("widths=", Config(1.0, widths=())),
        ("label=20", Config(1.0, label="20")),
        ("label=a=b", Config(1.0, label="a=b")),
        ("label=true", Config(1.0, label="true")),
        ("fast=True", Config(1.0, fast=True)),
        ("data=~/songs", Config(1.0, data=Path("~/songs"))),
        ("data=none", Config(1.0)),
        ('weights={"a": 1}', Config(1.0, weights={"a": 1.0})),
    ],
)
def test_override_reads_a_value_as_its_field_wants_it(assignment: str, expected: Config) -> None:
    assert override(Config(1.0), [assignment]) == expected


def test_fields_that_depend_on_each_other_are_overridden_together() -> None:
    found = override(Config(1.0), ["grid.frames=256", "grid.hop=128"])
    assert found.grid == Grid(24_000, 100, 256, 128)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("sampler.steps", "an override must be name=value, got sampler.steps"),
        ("sampler.stepz=2", "sampler.stepz is unknown; there are: steps, name, guidance"),
        ("sampler.steps=2.5", "sampler.steps must be a whole number, got 2.5"),
        ("sampler.steps=many", 'sampler.steps must be a whole number, got "many"'),
        ("fast.er=1", "fast has no fields of its own, so there is no fast.er"),
        ("grid.hop=3", "grid: hop must be from half a window to a window of 1024 frames, got 3"),
    ],
)
def test_an_override_that_cannot_be_is_refused(assignment: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        override(Config(1.0), [assignment])
    assert str(caught.value) == message


def test_errors_keep_their_cause() -> None:
    with pytest.raises(ConfigError) as caught:
        override(Config(1.0), ["grid.hop=3"])
    assert isinstance(caught.value.__cause__, BadParameter)


def test_saving_does_not_ask_but_refuse_existing_does(tmp_path: Path) -> None:
    save(Config(1.0), tmp_path / "a.json")
    save(Config(2.0), tmp_path / "a.json")
    with pytest.raises(OutputExists):
        refuse_existing(tmp_path / "a.json")
