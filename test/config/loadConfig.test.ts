import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CONFIG_KEYS,
  DEFAULTS,
  describeConfig,
  environmentFor,
  loadConfig,
  maskSecret,
  type LoadOptions,
} from '../../src/config/index.js';
import { AppError } from '../../src/errors/index.js';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tenet-config-'));
});
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const load = (options: Omit<LoadOptions, 'cwd'> = {}) => loadConfig({ env: {}, cwd, ...options });
const write = (text: string, folder = cwd): void => {
  writeFileSync(join(folder, 'tenet.config.yaml'), text);
};

function failure(options: Omit<LoadOptions, 'cwd'> = {}): AppError {
  try {
    load(options);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('expected the configuration to be refused');
}

describe('precedence', () => {
  it('takes documented defaults when nothing is set, with paths made absolute', () => {
    const { value, sources, file } = load();
    expect(file).toBeUndefined();
    expect(value).toMatchObject({
      stateDir: join(cwd, '.tenet'),
      tenant: DEFAULTS.tenant,
      api: { host: '127.0.0.1', port: 0 },
      temporal: { namespace: 'default' },
      embedder: 'auto',
      output: 'text',
    });
    expect(sources.tenant).toEqual({ value: 'local', source: 'default', secret: false });
  });

  it('lets a flag win over the environment, the environment over the file, the file over the default', () => {
    write('tenant: from-file\napi:\n  port: 1001\n  host: 0.0.0.0\n');
    const { value, sources } = load({
      env: { TENET_TENANT: 'from-env', TENET_API_PORT: '1002' },
      flags: { 'api.port': '1003', tenant: undefined },
    });
    expect(value.tenant).toBe('from-env');
    expect(value.api).toMatchObject({ host: '0.0.0.0', port: 1003 });
    expect(sources['api.port'].source).toBe('flag');
    expect(sources.tenant.source).toBe('env TENET_TENANT');
    expect(sources['api.host'].source).toBe(`${join(cwd, 'tenet.config.yaml')}:4`);
  });

  it("reads the usual names of Postgres, Temporal and OpenAI, weaker than Tenet's own", () => {
    const env = {
      DATABASE_URL: 'postgres://a:b@h:1/d',
      TEMPORAL_ADDRESS: 'other:7233',
      TENET_TEMPORAL_ADDRESS: 'ours:7233',
      TEMPORAL_NAMESPACE: 'ns',
      OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
      OPENAI_API_KEY: '',
    };
    const { value } = load({ env });
    expect(value.databaseUrl).toBe(env.DATABASE_URL);
    expect(value.temporal).toMatchObject({ address: 'ours:7233', namespace: 'ns' });
    expect(value.openai.baseUrl).toBe(env.OPENAI_BASE_URL);
    expect(value.openai.apiKey).toBeUndefined();
  });

  it('finds the file upward, and a path in it means a place beside it', () => {
    const below = join(cwd, 'a/b');
    mkdirSync(below, { recursive: true });
    write('toolsDir: tools\n');
    const { value } = loadConfig({ env: {}, cwd: below });
    expect(value.toolsDir).toBe(join(cwd, 'tools'));
    expect(value.stateDir).toBe(join(cwd, '.tenet'));
    expect(loadConfig({ env: { TENET_STATE_DIR: 'here' }, cwd: below }).value.stateDir).toBe(join(below, 'here'));
  });

  it('reads prices with their fractions', () => {
    const env = { TENET_OPENAI_PRICE_PROMPT: '0.4', TENET_OPENAI_PRICE_COMPLETION: '1.60' };
    expect(load({ env }).value.openai).toMatchObject({ pricePrompt: 0.4, priceCompletion: 1.6 });
    expect(failure({ env: { ...env, TENET_OPENAI_PRICE_PROMPT: 'free' } }).details.field).toBe('openai.pricePrompt');
  });

  it('cannot be changed once loaded', () => {
    const { value } = load();
    expect(() => Object.assign(value.api, { port: 1 })).toThrow(TypeError);
  });
});

describe('refusals', () => {
  it.each([
    ['temporal:\n  adress: h:1\n', 'temporal.adress', 'adress', 2, 'address'],
    ['\n\nstatedir: x\n', 'statedir', 'statedir', 3, 'stateDir'],
    ['# x\nnamespace: default\n', 'namespace', 'namespace', 2, 'temporal.namespace'],
    ['openai:\n  baseURL: http://x\n', 'openai.baseURL', 'baseURL', 2, 'baseUrl'],
  ])('names the file, the line and the meant key for %j', (text, field, got, line, meant) => {
    write(text);
    const error = failure();
    expect(error.code).toBe('config.invalid');
    expect(error.message).toContain(`tenet.config.yaml:${line}: unknown key ${field}; did you mean ${meant}?`);
    expect(error.details).toMatchObject({ field, got, expected: meant });
  });

  it('lists the known keys when no key is near', () => {
    write('qwertyuiop: 1\n');
    const error = failure();
    expect(error.message).not.toContain('did you mean');
    expect(error.details.expected).toContain('stateDir');
  });

  it.each([
    ['api:\n  port: 70000\n', 'api.port', '70000', 'at most 65535', 2],
    ['api:\n  port: "80"\n', 'api.port', '"80"', 'number', 2],
    ['tenant: Acme Corp\n', 'tenant', '"Acme Corp"', 'lower case', 1],
    ['embedder: bert\n', 'embedder', '"bert"', 'auto, minilm, lexical, openai', 1],
    ['temporal: yes please\n', 'temporal', '"yes please"', 'mapping', 1],
    ['temporal:\n  address: nowhere\n', 'temporal.address', '"nowhere"', 'host:port', 2],
    ['openai:\n  baseUrl: ftp://x\n', 'openai.baseUrl', '"ftp://x"', 'http', 2],
    ['agent:\n  availableWithinMs: 5\n', 'agent.availableWithinMs', '5', 'at least 100', 2],
  ])('says field, expected and got for %j', (text, field, got, expected, line) => {
    write(text);
    const error = failure();
    expect(error.message).toContain(`tenet.config.yaml:${line}`);
    expect(error.details).toMatchObject({ field, got });
    expect(error.details.expected).toContain(expected);
    expect(error.details.fix).toBeTruthy();
  });

  it('names the variable when the environment is wrong', () => {
    const error = failure({ env: { TENET_API_PORT: 'eighty' } });
    expect(error.message).toContain('env TENET_API_PORT: api.port is "eighty", expected a number');
  });

  it('refuses a waiting time that is not a number: a run would wait for nobody, or for ever', () => {
    const error = failure({ env: { TENET_AGENT_AVAILABLE_WITHIN_MS: '20s' } });
    expect(error.code).toBe('config.invalid');
    expect(error.details).toMatchObject({ field: 'agent.availableWithinMs', got: '"20s"' });
  });

  it('knows no key that nothing obeys', () => {
    write('api:\n  url: http://127.0.0.1:1\n');
    expect(failure().message).toContain('unknown key api.url');
    write('apiKey: tnt_x\n');
    expect(failure().message).toContain('unknown key apiKey');
  });

  it('refuses a near miss of a variable name and ignores variables of others', () => {
    expect(failure({ env: { TENET_STATEDIR: 'x' } }).message).toContain('did you mean TENET_STATE_DIR?');
    expect(load({ env: { TENET_AGENT_TOKEN: 'x', TENET_SOMETHING_ELSE: '1' } }).value.tenant).toBe('local');
  });

  it('never quotes a secret', () => {
    const error = failure({ env: { DATABASE_URL: 'mysql://root:hunter2@h/d' } });
    expect(JSON.stringify([error.message, error.details])).not.toContain('hunter2');
  });

  it('names the line of broken YAML and of a duplicate key', () => {
    write('tenant: a\napi: {port: 1\n');
    expect(failure().message).toMatch(/tenet\.config\.yaml:\d+ is not valid YAML/);
    write('tenant: a\noutput: json\ntenant: b\n');
    expect(failure().message).toContain('tenet.config.yaml:3 is not valid YAML');
    write('- a\n- b\n');
    expect(failure().details).toMatchObject({ got: 'a list' });
  });

  it('refuses settings that contradict each other', () => {
    write('temporal:\n  tlsCert: c.pem\n');
    expect(failure().details.field).toBe('temporal.tlsCert');
    write('embedder: openai\n');
    expect(failure().details.fix).toContain('OPENAI_API_KEY');
    write('openai:\n  pricePrompt: 0.4\n');
    expect(failure().details).toMatchObject({ field: 'openai.pricePrompt' });
  });
});

describe('the environment of our other processes', () => {
  it('loads the same configuration, whatever file lies there', () => {
    write('tenant: from-file\napi:\n  port: 1001\nopenai:\n  model: other\n');
    const first = load({ flags: { 'api.host': '0.0.0.0', toolsDir: '/tools' } }).value;
    write('tenant: another\nembedder: lexical\n');
    expect(load({ env: environmentFor(first) }).value).toEqual(first);
  });
});

describe('what config show prints', () => {
  it('has one documented row a key, with its variable', () => {
    const rows = describeConfig(load());
    expect(rows).toHaveLength(CONFIG_KEYS.length);
    for (const row of rows) expect(row.doc, row.key).not.toBe('');
    expect(rows.find((row) => row.key === 'temporal.tlsCert')?.env).toMatch(/^TENET_TEMPORAL_TLS_CERT, /);
  });

  it('masks every secret and keeps the host of a database address', () => {
    const env = { TENET_TEMPORAL_API_KEY: 'tmp_secret', DATABASE_URL: 'postgres://me:hunter2@db:5432/t?sslpassword=x' };
    const rows = describeConfig(load({ env }));
    expect(JSON.stringify(rows)).not.toMatch(/hunter2|tmp_secret|sslpassword/);
    expect(rows.find((row) => row.key === 'databaseUrl')?.value).toBe('postgres://me:********@db:5432/t');
    expect(maskSecret('abc')).toBe('********');
    expect(maskSecret(undefined)).toBe('');
  });
});
