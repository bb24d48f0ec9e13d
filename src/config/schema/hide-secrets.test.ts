import { expect, test } from "bun:test";
import { z } from "zod";
import { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { renderDiagnostics } from "../diagnostics/render.ts";
import { parseYaml } from "../source/parse-yaml.ts";
import { SourceText } from "../source/source-text.ts";
import { checkShape } from "./check-shape.ts";
import { hideSecrets } from "./hide-secrets.ts";
import { noted } from "./notes.ts";
import { freeText } from "./values.ts";

const token = noted(z.string().min(20), { secret: true, expects: "a token of 20 characters" });
const schema = noted(z.strictObject({ inner: z.strictObject({ token }), port: z.int() }), {
  called: "a part",
});

test("a value that the schema calls secret is in no finding, its own or its neighbours'", () => {
  const source = new SourceText(
    "a.yaml",
    "{ inner: { token: hunter2secret }, port: hunter2secret, prot: 1 }\n",
  );
  const node = parseYaml(source).documents[0]!;
  const found = new DiagnosticList();
  hideSecrets(schema, node, found.secrets);
  expect(checkShape(schema, node, found)).toBeNull();
  const text = renderDiagnostics(found.sorted(["a.yaml"]));
  expect(text).toContain("expected a token of 20 characters, found a secret");
  expect(text).toContain("unknown key `prot` in a part");
  expect(text).toContain("{ inner: { token: ************* }, port: hunter2secret");
  // The same text elsewhere is in the file for everybody to see, and still in no message.
  expect(text.replaceAll("port: hunter2secret", "")).not.toContain("hunter2secret");
});

test("a part of a text, and what stands under some names, is hidden alone", () => {
  const parts = z.strictObject({
    url: noted(z.string(), { secretsIn: (text) => text.split("|").slice(1) }),
    headers: noted(z.record(z.string(), z.string()), { secretNames: ["cookie"] }),
  });
  const source = new SourceText(
    "a.yaml",
    '{ url: "a|hunter2", headers: { Cookie: hunter3, x: shown }, prot: 1 }\n',
  );
  const node = parseYaml(source).documents[0]!;
  const found = new DiagnosticList();
  hideSecrets(parts, node, found.secrets);
  checkShape(parts, node, found);
  const text = renderDiagnostics(found.sorted(["a.yaml"]));
  expect(text).toContain('{ url: "a|*******", headers: { Cookie: *******, x: shown }, prot: 1 }');
  expect(found.secrets.redact("hunter2, hunter3, shown")).toBe("***, ***, shown");
});

test("what belongs at the place of a secret is told, though the value is not", () => {
  const words = z.strictObject({
    word: noted(freeText("a word of 12 characters or more", 12), { secret: true }),
  });
  const source = new SourceText("a.yaml", "{ word: hunter2 }\n");
  const found = new DiagnosticList();
  hideSecrets(words, parseYaml(source).documents[0]!, found.secrets);
  checkShape(words, parseYaml(source).documents[0]!, found);
  expect(renderDiagnostics(found.sorted(["a.yaml"]))).toContain(
    "expected a word of 12 characters or more, found a secret",
  );
});

test("a password in a URL is hidden where no schema expects a URL, too", () => {
  const source = new SourceText(
    "a.yaml",
    '{ prot: "https://jo:hunter2@x.test/p", mail: "a:b@c", to: x:1 }\n',
  );
  const found = new DiagnosticList();
  checkShape(z.strictObject({ port: z.int().optional() }), parseYaml(source).documents[0]!, found);
  const text = renderDiagnostics(found.sorted(["a.yaml"]));
  expect(text).toContain('{ prot: "https://jo:*******@x.test/p", mail: "a:b@c", to: x:1 }');
});
