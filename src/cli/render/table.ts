import { displayWidth, padEnd, padStart } from './width.js';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Plain aligned columns, two blanks apart, no trailing blanks. Cells are safe text already. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const lines = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((_, at) => lines.reduce((most, line) => Math.max(most, displayWidth(line[at] ?? '')), 0));
  return lines.map((line) =>
    columns
      .map((column, at) => (column.align === 'right' ? padStart : padEnd)(line[at] ?? '', widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `label   text`, further lines indented under the text. */
export function labelled(label: string, lines: readonly string[], labelWidth = 13): string[] {
  return lines.map((line, at) => `${padEnd(at === 0 ? label : '', labelWidth)} ${line}`.trimEnd());
}
