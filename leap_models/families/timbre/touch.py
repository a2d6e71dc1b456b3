"""What a person may change in a timbre."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Touch:
    """As learned unless said otherwise.

    Args:
        room: how much of the room is heard; 1 is as in the reference.
        right: whether it is the right ear that hears the room.
        release: how long strings sound after the damper fell; 1 is as learned.
        brightness_db: per octave, around 1 kHz.
        tuning_cents: of all strings.
    """

    room: float = 1.0
    right: bool = False
    release: float = 1.0
    brightness_db: float = 0.0
    tuning_cents: float = 0.0


AS_LEARNED = Touch()
