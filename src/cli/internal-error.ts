/** An error that is our own bug, told in one line. The stack is for those who ask for it. */
import type { Environment } from "./context.ts";

export function renderInternalError(error: unknown, environment: Environment): string {
  if (environment.PORTWARD_DEBUG === "1") {
    return `portward: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return `portward: internal error: ${oneLine(message)} (set PORTWARD_DEBUG=1 to see the stack)\n`;
}

function oneLine(text: string): string {
  return text.split("\n", 1)[0]!.trim();
}
