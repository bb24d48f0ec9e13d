import { expect, test } from "bun:test";
import fc from "fast-check";
import { Roster, type Rostered } from "./roster.ts";

const acts = fc.array(fc.record({ adds: fc.boolean(), who: fc.nat(19) }), { maxLength: 200 });

test("has the members that a Set would have", () => {
  fc.assert(
    fc.property(acts, (steps) => {
      const everybody = Array.from({ length: 20 }, (): Rostered => ({ rosterPlace: -1 }));
      const roster = new Roster<Rostered>();
      const expected = new Set<Rostered>();
      for (const { adds, who } of steps) {
        const member = everybody[who]!;
        if (adds) {
          roster.add(member);
          expected.add(member);
        } else expect(roster.delete(member)).toBe(expected.delete(member));
        expect(roster.size).toBe(expected.size);
        expect(new Set(roster)).toEqual(expected);
      }
    }),
  );
});

test("members may leave and come while it is gone through", () => {
  const roster = new Roster<Rostered>();
  const members = Array.from({ length: 5 }, (): Rostered => ({ rosterPlace: -1 }));
  for (const member of members) roster.add(member);
  let seen = 0;
  for (const member of roster) {
    seen++;
    roster.delete(member);
    roster.add({ rosterPlace: -1 });
  }
  expect([seen, roster.size]).toEqual([5, 5]);
});
