/**
 * What an unquoted YAML scalar means: the core schema of YAML 1.2 (section 10.3.2), and the spellings
 * that a YAML 1.1 reader takes for something else. Done here, and not by the library, because the spelling
 * must stay known: `010` and `no` are refused where the two versions would disagree about the value.
 */

/** The value of an unquoted scalar. */
export function plainScalarValue(source: string): string | number | boolean | null {
  if (NULL.test(source)) return null;
  if (TRUE.test(source)) return true;
  if (FALSE.test(source)) return false;
  if (DECIMAL.test(source) || OCTAL.test(source) || HEXADECIMAL.test(source)) return Number(source);
  if (FLOAT.test(source)) return Number(source);
  return source;
}

export interface Ambiguity {
  /** What a word means where the schema wants a switch, all readers agree about; about a number they do not. */
  readonly kind: "word" | "number";
  /** Completes "`010` …". */
  readonly reason: string;
  /** What this program takes it for, when that is a number. */
  readonly number: number | null;
}

/**
 * Whether `ambiguityOf` need be asked at all, by the first character: of all the words and paths of a large configuration
 * hardly any begins so.
 */
export function mayBeAmbiguous(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < FIRSTS.length && FIRSTS[code]!;
}

/** Why an unquoted scalar means different things to different readers, or null. */
export function ambiguityOf(text: string): Ambiguity | null {
  if (!mayBeAmbiguous(text, 0)) return null;
  if (BOOLEAN_11.test(text)) return word("is a boolean in YAML 1.1 and text in YAML 1.2");
  if (OCTAL_11.test(text)) {
    const old = Number.parseInt(text, 8);
    // `007` is seven to all, and no text to any.
    if (old === Number(text)) return word(`is the number ${old}, without its zeros`);
    return number(`is ${old} in YAML 1.1 (an octal number) and ${Number(text)} in YAML 1.2`, Number(text));
  }
  if (OCTAL.test(text)) {
    return number(`is text in YAML 1.1 and ${Number(text)} in YAML 1.2 (an octal number)`, Number(text));
  }
  if (SEXAGESIMAL_11.test(text)) {
    return number(`is ${base60(text)} in YAML 1.1 (a number in base 60) and text in YAML 1.2`);
  }
  if (BINARY_11.test(text) || UNDERSCORED_11.test(text))
    return number("is a number in YAML 1.1 and text in YAML 1.2");
  if (EXPONENT_12.test(text)) return number("is text in YAML 1.1 and a number in YAML 1.2", Number(text));
  return DATE_11.test(text) ? number("is a date in YAML 1.1 and text in YAML 1.2") : null;
}

/** Of no consequence where the schema does not want just any text. */
function word(reason: string): Ambiguity {
  return { kind: "word", reason, number: null };
}

function number(reason: string, value: number | null = null): Ambiguity {
  return { kind: "number", reason, number: value };
}

/** 12:30:45 is what a clock makes of it in seconds. */
function base60(text: string): number {
  return text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

const FIRSTS: readonly boolean[] = Array.from({ length: 128 }, (_, code) =>
  "-+0123456789yYnNoO.".includes(String.fromCharCode(code)),
);

const NULL = /^(?:null|Null|NULL|~|)$/;
const TRUE = /^(?:true|True|TRUE)$/;
const FALSE = /^(?:false|False|FALSE)$/;
const DECIMAL = /^[-+]?[0-9]+$/;
const OCTAL = /^0o[0-7]+$/;
const HEXADECIMAL = /^0x[0-9a-fA-F]+$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

const BOOLEAN_11 = /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$/;
const OCTAL_11 = /^[-+]?0[0-9]+$/;
const SEXAGESIMAL_11 = /^[-+]?[1-9][0-9]*(?::[0-5]?[0-9])+(?:\.[0-9]*)?$/;
const UNDERSCORED_11 = /^[-+]?[0-9][0-9]*_[0-9_]*(?:\.[0-9_]*)?$/;
const BINARY_11 = /^[-+]?0b[01_]+$/;
/** YAML 1.1 wants a point, and a sign in front of the exponent. */
const EXPONENT_12 = /^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][0-9]+$|^[-+]?[0-9]+[eE][-+]?[0-9]+$/;
const DATE_11 = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
