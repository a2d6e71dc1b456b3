"""Messages that no page sends, made by the thousand: each is read or refused, and the door stays open."""

import contextlib
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from web_fixtures import Browser

from leap_bridge.web import asked
from leap_models.errors import BadMessage, BadParameter

NAMES = some.sampled_from(
    ["id", "do", "name", "bytes", "file", "job", "format", "model", "values", "source", "like", "keep", "notes",
     "pedals", "tempo", "more"]
)  # fmt: skip
WORDS = some.one_of(
    some.text(max_size=20),
    some.sampled_from(["models", "upload", "start", "file", "leap", "toy", "../../etc/passwd", "\ud800", "\0"]),
)
VALUES = some.recursive(
    some.one_of(some.none(), some.booleans(), some.integers(), some.floats(), WORDS),
    lambda inner: some.one_of(some.lists(inner, max_size=4), some.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)
MESSAGES = some.dictionaries(NAMES, VALUES, max_size=8)
DOES = some.sampled_from(["models", "status", "upload", "drop", "start", "cancel", "file", "forget"])


@settings(max_examples=200, deadline=None)
@given(message=MESSAGES, do=DOES, number=some.integers(1, 2**32 - 1))
def test_a_message_is_read_or_refused(message: dict[str, object], do: str, number: int):
    text = json.dumps({**message, "id": number, "do": do})
    with contextlib.suppress(BadMessage, BadParameter):
        assert asked.read(text).id == number
    assert asked.id_of(text) == number


@settings(max_examples=300, deadline=None)
@given(text=some.text(max_size=80))
def test_text_is_read_or_refused(text: str):
    try:
        asked.read(text)
    except (BadMessage, BadParameter):
        assert 0 <= asked.id_of(text) <= asked.MOST_ID


@pytest.mark.parametrize("seed", range(3))
def test_a_page_that_talks_nonsense_is_answered_throughout(browser: Browser, seed: int):
    chance = random.Random(seed)
    good = json.dumps({"id": 7, "do": "start", "model": "toy", "values": {"seed": 1}, "source": 3, "tempo": None})
    for _ in range(300):
        if chance.random() < 0.3:
            browser.socket.send(chance.randbytes(chance.randrange(64)))
            continue
        letters = list(good)
        for _ in range(chance.randint(1, 6)):
            letters[chance.randrange(len(letters))] = chance.choice('{}[]",:0123456789eE+-.abcdo\\u\0 ')
        browser.socket.send("".join(letters))
    browser._last = 1000
    assert "models" in browser.ask(do="models")
    assert all(event["event"] == "welcome" for event in browser.events)
