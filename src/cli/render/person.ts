import type { DevicePrompt, Identity } from '../../login/index.js';
import { forTerminal } from './escape.js';
import { clip } from './width.js';

/** What to do in a browser. */
export function promptLines({ userCode, uri, completeUri, expiresInS }: DevicePrompt): string[] {
  const minutes = Math.max(1, Math.round(expiresInS / 60));
  return [
    `open       ${forTerminal(uri)}`,
    `enter      ${forTerminal(userCode)}`,
    ...(completeUri === null ? [] : [`or open    ${forTerminal(completeUri)}`]),
    `waiting ${minutes} min for it; Ctrl-C ends the waiting`,
  ];
}

/** Without the token's text. */
export const identityView = ({ issuer, subject, name, email, role, expiresAt }: Identity) => ({
  issuer,
  subject,
  name,
  email,
  role,
  expiresAt: expiresAt.toISOString(),
});

export function identityLines({ issuer, subject, name, email, role, expiresAt }: Identity): string[] {
  const who = [name, email].filter((part) => part !== null).map((part) => clip(part, 80));
  return [
    ...(who.length === 0 ? [] : [`person     ${who.join('  ')}`]),
    `subject    ${clip(subject, 80)}`,
    `issuer     ${clip(issuer, 100)}`,
    `role       ${role ?? 'none: no rule of people.roles fits'}`,
    `until      ${expiresAt.toISOString()}`,
  ];
}
