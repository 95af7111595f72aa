/** One bar of the design, and what was measured against it. */
export interface Verdict {
  readonly what: string;
  readonly bar: string;
  readonly measured: string;
  readonly met: boolean;
}

/** One thing that was measured: its table, and the bars that it is held against. */
export interface Section {
  readonly title: string;
  /** How it was measured, for whoever wants to know what the figures mean. */
  readonly method: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly verdicts: readonly Verdict[];
}

/** Everything as one Markdown document: the bars first, then a table for each section. */
export function render(machine: string, sections: readonly Section[]): string {
  const verdicts = sections.flatMap((section) => section.verdicts);
  return [
    '# Benchmarks\n',
    'Written by `make bench`. Figures that are compared come from the same run, measured in turns, so that both saw the',
    `same conditions. ${machine}`,
    '',
    table(['what', 'bar', 'measured', ''], verdicts.map(verdictRow)),
    ...sections.flatMap(({ title, method, columns, rows }) => [`\n## ${title}\n`, `${method}\n`, table(columns, rows)]),
    '',
  ].join('\n');
}

function verdictRow({ what, bar, measured, met }: Verdict): readonly string[] {
  return [what, bar, measured, met ? 'met' : '**missed**'];
}

/** Columns are padded, so that the source of the document is a table as well. */
function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, at) => Math.max(3, column.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
