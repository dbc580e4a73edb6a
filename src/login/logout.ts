import * as client from 'openid-client';
import { discover } from './issuer.js';
import { readLogin, removeLogin } from './tokenFile.js';
import type { LoginConfig } from './types.js';

export interface LoggedOut {
  readonly wasLoggedIn: boolean;
  /** Whether the issuer took the refresh token back; without it the token ends by itself. */
  readonly revoked: boolean;
}

/** Forgets the login here whatever the issuer says, then has the refresh token revoked (RFC 7009) where that is possible. */
export async function logout(stateDir: string, config: LoginConfig | null): Promise<LoggedOut> {
  const login = await readLogin(stateDir).catch(() => null);
  await removeLogin(stateDir);
  if (login?.refreshToken == null || config === null) return { wasLoggedIn: login !== null, revoked: false };
  try {
    const issuer = await discover(config);
    if (issuer.serverMetadata().revocation_endpoint === undefined) return { wasLoggedIn: true, revoked: false };
    await client.tokenRevocation(issuer, login.refreshToken, { token_type_hint: 'refresh_token' });
    return { wasLoggedIn: true, revoked: true };
  } catch {
    return { wasLoggedIn: true, revoked: false };
  }
}
