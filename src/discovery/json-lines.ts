/** JSON values of an answer that does not end, one a line, each as it comes. */
import { SourceError } from "./contract.ts";

export async function* jsonLines(answer: Response): AsyncGenerator<unknown, void, void> {
  if (answer.body === null) return;
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of answer.body) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > LIMIT_LENGTH) throw new SourceError("nonsense", "a line of the answer is too long");
    const lines = text.split("\n");
    text = lines.pop()!;
    for (const line of lines) if (line.trim() !== "") yield parsed(line);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new SourceError("nonsense", "a line of the answer is not JSON");
  }
}

const LIMIT_LENGTH = 4 * 1024 * 1024;
