/** Asks the machine what `check` wants to know of it. */
import type { MachineFacts } from "../config/lint/machine.ts";
import type { ListenerModel } from "../config/model.ts";
import { portRights } from "../io/port-rights.ts";
import { probeAddress } from "../io/probe-address.ts";

export type AskMachine = (listeners: readonly ListenerModel[], probe: boolean) => Promise<MachineFacts>;

/** With `probe` each listener is opened for an instant. */
export const thisMachine: AskMachine = async (listeners, probe) => {
  const rights = portRights();
  const firstFreePort = rights === null || rights.hasAll ? 0 : rights.firstFreePort;
  return { firstFreePort, failures: probe ? await failuresOf(listeners) : null };
};

async function failuresOf(listeners: readonly ListenerModel[]): Promise<Map<string, string>> {
  const failures = new Map<string, string>();
  for (const { name, address } of listeners) {
    const word = await probeAddress(address);
    if (word !== null) failures.set(name, word);
  }
  return failures;
}
