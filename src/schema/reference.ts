import { z } from 'zod';
import { decisionRecordSchema } from './decisionRecord.js';
import {
  captureClosedSchema,
  captureDroppedSchema,
  captureSampledSchema,
  correctionSchema,
  effectSchema,
  overrideSchema,
} from './linkedRecords.js';

interface Node {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly format?: string;
}

const SECTIONS = [
  ['Decision', 'Kind `decision`. The seven layers, the tape and the grade.', decisionRecordSchema, ''],
  ['Effect', 'Kind `effect`: what happened downstream. Made by `ghost.effect`.', effectSchema, '/effect'],
  ['Override', 'Kind `override`: human review. Made by `ghost.override`.', overrideSchema, '/override'],
  ['Correction', 'Kind `correction`. Made by `ghost.correction`.', correctionSchema, '/correction'],
  ['Dropped', 'Kind `capture`, type `capture.dropped`: the signed drop counter.', captureDroppedSchema, '/capture'],
  ['Sampled', 'Kind `capture`, type `capture.sampled`.', captureSampledSchema, '/capture'],
  ['Closed', 'Kind `capture`, type `capture.closed`: a producer that ended in order.', captureClosedSchema, '/capture'],
] as const;

/** The record schema as Markdown: one row a member, with the RFC 6901 pointer it is stored under. */
export function recordReference(): string {
  const head = [
    '# Record schema',
    '',
    'Made from the schemas in `src/schema` by `npm run docs`; a test checks that it is current. Paths are RFC 6901 pointers',
    'into the record; `*` stands for a position. How fields become salted digests, and how an entry is signed, says',
    '[FORMAT.md](../packages/record/FORMAT.md).',
  ];
  const parts = SECTIONS.map(([title, about, schema, base]) => {
    const rows = rowsOf(z.toJSONSchema(schema) as Node, base);
    return ['', `## ${title}`, '', about, '', '| path | type | | |', '| --- | --- | --- | --- |', ...rows].join('\n');
  });
  return `${[...head, ...parts].join('\n')}\n`;
}

function rowsOf(node: Node, path: string): string[] {
  const required = new Set(node.required);
  return Object.entries(node.properties ?? {}).flatMap(([name, member]) => {
    const at = `${path}/${name}`;
    const cells = [`\`${at}\``, typeOf(member), required.has(name) ? 'required' : '', member.description ?? ''];
    return [`| ${cells.map(cell).join(' | ')} |`, ...rowsOf(member, at), ...rowsOf(member.items ?? {}, `${at}/*`)];
  });
}

function typeOf(node: Node): string {
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(' · ');
  if (node.type === 'array') return `list of ${typeOf(node.items ?? {})}`;
  if (node.format === 'date-time') return 'RFC 3339 time';
  return typeof node.type === 'string' ? node.type : 'any JSON';
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
