/** The page that shows a request as the upstream received it: HTML to browsers, plain text to the rest. */

export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly bodyBytes: number;
}

export interface EchoPage {
  readonly text: string;
  readonly contentType: string;
}

export function renderEcho(request: ReceivedRequest, accept: string): EchoPage {
  return accept.toLowerCase().includes("text/html")
    ? { text: renderHtml(request), contentType: "text/html; charset=utf-8" }
    : { text: renderPlain(request), contentType: "text/plain; charset=utf-8" };
}

function renderPlain({ method, target, fields, bodyBytes }: ReceivedRequest): string {
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${target}`, ...lines, "", `body: ${bodyBytes} bytes`, ""].join("\n");
}

function renderHtml({ method, target, fields, bodyBytes }: ReceivedRequest): string {
  const rows = fields.map(
    ([name, value]) => `    <tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>What the upstream received</title>
  <style>
    body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
    th { text-align: left; padding-right: 1rem; vertical-align: top }
    td { overflow-wrap: anywhere }
  </style>
  <h1>What the upstream received</h1>
  <p><code>${escapeHtml(`${method} ${target}`)}</code></p>
  <table>
${rows.join("\n")}
  </table>
  <p>Body: ${bodyBytes} bytes</p>
</html>
`;
}

/** The request is the visitor's own, but a link can make a browser send anything. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
