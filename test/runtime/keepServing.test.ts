import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors/index.js';
import { keepServing, type ServedStart } from '../../src/runtime/keepServing.js';
import type { SupervisedProcess } from '../../src/services/index.js';

type Exit = Awaited<SupervisedProcess['exited']>;

/** Processes that live until they are told; time that passes when it is waited for. */
class Stage {
  now = 1_000_000;
  readonly pauses: number[] = [];
  readonly said: string[] = [];
  readonly started: { process: SupervisedProcess; die: (exit?: Partial<Exit>) => void; stopped: boolean }[] = [];
  /** What the next starts fail with. */
  readonly failures: Error[] = [];
  renewAfterMs = Number.POSITIVE_INFINITY;

  readonly start = async (): Promise<ServedStart> => {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    let resolve: (exit: Exit) => void = () => undefined;
    const exited = new Promise<Exit>((settle) => (resolve = settle));
    const entry = {
      stopped: false,
      die: (exit: Partial<Exit> = {}) => resolve({ code: null, signal: 'SIGKILL', ...exit }),
      process: {
        name: 'agent a@1',
        pid: this.started.length + 1,
        startTime: '',
        logFile: '/state/logs/agent_a@1.log',
        ready: {},
        exited,
        running: () => true,
        stop: async () => {
          entry.stopped = true;
          resolve({ code: 0, signal: null });
        },
      },
    };
    this.started.push(entry);
    return { process: entry.process, renewAt: this.now + this.renewAfterMs };
  };

  serve() {
    return keepServing({
      name: 'agent a@1',
      start: this.start,
      say: (line) => this.said.push(line),
      now: () => this.now,
      pause: (ms, signal) => {
        if (ms > 1e9) return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('x'))));
        this.pauses.push(ms);
        this.now += ms;
        return Promise.resolve();
      },
    });
  }
}

async function until(check: () => boolean): Promise<void> {
  for (let turn = 0; !check(); turn += 1) {
    if (turn > 1_000) throw new Error('it never came true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a served process', () => {
  it('that dies is started again, at growing distances, and people are told', async () => {
    const stage = new Stage();
    const serving = await stage.serve();
    for (const life of [0, 1, 2]) {
      stage.started[life]?.die();
      await until(() => stage.started.length === life + 2);
    }
    await until(() => serving.current.pid === 4);
    expect(stage.pauses).toEqual([500, 1_000, 2_000]);
    expect(stage.said.slice(0, 2)).toEqual([
      'agent a@1: it ended (SIGKILL); starting it again in 0.5 s',
      'agent a@1 serves again, pid 2',
    ]);
    await serving.stop();
    expect(await serving.ended).toBeNull();
  });

  it('is given up after five deaths within a minute, and its log is named', async () => {
    const stage = new Stage();
    const serving = await stage.serve();
    for (const life of [0, 1, 2, 3, 4]) {
      await until(() => stage.started.length === life + 1);
      stage.started[life]?.die({ code: 3, signal: null });
    }
    const lost = await serving.ended;
    expect(lost).toMatchObject({ code: 'services.process_failed', details: { log: '/state/logs/agent_a@1.log' } });
    expect(lost?.message).toContain('died 5 times within a minute, last because it ended (exit code 3)');
    expect(stage.started).toHaveLength(5);
    expect(stage.said.at(-1)).toContain('agent a@1 is no longer served: ');
  });

  it('that dies now and then is started for ever', async () => {
    const stage = new Stage();
    const serving = await stage.serve();
    for (let life = 0; life < 12; life += 1) {
      stage.now += 20_000;
      stage.started[life]?.die();
      await until(() => stage.started.length === life + 2);
    }
    await serving.stop();
    expect(await serving.ended).toBeNull();
  });

  it('counts a start that fails as a death, and gives up at once on what no retry mends', async () => {
    const stage = new Stage();
    const serving = await stage.serve();
    stage.failures.push(
      new AppError('services.process_failed', 'not ready after 30 s'),
      new AppError('agent.digest_changed', 'its files have changed'),
    );
    stage.started[0]?.die();
    expect(await serving.ended).toMatchObject({ code: 'agent.digest_changed' });
    expect(stage.pauses).toEqual([500, 1_000]);
  });

  it('is replaced before its token ends: the new one is ready before the old one is stopped', async () => {
    const stage = new Stage();
    stage.renewAfterMs = 82_800_000;
    const serving = await stage.serve();
    stage.renewAfterMs = Number.POSITIVE_INFINITY;
    await until(() => stage.started[0]?.stopped === true);
    expect(stage.pauses).toEqual([82_800_000]);
    expect(serving.current.pid).toBe(2);
    expect(stage.started[1]?.stopped).toBe(false);
    expect(stage.said).toEqual([]);
    await serving.stop();
    expect(stage.started[1]?.stopped).toBe(true);
  });

  it('goes on with the old process when its replacement does not start, and tries again', async () => {
    const stage = new Stage();
    stage.renewAfterMs = 1_000;
    const serving = await stage.serve();
    stage.renewAfterMs = Number.POSITIVE_INFINITY;
    stage.failures.push(new AppError('db.unavailable', 'the database does not answer'));
    await until(() => stage.started.length === 2);
    expect(stage.pauses).toEqual([1_000, 60_000]);
    expect(stage.said).toEqual([
      'agent a@1 could not be replaced yet, the old process goes on: the database does not answer',
    ]);
    await serving.stop();
  });

  it('that ends because everything is being stopped is not mourned', async () => {
    const stage = new Stage();
    const serving = await stage.serve();
    stage.failures.push(new AppError('interrupted', 'agent a@1 is not started: everything is being stopped'));
    stage.started[0]?.die({ code: 0, signal: null });
    expect(await serving.ended).toBeNull();
    expect(stage.said).toHaveLength(1);
  });

  it('that is stopped while it waits to be started again stays stopped', async () => {
    const stage = new Stage();
    const serving = await keepServing({
      name: 'agent a@1',
      start: stage.start,
      say: () => undefined,
      now: () => stage.now,
    });
    stage.started[0]?.die();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await serving.stop();
    expect(await serving.ended).toBeNull();
    expect(stage.started).toHaveLength(1);
  });
});
