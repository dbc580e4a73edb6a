/** What is a secret by default, as data: the other SDK reads the same lists out of the shared vectors. */

/** Names of members whose value is a secret, in lower case and without `-` and `_`. */
export const SECRET_NAMES: readonly string[] = [
  'authorization',
  'cookie',
  'setcookie',
  'apikey',
  'xapikey',
  'password',
  'passwd',
  'secret',
  'clientsecret',
  'accesstoken',
  'refreshtoken',
  'privatekey',
];

export interface ValueRule {
  readonly name: string;
  readonly regex: string;
}

/** Secrets by their form, in the order they are looked for. Written for JavaScript (flags `gu`) and Python alike. */
export const SECRET_VALUES: readonly ValueRule[] = [
  {
    name: 'privatekey',
    regex: '-----BEGIN [A-Z ]*PRIVATE KEY-----[\\s\\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?![\\s\\S]))',
  },
  { name: 'bearer', regex: '[Bb]earer +[A-Za-z0-9._~+/=-]{16,}' },
  { name: 'jwt', regex: '(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\\.eyJ[A-Za-z0-9_-]{5,}\\.[A-Za-z0-9_-]*' },
  { name: 'apikey', regex: '(?<![A-Za-z0-9_-])sk-[A-Za-z0-9_-]{20,}' },
  { name: 'tenetkey', regex: '(?<![A-Za-z0-9_-])tnt_[A-Za-z0-9_-]{16,}' },
  { name: 'awskey', regex: '(?<![A-Za-z0-9])A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Za-z0-9])' },
  { name: 'urlpassword', regex: '(?<=://)[^\\s/:@?#]*:[^\\s/@?#]+(?=@)' },
];

/** A member with a secret name inside a text: tool calls of a model carry their arguments as JSON text. */
export const JSON_MEMBER = '("([A-Za-z_-]{6,24})"\\s*:\\s*)"((?:[^"\\\\]|\\\\.)*)"';

/**
 * 13 to 19 digits with single spaces or dashes. First digit 2 to 6: a time in milliseconds is no card, and neither is what stands before
 * or behind a decimal point.
 */
export const CARD = '(?<![A-Za-z0-9])(?<![0-9][.])[2-6](?:[ -]?[0-9]){12,18}(?![A-Za-z0-9]|[.][0-9])';

/** Every text with a secret in it has one of these. */
export const HINT = /[Bb]earer|sk-|tnt_|AKIA|ASIA|PRIVATE KEY|eyJ|:\/\/|"\s*:|\d(?:[ -]?\d){12}/;

const names = new Set(SECRET_NAMES);
const known = new Map<string, string | undefined>();

/** The name without `-` and `_` where it is one of a secret. */
export function secretName(member: string): string | undefined {
  if (member.length < 6 || member.length > 24) return undefined;
  if (known.has(member)) return known.get(member);
  const plain = member.toLowerCase().replace(/[-_]/g, '');
  const name = names.has(plain) ? plain : undefined;
  if (known.size < 4096) known.set(member, name);
  return name;
}

/** ISO/IEC 7812-1, annex B. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

/** The card number that a run of digits begins with: a check code may follow it after a space. */
export function cardIn(run: string): string | undefined {
  for (let end = run.length; end > 0; end = Math.max(run.lastIndexOf(' ', end - 1), run.lastIndexOf('-', end - 1))) {
    const digits = run.slice(0, end).replace(/[ -]/g, '');
    if (digits.length < 13) return undefined;
    if (luhn(digits)) return run.slice(0, end);
  }
  return undefined;
}

/** 15 or 16 digits: what a card number is when it is written as a number. */
export const isCardNumber = (value: number): boolean =>
  value >= 2e14 && value < 7e15 && Number.isSafeInteger(value) && /^[2-6]/.test(String(value)) && luhn(String(value));
