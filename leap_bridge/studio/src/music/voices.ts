/** Follows leap_models/music/voices.py, of which the difficulty needs one number. */

export const CHORD_S = 0.03; // notes struck within this time are one chord
