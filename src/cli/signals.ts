/**
 * Signals as they reach a process that npm may have started. `npx portward` runs `sh -c portward`; told to
 * stop, npm ends that shell, which passes nothing on, and the proxy would stay behind with its ports
 * taken. So under npx the loss of the parent is a signal, too. Started otherwise, a parent may well
 * leave first (nohup in a script, a service manager's double fork), and nothing is watched.
 */
import type { Signal } from "./context.ts";

/** Calls back for each `signal` until the returned function is called. */
export function onSignal(signal: Signal, callback: () => void): () => void {
  if (signal === "parentLost") return onParentLost(callback);
  process.on(signal, callback);
  return () => void process.off(signal, callback);
}

function onParentLost(callback: () => void): () => void {
  const { npm_command: npmCommand } = process.env;
  if (npmCommand !== "exec") return () => {};
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, WATCH_MS);
  return () => clearInterval(timer);
}

const WATCH_MS = 200;
