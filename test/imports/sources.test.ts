import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv, readJsonArray, readJsonFile, readJsonLines, readLines } from '../../src/imports/index.js';
import { all, pieces, shown } from './support.js';

describe('lines', () => {
  test('LF, CRLF, a byte order mark and a last line without an end', async () => {
    const lines = await all(readLines(pieces('\ufeffone\r\ntwo\n\nfour')));
    expect(lines.map((line) => ('text' in line ? line.text : line.problem))).toEqual(['one', 'two', '', 'four']);
    expect(lines.map(({ n }) => n)).toEqual([1, 2, 3, 4]);
  });

  test('reading goes on behind any line as if it had not stopped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), async (texts, size) => {
        const file = Buffer.from(texts.map((text) => text.replace(/[\r\n\ufeff]/g, ' ')).join('\n'));
        const whole = await all(readLines(pieces(file, size)));
        for (const { n, end } of whole) {
          const rest = await all(readLines(pieces(file.subarray(end), size), { offset: end, n }));
          expect(rest).toEqual(whole.slice(n));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a line of 10 MB is told and not held, and the next one is read', async () => {
    const long = Buffer.alloc(10 * 1024 * 1024, 0x61);
    const file = Buffer.concat([Buffer.from('first\n'), long, Buffer.from('\nlast\n')]);
    const lines = await all(readLines(pieces(file, 65_536)));
    expect(lines[1]).toMatchObject({ n: 2, problem: { message: 'the line is too long', got: '10485760 bytes' } });
    expect(lines[2]).toMatchObject({ n: 3, text: 'last' });
  });

  test('what is not UTF-8 is a problem of its line', async () => {
    const lines = await all(readLines(pieces(Buffer.from([0x61, 0x0a, 0xc3, 0x28, 0x0a, 0x62]))));
    expect(lines[1]).toMatchObject({ n: 2, problem: { message: 'the line is not UTF-8' } });
    expect(lines[2]).toMatchObject({ text: 'b' });
  });

  test('UTF-16 is recognised', async () => {
    const [line] = await all(readLines(pieces(Buffer.from('\ufeffid', 'utf16le'))));
    expect(line).toMatchObject({ problem: { fix: 'convert it to UTF-8 first' } });
  });
});

describe('JSON lines', () => {
  test('bad lines are problems with their number, good ones are taken', async () => {
    const items = await all(readJsonLines(pieces('{"a":1}\n\n{"a":\nnull\n{"a":2,}\n[3]')));
    expect(shown(items)).toEqual([
      [1, { a: 1 }],
      [3, { problem: 'not JSON: it ends in the middle (cut off?)' }],
      [4, null],
      [5, { problem: expect.stringMatching(/^not JSON: unexpected text/) as string }],
      [6, [3]],
    ]);
  });

  test('a problem never quotes the line', async () => {
    const [item] = await all(readJsonLines(pieces('{"ssn": "078-05-1120" oops}')));
    expect(JSON.stringify(item)).not.toContain('078');
  });
});

describe('a JSON array', () => {
  test('gives its elements one by one, whatever they are', async () => {
    const file = '\ufeff [ {"a":"]},[\\""} , 7, "x,y", null,[1,[2]] ,true ] ';
    for (const size of [1, 2, 3, 1000]) {
      expect(shown(await all(readJsonArray(pieces(file, size))))).toEqual([
        [1, { a: ']},["' }],
        [2, 7],
        [3, 'x,y'],
        [4, null],
        [5, [1, [2]]],
        [6, true],
      ]);
    }
  });

  test('any array of JSON comes back as it was, cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue(), { maxLength: 6 }),
        fc.integer({ min: 1, max: 11 }),
        fc.boolean(),
        async (list, size, spaced) => {
          const text = JSON.stringify(list, null, spaced ? 2 : undefined);
          const items = await all(readJsonArray(pieces(text, size)));
          expect(items.map((item) => ('value' in item ? item.value : item))).toEqual(JSON.parse(text));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('a file that is cut off gives what came before, and says so', async () => {
    expect(shown(await all(readJsonArray(pieces('[{"a":1},{"a":'))))).toEqual([
      [1, { a: 1 }],
      [2, { problem: 'the file ends inside this item (cut off?)' }],
    ]);
    expect(shown(await all(readJsonArray(pieces('[1, '))))).toEqual([
      [1, 1],
      [2, { problem: 'the file ends before its last bracket (cut off?); what came before is taken' }],
    ]);
    expect(shown(await all(readJsonArray(pieces(''))))).toEqual([[1, { problem: 'the file is empty' }]]);
  });

  test('an element that is too long is told and passed over', async () => {
    const items = await all(readJsonArray(pieces(`["${'x'.repeat(200)}",2]`), [], undefined, 100));
    expect(shown(items)).toEqual([
      [1, { problem: 'the item is too long' }],
      [2, 2],
    ]);
  });

  test('elements that were done are passed over', async () => {
    expect(shown(await all(readJsonArray(pieces('[1,2,3]'), [], { offset: 0, n: 2 })))).toEqual([[3, 3]]);
  });

  test('may be a member of the file’s object', async () => {
    const file = '{"meta":{"data":[9]},"data":[{"id":1},{"id":2}],"more":[3]}';
    const items = await all(readJsonArray(pieces(file), ['data']));
    expect(shown(items)).toEqual([
      [1, { id: 1 }],
      [2, { id: 2 }],
    ]);
  });
});

describe('a JSON file of any form', () => {
  test.each([
    ['one value a line', '{"id":1}\n{"id":2}\n'],
    ['one array', '[{"id":1},{"id":2}]'],
    ['one array over lines', '[\n {"id":1},\n {"id":2}\n]\n'],
    ['an object around it', '{\n "data": [{"id":1},{"id":2}]\n}'],
  ])('%s', async (_, text) => {
    const items = await all(readJsonFile(pieces(text), ['data']));
    expect(items.flatMap((item) => ('value' in item ? [item.value] : []))).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test('one object over lines is one item', async () => {
    expect(shown(await all(readJsonFile(pieces('{\n "id": 1\n}\n'), ['data'])))).toEqual([[1, { id: 1 }]]);
  });
});

describe('CSV', () => {
  const csv = (text: string, options = {}) => all(readCsv(pieces(text), options)).then(shown);

  test('quotes, doubled quotes, line ends inside cells, CRLF and a byte order mark', async () => {
    const text = '\ufeffid,note\r\n1,"a, ""b""\r\nc"\r\n2,plain\r\n';
    expect(await csv(text)).toEqual([
      [2, { id: '1', note: 'a, "b"\nc' }],
      [4, { id: '2', note: 'plain' }],
    ]);
  });

  test('a short and a long row are problems, the others are taken', async () => {
    expect(await csv('a,b\n1\n1,2\n1,2,3\n,\n')).toEqual([
      [2, { problem: 'the row is short' }],
      [3, { a: '1', b: '2' }],
      [4, { problem: 'the row is long' }],
      [5, { a: '', b: '' }],
    ]);
  });

  test('numbers and booleans where the mapping says so', async () => {
    const options = { numbers: ['n'], booleans: ['b'] };
    expect(await csv('n,b\n 1.5 ,yes\n,\nx,yes\n1,perhaps\n', options)).toEqual([
      [2, { n: 1.5, b: true }],
      [3, { n: null, b: null }],
      [4, { problem: 'not what the mapping says' }],
      [5, { problem: 'not what the mapping says' }],
    ]);
  });

  test('another delimiter is noticed', async () => {
    const [item] = await all(readCsv(pieces('id;note\n1;2\n')));
    expect(item).toMatchObject({
      problem: { message: 'there is one column only', fix: 'set csv.delimiter to ";" in the mapping' },
    });
    expect(await csv('id;note\n1;2\n', { delimiter: ';' })).toEqual([[2, { id: '1', note: '2' }]]);
  });

  test('a quote that is never closed ends at a bound and is told', async () => {
    const [first] = await csv(`a,b\n1,"x\n${'2,y\n'.repeat(3)}`);
    expect(first).toEqual([2, { problem: 'a quote is opened here and never closed' }]);
  });

  test('two columns of one name are refused', async () => {
    expect(await csv('a,a\n1,2\n')).toEqual([[1, { problem: 'two columns are named "a"' }]]);
  });

  test('whatever the cells hold, they come back', async () => {
    const cell = fc.string().map((text) => text.replace(/\r/g, '').replace(/\ufeff/g, ''));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), async (rows) => {
        const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const text = `a,b\n${rows.map((row) => row.map(quote).join(',')).join('\n')}\n`;
        const items = await all(readCsv(pieces(text, 5)));
        expect(items.map((item) => ('value' in item ? item.value : item))).toEqual(rows.map(([a, b]) => ({ a, b })));
      }),
      { numRuns: 80 },
    );
  });
});
