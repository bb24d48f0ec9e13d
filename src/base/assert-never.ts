/** Ends a `switch` over a union: a case that was forgotten fails to compile, and is our bug if it is met. */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
