import type { Command } from 'commander';
import type { StoredProfile } from '../../gate/index.js';
import { openContext, withPlatform, type OpenPlatform } from '../context.js';
import { gateCommand, withExamples } from '../parents.js';
import { profileLines, profileListLines } from '../render/profile.js';
import { profileView, type ProfileView } from '../views/profile.js';

const LATEST = 50;

/** Noise profiles: what the baseline's own re-runs vary by, measured once, signed, valid for a while. */
export function registerGateProfile(program: Command): void {
  const profile = gateCommand(program)
    .command('profile')
    .description('noise profiles: how much an agent version varies by itself, and how long that holds');
  const list = profile
    .command('list')
    .description('the latest noise profiles, valid and expired')
    .action(async (_options: object, self: Command) => {
      const context = await openContext(self);
      const views = await withPlatform(context, async (open) => {
        const stored = await open.stores.profiles.list(LATEST);
        return Promise.all(stored.map((one) => viewOf(open, one)));
      });
      context.output.result(views, () => profileListLines(views), views);
    });
  withExamples(list, 'tenet gate profile list');
  const show = profile
    .command('show')
    .description('one noise profile: what it was measured on, what it holds for, where it is signed')
    .argument('<profile>', 'profile id (prf_…), or `latest`')
    .action(async (id: string, _options: object, self: Command) => {
      const context = await openContext(self);
      const { view, scores } = await withPlatform(context, async (open) => {
        const stored = await getProfile(open, id);
        return { view: await viewOf(open, stored), scores: stored.profile.scores };
      });
      context.output.result({ ...view, scores }, () => profileLines(view, context.output), [view]);
    });
  withExamples(show, 'tenet gate profile show latest');
}

async function getProfile({ stores }: OpenPlatform, id: string): Promise<StoredProfile> {
  const found = id === 'latest' ? (await stores.profiles.list(1))[0] : await stores.profiles.get(id);
  if (found !== undefined && found !== null) return found;
  const { AppError } = await import('../../errors/index.js');
  throw new AppError('not_found', `there is no noise profile ${id}`, {
    field: 'PROFILE',
    got: id,
    fix: 'see what there is: tenet gate profile list',
  });
}

async function viewOf({ platform }: OpenPlatform, stored: StoredProfile): Promise<ProfileView> {
  const { whyExpired } = await import('../../gate/index.js');
  const [entry] = await platform.ledger.readEntries([stored.id]);
  const signed = entry === undefined ? null : { entry: entry.id, index: entry.idx };
  return profileView(stored, whyExpired(stored, null, new Date()), signed);
}
