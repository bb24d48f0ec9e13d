/** What the commands need of the runtime. */
import type { Result } from "../base/result.ts";
import type { Configuration, Origin } from "../config/model.ts";

export type StartProxy = (
  configuration: Configuration,
  options: { adminAddress: string | null; log: (line: object) => void },
) => Promise<Result<RunningProxy, StartFailure[]>>;

export interface RunningProxy {
  readonly listeners: readonly { readonly name: string; readonly address: string }[];
  /** Accepts nothing new and lets what runs finish, at most until the deadline. */
  drain(deadlineMs?: number): Promise<void>;
  /** Cuts everything. */
  stopNow(): void;
  readonly done: Promise<void>;
}

export interface StartFailure {
  readonly code: string;
  readonly message: string;
  readonly listener: string | null;
  readonly origin: Origin | null;
}
