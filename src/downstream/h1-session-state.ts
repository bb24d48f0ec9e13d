/** Where an HTTP/1.x connection stands, and how long or how much it may stay so while it only finishes. */

export const STATE = {
  idle: 0,
  head: 1,
  exchange: 2,
  answered: 3,
  lingering: 4,
  upgraded: 5,
  closed: 6,
} as const;
export type State = (typeof STATE)[keyof typeof STATE];

/** For people, by state. */
export const STATE_WORDS = ["idle", "active", "active", "active", "closing", "tunnel", "closing"] as const;

/** Pipelined answers of our own are gathered up to here before they are sent. */
export const MAX_GATHERED_BYTES: number = 64 * 1024;
/** How long we wait for a further byte of a request that is answered. nginx: 5 s (lingering_timeout). */
export const LINGER_MS = 2_000;
/** For a request that has crossed with our decision to stop: a round trip and some. */
export const DRAIN_IDLE_MS = 250;
/** A client that goes on sending is read for so long, so that it finds its answer. nginx: lingering_time. */
export const MAX_LINGER_MS = 30_000;
/** So much of an answered request is read in the hope of keeping the connection. */
export const MAX_DRAINED_BYTES: number = 256 * 1024;
