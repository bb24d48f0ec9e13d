/**
 * Reads a case of `plan`: two configurations, perhaps a record of traffic, and the text that must come out.
 *
 *   # why this case is here
 *   --- old shop.yaml
 *   …
 *   --- new shop.yaml
 *   …
 *   --- traffic access.log
 *   …
 *   --- plan
 *   …                            to the last character
 */

export interface PlanCase {
  /** Everything before the plan. */
  readonly head: string;
  readonly old: NamedText;
  readonly fresh: NamedText;
  readonly traffic: NamedText | null;
  readonly expected: string;
}

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

export function readPlanCase(content: string): PlanCase {
  const [head, expected = ""] = content.split(PLAN, 2);
  const part = (kind: string): NamedText | null => {
    const [, name, text] =
      new RegExp(`^--- ${kind} (\\S+)\\n([\\s\\S]*?)(?=^--- |(?![\\s\\S]))`, "m").exec(head!) ?? [];
    return name === undefined ? null : { name, text: text! };
  };
  return { head: head!, old: part("old")!, fresh: part("new")!, traffic: part("traffic"), expected };
}

/** The case with another text: what a change of wording asks for. */
export function writePlanCase({ head }: PlanCase, text: string): string {
  return `${head}${PLAN}${text}`;
}

const PLAN = "--- plan\n";
