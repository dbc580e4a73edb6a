import PDFDocument from 'pdfkit';
import type { Block, CoverDocument, CoverPage } from './document.js';

export interface PdfFonts {
  /** TrueType. Embedded, as PDF/A wants it. */
  readonly regular: Uint8Array;
  readonly bold: Uint8Array;
}

export interface PdfOptions {
  readonly fonts: PdfFonts;
  /** The only time in the file: same facts, same bytes. */
  readonly at: Date;
  readonly author: string;
  /** Attached as data of the document (PDF/A-3). */
  readonly attachment: { readonly name: string; readonly json: string };
}

const MARGIN = 56;
const WIDTH = 595.28 - 2 * MARGIN;
const BOTTOM = 841.89 - MARGIN - 20;
const INK = '#1a1a1a';
const QUIET = '#5c5c5c';
const RULE = '#b8b8b8';
const SIZE = { title: 19, heading: 11.5, text: 10, small: 8.2 } as const;

type Doc = InstanceType<typeof PDFDocument>;

/** A4, PDF/A-3b. Text flows over as many sheets as it takes; every sheet is numbered at the end. */
export async function renderPdf(document: CoverDocument, options: PdfOptions): Promise<Uint8Array> {
  const { at, author, attachment } = options;
  const doc = new PDFDocument({
    size: 'A4',
    margins: { top: MARGIN, left: MARGIN, right: MARGIN, bottom: MARGIN },
    bufferPages: true,
    autoFirstPage: false,
    pdfVersion: '1.7',
    subset: 'PDF/A-3b',
    lang: document.language,
    displayTitle: true,
    info: { Title: document.title, Author: author, CreationDate: at, ModDate: at },
  });
  const chunks: Uint8Array[] = [];
  doc.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  const done = new Promise<void>((resolve, reject) => {
    doc.on('end', resolve);
    doc.on('error', reject);
  });
  doc.registerFont('regular', Buffer.from(options.fonts.regular));
  doc.registerFont('bold', Buffer.from(options.fonts.bold));
  const attached = {
    name: attachment.name,
    type: 'application/json',
    description: 'What this document says, as data',
    creationDate: at,
    modifiedDate: at,
    // AFRelationship of ISO 19005-3: what the document was made from.
    relationship: 'Data',
  };
  doc.file(Buffer.from(attachment.json), attached);
  for (const page of document.pages) setPage(doc, page);
  numberSheets(doc, document.title);
  doc.end();
  await done;
  return Buffer.concat(chunks);
}

function setPage(doc: Doc, { heading, blocks }: CoverPage): void {
  doc.addPage();
  doc.font('bold').fontSize(SIZE.title).fillColor(INK).text(heading, MARGIN, MARGIN, { width: WIDTH });
  doc.moveDown(0.5);
  for (const block of blocks) setBlock(doc, block);
}

function setBlock(doc: Doc, block: Block): void {
  switch (block.kind) {
    case 'heading':
      return setHeading(doc, block.text);
    case 'text':
      body(doc).text(block.text, MARGIN, doc.y, { width: WIDTH, lineGap: 2 });
      doc.moveDown(0.4);
      return;
    case 'list':
      return setList(doc, block.items);
    case 'pairs':
      return setRows(
        doc,
        block.rows.map((row) => [...row]),
        [24, 76],
        SIZE.text,
        ['bold', 'regular'],
      );
    case 'table':
      setRows(
        doc,
        [[...block.head]],
        block.widths,
        SIZE.small,
        block.head.map(() => 'bold'),
      );
      line(doc, doc.y - 2);
      return setRows(
        doc,
        block.rows,
        block.widths,
        SIZE.small,
        block.head.map(() => 'regular'),
      );
    case 'blank':
      return setBlank(doc, block.label);
  }
}

const body = (doc: Doc): Doc => doc.font('regular').fontSize(SIZE.text).fillColor(INK);

function setHeading(doc: Doc, text: string): void {
  need(doc, 48);
  doc.moveDown(0.3);
  doc.font('bold').fontSize(SIZE.heading).fillColor(INK).text(text, MARGIN, doc.y, { width: WIDTH });
  doc.moveDown(0.15);
}

function setList(doc: Doc, items: readonly string[]): void {
  for (const item of items) {
    body(doc);
    need(doc, doc.heightOfString(item, { width: WIDTH - 14, lineGap: 2 }));
    const y = doc.y;
    doc.text('–', MARGIN, y, { width: 12 });
    doc.text(item, MARGIN + 14, y, { width: WIDTH - 14, lineGap: 2 });
  }
  doc.moveDown(0.4);
}

function setRows(
  doc: Doc,
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  size: number,
  fonts: readonly string[],
): void {
  const total = widths.reduce((sum, width) => sum + width, 0);
  const cells = widths.map((width) => (width / total) * WIDTH);
  for (const row of rows) {
    const heights = row.map((cell, at) =>
      doc
        .font(fonts[at] ?? 'regular')
        .fontSize(size)
        .heightOfString(cell, { width: (cells[at] ?? 0) - 8, lineGap: 1 }),
    );
    const height = Math.max(...heights) + 3;
    need(doc, height);
    const y = doc.y;
    let x = MARGIN;
    row.forEach((cell, at) => {
      doc
        .font(fonts[at] ?? 'regular')
        .fontSize(size)
        .fillColor(INK);
      doc.text(cell, x, y, { width: (cells[at] ?? 0) - 8, lineGap: 1 });
      x += cells[at] ?? 0;
    });
    doc.x = MARGIN;
    doc.y = y + height;
  }
  doc.moveDown(0.4);
}

function setBlank(doc: Doc, label: string): void {
  need(doc, 44);
  body(doc).text(label, MARGIN, doc.y + 8, { width: WIDTH });
  line(doc, doc.y + 16);
  doc.y += 22;
}

function line(doc: Doc, y: number): void {
  doc
    .moveTo(MARGIN, y)
    .lineTo(MARGIN + WIDTH, y)
    .lineWidth(0.5)
    .strokeColor(RULE)
    .stroke();
  doc.x = MARGIN;
}

/** Nothing is cut in the middle that can be kept together. */
function need(doc: Doc, height: number): void {
  if (doc.y + height > BOTTOM) doc.addPage();
}

function numberSheets(doc: Doc, title: string): void {
  const { start, count } = doc.bufferedPageRange();
  for (let at = start; at < start + count; at += 1) {
    doc.switchToPage(at);
    // Beneath the margin: text there must not begin another page.
    doc.page.margins.bottom = 0;
    doc.font('regular').fontSize(SIZE.small).fillColor(QUIET);
    doc.text(title, MARGIN, 841.89 - MARGIN + 12, { width: WIDTH - 60, lineBreak: false });
    doc.text(`${at + 1} / ${count}`, MARGIN + WIDTH - 60, 841.89 - MARGIN + 12, {
      width: 60,
      align: 'right',
      lineBreak: false,
    });
  }
}
