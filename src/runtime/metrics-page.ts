/** `/metrics`: what all processes of the instance have counted, as text. Reads memory; asks nobody. */
import { VERSION } from "../base/version.ts";
import { processFacts, processLimits } from "../io/process-facts.ts";
import type { SharedMemory } from "../io/shared-memory.ts";
import { collect } from "../observe/metrics/collect.ts";
import { CONTENT_TYPES, render } from "../observe/metrics/exposition.ts";
import type { FamilyName } from "../observe/metrics/families.ts";
import { negotiateFormat } from "../observe/metrics/negotiate.ts";
import type { Readings } from "../observe/metrics/readings.ts";

export interface MetricsPage {
  readonly contentType: string;
  readonly body: string;
}

/**
 * @param accept the Accept field of who asks
 * @param more adds what is known elsewhere
 */
export function metricsPage(
  memory: SharedMemory,
  accept: string | null,
  more: (readings: Readings) => void = () => {},
): MetricsPage {
  const readings = collect(memory.rows, memory.workers.list());
  readings.add("build", [VERSION, `bun ${Bun.version}`], 1);
  addProcess(readings);
  more(readings);
  const format = negotiateFormat(accept);
  return { contentType: CONTENT_TYPES[format], body: render(readings, format) };
}

function addProcess(readings: Readings): void {
  const facts = processFacts();
  const limits = processLimits();
  const values: readonly (readonly [FamilyName, number | null])[] = [
    ["processCpu", facts.cpuMs / 1000],
    ["processResident", facts.residentBytes],
    ["processVirtual", limits.virtualBytes],
    ["processDescriptors", facts.openDescriptors],
    ["processDescriptorLimit", limits.maxDescriptors],
    ["processStart", limits.startedWallMs / 1000],
  ];
  for (const [family, value] of values) if (value !== null) readings.add(family, [], value);
}
