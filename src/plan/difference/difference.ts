/** In which ways two answers to one request can differ, the gravest first, in words. */

export const DIFFERENCES = {
  deaf: "nothing listens there any more",
  heard: "something listens there now",
  refused: "refused, and was served",
  served: "served, and was refused",
  refusal: "refused in another way",
  action: "another kind of answer",
  redirect: "another redirect",
  respond: "another fixed answer",
  upstream: "another upstream",
  path: "another path sent upstream",
  fields: "other header fields sent upstream",
  shares: "other shares of the same targets",
  bounds: "other timeouts or limits",
  route: "another route, with the same answer",
} as const satisfies Record<string, string>;

export type Difference = keyof typeof DIFFERENCES;

/** From the gravest on; the first of a request's differences says where it is told. */
export const GRAVITY: readonly Difference[] = Object.keys(DIFFERENCES) as Difference[];
