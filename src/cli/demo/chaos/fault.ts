/** What a target can do wrong with one request, as data: for people to play with, and for tests to go through. */
export type Fault =
  /** Nothing: the answer as it should be. */
  | { readonly kind: "none" }
  /** The connection ends before the request is read. */
  | { readonly kind: "refuse" }
  /** A RST after so many bytes of the answer; 0 before it begins. */
  | { readonly kind: "reset"; readonly afterBytes: number }
  /** A FIN after so many bytes of the answer. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** Nothing more after so many bytes of the answer. */
  | { readonly kind: "stall"; readonly afterBytes: number }
  /** A few bytes at a time. */
  | { readonly kind: "trickle"; readonly bytes: number; readonly everyMs: number }
  /** Content-Length says more than there is, and the connection ends. */
  | { readonly kind: "short" }
  /** More comes than Content-Length says. */
  | { readonly kind: "long" }
  /** Something that is not HTTP. */
  | { readonly kind: "nonsense" }
  | { readonly kind: "unavailable" }
  /** The answer is right, and the connection that was to be kept ends so much later. */
  | { readonly kind: "closeIdle"; readonly afterMs: number }
  /** The answer is right, and late. */
  | { readonly kind: "slow"; readonly delayMs: number };

export type FaultName = keyof typeof FAULTS;

/** One of each, under the names that people use. */
export const FAULTS = {
  none: { fault: { kind: "none" }, text: "the answer as it should be" },
  refuse: { fault: { kind: "refuse" }, text: "ends the connection before it has read the request" },
  reset: { fault: { kind: "reset", afterBytes: 0 }, text: "resets the connection before it answers" },
  "reset-head": {
    fault: { kind: "reset", afterBytes: 20 },
    text: "resets it in the middle of the answer's head",
  },
  "reset-body": {
    fault: { kind: "reset", afterBytes: 150 },
    text: "resets it in the middle of the answer's body",
  },
  cut: { fault: { kind: "cut", afterBytes: 150 }, text: "ends it in the middle of the answer's body" },
  stall: { fault: { kind: "stall", afterBytes: 0 }, text: "never answers" },
  "stall-body": {
    fault: { kind: "stall", afterBytes: 150 },
    text: "stops in the middle of the answer's body",
  },
  trickle: { fault: { kind: "trickle", bytes: 16, everyMs: 20 }, text: "answers 16 bytes at a time" },
  short: { fault: { kind: "short" }, text: "promises more bytes than it sends" },
  long: { fault: { kind: "long" }, text: "sends more bytes than it promised" },
  nonsense: { fault: { kind: "nonsense" }, text: "answers with something that is not HTTP" },
  unavailable: { fault: { kind: "unavailable" }, text: "answers 503" },
  "close-idle": {
    fault: { kind: "closeIdle", afterMs: 0 },
    text: "ends the connection that it said it would keep",
  },
  slow: { fault: { kind: "slow", delayMs: 300 }, text: "answers after 300 ms" },
} as const satisfies Record<string, { readonly fault: Fault; readonly text: string }>;

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}
