/** What every workload is: a name, and a run that yields figures. */
import type { Bench } from "../contest.ts";
import type { WorkloadResult } from "../results.ts";

export interface Workload {
  readonly name: string;
  readonly title: string;
  run(bench: Bench): Promise<WorkloadResult>;
}

/** What ratios are formed to. */
export const REFERENCE = "nginx";
