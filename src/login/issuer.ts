import * as client from 'openid-client';
import { AppError } from '../errors/index.js';
import { issuerFailure } from './issuerFailure.js';
import { isLoopback } from './loginConfig.js';
import type { LoginConfig } from './types.js';

const TIMEOUT_S = 10;

export type Issuer = client.Configuration;

/** OpenID Connect Discovery 1.0 §4, anew for each command: keys and addresses are never older than the question. */
export async function discover(config: LoginConfig): Promise<Issuer> {
  const url = new URL(config.issuer);
  const authentication =
    config.clientSecret === undefined ? client.None() : client.ClientSecretBasic(config.clientSecret);
  try {
    return await client.discovery(url, config.clientId, {}, authentication, {
      timeout: TIMEOUT_S,
      // Only for an issuer on this machine: loginConfig refuses plain http to any other.
      ...(url.protocol === 'http:' && isLoopback(url) ? { execute: [client.allowInsecureRequests] } : {}),
    });
  } catch (error) {
    throw issuerFailure(error, config.issuer);
  }
}

/** Address of the issuer's keys. */
export function jwksUri(issuer: Issuer, config: LoginConfig): URL {
  const { jwks_uri: uri } = issuer.serverMetadata();
  if (uri !== undefined) return new URL(uri);
  throw new AppError('auth.issuer_unavailable', `the issuer ${config.issuer} names no keys`, {
    field: 'people.issuer',
    expected: 'jwks_uri in its discovery document',
    fix: 'check people.issuer: it must be an OpenID Connect issuer',
  });
}
