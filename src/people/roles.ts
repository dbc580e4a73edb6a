import type { Json } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { ROLES, type Person, type Role, type RoleRule } from './types.js';

/** What entries name: the issuer and its subject. */
export const personRef = ({ issuer, subject }: Pick<Person, 'issuer' | 'subject'>): string => `${issuer}#${subject}`;

/** For people to read; the ref is what counts. */
export const personLabel = ({ name, email, subject }: Pick<Person, 'name' | 'email' | 'subject'>): string =>
  name ?? email ?? subject;

export const includesRole = (has: Role, wanted: Role): boolean => ROLES.indexOf(has) >= ROLES.indexOf(wanted);

export const hasRole = (person: Pick<Person, 'role'>, role: Role): boolean => includesRole(person.role, role);

export function requireRole(person: Person, role: Role): void {
  if (!hasRole(person, role)) throw roleMissing(person, role);
}

export const roleMissing = (person: Person, role: Role): AppError =>
  new AppError('auth.role_missing', `${personLabel(person)} has role ${person.role}; this takes ${role}`, {
    field: 'role',
    expected: role,
    got: person.role,
    fix: `ask somebody with role ${role}, or have people.roles name ${person.subject}`,
  });

type Claims = Readonly<Record<string, unknown>>;

/** The highest role that a rule gives; null when none does. */
export function roleOf(
  claims: Claims & { readonly sub?: string | undefined },
  rules: readonly RoleRule[],
): Role | null {
  const given = rules.filter((rule) => fits(claims, rule)).map(({ role }) => ROLES.indexOf(role));
  return given.length === 0 ? null : (ROLES[Math.max(...given)] ?? null);
}

function fits(claims: Claims, { claim, value, subject }: RoleRule): boolean {
  if (subject !== undefined && claims['sub'] !== subject) return false;
  if (claim === undefined) return subject !== undefined;
  const held = claimAt(claims, claim);
  return (Array.isArray(held) ? held : [held]).some((one) => one === value);
}

/** A name is one claim, whatever stands in it (`https://acme.example/roles`); a pointer leads into nested ones. */
function claimAt(claims: Claims, claim: string): unknown {
  if (!claim.startsWith('/')) return Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const parts = claim.slice(1).split('/');
  return parts
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, part) => {
      const isObject = typeof node === 'object' && node !== null && !Array.isArray(node);
      return isObject && Object.hasOwn(node, part) ? (node as Claims)[part] : undefined;
    }, claims);
}

/** A person as entries and listings show one. */
export const personJson = (person: Person): Json => ({
  ref: personRef(person),
  issuer: person.issuer,
  name: person.name,
  role: person.role,
});
