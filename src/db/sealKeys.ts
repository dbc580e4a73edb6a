import type { KeyStore, SubjectKey } from '../ledger/index.js';

/** Keys by id, each asked for once; a destroyed key is absent. */
export async function keysOf(keyStore: KeyStore, keyIds: Iterable<string>): Promise<Map<string, Uint8Array>> {
  const keys = new Map<string, Uint8Array>();
  await Promise.all(
    [...new Set(keyIds)].map(async (keyId) => {
      const key = await keyStore.get(keyId);
      if (key) keys.set(keyId, key);
    }),
  );
  return keys;
}

/** The tenant's own key: for what quotes nobody in particular. */
export async function tenantKey(keyStore: KeyStore, tenant: string): Promise<SubjectKey> {
  const key = (await keyStore.ensure(tenant, [''])).get('');
  if (!key) throw new Error('the key store gave no key for the tenant');
  return key;
}
