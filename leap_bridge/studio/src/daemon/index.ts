// The daemon's half of the Studio: `offered()`, then `connect()`; `new DaemonArranger(daemon)` arranges as the browser does.

export { DaemonArranger, sourceOf } from "./daemon_arranger";
export { connect, DaemonError, offered } from "./client";
export type * from "./types";
