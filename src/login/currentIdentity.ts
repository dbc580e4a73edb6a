import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { AppError } from '../errors/index.js';
import { personLabel, type Person } from '../people/index.js';
import { discover, jwksUri, type Issuer } from './issuer.js';
import { issuerFailure } from './issuerFailure.js';
import { readLogin, writeLogin } from './tokenFile.js';
import type { Identity, LoginConfig, StoredLogin } from './types.js';
import { issuerKeys, verifyIdToken } from './verifyIdToken.js';

/** A token that ends within this time is refreshed first: what it is needed for must not outlive it. */
const EARLY_S = 60;

export interface Session {
  readonly stateDir: string;
  readonly config: LoginConfig;
  readonly now: () => Date;
}

/** Who is logged in here. The ID token is refreshed where it is about to end, and verified against the issuer's keys of now. */
export async function currentIdentity({ stateDir, config, now }: Session): Promise<Identity> {
  const login = await readLogin(stateDir);
  if (login === null) throw logIn('nobody is logged in');
  if (login.issuer !== config.issuer || login.clientId !== config.clientId) {
    throw logIn(
      `the login is with ${login.issuer} as ${login.clientId}; configured is ${config.issuer}, ${config.clientId}`,
    );
  }
  const issuer = await discover(config);
  const keys = issuerKeys(jwksUri(issuer, config));
  const fresh =
    endsAt(login) > now().getTime() + EARLY_S * 1_000 ? login : await refresh(issuer, login, stateDir, config);
  return verifyIdToken(fresh.idToken, keys, config, now());
}

/** A person, or `auth.role_missing` where the configuration gives the identity no role. */
export function personOf({ role, expiresAt: _, ...identity }: Identity): Person {
  if (role !== null) return { ...identity, role };
  throw new AppError('auth.role_missing', `${personLabel(identity)} has no role here`, {
    field: 'people.roles',
    expected: 'a rule that fits a claim of the ID token, or the subject',
    got: `subject ${identity.subject}`,
    fix: `add { subject: ${identity.subject}, role: … } to people.roles in tenet.config.yaml`,
  });
}

/** Unverified: only to decide whether a refresh is worth it. What is no token is left to the verification. */
function endsAt({ idToken }: StoredLogin): number {
  try {
    return (decodeJwt(idToken).exp ?? 0) * 1_000;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** OpenID Connect Core §12. A refresh token that another process of ours used meanwhile is that process's: its login counts. */
async function refresh(
  issuer: Issuer,
  login: StoredLogin,
  stateDir: string,
  config: LoginConfig,
): Promise<StoredLogin> {
  if (login.refreshToken === null) {
    throw logIn(
      'the login has expired, and the issuer gave no refresh token',
      'offline_access in people.scopes brings one',
    );
  }
  try {
    const tokens = await client.refreshTokenGrant(issuer, login.refreshToken);
    if (tokens.id_token === undefined) throw logIn('the login has expired, and the issuer refreshes no ID token');
    const fresh = { ...login, idToken: tokens.id_token, refreshToken: tokens.refresh_token ?? login.refreshToken };
    await writeLogin(stateDir, fresh);
    return fresh;
  } catch (error) {
    const now = await readLogin(stateDir);
    if (now !== null && now.idToken !== login.idToken) return now;
    throw issuerFailure(error, config.issuer);
  }
}

const logIn = (message: string, expected?: string): AppError =>
  new AppError('auth.login_required', message, {
    field: 'login',
    ...(expected === undefined ? {} : { expected }),
    fix: 'log in: tenet login',
  });
