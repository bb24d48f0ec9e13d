import { expect, test } from "bun:test";
import { stateDirectory } from "./state-directory.ts";

test("the first that is said and absolute counts", () => {
  for (const [environment, expected] of [
    [{ STATE_DIRECTORY: "/s:/t", XDG_STATE_HOME: "/x", HOME: "/h" }, "/s"],
    [{ STATE_DIRECTORY: "", XDG_STATE_HOME: "/x", HOME: "/h" }, "/x/portward"],
    [{ XDG_STATE_HOME: "x", HOME: "/h" }, "/h/.local/state/portward"],
    [{ HOME: "" }, "/var/lib/portward"],
    [{}, "/var/lib/portward"],
  ] as const) {
    expect(stateDirectory(environment)).toBe(expected);
  }
});
