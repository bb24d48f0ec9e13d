/**
 * Reloads, ends of workers and upgrades while clients ask: not one request may be refused, cut or answered with
 * anything but 200. `npm run soak -- --scenario processes` in full; small in test/supervisor.
 */
import { childrenOf } from "../cli/support.ts";
import { isAlive, RunningProgram } from "../supervisor/running-program.ts";
import { eventually } from "../support/eventually.ts";
import { SteadyClients } from "./steady-clients.ts";

export interface ProcessSoakOptions extends Changes {
  readonly connections: number;
  readonly workers: number;
  readonly onProgress: (line: string) => void;
}

export interface Changes {
  /** Over which they are spread. */
  readonly seconds: number;
  readonly reloads: number;
  /** SIGTERM to a worker. */
  readonly ends: number;
  readonly upgrades: number;
}

type Act = (program: RunningProgram) => Promise<string>;

export async function soakProcesses(options: ProcessSoakOptions) {
  const upstream = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("well") });
  const target = `127.0.0.1:${upstream.port}`;
  const site = (mark: number) =>
    `settings: { drain: 5s }\nroutes: [{ listen: "127.0.0.1:0", path: /, targets: ["${target}"] },` +
    ` { listen: "127.0.0.1:0", path: /${mark}, respond: {} }]\n`;
  await using program = await RunningProgram.start(site(0), ["--workers", `${options.workers}`]);
  const clients = new SteadyClients(program.port, "well", options.connections);
  await changeProcesses(program, options, site, (did) =>
    options.onProgress(`${did}: ${clients.answers} answers, ${clients.faults.length} faults`),
  );
  await clients.stop();
  await upstream.stop(true);
  const died = program.lines.filter(({ level }) => level === "error").map((line) => JSON.stringify(line));
  const { answers, longestMs, faults } = clients;
  return {
    faults: [...faults, ...died],
    summary: `${answers} answers, the slowest after ${Math.round(longestMs)} ms; ${options.reloads} reloads, ${options.ends} ends of workers, ${options.upgrades} upgrades`,
  };
}

/** @param site a configuration that no other number gives */
export async function changeProcesses(
  program: RunningProgram,
  changes: Changes,
  site: (mark: number) => string,
  onChange: (did: string) => void,
): Promise<void> {
  const acts = schedule(changes, site);
  const pauseMs = (changes.seconds * 1_000) / acts.length;
  for (const [index, act] of acts.entries()) {
    const startedMs = performance.now();
    onChange(`${index + 1}/${acts.length} ${await act(program)}`);
    await Bun.sleep(Math.max(0, pauseMs - (performance.now() - startedMs)));
  }
}

/** Evenly mixed. */
function schedule({ reloads, ends, upgrades }: Changes, site: (mark: number) => string): Act[] {
  let mark = 0;
  const kinds: readonly (readonly [number, Act])[] = [
    [reloads, (program) => reload(program, site(++mark))],
    [ends, endWorker],
    [upgrades, upgrade],
  ];
  const placed = kinds.flatMap(([count, act]) =>
    Array.from({ length: count }, (_, index) => ({ at: (index + 0.5) / count, act })),
  );
  return placed.sort((a, b) => a.at - b.at).map(({ act }) => act);
}

async function reload(program: RunningProgram, text: string): Promise<string> {
  const times = program.count("reloaded");
  await program.configure(text);
  program.signal("SIGHUP", supervisorOf(program));
  await program.until("reloaded", times + 1);
  return "reload";
}

async function endWorker(program: RunningProgram): Promise<string> {
  const times = program.count("worker_ready");
  const [worker] = childrenOf(supervisorOf(program));
  program.signal("SIGTERM", worker);
  await program.until("worker_ready", times + 1);
  await eventually(() => !isAlive(worker!), "the worker has ended", 10_000);
  return "end of a worker";
}

async function upgrade(program: RunningProgram): Promise<string> {
  const before = supervisorOf(program);
  const times = program.count("ready");
  program.signal("SIGUSR2", before);
  await program.until("ready", times + 1);
  await eventually(() => !isAlive(before), "the one before has ended", 10_000);
  return "upgrade";
}

function supervisorOf(program: RunningProgram): number {
  return program.last("ready").pid!;
}
