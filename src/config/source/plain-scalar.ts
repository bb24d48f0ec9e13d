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

/** Why an unquoted scalar means different things to different readers, or null. */
export function ambiguityOf(source: string): string | null {
  if (BOOLEAN_11.test(source)) return "is a boolean in YAML 1.1 and text in YAML 1.2";
  if (OCTAL_11.test(source)) return "is an octal number in YAML 1.1 and a decimal one in YAML 1.2";
  if (SEXAGESIMAL_11.test(source)) return "is a number in base 60 in YAML 1.1 and text in YAML 1.2";
  if (UNDERSCORED_11.test(source)) return "is a number in YAML 1.1 and text in YAML 1.2";
  return null;
}

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
