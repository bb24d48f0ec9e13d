/** What a run yields, as plain data: the report prints it and the JSON file holds it. */

export interface Round {
  /** What the workload is about; less is better. */
  readonly figure: number;
  /** Of the proxy's whole process tree, per request (per GB, per round trip …, as the workload says). */
  readonly cpuUs: number;
  /** Requests (round trips, GB) per second. */
  readonly rate: number;
  readonly p50Us?: number;
  readonly p99Us?: number;
  readonly p999Us?: number;
  readonly peakResidentBytes: number;
  /** How much of its core the proxy used. Below 1, something else was the bottleneck. */
  readonly coreShare?: number;
  /** How much of the time the proxy was ready to run and something else had its core. */
  readonly waitShare?: number;
  /** The longest time that something else had the load generator's core. */
  readonly longestStallUs?: number;
}

/** A round with a single error or wrong answer counts as failed and has no figure. */
export type RoundResult = ({ readonly ok: true } & Round) | { readonly ok: false; readonly failure: string };

export interface ContestantResult {
  readonly name: string;
  readonly rounds: readonly RoundResult[];
  /** From the start of the process until it accepted a connection. */
  readonly startMs?: number;
  /** Where ratios are formed to another contestant than the workload's reference. */
  readonly reference?: string;
  /** Of one extra round in which nothing is collected. Only where the peer can do that. */
  readonly allocatedBytesPerRequest?: number;
}

export interface WorkloadResult {
  readonly name: string;
  readonly title: string;
  /** What `figure` is: `CPU µs/request`. */
  readonly figureName: string;
  /** What `rate` is: `requests/s`. */
  readonly rateName: string;
  /** The contestant that ratios are formed to. */
  readonly reference: string;
  readonly bound?: Bound;
  readonly contestants: readonly ContestantResult[];
  readonly notes: readonly string[];
}

/** What Portward promises: of the ratio to the reference, of the ratio to whichever peer is best, or of the figure itself. */
export interface Bound {
  readonly of: "ratio" | "best" | "figure";
  readonly atMost: number;
  /** Of the 99th percentile, to that of the peer whose is shortest. */
  readonly p99AtMost?: number;
  readonly text: string;
}
