/** One line on standard error that says what is being measured: rewritten on a terminal, appended to a log. */

export interface Progress {
  step(workload: string, what: string): void;
  /** Clears the line, before the report is printed. */
  done(): void;
}

export function createProgress(workloads: readonly string[]): Progress {
  const terminal = process.stderr.isTTY === true;
  return {
    step(workload, what) {
      const line = `[${workloads.indexOf(workload) + 1}/${workloads.length}] ${workload}: ${what}`;
      process.stderr.write(terminal ? `\r\x1b[K${line}` : `${line}\n`);
    },
    done() {
      if (terminal) process.stderr.write("\r\x1b[K");
    },
  };
}
