import type { Person, Role, RoleRule } from '../people/index.js';

/** Where people log in, and who of them has which role. */
export interface LoginConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly scopes: string;
  readonly roles: readonly RoleRule[];
}

/** What is kept of a login. Access tokens are not: nothing of ours is called with one. */
export interface StoredLogin {
  readonly v: 1;
  readonly issuer: string;
  readonly clientId: string;
  readonly idToken: string;
  readonly refreshToken: string | null;
}

/** What a verified ID token says. `role` is null where no rule of the configuration fits. */
export interface Identity extends Omit<Person, 'role'> {
  readonly role: Role | null;
  readonly expiresAt: Date;
}

/** What somebody has to do in a browser, RFC 8628 §3.2. */
export interface DevicePrompt {
  readonly userCode: string;
  readonly uri: string;
  /** The same with the code in it, where the issuer gives one. */
  readonly completeUri: string | null;
  readonly expiresInS: number;
}
