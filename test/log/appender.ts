/** A process of test/log/rotation.test.ts: appends numbered lines to a file that several share, and ends. */
import { fileOutput } from "../../src/io/log-output.ts";

const [path, name, batches, linesPerBatch, sizeBytes, gzip] = process.argv.slice(2) as string[];
const rotation = {
  sizeBytes: Number(sizeBytes),
  ageMs: Number.POSITIVE_INFINITY,
  keep: 10_000,
  gzip: gzip === "gzip",
};
const rotating = {
  rotation,
  wallMs: Date.now,
  onTrouble: (cause: string) => console.error(cause),
};
const output = fileOutput(path!, Number(sizeBytes) === 0 ? null : rotating);
const failure = await output.open();
if (failure !== null) throw new Error(failure);
let lines = 0;
for (let batch = 0; batch < Number(batches); batch++) {
  let text = "";
  for (let count = 0; count < Number(linesPerBatch); count++) text += lineOf(name!, lines++);
  const bytes = Buffer.from(text);
  const { takenBytes, cause } = await output.write(bytes, bytes.length);
  if (cause !== null) throw new Error(`${cause} after ${takenBytes}`);
}
await output.close();

/** Of very different lengths, each with an end that tells that it is whole. */
function lineOf(writer: string, number: number): string {
  const filling = writer.repeat(1 + ((number * 7919) % 400));
  return `<${writer} ${number} ${filling}>\n`;
}
