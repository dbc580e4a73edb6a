import type { Person, Role } from '../people/index.js';
import type { CommandContext } from './context.js';

/**
 * The person who is logged in, with at least this role: the ID token is refreshed where it is about to end and verified against
 * the configured issuer's keys each time. Nobody logged in, or the role is missing: exit 4 with what to do.
 */
export async function requirePerson({ config }: Pick<CommandContext, 'config'>, role: Role): Promise<Person> {
  const { currentIdentity, loginConfig, personOf } = await import('../login/index.js');
  const { requireRole } = await import('../people/index.js');
  const session = { stateDir: config.stateDir, config: loginConfig(config), now: () => new Date() };
  const person = personOf(await currentIdentity(session));
  requireRole(person, role);
  return person;
}
