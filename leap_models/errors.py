"""The errors this product raises, each with one stable word that clients may rely on.

    LeapError                    error
      UserError                  user_error         the caller's mistake; the command line exits with 1
        BadParameter             bad_parameter
        ConfigError              bad_config
        UnreadableAudio          unreadable_audio
        UnreadableMidi           unreadable_midi
        UnknownModel             unknown_model
        UnwritableOutput         unwritable_output
        OutputExists             output_exists
        DamagedWeights           damaged_weights
        MissingDependency        missing_dependency
      Cancelled                  cancelled          somebody asked for it
      OutOfMemory                out_of_memory
      InternalError              internal_error     our mistake; the command line exits with 2

A message is one line that says what was given and what is allowed.
"""
# ruff: noqa: N818  (the names are claims that read well in `raise` and `except`)

from typing import ClassVar


class LeapError(Exception):
    """Anything this product raises on purpose."""

    code: ClassVar[str] = "error"  # stable: clients compare it


class UserError(LeapError):
    """The caller can put it right."""

    code = "user_error"


class BadParameter(UserError):
    """A value of the wrong kind or out of range."""

    code = "bad_parameter"


class ConfigError(UserError):
    """A configuration with an unknown key, a missing key or a value of the wrong kind."""

    code = "bad_config"


class UnreadableAudio(UserError):
    """A file that is missing, not audio, damaged, or in a format that needs a program that is not here."""

    code = "unreadable_audio"


class UnreadableMidi(UserError):
    """A file that is missing, not MIDI, or damaged."""

    code = "unreadable_midi"


class UnknownModel(UserError):
    """No model has that name."""

    code = "unknown_model"


class UnwritableOutput(UserError):
    """A result cannot be written where it was asked for."""

    code = "unwritable_output"


class OutputExists(UserError):
    """A result would overwrite something."""

    code = "output_exists"


class DamagedWeights(UserError):
    """A checkpoint is incomplete or not what it says it is."""

    code = "damaged_weights"


class MissingDependency(UserError):
    """An optional package or program is needed and not installed."""

    code = "missing_dependency"


class Cancelled(LeapError):
    """The run was stopped because somebody asked for it."""

    code = "cancelled"


class OutOfMemory(LeapError):
    """The machine or its accelerator has too little memory for the run."""

    code = "out_of_memory"


class InternalError(LeapError):
    """A bug of ours."""

    code = "internal_error"
