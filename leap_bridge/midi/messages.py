"""MIDI 1.0 as bytes: the few messages that the ports send and understand."""

NOTE_OFF, NOTE_ON, CONTROL = 0x80, 0x90, 0xB0  # a channel from 0 is added
SONG_POSITION, PULSE, START, CONTINUE, STOP = 0xF2, 0xF8, 0xFA, 0xFB, 0xFC
ALL_NOTES_OFF = 123  # a controller
CHANNELS = 16
PULSES_PER_BEAT = 24
SIXTEENTHS_PER_BEAT = 4  # what song position counts


def note_on(channel: int, pitch: int, velocity: int) -> bytes:
    """A key goes down."""
    return bytes((NOTE_ON | channel, pitch, velocity))


def note_off(channel: int, pitch: int) -> bytes:
    """A key goes up."""
    return bytes((NOTE_OFF | channel, pitch, 0))


def control(channel: int, controller: int, value: int) -> bytes:
    """A controller moves."""
    return bytes((CONTROL | channel, controller, value))


def song_position(sixteenths: int) -> bytes:
    """The place from which `CONTINUE` goes on; 0..16383."""
    return bytes((SONG_POSITION, sixteenths & 0x7F, sixteenths >> 7))


def kind_of(message: bytes) -> int:
    """Its status without the channel; 0 for what is no message, or not whole."""
    if not message or message[0] < 0x80:
        return 0
    kind = message[0] if message[0] >= 0xF0 else message[0] & 0xF0
    lengths = {NOTE_OFF: 3, NOTE_ON: 3, CONTROL: 3, SONG_POSITION: 3}
    return kind if len(message) == lengths.get(kind, len(message)) and max(message[1:], default=0) < 0x80 else 0
