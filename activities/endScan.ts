import { channelsOf, raisedEntry } from '../src/alerts/index.js';
import {
  alertsOf,
  findingDigest,
  findingEntry,
  readFinding,
  scanId,
  summaryOf,
  type Finding,
  type NightAlert,
  type ScanRow,
  type ScheduleRow,
} from '../src/nightly/index.js';
import type { ActivityDeps } from './deps.js';
import type { ScanOutcome } from './types.js';

const LOG_TIMEOUT_MS = 60_000;

export const outcomeOf = (
  scan: ScanRow,
  deliveries: readonly string[],
  computed: ScanOutcome['computed'],
): ScanOutcome => ({
  scanId: scan.id,
  status: scan.status === 'running' ? 'inconclusive' : scan.status,
  digest: scan.digest ?? '',
  deliveries,
  computed,
});

/**
 * Signs the finding, ends the scan, raises what people have to hear. A night that has its finding keeps it: computed again, the two
 * digests say whether it is the same. After a crash between entry and row the entry counts.
 */
export async function endScan(
  deps: ActivityDeps,
  schedule: ScheduleRow,
  scan: ScanRow,
  finding: Finding,
  manifest: string | null,
): Promise<ScanOutcome> {
  const digest = findingDigest(finding);
  const ended = scan.entryId === null ? await sign(deps, schedule, scan, finding, manifest) : scan;
  const kept = await signedFinding(deps, ended.id);
  const same = ended.digest === digest;
  const deliveries = [
    ...(await raise(deps, kept === null ? [] : alertsOf(kept), ended.id)),
    ...(same ? [] : await raise(deps, [otherAlert(finding, digest)], ended.id)),
  ];
  const computed = scan.entryId === null ? 'first' : same ? 'same' : 'different';
  return { ...outcomeOf(ended, deliveries, computed), digest };
}

async function sign(
  { platform, stores }: ActivityDeps,
  schedule: ScheduleRow,
  scan: ScanRow,
  finding: Finding,
  manifest: string | null,
): Promise<ScanRow> {
  const supersedes = scan.attempt === 1 ? null : scanId(schedule.id, scan.at.toISOString(), scan.attempt - 1);
  const links = { manifest, supersedes, schedule: schedule.entryId };
  await platform.ledger.append([findingEntry(scan.id, finding, links)]);
  await platform.ledger.waitLogged([scan.id], { timeoutMs: LOG_TIMEOUT_MS });
  const kept = (await signedFinding({ platform }, scan.id)) ?? finding;
  return stores.scans.update(scan.id, {
    status: kept.status,
    digest: findingDigest(kept),
    summary: summaryOf(kept),
    entryId: scan.id,
  });
}

/** As the log gives it back. */
async function signedFinding({ platform }: Pick<ActivityDeps, 'platform'>, id: string): Promise<Finding | null> {
  const [stored] = await platform.ledger.readDecisions([id]);
  return stored === undefined ? null : readFinding(stored.fields);
}

/** A night that comes out otherwise the second time: what it was computed from, or what computes it, has changed. */
function otherAlert({ schedule, name, agent, window }: Finding, digest: string): NightAlert {
  return {
    key: `${schedule} recomputed`,
    severity: 'high',
    title: `${name}: a night that was computed again is not the one that was signed`,
    facts: { schedule: name, agent, window: window.closes, digest },
  };
}

/** Ids of the deliveries that are to be made. The same finding raises the same alerts once. */
async function raise(
  { stores, platform, alerts: settings }: ActivityDeps,
  found: readonly NightAlert[],
  cause: string,
): Promise<string[]> {
  const deliveries: string[] = [];
  for (const { key, severity, title, facts } of found) {
    const raised = await stores.alerts.raise({ key, severity, title, facts, owner: settings.owner, cause });
    if (raised.opened || raised.repeated)
      await platform.ledger.append([raisedEntry(raised.alert, cause, raised.repeated)]);
    if (!raised.opened) continue;
    const made = await stores.alerts.addDeliveries(raised.alert.id, channelsOf(settings));
    deliveries.push(...made.filter(({ status }) => status === 'pending').map(({ id }) => id));
  }
  return deliveries;
}
