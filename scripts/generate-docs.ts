/**
 * Writes what repeats a table of the source, pages of docs/ and the files of schema/, so that it cannot say anything
 * else.
 * `npm run docs`; scripts/generate-docs.test.ts fails when a page is behind its table.
 */
import { ERRORS, type ErrorCode, type RetryRule } from "../src/base/proxy-error.ts";
import { DIAGNOSTIC_CODES } from "../src/config/diagnostics/codes.ts";
import { PEER_FAULTS } from "../src/protocol/http/peer-fault.ts";
import { referenceTables, settingsTable } from "./docs/configuration-reference.ts";
import { diagnosticsPage } from "./docs/diagnostics-page.ts";
import { fillParts } from "./docs/marked-parts.ts";
import { familiesTable, labelsTable } from "./docs/metrics-page.ts";
import { declarationsFile, jsonSchemaFile } from "./docs/schema-files.ts";

export const GENERATED_PAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  "docs/errors.md": errorsPage,
  "docs/diagnostics.md": diagnosticsPage,
  "docs/configuration.md": configurationPage,
  "docs/metrics.md": metricsPage,
  "schema/portward.schema.json": jsonSchemaFile,
  "schema/portward.d.ts": declarationsFile,
};

/** People write it, but for its tables. */
async function configurationPage(): Promise<string> {
  const page = await Bun.file(`${import.meta.dir}/../docs/configuration.md`).text();
  return fillParts(page, { settings: settingsTable(), reference: referenceTables() });
}

/** Likewise. */
async function metricsPage(): Promise<string> {
  const page = await Bun.file(`${import.meta.dir}/../docs/metrics.md`).text();
  return fillParts(page, { families: familiesTable(), labels: labelsTable() });
}

function errorsPage(): string {
  return `<!-- Made by scripts/generate-docs.ts from src/base/proxy-error.ts, src/protocol/http/peer-fault.ts and src/config/diagnostics/codes.ts. -->

# Errors

Every code that Portward says, in three lists: what goes wrong with [a request or a tunnel](#what-clients-do), the
[rules](#rules) of HTTP that are broken, and what is [wrong with a configuration](#findings-about-a-configuration).

Everything that can go wrong with a request or a tunnel has one word out of the first list. It is the \`error\` of the log
line, the \`code\` in the body of the answer, and the label of the metric; it never changes its meaning.

\`\`\`json
{"detail":"bad gateway","code":"upstream.refused","request_id":"5f0c1e2a9b7d43d8a1b2c3d400000001"}
\`\`\`

The answer to a request that no route matches is \`{"detail":"not found"}\` alone. When the answer has begun already, or
when nobody is left to answer, the connection is reset instead, so that no part of an answer is taken for the whole.

**Again** says what happens before the error is told. *Next target*: nothing has reached the target, so the next
one is tried, until all have refused or three have timed out. *Once*: a GET, HEAD, OPTIONS, PUT or DELETE without a
body is sent once more, on a new connection.

## What clients do

${table((code) => ERRORS[code].side === "downstream")}

## What upstreams do

${table((code) => ERRORS[code].side === "upstream")}

## The proxy itself

${table((code) => ERRORS[code].side === "internal")}

## Rules

\`request.malformed\` and \`upstream.malformed\` name the rule of HTTP that was broken, as \`rule\` in the log line and in the
body. [http1.md](http1.md) says what is accepted.

| rule | broken when |
|---|---|
${Object.entries(PEER_FAULTS)
  .map(([rule, text]) => `| \`${rule}\` | ${text} |`)
  .join("\n")}

## Findings about a configuration

\`check\`, \`run\`, \`reload\` and \`explain\` say them as \`FILE:LINE:COLUMN: error[code]: message\`. Each has an entry with an
example in [diagnostics.md](diagnostics.md), which its name leads to; each is produced by a case file in \`test/config/\`.

| code | | meaning |
|---|---|---|
${Object.entries(DIAGNOSTIC_CODES)
  .map(([code, { severity, meaning }]) => `| ${linkTo(code)} | ${severity} | ${meaning} |`)
  .join("\n")}
`;
}

/** As the heading of the other page is called in links. */
function linkTo(code: string): string {
  return `[\`${code}\`](diagnostics.md#${code.replaceAll(".", "")})`;
}

function table(isIncluded: (code: ErrorCode) => boolean): string {
  const rows = (Object.keys(ERRORS) as ErrorCode[]).filter(isIncluded).map((code) => {
    const { status, retry, text } = ERRORS[code];
    return `| \`${code}\` | ${status ?? "–"} | ${AGAIN[retry]} | ${text} |`;
  });
  return ["| code | status | again | cause |", "|---|---|---|---|", ...rows].join("\n");
}

const AGAIN: Readonly<Record<RetryRule, string>> = { never: "", safe: "next target", ifReused: "once" };

if (import.meta.main) {
  for (const [path, page] of Object.entries(GENERATED_PAGES)) {
    await Bun.write(path, await page());
    console.log(`wrote ${path}`);
  }
}
