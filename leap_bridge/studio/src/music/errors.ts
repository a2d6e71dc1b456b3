/** Follows leap_models/errors.py: what is raised on purpose, each with one stable word. */

export class LeapError extends Error {
  readonly code: string = "error";
}

/** A value of the wrong kind or out of range. */
export class BadParameter extends LeapError {
  override readonly code = "bad_parameter";
  override readonly name = "BadParameter";
}
