/** Who holds a place when workers come and go while the configuration changes; with workers that do as they are told. */
import { expect, test } from "bun:test";
import type { StartFailure } from "../../src/runtime/start.ts";
import { Slot, type SlotHost } from "../../src/supervisor/slot.ts";
import type { ServingOrder, WorkerProcess } from "../../src/supervisor/worker-process.ts";
import { eventually } from "../support/eventually.ts";

/** Serves once the test says so. */
class FakeWorker {
  readonly exited: Promise<void> = Promise.resolve();
  readonly pid: number;
  readonly told: number[] = [];
  killed = false;
  #served = Promise.withResolvers<StartFailure[]>();

  constructor(pid: number) {
    this.pid = pid;
  }

  serve({ generation }: ServingOrder): Promise<StartFailure[]> {
    this.told.push(generation);
    return this.#served.promise;
  }

  serves(): void {
    this.#served.resolve([]);
    this.#served = Promise.withResolvers();
  }

  kill(): void {
    this.killed = true;
  }

  async drain(): Promise<void> {}
}

class Scene implements SlotHost {
  readonly log = (): void => {};
  readonly drainMs = 0;
  readonly workers: FakeWorker[] = [];
  readonly slot: Slot = new Slot(0, this);
  generation = 0;

  static async serving(): Promise<Scene> {
    const scene = new Scene();
    const starting = scene.slot.prepare(scene.order());
    scene.workers[0]!.serves();
    expect(await starting).toEqual([]);
    scene.slot.commitFirst();
    return scene;
  }

  spawn(): WorkerProcess {
    const worker = new FakeWorker(this.workers.length);
    this.workers.push(worker);
    return worker as unknown as WorkerProcess;
  }

  order(): ServingOrder {
    return { generation: this.generation } as ServingOrder;
  }

  async introduce(): Promise<void> {}

  leaves(pid: number): void {
    this.slot.onLeaving(this.workers[pid] as unknown as WorkerProcess);
  }

  /** As a reload does, up to where its worker answers. */
  reload(): ReturnType<Slot["reload"]> {
    return this.slot.reload({ generation: this.generation + 1 } as ServingOrder);
  }

  async isServedBy(pid: number): Promise<void> {
    await eventually(() => this.slot.current?.pid === pid, `worker ${pid}`);
  }
}

test("a worker that takes over while its predecessor is told of a reload is replaced", async () => {
  const scene = await Scene.serving();
  scene.leaves(0);
  const reloaded = scene.reload();
  scene.workers[1]!.serves();
  await scene.isServedBy(1);
  scene.workers[0]!.serves();
  expect(await reloaded).toEqual([]);
  scene.generation++;
  scene.slot.renew("keeps");
  scene.workers[2]!.serves();
  await scene.isServedBy(2);
  expect(scene.workers.map(({ told }) => told)).toEqual([[0, 1], [0], [1]]);
});

test("a worker that is being started at a reload is started anew", async () => {
  const scene = await Scene.serving();
  scene.leaves(0);
  const reloaded = scene.reload();
  scene.workers[0]!.serves();
  await reloaded;
  scene.generation++;
  scene.slot.renew("keeps");
  expect(scene.workers[1]!.killed).toBe(true);
  scene.workers[2]!.serves();
  await scene.isServedBy(2);
});

test("a worker that has followed a reload stays", async () => {
  const scene = await Scene.serving();
  const reloaded = scene.reload();
  scene.workers[0]!.serves();
  await reloaded;
  scene.generation++;
  scene.slot.renew("keeps");
  expect(scene.workers).toHaveLength(1);
  await scene.isServedBy(0);
});
