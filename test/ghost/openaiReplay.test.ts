import OpenAI from 'openai';
import { ghost } from '@tenet-ledger/ghost';
import { replayAgent, type ReplayResult } from '@tenet-ledger/ghost/replay';
import type { TapeEntry } from '@tenet-ledger/record';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseReplayResult } from '../../src/replay/index.js';
import { startModelServer, type ModelServer } from '../support/modelServer.js';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { item, POLICY } from './replaySetup.js';
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

describe('ghost.openai in replay', () => {
  const live = { ...POLICY, model: 'live' as const };
  const sound = (result: ReplayResult): ReplayResult => {
    expect(() => parseReplayResult(JSON.parse(JSON.stringify(result)))).not.toThrow();
    return result;
  };

  it('serves the recorded answers without a request: plain, streamed, parsed and failed', async () => {
    model.script({ content: 'plain' }, { content: 'in parts' }, { content: 'parsed' }, { status: 400, message: 'bad' });
    const openai = client();
    const agent = ghost.agent(base, async () => {
      const said: string[] = [];
      said.push((await openai.chat.completions.create(ask('1'))).choices[0]?.message.content ?? '');
      let text = '';
      for await (const chunk of await openai.chat.completions.create({ ...ask('2'), stream: true }))
        text += chunk.choices[0]?.delta.content ?? '';
      said.push(text);
      said.push((await openai.chat.completions.parse(ask('3'))).choices[0]?.message.content ?? '');
      said.push(
        String(
          await openai.chat.completions.create(ask('4')).then(
            () => 0,
            (error: { status: number }) => error.status,
          ),
        ),
      );
      const { data } = await openai.embeddings.create({ model: 'e', input: 'v' });
      said.push(String(data[0]?.embedding.length));
      for await (const event of await openai.responses.create({ model: 'sky-1', input: 'r', stream: true })) {
        if (event.type === 'response.completed') said.push(event.response.output_text ?? 'completed');
        if (event.type === 'response.output_text.delta') said.push(event.delta);
      }
      return said.join('|');
    });
    const tape = await tapeOf(agent);
    const outcome = field(api.received[0], '/decision/outcome');
    const requests = model.requests.length;
    const result = sound(await replayAgent(agent, item(tape), POLICY));
    expect(result).toMatchObject({ status: 'done', outcome, calls: { served: 6, model: 0 }, findings: [] });
    expect(model.requests).toHaveLength(requests);
  });

  it('refuses a request that the tape lacks', async () => {
    const openai = client();
    const agent = ghost.agent(base, async () => (await openai.chat.completions.create(ask('new words'))).model);
    const tape: TapeEntry[] = [
      {
        v: 1,
        n: 1,
        kind: 'model',
        name: 'chat.completions',
        effect: 'read',
        key: 'k',
        args: ask('old words'),
        result: {},
        startedMs: 0,
        durMs: 0,
      },
    ];
    const result = sound(await replayAgent(agent, item(tape), POLICY));
    expect(result).toMatchObject({
      status: 'refused',
      refusal: {
        code: 'replay.no_tape',
        tool: 'chat.completions',
        nearest: expect.stringContaining('/messages/0/content was "old words", now "new words"') as string,
      },
    });
    expect(model.requests).toHaveLength(0);
  });

  it('asks the lane its own model, counts calls and tokens, and pools the answers', async () => {
    const lane = await startModelServer({ respond: () => ({ content: 'from the lane' }) });
    const openai = client();
    const agent = ghost.agent(base, async () => {
      const { choices } = await openai.chat.completions.create(ask('x'));
      let text = '';
      for await (const chunk of await openai.chat.completions.create({
        ...ask('y'),
        stream: true,
        stream_options: { include_usage: true },
      }))
        text += chunk.choices[0]?.delta.content ?? '';
      return `${choices[0]?.message.content ?? ''}, ${text}`;
    });
    const options = {
      model: { baseURL: lane.url, apiKey: 'sk-lane', price: { prompt: 1_000_000, completion: 2_000_000 } },
    };
    const result = sound(await replayAgent(agent, item(), live, options));
    await lane.close();
    expect(model.requests).toHaveLength(0);
    expect(lane.requests.map((request) => request.authorization)).toEqual(['Bearer sk-lane', 'Bearer sk-lane']);
    expect(result).toMatchObject({
      status: 'done',
      outcome: 'from the lane, from the lane',
      calls: { served: 0, run: 0, refused: 0, model: 2 },
    });
    const { promptTokens, completionTokens, cost } = result.usage;
    expect(promptTokens).toBeGreaterThan(0);
    expect(cost).toBe(promptTokens + 2 * completionTokens);
    expect(result.liveCalls).toHaveLength(2);
    const pooled = sound(await replayAgent(agent, item(result.liveCalls), POLICY));
    expect(pooled).toMatchObject({
      status: 'done',
      outcome: 'from the lane, from the lane',
      calls: { served: 2, model: 0 },
    });
  });

  it('retries 429 as Retry-After says, and counts one call', async () => {
    model.script({ retryAfterSeconds: 1 });
    const openai = client();
    const agent = ghost.agent(
      base,
      async () => (await openai.chat.completions.create(ask('x'))).choices[0]?.message.content,
    );
    const result = sound(await replayAgent(agent, item(), live));
    expect(result).toMatchObject({ status: 'done', outcome: 'x', calls: { model: 1 } });
    expect(model.requests).toHaveLength(2);
  });

  it.each([
    ['is overloaded', { retryAfterSeconds: 0 }],
    ['fails', { status: 500, retryAfterSeconds: 0 }],
    ['hangs up', { hangUp: true as const }],
  ])('ends the re-run, even if the agent has a way out, when the model endpoint %s', async (_, fault) => {
    model.script(fault, fault);
    const openai = client();
    const agent = ghost.agent(base, () =>
      openai.chat.completions.create(ask('x')).then(
        () => 'x',
        () => 'a way out',
      ),
    );
    const told: unknown[] = [];
    const result = sound(await replayAgent(agent, item(), live, { onModelUnavailable: (ms) => void told.push(ms) }));
    expect(result).toMatchObject({
      status: 'refused',
      refusal: { code: 'replay.model_unavailable' },
      calls: { model: 1 },
    });
    expect(told).toHaveLength(1);
  });

  it('hands an error about the request itself to the agent', async () => {
    model.script({ status: 400, message: 'too long' });
    const openai = client();
    const agent = ghost.agent(base, () =>
      openai.chat.completions.create(ask('x')).then(
        () => 'x',
        () => 'a way out',
      ),
    );
    expect(sound(await replayAgent(agent, item(), live))).toMatchObject({
      status: 'done',
      outcome: 'a way out',
      liveCalls: [],
    });
  });

  it('stops at the budget, before the call', async () => {
    const openai = client();
    const agent = ghost.agent(base, async () => {
      await openai.chat.completions.create(ask('1'));
      await openai.chat.completions.create(ask('2'));
      return 'both';
    });
    let left = 1;
    const result = sound(await replayAgent(agent, item(), live, { takeModelCall: () => left-- > 0 }));
    expect(result).toMatchObject({
      status: 'refused',
      refusal: { code: 'replay.budget' },
      calls: { model: 1, refused: 1 },
    });
    expect(model.requests).toHaveLength(1);
  });
});
