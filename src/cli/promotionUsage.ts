import { AppError } from '../errors/index.js';
import type { OpenPlatform } from './context.js';

interface Given {
  readonly gate?: string;
  readonly change?: string;
  readonly approve?: boolean;
  readonly refuse?: boolean;
  readonly bypass?: boolean;
}

export type AskedPromotion =
  | { readonly says: 'request' | 'approve' | 'refuse'; readonly gate: string; readonly change: string }
  | { readonly says: 'bypass'; readonly change: string };

/** Which of the four things is meant, before anybody is asked to log in. */
export function assertPromotion(version: string, { gate, change, approve, refuse, bypass }: Given): AskedPromotion {
  assertVersion(version);
  if (bypass === true) {
    if (change === undefined) throw missing('--change', 'a bypass names what changed', '--change INC-7');
    return { says: 'bypass', change: assertChange(change) };
  }
  if (gate === undefined) throw missing('--gate', 'a promotion names the gate run that was passed', '--gate latest');
  if (approve === true || refuse === true) return { says: approve === true ? 'approve' : 'refuse', gate, change: '' };
  if (change === undefined) throw missing('--change', 'a promotion names what changed', '--change PR-318');
  return { says: 'request', gate, change: assertChange(change) };
}

/** One that was registered or that decided something. */
export async function assertKnownVersion({ stores }: OpenPlatform, version: string): Promise<void> {
  assertVersion(version);
  if ((await stores.agents.get(version)) !== null) return;
  const [agent = ''] = version.split('@');
  const known = (await stores.deployments.versions(agent)).map((own) => own.version);
  if (known.includes(version)) return;
  throw new AppError('not_found', `${version} was never registered and has decided nothing`, {
    field: 'VERSION',
    got: version,
    ...(known.length === 0 ? {} : { expected: `one of ${known.slice(-5).join(' ')}` }),
    fix: 'tenet gate history',
  });
}

function assertVersion(version: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}@[\x21-\x3f\x41-\x7e]{1,128}$/.test(version)) return;
  throw new AppError('usage.invalid', `${version} is no version of an agent`, {
    field: 'VERSION',
    expected: 'name@version, such as underwriter@1.0.1',
    got: version,
    fix: 'write name@version',
  });
}

function assertChange(change: string): string {
  const text = change.trim();
  if (text.length > 0 && text.length <= 200 && !/\p{Cc}/u.test(text)) return text;
  throw new AppError('usage.invalid', 'a change id is one line', {
    field: '--change',
    expected: '1 to 200 characters, such as PR-318',
    fix: 'give the id of the pull request, ticket or commit',
  });
}

const missing = (field: string, message: string, example: string): AppError =>
  new AppError('usage.invalid', message, { field, expected: example, fix: `add ${example}` });
