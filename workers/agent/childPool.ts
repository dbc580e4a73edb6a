import type { Row } from './childProtocol.js';
import type { ChildOptions } from './forkAgentChild.js';
import { ReplayChild, type ReplayJob } from './replayChild.js';

/** A few children of one agent; each job goes to the one with the least to do. */
export class ChildPool {
  readonly #children: readonly ReplayChild[];

  constructor(options: ChildOptions, size: number) {
    this.#children = Array.from({ length: size }, () => new ReplayChild(options));
  }

  get size(): number {
    return this.#children.length;
  }

  get pids(): readonly number[] {
    return this.#children.flatMap((child) => child.pid ?? []);
  }

  /** Starts all; name@version of the agent they loaded. */
  async start(): Promise<string> {
    const [agent] = await Promise.all(this.#children.map((child) => child.start()));
    if (agent === undefined) throw new RangeError('a pool has at least one child');
    return agent;
  }

  run(job: ReplayJob): Promise<readonly Row[]> {
    let least = this.#children[0]!;
    for (const child of this.#children) if (child.load < least.load) least = child;
    return least.run(job);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
  }
}
