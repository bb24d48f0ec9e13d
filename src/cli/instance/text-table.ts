/** Rows of text in columns that are as wide as they must be; numbers stand to the right. */

export interface Column {
  readonly head: string;
  readonly isNumber?: boolean;
}

export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const texts = [columns.map(({ head }) => head), ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, index) => Math.max(...texts.map((row) => row[index]!.length)));
  return texts
    .map(
      (row) =>
        `${row
          .map((cell, index) => padded(cell, widths[index]!, columns[index]!))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function padded(cell: string, width: number, { isNumber = false }: Column): string {
  return isNumber ? cell.padStart(width) : cell.padEnd(width);
}
