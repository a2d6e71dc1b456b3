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
        FileMissing              file_not_found
        Busy                     busy
        UnknownJob               unknown_job
        BadMessage               bad_message
        NoHello                  no_hello
        WrongProtocol            wrong_protocol
        NotRunning               not_running
        AlreadyRunning           already_running    the command line exits with 3
        PortTaken                port_taken
      Cancelled                  cancelled          somebody asked for it
      Interrupted                interrupted
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


class FileMissing(UserError):
    """There is no such file."""

    code = "file_not_found"


class Busy(UserError):
    """The daemon has as much to do as it takes on; ask again later."""

    code = "busy"


class UnknownJob(UserError):
    """No job has that number, or it was so long ago that it is forgotten."""

    code = "unknown_job"


class BadMessage(UserError):
    """An OSC message that is damaged, or has an address that is not in the protocol."""

    code = "bad_message"


class NoHello(UserError):
    """A client asked before it said hello, or was silent for too long."""

    code = "no_hello"


class WrongProtocol(UserError):
    """Client and daemon speak different versions of the protocol."""

    code = "wrong_protocol"


class NotRunning(UserError):
    """No daemon runs, or it does not answer."""

    code = "not_running"


class AlreadyRunning(UserError):
    """A daemon runs already; the command line exits with 3."""

    code = "already_running"


class PortTaken(UserError):
    """Another program listens on the port."""

    code = "port_taken"


class Cancelled(LeapError):
    """The run was stopped because somebody asked for it."""

    code = "cancelled"


class Interrupted(LeapError):
    """The daemon ended while the job ran."""

    code = "interrupted"


class OutOfMemory(LeapError):
    """The machine or its accelerator has too little memory for the run."""

    code = "out_of_memory"


class InternalError(LeapError):
    """A bug of ours."""

    code = "internal_error"
