import { errors } from 'jose';
import { ClientError, ResponseBodyError } from 'openid-client';
import { AppError } from '../errors/index.js';

const LOG_IN = 'log in again: tenet login';

/** A failure of openid-client, jose or the network as an error that somebody can act on. */
export function issuerFailure(error: unknown, issuer: string): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof ResponseBodyError) return answered(error, issuer);
  if (error instanceof errors.JOSEError) return tokenFailure(error, issuer) ?? unreachable(error, issuer);
  if (error instanceof ClientError) {
    const { cause } = error;
    if (error.code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') return skewed(issuer, error);
    if (cause instanceof errors.JOSEError) return tokenFailure(cause, issuer) ?? unreachable(error, issuer);
    if (isRefusal(error.code)) {
      return new AppError(
        'auth.token',
        `the issuer ${issuer} answered with a token that does not verify: ${error.message}`,
        { field: 'people.issuer', fix: 'check people.issuer and people.clientId, then log in again: tenet login' },
        { cause: error },
      );
    }
  }
  return unreachable(error, issuer);
}

const isRefusal = (code: string | undefined): boolean =>
  code !== undefined && /^OAUTH_(JWT_CLAIM_COMPARISON_FAILED|INVALID_RESPONSE|KEY_SELECTION_FAILED)$/.test(code);

/** RFC 6749 §5.2 and RFC 8628 §3.5. */
function answered(error: ResponseBodyError, issuer: string): AppError {
  const because = error.error_description === undefined ? '' : `: ${error.error_description}`;
  const say = (message: string, fix: string): AppError =>
    new AppError(
      'auth.login_required',
      `${message}${because}`,
      { field: 'login', got: error.error, fix },
      { cause: error },
    );
  switch (error.error) {
    case 'access_denied':
      return say('the login was refused in the browser', LOG_IN);
    case 'expired_token':
      return say('the code was not entered in time', LOG_IN);
    case 'invalid_grant':
      return say(`the login has ended at ${issuer}`, LOG_IN);
    case 'invalid_client':
    case 'unauthorized_client':
      return say(`${issuer} does not know this client, or not for the device flow`, 'check people.clientId');
    case 'invalid_scope':
      return say(`${issuer} refuses the scopes`, 'set people.scopes to what it allows; openid is the least');
    default:
      return new AppError(
        'auth.issuer_unavailable',
        `the issuer ${issuer} answered ${error.status} ${error.error}${because}`,
        { field: 'people.issuer', got: error.error, fix: 'check people.issuer and people.clientId' },
        { cause: error },
      );
  }
}

function tokenFailure(error: errors.JOSEError, issuer: string): AppError | null {
  const refuse = (message: string, details: { expected?: string; got?: string; fix?: string } = {}): AppError =>
    new AppError('auth.token', message, { field: 'id_token', fix: LOG_IN, ...details }, { cause: error });
  if (error instanceof errors.JWTExpired) {
    return refuse('the login has expired', { got: `ended ${timeOf(error.payload.exp)}` });
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') {
      return refuse('the ID token was issued to another client', {
        got: [error.payload.aud ?? 'none'].flat().join(', '),
        fix: `check people.clientId, then ${LOG_IN}`,
      });
    }
    if (error.claim === 'iss') {
      return refuse('the ID token is of another issuer', { expected: issuer, got: error.payload.iss ?? 'none' });
    }
    if (error.claim === 'nbf' || error.claim === 'iat') return skewed(issuer, error);
    return refuse(`the ID token is not usable: ${error.message}`);
  }
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return null;
  if (error.code === 'ERR_JOSE_GENERIC') return null;
  return refuse(`the ID token does not verify against the keys of ${issuer}: ${error.message}`);
}

export function skewed(issuer: string, cause: unknown): AppError {
  return new AppError(
    'auth.token',
    `the clocks of this machine and of ${issuer} are apart`,
    {
      field: 'id_token',
      got: `here it is ${new Date().toISOString()}`,
      fix: 'set the clock of this machine (timedatectl), then log in again: tenet login',
    },
    { cause },
  );
}

function unreachable(error: unknown, issuer: string): AppError {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (inner as { readonly code?: unknown } | null)?.code;
  const why =
    inner instanceof Error && inner.message !== '' ? inner.message : typeof code === 'string' ? code : String(inner);
  return new AppError(
    'auth.issuer_unavailable',
    `the issuer ${issuer} could not be asked: ${why}`,
    { field: 'people.issuer', fix: 'check that it is up, and people.issuer, then run the same command again' },
    { cause: error },
  );
}

const timeOf = (seconds: number | undefined): string =>
  seconds === undefined ? 'unknown' : new Date(seconds * 1_000).toISOString();
