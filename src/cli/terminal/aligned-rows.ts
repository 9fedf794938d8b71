import { columnsOf, padToColumns } from '../../report/shown-text.ts';

/** Rows of cells as lines, with columns two spaces apart. `right` lists the indexes of right-aligned columns. Cells must come from `visible`. */
export function alignedRows(rows: readonly (readonly string[])[], { right }: { right: readonly number[] }): string {
  const columns = Math.max(0, ...rows.map((cells) => cells.length));
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...rows.map((cells) => columnsOf(cells[column] ?? ''))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right.includes(column) ? ' '.repeat(width - columnsOf(cell)) + cell : padToColumns(cell, width);
      })
      .join('  ')
      .trimEnd();
  return rows.map((cells) => `${line(cells)}\n`).join('');
}
