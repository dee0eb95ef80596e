/** Every time and duration in this program is in milliseconds, unless its name states another unit. */
export type Milliseconds = number;

export const SECOND: Milliseconds = 1000;
export const MINUTE: Milliseconds = 60 * SECOND;
export const HOUR: Milliseconds = 60 * MINUTE;

/** The maximum duration of a run. The kubelet kills a provider after 60 s without logging its stderr. */
export const RUN_TIMEOUT: Milliseconds = 45 * SECOND;
