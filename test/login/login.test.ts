import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  currentIdentity,
  deviceLogin,
  logout,
  loginConfig,
  personOf,
  tokenFile,
  type Identity,
  type LoginConfig,
} from '../../src/login/index.js';
import { writeLogin } from '../../src/login/tokenFile.js';
import { CLIENT_ID, oidcIssuer, type OidcIssuer } from '../support/oidcIssuer.js';

let issuer: OidcIssuer;
let config: LoginConfig;
let stateDir: string;

beforeAll(async () => {
  issuer = await oidcIssuer({
    ada: { name: 'Ada Example', email: 'ada@acme.example', groups: ['risk', 'engineering'] },
    guest: { name: 'Guest', groups: [] },
  });
  config = {
    issuer: issuer.url,
    clientId: CLIENT_ID,
    scopes: 'openid profile email offline_access',
    roles: [{ claim: 'groups', value: 'risk', role: 'approver' }],
  };
});
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'tenet-login-'));
  issuer.idTokenSeconds = 3_600;
  return () => rmSync(stateDir, { recursive: true, force: true });
});
afterAll(() => issuer.close());

const later = (ms: number) => (): Date => new Date(Date.now() + ms);
const now = later(0);

async function logIn(subject: string, over: Partial<LoginConfig> = {}): Promise<Identity> {
  let browser: Promise<void> = Promise.resolve();
  const identity = await deviceLogin({
    stateDir,
    config: { ...config, ...over },
    now,
    signal: AbortSignal.timeout(20_000),
    prompt: ({ completeUri }) => {
      browser = subject === '' ? issuer.refuseCode(completeUri!) : issuer.enterCode(completeUri!, subject);
    },
  });
  await browser;
  return identity;
}

const keep = (idToken: string, refreshToken: string | null = null): Promise<void> =>
  writeLogin(stateDir, { v: 1, issuer: issuer.url, clientId: CLIENT_ID, idToken, refreshToken });

describe('a login by device flow', () => {
  test('keeps the tokens for this user alone, and gives the person with the role that the claims say', async () => {
    const identity = await logIn('ada');
    expect(personOf(identity)).toEqual({
      issuer: issuer.url,
      subject: 'ada',
      name: 'Ada Example',
      email: 'ada@acme.example',
      role: 'approver',
    });
    expect(statSync(tokenFile(stateDir)).mode & 0o777).toBe(0o600);
    expect(await currentIdentity({ stateDir, config, now })).toEqual(identity);

    expect(await logout(stateDir, config)).toEqual({ wasLoggedIn: true, revoked: true });
    await expect(currentIdentity({ stateDir, config, now })).rejects.toMatchObject({ code: 'auth.login_required' });
  });

  test('that has ended is refreshed; a refresh token that was taken back asks for a new login', async () => {
    issuer.idTokenSeconds = 30;
    await logIn('ada');
    const before = readFileSync(tokenFile(stateDir), 'utf8');
    issuer.idTokenSeconds = 3_600;
    expect(await currentIdentity({ stateDir, config, now })).toMatchObject({ subject: 'ada' });
    const after = readFileSync(tokenFile(stateDir), 'utf8');
    expect(after).not.toBe(before);

    const { idToken, refreshToken } = JSON.parse(after) as { idToken: string; refreshToken: string };
    await logout(stateDir, config);
    await keep(idToken, refreshToken);
    await expect(currentIdentity({ stateDir, config, now: later(7_200_000) })).rejects.toMatchObject({
      code: 'auth.login_required',
      details: { fix: 'log in again: tenet login' },
    });
  });

  test('of somebody whom no rule names is no person here', async () => {
    const identity = await logIn('guest', { scopes: 'openid profile' });
    expect(() => personOf(identity)).toThrow(expect.objectContaining({ code: 'auth.role_missing' }));
    await expect(currentIdentity({ stateDir, config, now: later(7_200_000) })).rejects.toMatchObject({
      message: expect.stringContaining('gave no refresh token') as string,
    });
  });

  test('that is refused in the browser ends so', async () => {
    await expect(logIn('')).rejects.toMatchObject({
      code: 'auth.login_required',
      message: expect.stringContaining('refused in the browser') as string,
    });
  });
});

describe('an ID token is refused', () => {
  const seconds = (): number => Math.floor(Date.now() / 1_000);
  test.each<[string, () => Promise<string>, string, string]>([
    ['by another key', () => issuer.sign({}, { key: 'foreign' }), 'auth.token', 'does not verify against the keys'],
    ['for another client', () => issuer.sign({ aud: 'other' }), 'auth.token', 'issued to another client'],
    ['of another issuer', () => issuer.sign({ iss: 'https://evil.example' }), 'auth.token', 'of another issuer'],
    ['that is over', () => issuer.sign({ exp: seconds() - 600 }), 'auth.login_required', 'has expired'],
    ['from the future', () => issuer.sign({ iat: seconds() + 600 }), 'auth.token', 'the clocks of this machine'],
    ['without a signature', () => Promise.resolve(unsigned()), 'auth.token', 'does not verify'],
    ['that is none', () => Promise.resolve('x.y.z'), 'auth.token', 'does not verify'],
  ])('%s', async (_name, token, code, says) => {
    await keep(await token());
    await expect(currentIdentity({ stateDir, config, now })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(says) as string,
    });
  });

  function unsigned(): string {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { sub: 'ada', iss: issuer.url, aud: CLIENT_ID, iat: seconds(), exp: seconds() + 600 };
    return `${part({ alg: 'none' })}.${part(claims)}.`;
  }
});

describe('a login is not used', () => {
  test('when others may read its file, or it is damaged, or of another client', async () => {
    await keep(await issuer.sign({}));
    chmodSync(tokenFile(stateDir), 0o644);
    await expect(currentIdentity({ stateDir, config, now })).rejects.toMatchObject({ details: { got: 'mode 644' } });
    chmodSync(tokenFile(stateDir), 0o600);
    writeFileSync(tokenFile(stateDir), '{"v":1');
    await expect(currentIdentity({ stateDir, config, now })).rejects.toMatchObject({ code: 'auth.token' });
    await keep(await issuer.sign({}));
    const other = { ...config, clientId: 'other' };
    await expect(currentIdentity({ stateDir, config: other, now })).rejects.toMatchObject({
      code: 'auth.login_required',
    });
  });

  test('when the issuer cannot be asked', async () => {
    const away = { ...config, issuer: 'http://127.0.0.1:9' };
    await writeLogin(stateDir, {
      v: 1,
      issuer: away.issuer,
      clientId: CLIENT_ID,
      idToken: await issuer.sign({}),
      refreshToken: null,
    });
    await expect(currentIdentity({ stateDir, config: away, now })).rejects.toMatchObject({
      code: 'auth.issuer_unavailable',
    });
  });

  test('where no issuer is configured, or one over plain http on another machine', () => {
    const people = { issuer: undefined, clientId: undefined, clientSecret: undefined, scopes: 'openid', roles: [] };
    expect(() => loginConfig({ people })).toThrow(expect.objectContaining({ code: 'config.invalid' }));
    expect(() => loginConfig({ people: { ...people, issuer: 'http://id.example', clientId: 'x' } })).toThrow(
      expect.objectContaining({ message: 'the issuer http://id.example is not reached by https' }),
    );
  });
});
