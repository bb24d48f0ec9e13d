/**
 * Where a mistake of ours is told when it surfaces in a callback of the runtime. The process goes on: the
 * connection at fault is closed, all others are served.
 */
let report: (error: Error) => void = (error) => console.error(error);

export function reportInternalFault(error: Error): void {
  report(error);
}

/** Set once by `runtime`, so that such mistakes reach the log. */
export function onInternalFault(handler: (error: Error) => void): void {
  report = handler;
}
