import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { ghost } from '@tenet-ledger/ghost';
import { replayAgent } from '@tenet-ledger/ghost/replay';
import type { TapeEntry } from '@tenet-ledger/record';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startModelServer, type ModelAnswer, type ModelServer } from '../support/modelServer.js';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { item, POLICY } from './replaySetup.js';
import { configureFor, delivered, field } from './setup.js';

let api: RecordsApi;
let model: ModelServer;
let openai: OpenAI;
beforeEach(async () => {
  api = await startRecordsApi();
  model = await startModelServer();
  configureFor(api);
  openai = ghost.openai(new OpenAI({ baseURL: model.url, apiKey: 'sk-secret-key', maxRetries: 0 }));
});
afterEach(async () => {
  await api.close();
  await model.close();
});

const chat = { model: 'sky-1', messages: [{ role: 'user' as const, content: 'hello' }] };
const respond = { model: 'sky-1', input: 'hello' };
const Verdict = z.object({ status: z.string() });
const lookUp = ghost.tool('look', { effect: 'read' }, async (args: { id: number }) => ({ score: args.id }));
const failed = (error: unknown): string => `${(error as Error).name} ${(error as { status?: number }).status ?? ''}`;

const loan: ModelAnswer = { toolCalls: [{ name: 'look', arguments: { id: 42 } }] };
const verdict: ModelAnswer = { content: '{"status":"approve"}' };

/** Each is run by the library itself, against the stand-in, and then again from the tape with the stand-in gone. */
const USES: readonly (readonly [string, readonly ModelAnswer[], () => Promise<string>])[] = [
  [
    'chat.completions.parse with a zod format',
    [verdict],
    async () => {
      const answer = await openai.chat.completions.parse({ ...chat, response_format: zodResponseFormat(Verdict, 'v') });
      return answer.choices[0]?.message.parsed?.status ?? '';
    },
  ],
  [
    'chat.completions.stream with its events',
    [{ content: 'one two three' }],
    async () => {
      let deltas = '';
      const stream = openai.chat.completions.stream(chat).on('content', (delta) => void (deltas += delta));
      const whole = await stream.finalContent();
      return `${deltas}|${whole ?? ''}`;
    },
  ],
  [
    'chat.completions.runTools, with a tool of ours',
    [loan, { content: 'done' }],
    async () => {
      const runner = openai.chat.completions.runTools({
        ...chat,
        tools: [
          {
            type: 'function' as const,
            function: {
              name: 'look',
              description: 'looks',
              parameters: { type: 'object', properties: { id: { type: 'number' } } },
              parse: (text: string) => JSON.parse(text) as { id: number },
              function: lookUp,
            },
          },
        ],
      });
      return (await runner.finalContent()) ?? '';
    },
  ],
  [
    'streamed tool calls',
    [loan],
    async () => {
      let args = '';
      for await (const chunk of await openai.chat.completions.create({ ...chat, stream: true }))
        args += chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? '';
      return args;
    },
  ],
  [
    'usage of a stream',
    [{ content: 'x' }],
    async () => {
      let total = 0;
      const asked = { ...chat, stream: true as const, stream_options: { include_usage: true } };
      for await (const chunk of await openai.chat.completions.create(asked)) total += chunk.usage?.total_tokens ?? 0;
      return String(total);
    },
  ],
  ['responses.create', [{ content: 'whole' }], async () => (await openai.responses.create(respond)).output_text],
  [
    'responses.parse with a zod format',
    [verdict],
    async () => {
      const answer = await openai.responses.parse({ ...respond, text: { format: zodTextFormat(Verdict, 'v') } });
      return answer.output_parsed?.status ?? '';
    },
  ],
  [
    'responses.stream with its events',
    [{ content: 'one two three' }],
    async () => {
      let deltas = '';
      const stream = openai.responses.stream(respond);
      stream.on('response.output_text.delta', ({ delta }) => void (deltas += delta));
      return `${deltas}|${(await stream.finalResponse()).output_text}`;
    },
  ],
  [
    'tool calls of responses, streamed',
    [loan],
    async () => {
      let args = '';
      for await (const event of await openai.responses.create({ ...respond, stream: true }))
        if (event.type === 'response.function_call_arguments.done') args += event.arguments;
      return args;
    },
  ],
  [
    'embeddings',
    [],
    async () => String((await openai.embeddings.create({ model: 'e', input: 'v' })).data[0]?.embedding[3]),
  ],
  [
    'a refused embedding',
    [{ status: 400, message: 'no' }],
    () => openai.embeddings.create({ model: 'e', input: 'v' }).then(() => '', failed),
  ],
  [
    'a refused response',
    [{ status: 404, message: 'no' }],
    () => openai.responses.create(respond).then(() => '', failed),
  ],
  [
    'a stream that is refused',
    [{ status: 400 }],
    () => openai.chat.completions.create({ ...chat, stream: true }).then(() => '', failed),
  ],
];

describe('what the client library offers', () => {
  it.each(USES)('%s: taped, and served from the tape', async (name, answers, use) => {
    model.script(...answers);
    const agent = ghost.agent({ name: 'a', version: '1', outcome: String }, use);
    const said = await agent();
    const [record] = await delivered(api);
    const tape = [...record!.fields].filter(([path]) => path.startsWith('/tape/0')).map(([, value]) => value);
    expect(field(record, '/decision/outcome')).toBe(said);
    expect(said).not.toBe('');
    expect(JSON.stringify(tape)).not.toMatch(/sk-secret|tape\.(unfinished|not_kept)/);
    const asked = model.requests.length;
    const input = field(record, '/context/inputs')!;
    const result = await replayAgent(agent, item(tape as unknown as TapeEntry[], { input }), POLICY);
    expect(result).toMatchObject({ status: 'done', findings: [], calls: { served: tape.length, refused: 0 } });
    // Classes of errors are not recorded; status and message are.
    expect(result.outcome?.split(' ').at(-1)).toBe(said.split(' ').at(-1));
    if (!name.includes('refused')) expect(result.outcome).toBe(said);
    expect(model.requests).toHaveLength(asked);
  });
});
