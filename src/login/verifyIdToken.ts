import { createRemoteJWKSet, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { roleOf } from '../people/index.js';
import { issuerFailure, skewed } from './issuerFailure.js';
import type { Identity, LoginConfig } from './types.js';

/** How far the clocks may be apart. */
export const TOLERANCE_S = 60;

/** Keys of an issuer; a server keeps them between requests, a command asks for them once. */
export const issuerKeys = (uri: URL): JWTVerifyGetKey => createRemoteJWKSet(uri, { timeoutDuration: 10_000 });

/**
 * OpenID Connect Core §3.1.3.7: signature by a key of the issuer, issuer, audience, authorized party, time. Symmetric and
 * unsigned algorithms are refused: whoever knows the client could make such a token.
 */
export async function verifyIdToken(
  token: string,
  keys: JWTVerifyGetKey,
  config: LoginConfig,
  now: Date,
): Promise<Identity> {
  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(token, keys, {
      issuer: config.issuer,
      audience: config.clientId,
      algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
      requiredClaims: ['sub', 'exp', 'iat'],
      clockTolerance: TOLERANCE_S,
      currentDate: now,
    }));
  } catch (error) {
    throw issuerFailure(error, config.issuer);
  }
  if ((payload.iat ?? 0) > now.getTime() / 1_000 + TOLERANCE_S) throw skewed(config.issuer, payload.iat);
  return identityOf(payload, config);
}

function identityOf(payload: JWTPayload, config: LoginConfig): Identity {
  const { sub = '', exp = 0 } = payload;
  return {
    issuer: config.issuer,
    subject: sub,
    name: textOf(payload['name']) ?? textOf(payload['preferred_username']),
    email: textOf(payload['email']),
    role: roleOf(payload, config.roles),
    expiresAt: new Date(exp * 1_000),
  };
}

const MAX_TEXT = 200;

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, MAX_TEXT) : null;
