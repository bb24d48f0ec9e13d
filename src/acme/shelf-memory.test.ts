import { shelfContract } from "./shelf-contract.ts";
import { MemoryShelf } from "./shelf-memory.ts";

let shared = new MemoryShelf();

shelfContract(
  "in memory",
  async () => new MemoryShelf(shared),
  async () => {
    shared = new MemoryShelf();
  },
);
