import OpenAI from 'openai';
import { ghost } from '@tenet-ledger/ghost';
import type { TapeEntry } from '@tenet-ledger/record';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startModelServer, type ModelServer } from '../support/modelServer.js';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { configureFor, delivered, field } from './setup.js';

let api: RecordsApi;
let model: ModelServer;
beforeEach(async () => {
  api = await startRecordsApi();
  model = await startModelServer({ answersAs: 'sky-1-2026-05-01' });
  configureFor(api);
});
afterEach(async () => {
  await api.close();
  await model.close();
});

const base = { name: 'a', version: '1', type: 't', outcome: (result: unknown) => String(result) };
const client = (): OpenAI => ghost.openai(new OpenAI({ baseURL: model.url, apiKey: 'sk-secret-key', maxRetries: 1 }));
const ask = (content: string) => ({ model: 'sky-1', messages: [{ role: 'user' as const, content }], seed: 7 });

async function tapeOf(run: () => Promise<unknown>): Promise<readonly TapeEntry[]> {
  await run();
  const record = (await delivered(api)).at(-1)!;
  return [...record.fields]
    .filter(([path]) => path.startsWith('/tape/'))
    .map(([, value]) => value as unknown as TapeEntry);
}

describe('ghost.openai in capture', () => {
  it('tapes request and answer, and neither key nor headers', async () => {
    const openai = client();
    const agent = ghost.agent(base, async () => {
      const answer = await openai.chat.completions.create(ask('hello'), { headers: { 'x-extra': 'header-secret' } });
      return answer.choices[0]?.message.content;
    });
    const [entry] = await tapeOf(agent);
    expect(entry).toMatchObject({
      kind: 'model',
      name: 'chat.completions',
      effect: 'read',
      args: { model: 'sky-1', seed: 7 },
      result: { model: 'sky-1-2026-05-01', system_fingerprint: 'fp_stand_in', usage: { prompt_tokens: 9 } },
    });
    const record = api.received[0]!;
    expect(field(record, '/decision/outcome')).toBe('hello');
    expect(field(record, '/provenance/model')).toBe('sky-1-2026-05-01');
    expect(field(record, '/grade')).toMatchObject({ grade: 'B' });
    const all = JSON.stringify([...record.fields.values()]);
    expect(all).not.toMatch(/secret|127\.0\.0\.1/);
  });

  it('grades A where the model answers under the name it was asked for and the prompt has a version', async () => {
    const openai = client();
    const agent = ghost.agent({ ...base, promptVersion: 'p3' }, async () => {
      await openai.chat.completions.create({ ...ask('x'), model: 'sky-1-2026-05-01' });
      return 'x';
    });
    await tapeOf(agent);
    expect(field(api.received[0], '/grade')).toEqual({ grade: 'A', reasons: [] });
  });

  it('leaves the raw response and withResponse to the caller', async () => {
    const openai = client();
    const agent = ghost.agent(base, async () => {
      const raw = await openai.chat.completions.create(ask('raw')).asResponse();
      const { data, request_id } = await openai.chat.completions.create(ask('with')).withResponse();
      return `${raw.status} ${((await raw.json()) as { object: string }).object} ${data.object} ${request_id ?? ''}`;
    });
    const tape = await tapeOf(agent);
    expect(field(api.received[0], '/decision/outcome')).toBe('200 chat.completion chat.completion req_stand_in');
    expect(tape.map((entry) => entry.error?.code)).toEqual(['tape.unfinished', undefined]);
    expect(field(api.received[0], '/grade')).toMatchObject({ grade: 'C' });
  });

  it('stores a stream assembled, with tool calls and usage', async () => {
    model.script({ content: 'one two three' }, { toolCalls: [{ name: 'look', arguments: { id: 42 } }] });
    const openai = client();
    const agent = ghost.agent(base, async () => {
      let text = '';
      const stream = await openai.chat.completions.create({
        ...ask('s'),
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
      for await (const _ of await openai.chat.completions.create({ ...ask('t'), stream: true })) continue;
      return text;
    });
    const [first, second] = await tapeOf(agent);
    expect(field(api.received[0], '/decision/outcome')).toBe('one two three');
    expect(first?.result).toMatchObject({
      object: 'chat.completion',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'one two three' } }],
      usage: { prompt_tokens: expect.any(Number) as number },
    });
    expect(second?.result).toMatchObject({
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"id":42}' } }],
          },
        },
      ],
    });
  });

  it('tapes what the helpers of the library send', async () => {
    model.script({ content: 'parsed' }, { content: 'streamed' });
    const openai = client();
    const agent = ghost.agent(base, async () => {
      const parsed = await openai.chat.completions.parse(ask('p'));
      const streamed = await openai.chat.completions.stream(ask('s')).finalContent();
      return `${parsed.choices[0]?.message.content ?? ''} ${streamed ?? ''}`;
    });
    const tape = await tapeOf(agent);
    expect(field(api.received[0], '/decision/outcome')).toBe('parsed streamed');
    expect(tape.map((entry) => [entry.name, entry.error])).toEqual([
      ['chat.completions', undefined],
      ['chat.completions', undefined],
    ]);
  });

  it('tapes the responses endpoint, whole and streamed', async () => {
    const openai = client();
    const agent = ghost.agent(base, async () => {
      const whole = await openai.responses.create({ model: 'sky-1', input: 'one' });
      let text = '';
      for await (const event of await openai.responses.create({ model: 'sky-1', input: 'two', stream: true })) {
        if (event.type === 'response.output_text.delta') text += event.delta;
      }
      return `${whole.output_text} ${text}`;
    });
    const tape = await tapeOf(agent);
    expect(field(api.received[0], '/decision/outcome')).toBe('one two');
    expect(tape.map((entry) => (entry.result as { object: string }).object)).toEqual(['response', 'response']);
  });

  it('always asks for float vectors, which servers that know no base64 answer rightly', async () => {
    const openai = client();
    const agent = ghost.agent(base, async () => {
      const { data } = await openai.embeddings.create({ model: 'e', input: ['hello'] });
      return data[0]?.embedding.length;
    });
    await tapeOf(agent);
    expect(model.requests[0]?.body['encoding_format']).toBe('float');
    expect(field(api.received[0], '/decision/outcome')).toBe('8');
  });

  it('tapes the failure of a model call and lets the agent see it', async () => {
    model.script({ status: 400, message: 'bad prompt' });
    const openai = client();
    const agent = ghost.agent(base, () =>
      openai.chat.completions.create(ask('x')).then(
        () => 'no',
        (error: { status: number }) => error.status,
      ),
    );
    const [entry] = await tapeOf(agent);
    expect(field(api.received[0], '/decision/outcome')).toBe('400');
    expect(entry?.error).toEqual({ code: 'http.400', message: '400 bad prompt' });
  });

  it('is the client itself outside a run', async () => {
    const openai = client();
    expect((await openai.chat.completions.create(ask('free'))).choices[0]?.message.content).toBe('free');
    await expect(openai.withOptions({ maxRetries: 0 }).models.list()).rejects.toThrow('404 no such endpoint');
  });
});
