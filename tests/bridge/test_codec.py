"""OSC packets, compared with python-osc's own reader and writer, and the table of addresses."""

import struct

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from leap_bridge.osc.addresses import FROM_DAEMON, TO_DAEMON
from leap_bridge.osc.codec import MOST_BYTES, MOST_MESSAGES, Message, decode, encode, frame, unframe
from leap_models.errors import BadMessage, BadParameter

MESSAGE = Message("/leap/arrange", (7, "/a song.wav", 1.5, 0.0, 2.25, -1, "quantize", 0.5))


def built(*arguments: object, address: str = "/x", tags: str | None = None) -> bytes:
    builder = OscMessageBuilder(address)
    for index, argument in enumerate(arguments):
        builder.add_arg(argument, tags[index] if tags else None)
    return builder.build().dgram


def bundled(*contents: bytes) -> bytes:
    parts = b"".join(struct.pack(">i", len(each)) + each for each in contents)
    return b"#bundle\0" + struct.pack(">Q", 2**63) + parts


def test_python_osc_reads_what_we_write():
    read = OscMessage(encode(MESSAGE))
    assert (read.address, tuple(read.params)) == (MESSAGE.address, MESSAGE.arguments)


def test_we_read_what_python_osc_writes():
    assert decode(built(*MESSAGE.arguments, address=MESSAGE.address)) == (MESSAGE,)


def test_what_is_written_is_read_the_same():
    assert decode(encode(MESSAGE)) == (MESSAGE,)


@pytest.mark.parametrize(("tag", "value"), [("h", 2**40), ("d", 0.1), ("T", 1), ("F", 0)])
def test_other_types_of_numbers_are_read(tag: str, value: float):
    assert decode(built(value, tags=tag)) == (Message("/x", (value,)),)


@pytest.mark.parametrize("value", [2.3, 0.1, 12.34, 180.05, 1e-5, 3.4e38, 7.0])
def test_a_float_is_read_as_the_number_that_was_typed(value: float):
    assert decode(encode(Message("/x", (value,)))) == (Message("/x", (value,)),)


@pytest.mark.parametrize("value", [2.123456789012, 3.40282354e38, 3.41e38, -1e300])
def test_a_double_travels_where_a_float_is_not_enough(value: float):
    message = Message("/x", (value,))
    assert decode(encode(message, exact=True)) == (message,)
    assert b",d" in encode(message, exact=True)


def test_without_need_a_float_travels():
    assert b",f" in encode(Message("/x", (2.123456789012,)))
    assert b",f" in encode(Message("/x", (2.125,)), exact=True)


def test_a_number_that_no_float_can_hold_is_refused():
    with pytest.raises(BadMessage, match="/x cannot be sent"):
        encode(Message("/x", (1e39,)))


def test_a_message_without_type_tags_has_no_arguments():
    assert decode(b"/leap/x\0") == (Message("/leap/x"),)


def test_a_bundle_is_taken_message_by_message():
    builder = OscBundleBuilder(IMMEDIATELY)
    for number in (1, 2):
        message = OscMessageBuilder("/x")
        message.add_arg(number)
        builder.add_content(message.build())
    assert decode(builder.build().dgram) == (Message("/x", (1,)), Message("/x", (2,)))


def test_bundles_may_lie_in_bundles_but_not_for_ever():
    packet = built(1)
    for _ in range(3):
        packet = bundled(packet)
    assert decode(packet) == (Message("/x", (1,)),)
    for _ in range(9):
        packet = bundled(packet)
    with pytest.raises(BadMessage, match="deep"):
        decode(packet)


def test_a_bundle_cannot_ask_for_ever():
    assert len(decode(bundled(*[built()] * MOST_MESSAGES))) == MOST_MESSAGES
    with pytest.raises(BadMessage, match="got more"):
        decode(bundled(*[built()] * (MOST_MESSAGES + 1)))


@pytest.mark.parametrize(
    "packet",
    [b"", b"/", b"x\0\0\0", b"/x\0\0,i\0\0", b"/x\0\0,i\0\0\0", b"/x\0\0,q\0\0", b"/\xff\0\0", b"/x\0\0iii\0",
     b"/x\0\0,s\0\0abcd", b"/x\0\0,\0\0\0\0\0\0\0", bytes(8), b"#bundle\0", bundled(b"abc"), bundled(b""),
     bundled(built(1))[:-4], b"#bundle\0" + bytes(8) + struct.pack(">i", -4), b"/" * (MOST_BYTES + 4)],
)  # fmt: skip
def test_damaged_packets_are_refused(packet: bytes):
    if packet == b"#bundle\0":
        assert decode(packet) == ()
        return
    with pytest.raises(BadMessage):
        decode(packet)


@pytest.mark.parametrize("value", [2**31, "\udc80", 1e300])
def test_what_cannot_be_written_is_refused(value: object):
    with pytest.raises(BadMessage):
        encode(Message("/x", (value,)))  # type: ignore[arg-type]


def test_packets_in_a_file_are_cut_where_they_end():
    packets = (encode(MESSAGE), encode(Message("/y")))
    data = frame(packets)
    assert unframe(data) == (packets, len(data))
    assert unframe(data[:-1]) == (packets[:1], len(packets[0]) + 4)


def test_a_size_that_cannot_be_is_refused():
    with pytest.raises(BadMessage):
        unframe(struct.pack(">i", -1) + bytes(8))


def test_an_address_reads_its_arguments_by_name():
    read = TO_DAEMON["/leap/arrange"].read(MESSAGE.arguments)
    assert (read.whole("request"), read.text("path"), read.number("difficulty")) == (7, "/a song.wav", 2.25)
    assert read.pairs == {"quantize": 0.5}


def test_arguments_at_the_end_may_be_left_out():
    assert TO_DAEMON["/leap/need"].read((1, 2, 3)).whole("part") == -1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [((7,), BadMessage), ((*MESSAGE.arguments, "seed"), BadMessage), ((*MESSAGE.arguments, 5, 5), BadParameter),
     ((7, 5, 1.5, 0.0, 2.0, 1), BadParameter), ((7, "/a", -1.0, 0.0, 2.0, 1), BadParameter),
     ((7, "/a", float("nan"), 0.0, 2.0, 1), BadParameter)],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(arguments: tuple[object, ...], error: type[Exception]):
    with pytest.raises(error):
        TO_DAEMON["/leap/arrange"].read(arguments)


@pytest.mark.parametrize("address", [*TO_DAEMON.values(), *FROM_DAEMON.values()], ids=lambda address: address.path)
def test_no_address_has_two_arguments_of_one_name(address):
    names = [param.name for param in address.arguments]
    assert len(names) == len(set(names))


def test_everything_sent_to_the_daemon_begins_with_the_request():
    assert {address.arguments[0].name for address in TO_DAEMON.values()} == {"request"}
