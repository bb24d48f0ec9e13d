/**
 * Signals as they reach a process that npm may have started. `npx portward` runs `sh -c portward`; told to
 * stop, npm ends that shell, which passes nothing on, and the proxy would stay behind with its ports
 * taken. So under npm the loss of the parent counts as SIGTERM. Started otherwise, a parent may well
 * leave first (nohup, a service manager's double fork), and nothing is watched.
 */
import type { Signal } from "./context.ts";

/** Calls back for each `signal` until the returned function is called. */
export function onSignal(signal: Signal, callback: () => void): () => void {
  process.on(signal, callback);
  const { npm_command: startedByNpm } = process.env;
  const forgetParent = signal === "SIGTERM" && startedByNpm !== undefined ? onParentLost(callback) : null;
  return () => {
    process.off(signal, callback);
    forgetParent?.();
  };
}

function onParentLost(callback: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, WATCH_MS);
  return () => clearInterval(timer);
}

const WATCH_MS = 200;
