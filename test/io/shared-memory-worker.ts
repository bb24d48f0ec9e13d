/**
 * A process that counts in a segment, for shared-memory.test.ts: `PATH SLOT TIMES`. Each time adds one to both cells of
 * the row; `TIMES` may be `Infinity`. The gauge says that it is at work.
 */
import { joinSharedMemory } from "../../src/io/shared-memory.ts";

const [path, slotText, times] = process.argv.slice(2);
const joined = joinSharedMemory(path!);
if (!joined.ok) throw new Error(joined.error.message);
const { rows } = joined.value;
const slot = Number(slotText);
const seat = joined.value.takeSlot(slot, process.pid, Date.now());
seat.setState("serving");
const counter = rows.find("counter")!.at(slot);
const gauge = rows.find("gauge")!.at(slot);
rows.cells[gauge]! += 1;
for (let left = Number(times); left > 0; left--) {
  rows.cells[counter]! += 1;
  rows.cells[counter + 1]! += 1;
  seat.beat();
}
