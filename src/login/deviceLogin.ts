import * as client from 'openid-client';
import { AppError } from '../errors/index.js';
import { discover, jwksUri } from './issuer.js';
import { issuerFailure } from './issuerFailure.js';
import { writeLogin } from './tokenFile.js';
import type { DevicePrompt, Identity, LoginConfig } from './types.js';
import { issuerKeys, verifyIdToken } from './verifyIdToken.js';

export interface DeviceLogin {
  readonly stateDir: string;
  readonly config: LoginConfig;
  /** Shows the code and where to enter it. */
  readonly prompt: (prompt: DevicePrompt) => void;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** RFC 8628: ask for a code, show it, poll until somebody entered it. The tokens are kept once the ID token verifies. */
export async function deviceLogin({ stateDir, config, prompt, signal, now }: DeviceLogin): Promise<Identity> {
  const issuer = await discover(config);
  if (issuer.serverMetadata().device_authorization_endpoint === undefined) throw noDeviceFlow(config);
  try {
    const device = await client.initiateDeviceAuthorization(issuer, { scope: config.scopes });
    prompt({
      userCode: device.user_code,
      uri: device.verification_uri,
      completeUri: device.verification_uri_complete ?? null,
      expiresInS: device.expires_in,
    });
    const late = AbortSignal.timeout(device.expires_in * 1_000);
    const tokens = await client.pollDeviceAuthorizationGrant(issuer, device, undefined, {
      signal: AbortSignal.any([signal, late]),
    });
    if (tokens.id_token === undefined) throw noIdToken(config);
    const identity = await verifyIdToken(tokens.id_token, issuerKeys(jwksUri(issuer, config)), config, now());
    await writeLogin(stateDir, {
      v: 1,
      issuer: config.issuer,
      clientId: config.clientId,
      idToken: tokens.id_token,
      refreshToken: tokens.refresh_token ?? null,
    });
    return identity;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw isTimeout(error) ? notInTime() : issuerFailure(error, config.issuer);
  }
}

const isTimeout = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'TimeoutError' || (error.cause instanceof Error && error.cause.name === 'TimeoutError'));

const notInTime = (): AppError =>
  new AppError('auth.login_required', 'the code was not entered in time', {
    field: 'login',
    fix: 'log in again: tenet login',
  });

const noDeviceFlow = ({ issuer }: LoginConfig): AppError =>
  new AppError('auth.issuer_unavailable', `the issuer ${issuer} has no device flow`, {
    field: 'people.issuer',
    expected: 'device_authorization_endpoint in its discovery document (RFC 8628)',
    fix: 'switch the device flow on at the issuer, for this client',
  });

const noIdToken = ({ scopes }: LoginConfig): AppError =>
  new AppError('auth.token', 'the issuer gave no ID token', {
    field: 'people.scopes',
    expected: 'a scope openid',
    got: scopes,
    fix: 'put openid into people.scopes',
  });
