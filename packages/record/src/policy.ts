import { toHex } from './bytes.js';
import { assertPublicKey } from './ed25519.js';
import { RecordError } from './errors.js';
import { formatVkey, NOTE_COSIGNATURE, NOTE_ED25519, parseVkey, type NoteKeyType, type VerifierKey } from './vkey.js';

// C2SP tlog-policy, plus one line of ours: `root <vkey>`, the key that vouches for record keys. A policy comes from the
// auditor, never out of a bundle.

export interface Policy {
  readonly logs: readonly PolicyKey[];
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: readonly PolicyGroup[];
  /** Name of a witness or group, or "none". */
  readonly quorum: string;
  /** Root keys; the key name is the `log` (host/tenant) whose record keys it vouches for. */
  readonly roots: readonly VerifierKey[];
}

export interface PolicyKey {
  readonly key: VerifierKey;
  readonly url?: string;
}

export interface PolicyWitness extends PolicyKey {
  readonly name: string;
}

export interface PolicyGroup {
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly string[];
}

interface Draft {
  readonly logs: PolicyKey[];
  readonly witnesses: PolicyWitness[];
  readonly groups: PolicyGroup[];
  readonly roots: VerifierKey[];
  /** Witnesses and groups share one name space. */
  readonly names: Set<string>;
  quorum: string | undefined;
}

/** Throws a RecordError that names the line. */
export function parsePolicy(text: string): Policy {
  const draft: Draft = { logs: [], witnesses: [], groups: [], roots: [], names: new Set(['none']), quorum: undefined };
  text.split('\n').forEach((line, i) => {
    try {
      readLine(line, draft);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      throw new RecordError('record.policy', `policy line ${i + 1}: ${error.message}`, {
        ...error.details,
        at: `line ${i + 1}`,
      });
    }
  });
  if (draft.quorum === undefined)
    throw new RecordError('record.policy', 'the policy has no quorum line ("quorum none" asks for no witness)');
  const { logs, witnesses, groups, roots, quorum } = draft;
  return { logs, witnesses, groups, roots, quorum };
}

function readLine(line: string, draft: Draft): void {
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(line)) fail('a control character');
  const [keyword, ...words] = line.split(/[ \t]+/).filter((word) => word !== '');
  if (keyword === undefined || keyword.startsWith('#')) return;
  if (keyword === 'log') draft.logs.push(readKey(words, NOTE_ED25519, draft.logs));
  else if (keyword === 'witness') readWitness(words, draft);
  else if (keyword === 'group') readGroup(words, draft);
  else if (keyword === 'quorum') readQuorum(words, draft);
  else if (keyword === 'root') draft.roots.push(readRoot(words, draft));
  else fail(`unknown keyword ${JSON.stringify(keyword)} (log, witness, group, quorum or root)`);
}

function readKey(words: readonly string[], type: NoteKeyType, others: readonly PolicyKey[]): PolicyKey {
  const [vkey, url, ...more] = words;
  if (vkey === undefined || more.length > 0) fail('expected a verifier key and at most a URL');
  const key = parseVkey(vkey);
  if (key.type !== type) fail(`a key of type 0x0${type} belongs here, this is 0x0${key.type}`);
  assertPublicKey(key.publicKey);
  if (others.some((other) => sameKey(other.key, key))) fail('this public key is listed twice');
  return url === undefined ? { key } : { key, url };
}

const sameKey = (a: VerifierKey, b: VerifierKey): boolean => toHex(a.publicKey) === toHex(b.publicKey);

function readWitness([name, ...words]: readonly string[], draft: Draft): void {
  const key = readKey(words, NOTE_COSIGNATURE, draft.witnesses);
  draft.witnesses.push({ name: newName(name, draft), ...key });
}

function readRoot(words: readonly string[], draft: Draft): VerifierKey {
  const { key, url } = readKey(
    words,
    NOTE_ED25519,
    draft.roots.map((root) => ({ key: root })),
  );
  if (url !== undefined) fail('a root line holds a verifier key and nothing else');
  return key;
}

function readGroup([name, count, ...members]: readonly string[], draft: Draft): void {
  const fresh = newName(name, draft);
  if (members.length === 0) fail('a group needs a threshold and a member');
  for (const member of members) {
    if (member === 'none' || member === fresh || !draft.names.has(member))
      fail(`${JSON.stringify(member)} is not defined above`);
    const elsewhere = draft.groups.some((group) => group.members.includes(member));
    if (elsewhere || members.indexOf(member) !== members.lastIndexOf(member))
      fail(`${JSON.stringify(member)} is a member twice`);
  }
  const threshold =
    count === 'all' ? members.length : count === 'any' ? 1 : /^[1-9][0-9]{0,4}$/.test(count!) ? Number(count) : 0;
  if (threshold < 1 || threshold > members.length) fail(`the threshold is "any", "all" or 1 to ${members.length}`);
  draft.groups.push({ name: fresh, threshold, members });
}

function readQuorum([name, ...more]: readonly string[], draft: Draft): void {
  if (draft.quorum !== undefined) fail('a second quorum line');
  if (name === undefined || more.length > 0) fail('expected one name');
  if (!draft.names.has(name)) fail(`${JSON.stringify(name)} is not defined above`);
  draft.quorum = name;
}

function newName(name: string | undefined, draft: Draft): string {
  if (name === undefined) fail('expected a name');
  if (draft.names.has(name)) fail(`the name ${JSON.stringify(name)} is taken`);
  draft.names.add(name);
  return name;
}

function fail(why: string): never {
  throw new RecordError('record.policy', why);
}

/** Text that `parsePolicy` reads back to the same policy. */
export function formatPolicy(policy: Policy): string {
  const vkey = ({ name, type, publicKey }: VerifierKey): string => formatVkey(name, type, publicKey);
  const url = (item: PolicyKey): string => (item.url === undefined ? '' : ` ${item.url}`);
  const lines = [
    ...policy.logs.map((log) => `log ${vkey(log.key)}${url(log)}`),
    ...policy.roots.map((root) => `root ${vkey(root)}`),
    ...policy.witnesses.map((witness) => `witness ${witness.name} ${vkey(witness.key)}${url(witness)}`),
    ...policy.groups.map((group) => `group ${group.name} ${group.threshold} ${group.members.join(' ')}`),
    `quorum ${policy.quorum}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The verifier key of a `root` line: the key name says which log's record keys it may vouch for. */
export const formatRootVkey = (log: string, publicKey: Uint8Array): string => formatVkey(log, NOTE_ED25519, publicKey);

export interface QuorumResult {
  readonly met: boolean;
  /** Listed witnesses that cosigned. */
  readonly have: number;
  /** Fewest witnesses that could meet the quorum; 0 for "none". */
  readonly need: number;
}

export function evaluateQuorum(policy: Policy, cosigned: ReadonlySet<string>): QuorumResult {
  const groups = new Map(policy.groups.map((group) => [group.name, group]));
  const met = (name: string): boolean => {
    const group = groups.get(name);
    return group === undefined ? cosigned.has(name) : group.members.filter(met).length >= group.threshold;
  };
  const fewest = (name: string): number => {
    const group = groups.get(name);
    if (group === undefined) return 1;
    const costs = group.members.map(fewest).sort((a, b) => a - b);
    return costs.slice(0, group.threshold).reduce((sum, cost) => sum + cost, 0);
  };
  const have = policy.witnesses.filter((witness) => cosigned.has(witness.name)).length;
  return policy.quorum === 'none'
    ? { met: true, have, need: 0 }
    : { met: met(policy.quorum), have, need: fewest(policy.quorum) };
}
