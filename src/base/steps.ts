/**
 * Long work that may be interrupted: it yields wherever somebody else may have a turn. Who is in no hurry to do
 * anything else runs it at once; a process that serves meanwhile takes it in slices (runtime/pace.ts).
 */
export type Steps<T> = Generator<void, T, void>;

export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
