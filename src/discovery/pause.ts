/** Waiting that a signal may end. */

/** Whether the time passed without `stop`. */
export function pause(ms: number, stop: AbortSignal): Promise<boolean> {
  if (stop.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (passed: boolean) => {
      clearTimeout(timer);
      stop.removeEventListener("abort", onStop);
      resolve(passed);
    };
    const onStop = () => end(false);
    const timer = setTimeout(() => end(true), ms);
    stop.addEventListener("abort", onStop);
  });
}
