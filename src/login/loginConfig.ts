import type { TenetConfig } from '../config/index.js';
import { AppError } from '../errors/index.js';
import type { LoginConfig } from './types.js';

/** Throws `config.invalid` where no issuer is configured, or one that anybody on the way could stand in for. */
export function loginConfig({ people }: Pick<TenetConfig, 'people'>): LoginConfig {
  const { issuer, clientId, clientSecret, scopes, roles } = people;
  if (issuer === undefined || clientId === undefined) {
    const lacks = issuer === undefined ? 'people.issuer' : 'people.clientId';
    throw new AppError('config.invalid', `nobody can log in: ${lacks} is not set`, {
      field: lacks,
      expected: 'people.issuer and people.clientId',
      fix: 'set both in tenet.config.yaml, or TENET_PEOPLE_ISSUER and TENET_PEOPLE_CLIENT_ID',
    });
  }
  if (!isSecure(new URL(issuer))) {
    throw new AppError('config.invalid', `the issuer ${issuer} is not reached by https`, {
      field: 'people.issuer',
      expected: 'an https:// address; http:// only on this machine',
      got: issuer,
      fix: 'write the https:// address of the issuer',
    });
  }
  return { issuer, clientId, clientSecret, scopes, roles };
}

export const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

const isSecure = (url: URL): boolean => url.protocol === 'https:' || isLoopback(url);
