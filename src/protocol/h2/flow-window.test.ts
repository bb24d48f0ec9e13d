import { describe, expect, test } from "bun:test";
import { ReceiveWindow, SendWindow } from "./flow-window.ts";
import { MAX_WINDOW_BYTES } from "./frame.ts";

describe("what the peer takes", () => {
  test("grows up to 2^31-1 and no further", () => {
    const window = new SendWindow(65_535);
    expect(window.grant(MAX_WINDOW_BYTES - 65_535)).toBe(true);
    expect(window.grant(1)).toBe(false);
    expect(window.bytes).toBe(MAX_WINDOW_BYTES);
  });

  test("may fall below zero by a setting, and comes back by grants", () => {
    const window = new SendWindow(10);
    expect(window.grant(-30)).toBe(true);
    expect(window.bytes).toBe(-20);
    expect(window.grant(25)).toBe(true);
    expect(window.bytes).toBe(5);
  });
});

describe("what we take", () => {
  test("is granted again when half of it has been taken", () => {
    const window = new ReceiveWindow(100);
    expect(window.receive(60)).toBe(true);
    expect(window.take(49)).toBe(0);
    expect(window.take(1)).toBe(50);
    expect(window.leftBytes).toBe(90);
  });

  test("is not exceeded by a byte", () => {
    const window = new ReceiveWindow(100);
    expect(window.receive(100)).toBe(true);
    expect(window.receive(1)).toBe(false);
  });

  test("grants nothing for its growth while it owes what it has been made smaller by", () => {
    const window = new ReceiveWindow(100);
    expect(window.growTo(300)).toBe(200);
    window.shrinkBy(200);
    expect(window.growTo(250)).toBe(0);
    expect(window.leftBytes).toBe(300);
    expect(window.receive(150)).toBe(true);
    expect(window.take(150)).toBe(100);
    expect([window.leftBytes, window.sizeBytes]).toEqual([250, 250]);
  });

  test("grows at once by the difference, and never shrinks by it", () => {
    const window = new ReceiveWindow(100);
    expect(window.growTo(250)).toBe(150);
    expect(window.leftBytes).toBe(250);
    expect(window.growTo(50)).toBe(0);
    expect(window.sizeBytes).toBe(250);
  });
});
