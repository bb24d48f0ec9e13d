import { expect, test } from "bun:test";
import { placeAt, SourceText } from "../source/source-text.ts";
import { diagnose, diagnoseFile, relatedAt } from "./diagnostic.ts";
import { diagnosticsAsData, renderDiagnostic } from "./render.ts";

const source = new SourceText("shop.yaml", "name: shop\r\nroutes:\n\t- path: /a\n    path: /b\n");

test("place, line, caret, suggestion and the second place", () => {
  const second = source.text.lastIndexOf("path");
  const first = source.text.indexOf("path");
  const finding = diagnose(
    "yaml.duplicate_key",
    placeAt(source, second, second + 4),
    "the key `path` appears twice",
    {
      suggestion: "remove one",
      related: [relatedAt(placeAt(source, first, first + 4), "first defined here")],
    },
  );
  expect(renderDiagnostic(finding)).toBe(
    [
      "shop.yaml:4:5: error[yaml.duplicate_key]: the key `path` appears twice",
      "    path: /b",
      "    ^^^^",
      "  help: remove one",
      "shop.yaml:3:4: note: first defined here",
      "    - path: /a",
      "      ^^^^",
      "",
    ].join("\n"),
  );
  expect(diagnosticsAsData([finding])).toMatchObject([
    {
      severity: "error",
      code: "yaml.duplicate_key",
      file: "shop.yaml",
      line: 4,
      column: 5,
      related: [{ line: 3 }],
    },
  ]);
});

test("a file that has no text to show", () => {
  const finding = diagnoseFile("file.missing", "a.yaml", "no such file");
  expect(renderDiagnostic(finding)).toBe("a.yaml:1:1: error[file.missing]: no such file\n");
});

test("a minified line is cut around the place, and control characters cannot reach the terminal", () => {
  const long = new SourceText("a.json", `${"x".repeat(5000)}\u001b[31mHERE${"y".repeat(5000)}`);
  const at = long.text.indexOf("HERE");
  const excerpt = long.excerptAt(at, at + 4);
  expect(excerpt.text.length).toBeLessThan(120);
  expect(excerpt.text.slice(excerpt.caret, excerpt.caret + excerpt.width)).toBe("HERE");
  expect(excerpt.text).not.toContain("\u001b");
});

test("the end of the text, an empty text and a carriage return", () => {
  expect(new SourceText("a", "").excerptAt(0, 0)).toEqual({ text: "", caret: 0, width: 1 });
  expect(new SourceText("a", "ab\n").originAt(3)).toEqual({ file: "a", line: 2, column: 1 });
  expect(source.excerptAt(6, 10)).toEqual({ text: "name: shop", caret: 6, width: 4 });
});
