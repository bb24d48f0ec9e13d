/**
 * What must never be shown. The first line of defence is taint: a value that came from a secret says so where it
 * stands in the tree. This is the second: whatever text is on its way out, secrets in it are blotted out.
 */
import { printable, quoted } from "../diagnostics/wording.ts";

export class Secrets {
  readonly #texts = new Set<string>();
  #pattern: RegExp | null = null;

  add(text: string): void {
    const trimmed = text.trim();
    // Blotting out every `a` would hide the message and not the secret.
    if (trimmed.length < SHORTEST) return;
    // As they are quoted in messages, perhaps cut short or escaped.
    for (const form of [trimmed, printable(trimmed), quoted(trimmed).slice(1, -1)]) this.#texts.add(form);
    this.#pattern = null;
  }

  redact(text: string): string {
    if (this.#texts.size === 0) return text;
    this.#pattern ??= new RegExp([...this.#texts].sort(longestFirst).map(RegExp.escape).join("|"), "g");
    return text.replace(this.#pattern, "***");
  }
}

/**
 * Variables whose names say that they hold a secret. A setting can add to these; that nothing has to be said
 * for the usual ones is the point.
 */
export function soundsSecret(name: string): boolean {
  return SECRET_NAME.test(name);
}

function longestFirst(a: string, b: string): number {
  return b.length - a.length;
}

const SHORTEST = 4;
const SECRET_NAME =
  /(?:^|_)(?:SECRETS?|TOKENS?|PASS|PASSWD|PASSWORDS?|PASSPHRASE|CREDENTIALS?|KEY|APIKEY|AUTH|PRIVATE|DSN)(?:_|$)/i;
