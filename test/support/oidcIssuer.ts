import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { vi } from 'vitest';

export const CLIENT_ID = 'tenet-cli';

export interface TestPerson {
  readonly name: string;
  readonly email?: string;
  readonly groups: readonly string[];
}

export interface OidcIssuer {
  readonly url: string;
  /** Lifetime of the ID tokens that it issues from now on. */
  idTokenSeconds: number;
  /** Does what somebody does in a browser: enters the code, logs in as `subject`, consents. */
  enterCode(completeUri: string, subject: string): Promise<void>;
  refuseCode(completeUri: string): Promise<void>;
  /** An ID token by the issuer's own key, with claims over the usual ones. */
  sign(claims: JWTPayload, over?: { readonly key?: 'foreign' }): Promise<string>;
  close(): Promise<void>;
}

/** A real OpenID Connect provider on loopback, which everybody may log in to without a password. */
export async function oidcIssuer(people: Readonly<Record<string, TestPerson>>): Promise<OidcIssuer> {
  // It says what a production set-up should have, on a runtime that it likes better.
  for (const method of ['info', 'warn'] as const) vi.spyOn(console, method).mockImplementation(() => undefined);
  const { default: Provider } = await import('oidc-provider');
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const foreign = await generateKeyPair('RS256');
  const issuer: OidcIssuer = {
    url,
    idTokenSeconds: 3_600,
    enterCode: (uri, subject) => browse(uri, [{ login: subject, password: 'any' }, {}]),
    refuseCode: (uri) => browse(uri, 'abort'),
    sign: (claims, { key } = {}) =>
      new SignJWT({ sub: 'ada', iss: url, aud: CLIENT_ID, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'test-1' })
        .setIssuedAt(claims.iat ?? undefined)
        .setExpirationTime(claims.exp ?? '1h')
        .sign(key === 'foreign' ? foreign.privateKey : privateKey),
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
  const provider = new Provider(url, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'test-1', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['of the test'] },
    clients: [
      {
        client_id: CLIENT_ID,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        response_types: [],
        redirect_uris: [],
      },
    ],
    features: {
      deviceFlow: { enabled: true },
      devInteractions: { enabled: true },
      revocation: { enabled: true },
    },
    claims: { openid: ['sub', 'groups'], profile: ['name'], email: ['email'] },
    conformIdTokenClaims: false,
    ttl: {
      IdToken: () => issuer.idTokenSeconds,
      AccessToken: 600,
      DeviceCode: 60,
      Grant: 3_600,
      Interaction: 600,
      Session: 600,
      RefreshToken: 3_600,
    },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...people[accountId] }) }),
  });
  // RFC 8628 §3.2: five seconds where an issuer says nothing.
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path.endsWith('/device/auth') && ctx.status === 200) Object.assign(ctx.body as object, { interval: 1 });
  });
  const handle = provider.callback();
  server.on('request', (request, response) => void handle(request, response));
  return issuer;
}

/** Follows the provider's own pages: forms are filled in and sent, cookies kept. */
async function browse(start: string, answers: readonly Readonly<Record<string, string>>[] | 'abort'): Promise<void> {
  const jar = new Map<string, string>();
  const open = async (url: string, body?: URLSearchParams): Promise<{ url: string; text: string }> => {
    const response = await fetch(url, {
      ...(body === undefined ? {} : { method: 'POST', body }),
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    const next = response.headers.get('location');
    if (next !== null) return open(new URL(next, url).href);
    return { url, text: await response.text() };
  };
  let page = await open(start);
  const left = answers === 'abort' ? [] : [...answers];
  for (let at = 0; at < 8; at += 1) {
    const form = formOf(page.text, page.url);
    if (form === null) return;
    const isInteraction = form.action.includes('/interaction/');
    const { confirm: _, ...hidden } = form.hidden;
    const said = isInteraction ? left.shift() : answers === 'abort' ? { abort: 'yes' } : { confirm: 'yes' };
    page = await open(form.action, new URLSearchParams({ ...hidden, ...said }));
  }
}

function formOf(html: string, base: string): { action: string; hidden: Record<string, string> } | null {
  const action = /<form[^>]*action="([^"]*)"/.exec(html)?.[1];
  if (action === undefined) return null;
  const inputs = [...html.matchAll(/<input[^>]*>/g)].map(([input]) => ({
    name: /name="([^"]*)"/.exec(input)?.[1],
    value: /value="([^"]*)"/.exec(input)?.[1] ?? '',
    type: /type="([^"]*)"/.exec(input)?.[1],
  }));
  const hidden = inputs.flatMap(({ name, value, type }) =>
    name !== undefined && type === 'hidden' ? [[name, value] as const] : [],
  );
  return { action: new URL(action, base).href, hidden: Object.fromEntries(hidden) };
}
