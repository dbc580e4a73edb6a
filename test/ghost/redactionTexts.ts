/** Texts with secrets in them, and texts that only look so. */

export const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJlLWhlcmU';
export const pem = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----';

export const TEXTS: readonly string[] = [
  '',
  'plain text, nothing in it',
  'Authorization: Bearer abcdefghij0123456789',
  'bearer abcdefghij0123456789 and more',
  'a bearer of news',
  'key sk-abcdefghijklmnopqrstuvwx here',
  'task-abcdefghijklmnopqrstuvwxyz is no key',
  'sk-short',
  'tnt_0123456789abcdefghij',
  'AKIAIOSFODNN7EXAMPLE',
  'XAKIAIOSFODNN7EXAMPLE',
  'ASIAIOSFODNN7EXAMPLE.',
  `token ${jwt}!`,
  `${pem}\nafter`,
  '-----BEGIN RSA PRIVATE KEY-----\ncut off',
  'postgres://app:hunter2@db.internal/loans',
  'https://example.org/a:b@c',
  'card 4111111111111111.',
  'card 4111 1111 1111 1111 and 5500-0000-0000-0004',
  'card 4111 1111 1111 1111 123',
  'no card 4111111111111112',
  'at 1763999999999 ms',
  'a4111111111111111',
  'drawn 0.34866888757847736 of 4111111111111111.5',
  'on 2026-01-02.4111111111111111.',
  '{"password":"hunter2","user":"ann"}',
  '{"api_key": "a\\"b", "Client-Secret" : "x"}',
  '{"password":""}',
  '[redacted:card]',
  'ümläut 4111111111111111 日本',
];
