/**
 * What `import { … } from "portward"` gives to a configuration in TypeScript. Editors see the types in
 * `types/portward.d.ts`, which are made from the schema; what runs is this. It is also handed as text to the process
 * that evaluates configurations, so it imports nothing.
 */

/** Gives back what it takes: it is there for its type. */
export function defineConfig<T>(configuration: T): T {
  return configuration;
}

/** A reference to an environment variable, resolved when the configuration is read: `${NAME}` or `${NAME:-fallback}`. */
export function env(name: string, fallback?: string): string {
  if (fallback?.includes("}")) throw new Error("the fallback of a reference cannot contain `}`");
  return fallback === undefined ? `\${${name}}` : `\${${name}:-${fallback}}`;
}

/** A reference to the content of a file, which is treated as a secret: `${file:/run/secrets/token}`. */
export function secretFile(path: string): string {
  return `\${file:${path}}`;
}
