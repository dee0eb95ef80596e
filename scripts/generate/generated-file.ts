/** A file that `npm run generate` writes, as a whole or between two marker comments. */
export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  /** Returns the complete text of the file, given its current text (empty if the file does not exist). */
  readonly render: (current: string) => string;
}

/** Replaces the text between the two marker comments of a section. */
export function replaceSection(name: string, section: string, text: string): string {
  const [begin, end] = [
    `<!-- generated: ${name} (npm run generate) -->`,
    `<!-- end of generated: ${name} -->`,
  ];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the marker comments of the section "${name}" are missing`);
  return `${text.slice(0, from)}${begin}\n\n${section}\n\n${text.slice(to)}`;
}

/** Returns a row of a Markdown table. */
function renderTableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** Returns a Markdown table. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map(renderTableRow).join("\n");
}
