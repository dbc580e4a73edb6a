import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError, exitCodeOf } from '../../src/errors/index.js';
import { openStateFolder, STATE_VERSION } from '../../src/services/index.js';
import { tempFolder } from './fixtures.js';

let temp: ReturnType<typeof tempFolder>;
beforeEach(() => {
  temp = tempFolder();
});
afterEach(() => {
  temp.remove();
});

const open = (stateDir = join(temp.path, '.tenet')) => openStateFolder({ stateDir });

function refusal(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('the state folder', () => {
  it('is created once, says who made it, and keeps itself out of git', () => {
    const { dir } = open();
    const state = readFileSync(join(dir, 'state.json'), 'utf8');
    expect(JSON.parse(state)).toEqual({ version: STATE_VERSION, createdBy: 'tenet 0.1.0' });
    expect(readFileSync(join(dir, '.gitignore'), 'utf8')).toBe('*\n');
    open();
    expect(readFileSync(join(dir, 'state.json'), 'utf8')).toBe(state);
    expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(statSync(join(dir, 'secrets')).mode & 0o077).toBe(0);
  });

  it('of a newer version is refused before anything in it is touched', () => {
    const dir = join(temp.path, '.tenet');
    mkdirSync(dir);
    writeFileSync(join(dir, 'state.json'), JSON.stringify({ version: STATE_VERSION + 1, createdBy: 'tenet 9.0.0' }));
    const error = refusal(() => open(dir));
    expect(error.code).toBe('services.state_newer');
    expect(error.message).toContain('tenet 9.0.0');
    expect(error.details).toMatchObject({ got: `state version ${STATE_VERSION + 1}` });
    expect(error.details.fix).toContain('TENET_STATE_DIR');
    expect(exitCodeOf(error)).toBe(1);
    expect(readdirSync(dir)).toEqual(['state.json']);
  });

  it.each([['{'], ['{"version":"1"}'], ['{"version":0}'], ['null'], ['[]']])(
    'with a damaged version file %s is refused',
    (text) => {
      const dir = join(temp.path, '.tenet');
      mkdirSync(dir);
      writeFileSync(join(dir, 'state.json'), text);
      expect(refusal(() => open(dir)).code).toBe('services.state_unusable');
      expect(existsSync(join(dir, 'locks'))).toBe(false);
    },
  );

  it('that is a file, or lies where nothing can be created, is refused with its path', () => {
    const file = join(temp.path, 'file');
    writeFileSync(file, '');
    expect(refusal(() => open(file)).message).toContain(`${file}: it is a file`);
    expect(refusal(() => open(join(file, 'below'))).code).toBe('services.state_unusable');
  });
});
