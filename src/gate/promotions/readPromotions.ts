import { promotionDigest } from './terms.js';
import type {
  Blessing,
  Bypass,
  Promotion,
  PromotionLedger,
  PromotionRecords,
  PromotionTerms,
  PromotionView,
  PromotionWord,
} from './types.js';

const PAGE = 500;
const TYPES = ['promotion.requested', 'promotion.made', 'promotion.bypass', 'approval.refused', 'baseline.blessed'];

type Reading = Pick<PromotionLedger, 'listDecisions' | 'readDecisions'>;

/** Promotions, bypasses and blessed baselines as their entries say, oldest first. What does not fit together does not count. */
export async function readPromotions(ledger: Reading): Promise<PromotionRecords> {
  const views = (await Promise.all(TYPES.map((type) => readType(ledger, type)))).flat();
  return foldPromotions(views);
}

/** The version that an approver named last as what candidates of this agent are compared with; null for none. */
export async function blessedBaseline(ledger: Reading, agent: string): Promise<string | null> {
  const { blessings } = foldPromotions(await readType(ledger, 'baseline.blessed'));
  return blessings.findLast(({ version }) => version.startsWith(`${agent}@`))?.version ?? null;
}

async function readType(ledger: Reading, type: string): Promise<PromotionView[]> {
  const views: PromotionView[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { kind: 'approval', type, limit: PAGE } as const;
    const page = await ledger.listDecisions(cursor === undefined ? query : { ...query, cursor });
    if (page.ids.length > 0) views.push(...(await ledger.readDecisions(page.ids)));
    cursor = page.cursor;
  }
  return views;
}

export function foldPromotions(views: readonly PromotionView[]): PromotionRecords {
  const of = (type: string): PromotionView[] => views.filter(({ entry }) => entry.type === type);
  const promotions = new Map(
    of('promotion.requested')
      .flatMap((view) => requested(view) ?? [])
      .map((own) => [own.id, own]),
  );
  for (const view of [...of('promotion.made'), ...of('approval.refused')]) {
    const about = view.entry.links.find(({ rel }) => rel === 'about')?.id;
    const promotion = about === undefined ? undefined : promotions.get(about);
    const word = wordOf(view, 'approval');
    if (promotion === undefined || word === null || view.fields.get('/approval/digest') !== promotion.digest) continue;
    const isRefusal = view.entry.type === 'approval.refused';
    if (!isRefusal && word.by === promotion.request.by) continue;
    promotions.set(promotion.id, { ...promotion, ...(isRefusal ? { refusal: word } : { approval: word }) });
  }
  return {
    promotions: [...promotions.values()].sort((a, b) => byTime(a.request, b.request)),
    bypasses: of('promotion.bypass')
      .flatMap((view) => bypassOf(view) ?? [])
      .sort((a, b) => byTime(a.word, b.word)),
    blessings: of('baseline.blessed')
      .flatMap((view) => blessingOf(view) ?? [])
      .sort((a, b) => byTime(a.word, b.word)),
  };
}

const byTime = (a: PromotionWord, b: PromotionWord): number =>
  a.at < b.at ? -1 : a.at > b.at ? 1 : a.entry < b.entry ? -1 : 1;

const NAMES = ['version', 'code', 'gate', 'verdict', 'suite', 'status', 'waivers', 'change'] as const;

function requested(view: PromotionView): Promotion | null {
  const terms = Object.fromEntries(
    NAMES.map((name) => [name, view.fields.get(`/promotion/${name}`)]),
  ) as unknown as PromotionTerms;
  const request = wordOf(view, 'request');
  if (request === null || NAMES.some((name) => terms[name] === undefined)) return null;
  const digest = promotionDigest(terms);
  if (view.fields.get('/promotion/digest') !== digest) return null;
  return { ...terms, id: view.id, digest, request, approval: null, refusal: null };
}

function bypassOf(view: PromotionView): Bypass | null {
  const [version, change, word] = [
    textOf(view, '/promotion/version'),
    textOf(view, '/promotion/change'),
    wordOf(view, 'request'),
  ];
  return version === null || change === null || word === null ? null : { version, change, word };
}

function blessingOf(view: PromotionView): Blessing | null {
  const [version, word] = [textOf(view, '/baseline/version'), wordOf(view, 'request')];
  return version === null || word === null ? null : { version, gate: textOf(view, '/baseline/gate'), word };
}

function wordOf(view: PromotionView, prefix: string): PromotionWord | null {
  const [by, role, reason, at] = ['by', 'role', 'reason', 'at'].map((name) => textOf(view, `/${prefix}/${name}`));
  if (by == null || role == null || reason == null || at == null) return null;
  return { by, name: textOf(view, `/${prefix}/name`), role: role as PromotionWord['role'], reason, at, entry: view.id };
}

function textOf({ fields }: PromotionView, path: string): string | null {
  const value = fields.get(path);
  return typeof value === 'string' ? value : null;
}
