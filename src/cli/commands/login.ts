import type { Command } from 'commander';
import { asCalled } from '../called.js';
import { openContext } from '../context.js';
import { interruptible } from '../interrupt.js';
import { GROUPS, withExamples } from '../parents.js';
import { identityLines, identityView, promptLines } from '../render/person.js';

export function registerLogin(program: Command): void {
  registerIn(program);
  registerOut(program);
  registerWhoami(program);
}

function registerIn(program: Command): void {
  const command = program
    .command('login')
    .description('log in as a person at the configured issuer: needed to approve, waive, promote')
    .helpGroup(GROUPS.operate)
    .action(async (_options: object, self: Command) => {
      const context = await openContext(self);
      const { config, output } = context;
      const { deviceLogin, loginConfig } = await import('../../login/index.js');
      const identity = await interruptible((signal) =>
        deviceLogin({
          stateDir: config.stateDir,
          config: loginConfig(config),
          signal,
          now: () => new Date(),
          prompt: (prompt) => {
            for (const line of promptLines(prompt)) output.note(line);
          },
        }),
      );
      output.result(identityView(identity), () => identityLines(identity));
    });
  withExamples(command, 'tenet login').addHelpText(
    'after',
    asCalled(
      `
people.issuer and people.clientId say where (OpenID Connect, device flow); people.roles says who has which role:
  people:
    issuer: https://id.example
    clientId: tenet-cli
    roles:
      - { claim: groups, value: credit-risk, role: approver }
      - { subject: 248289761001, role: officer }`,
      { flags: '' },
    ),
  );
}

function registerOut(program: Command): void {
  const command = program
    .command('logout')
    .description('forget the login of this state folder, and have the issuer take its refresh token back')
    .helpGroup(GROUPS.operate)
    .action(async (_options: object, self: Command) => {
      const { config, output } = await openContext(self);
      const { loginConfig, logout } = await import('../../login/index.js');
      const isConfigured = config.people.issuer !== undefined && config.people.clientId !== undefined;
      const done = await logout(config.stateDir, isConfigured ? loginConfig(config) : null);
      output.result(done, () => [
        !done.wasLoggedIn
          ? 'nobody was logged in'
          : done.revoked
            ? 'logged out; the issuer took the refresh token back'
            : 'logged out here; what the issuer gave ends by itself',
      ]);
    });
  withExamples(command, 'tenet logout');
}

function registerWhoami(program: Command): void {
  const command = program
    .command('whoami')
    .description('who is logged in, verified with the issuer now, and with which role')
    .helpGroup(GROUPS.operate)
    .action(async (_options: object, self: Command) => {
      const { config, output } = await openContext(self);
      const { currentIdentity, loginConfig } = await import('../../login/index.js');
      const session = { stateDir: config.stateDir, config: loginConfig(config), now: () => new Date() };
      const identity = await currentIdentity(session);
      output.result(identityView(identity), () => identityLines(identity));
    });
  withExamples(command, 'tenet whoami').addHelpText('after', '\nExit: 0 logged in · 4 not, or the login is not good');
}
