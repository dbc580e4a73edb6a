/** One thing wrong, or doubtful, in a file that people write. Lines and columns count from 1. */
export interface FileProblem {
  /** A warning leaves the file usable. */
  readonly severity: 'error' | 'warning';
  readonly line: number;
  readonly column: number;
  /** "rationale.forbidden[0].terms"; empty for the file as a whole. */
  readonly field: string;
  readonly message: string;
  readonly expected?: string;
  readonly got?: string;
  readonly fix?: string;
}

export function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? String(part) : `${name}.${String(part)}`;
  }, '');
}

/** "gate.yaml:7:3 maxFlipRate: 120 % is out of range, expected a share …". */
export function problemLine(problem: FileProblem, file: string): string {
  const { line, column, field, message, expected, got, fix } = problem;
  const parts = [
    message,
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(got === undefined ? [] : [`got ${got}`]),
  ];
  const text = `${file}:${line}:${column} ${field === '' ? '' : `${field}: `}${parts.join(', ')}`;
  return fix === undefined ? text : `${text}; ${fix}`;
}
