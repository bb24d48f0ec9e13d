/**
 * What the shell sees. The numbers are a promise to scripts; 70 is EX_SOFTWARE of sysexits(3).
 * `invalid` also covers a configuration that cannot be put into effect: a test in it fails, a port is taken.
 */
export const EXIT = { done: 0, invalid: 1, usage: 2, changes: 3, internal: 70 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
