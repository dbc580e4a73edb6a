import { z } from 'zod';

/** Each role includes the ones before it. As in src/people, which is not loaded for `config show`. */
const ROLES = ['viewer', 'engineer', 'approver', 'officer'] as const;

/** Defaults, each one named so that code, `config show` and documentation agree. */
export const DEFAULTS = {
  stateDir: '.tenet',
  tenant: 'local',
  scopes: 'openid profile email offline_access',
  /** `.localhost` is reserved, so a log that nobody named can never collide with a real host's. */
  logHost: 'tenet.localhost',
  temporalNamespace: 'default',
  apiHost: '127.0.0.1',
  requestsPerSecond: 200,
  requestBurst: 400,
  maxQueued: 100_000,
  searchCandidates: 1_000,
  /** 0: a free port is chosen at start. */
  port: 0,
  agentChildren: 1,
  availableWithinMs: 20_000,
  embedder: 'auto',
  alertTimeoutMs: 10_000,
  openaiModel: 'gpt-4.1-mini',
  openaiEmbeddingModel: 'text-embedding-3-small',
  output: 'text',
} as const;

export interface KeyMeta {
  /** Environment names besides the `TENET_*` one, weaker than it. */
  readonly env?: readonly string[];
  readonly secret?: boolean;
  /** A path: relative ones are resolved against the folder of the file that names them, else against the cwd. */
  readonly path?: boolean;
}

const key = <S extends z.ZodType>(schema: S, doc: string, meta: KeyMeta = {}): S =>
  schema.meta({ description: doc, ...meta });

const text = z.string().trim().min(1, 'must not be empty');
const price = z.number().min(0).max(1e9);
const port = z.number().int().min(0).max(65_535);
const smtpUrl = text.regex(/^smtps?:\/\/\S+$/, 'expected smtp://user:password@host:port or smtps://…');
const httpUrl = z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// address' });
const hostPort = text.regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/, 'expected host:port');
const postgresUrl = text.regex(/^postgres(ql)?:\/\/\S+$/, 'expected postgres://user:password@host:port/database');
const hostName = text.regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?$/, 'expected a host name in lower case');

const roleRule = z
  .strictObject({
    claim: text.optional(),
    value: text.optional(),
    subject: text.optional(),
    role: z.enum(ROLES),
  })
  .refine(({ claim, value }) => (claim === undefined) === (value === undefined), 'expected claim together with value')
  .refine(({ claim, subject }) => claim !== undefined || subject !== undefined, 'expected claim and value, or subject');

/**
 * The one schema of every process. Flags, environment and file all end here; an unknown key is an error.
 * Every leaf carries its documentation and whether it is secret, so that nothing about a key lives elsewhere.
 */
export const configSchema = z.strictObject({
  stateDir: key(text.default(DEFAULTS.stateDir), 'folder for everything Tenet keeps on this machine', { path: true }),
  toolsDir: key(text.optional(), 'folder for fetched tools and weights; <stateDir>/tools without it', { path: true }),
  databaseUrl: key(postgresUrl.optional(), 'Postgres to use instead of the embedded one', {
    env: ['DATABASE_URL'],
    secret: true,
  }),
  postgres: z
    .strictObject({ port: key(port.default(DEFAULTS.port), 'port of the embedded Postgres; 0 takes a free one') })
    .prefault({}),
  temporal: z
    .strictObject({
      address: key(hostPort.optional(), 'Temporal server to use instead of an own one, host:port', {
        env: ['TEMPORAL_ADDRESS'],
      }),
      namespace: key(text.default(DEFAULTS.temporalNamespace), 'Temporal namespace', { env: ['TEMPORAL_NAMESPACE'] }),
      apiKey: key(text.optional(), 'API key of a Temporal cloud namespace', {
        env: ['TEMPORAL_API_KEY'],
        secret: true,
      }),
      tlsCert: key(text.optional(), 'client certificate, PEM file', {
        env: ['TEMPORAL_TLS_CLIENT_CERT_PATH'],
        path: true,
      }),
      tlsKey: key(text.optional(), 'client key, PEM file', { env: ['TEMPORAL_TLS_CLIENT_KEY_PATH'], path: true }),
      tlsCa: key(text.optional(), 'certificate authority of the server, PEM file', {
        env: ['TEMPORAL_TLS_SERVER_CA_CERT_PATH'],
        path: true,
      }),
      port: key(port.default(DEFAULTS.port), 'port of the own Temporal server; 0 takes a free one'),
    })
    .prefault({}),
  api: z
    .strictObject({
      host: key(text.default(DEFAULTS.apiHost), 'address the API server listens on'),
      port: key(port.default(DEFAULTS.port), 'port the API server listens on; 0 takes a free one'),
      requestsPerSecond: key(
        z.number().min(0.01).max(1_000_000).default(DEFAULTS.requestsPerSecond),
        'requests per second that one API key may keep up; beyond it 429 with Retry-After',
      ),
      requestBurst: key(
        z.number().int().min(1).max(1_000_000).default(DEFAULTS.requestBurst),
        'requests that one API key may make at once after a pause',
      ),
      maxQueued: key(
        z.number().int().min(1_000).max(100_000_000).default(DEFAULTS.maxQueued),
        'accepted entries that may wait for their place in the log; beyond it records are answered 503 with Retry-After',
      ),
      searchCandidates: key(
        z.number().int().min(1).max(100_000).default(DEFAULTS.searchCandidates),
        'entries that one search by a sealed value may open',
      ),
    })
    .prefault({}),
  agent: z
    .strictObject({
      children: key(
        z.number().int().min(1).max(64).default(DEFAULTS.agentChildren),
        'processes that re-run decisions, for each served version; more help lanes with a live model',
      ),
      availableWithinMs: key(
        z.number().int().min(100).max(3_600_000).default(DEFAULTS.availableWithinMs),
        'how long a run waits for a worker of an agent version, in milliseconds',
      ),
    })
    .prefault({}),
  demo: z
    .strictObject({
      applicants: key(text.optional(), 'applicants of the demo, a CSV file; those of the example without it', {
        path: true,
      }),
    })
    .prefault({}),
  tenant: key(
    text
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower case letters, digits and -, at most 63')
      .default(DEFAULTS.tenant),
    'tenant this process works for',
  ),
  people: z
    .strictObject({
      issuer: key(httpUrl.optional(), 'OpenID Connect issuer that people log in with'),
      clientId: key(text.optional(), 'client id of Tenet at that issuer, allowed the device flow'),
      clientSecret: key(text.optional(), 'secret of that client, where the issuer gives it one', { secret: true }),
      scopes: key(text.default(DEFAULTS.scopes), 'scopes that a login asks for; offline_access brings a refresh token'),
      roles: key(
        z.array(roleRule).max(1_000).default([]),
        'who has which role: a list of claim and value, or subject, with role viewer, engineer, approver or officer',
      ),
    })
    .prefault({}),
  log: z
    .strictObject({ host: key(hostName.default(DEFAULTS.logHost), 'host part of the ledger name, host/tenant') })
    .prefault({}),
  embedder: key(
    z.enum(['auto', 'minilm', 'lexical', 'openai']).default(DEFAULTS.embedder),
    'sentence embedder; auto takes minilm and, without its weights, lexical',
  ),
  minilm: z
    .strictObject({
      mirror: key(httpUrl.optional(), 'base address that serves model.onnx and tokenizer.json, asked first'),
    })
    .prefault({}),
  openai: z
    .strictObject({
      baseUrl: key(httpUrl.optional(), 'OpenAI-compatible endpoint', { env: ['OPENAI_BASE_URL'] }),
      apiKey: key(text.optional(), 'key for that endpoint', { env: ['OPENAI_API_KEY'], secret: true }),
      model: key(text.default(DEFAULTS.openaiModel), 'chat model of live lanes and of --model'),
      pricePrompt: key(price.optional(), 'price of a million prompt tokens of that model, in the unit of --max-cost'),
      priceCompletion: key(price.optional(), 'price of a million completion tokens, likewise'),
      embeddingModel: key(text.default(DEFAULTS.openaiEmbeddingModel), 'embedding model of the openai embedder'),
    })
    .prefault({}),
  alerts: z
    .strictObject({
      owner: key(text.optional(), 'who new alerts belong to until somebody takes them'),
      smtpUrl: key(smtpUrl.optional(), 'mail server for alerts, smtp://user:password@host:port', { secret: true }),
      mailFrom: key(text.optional(), 'sender of alerts by e-mail'),
      mailTo: key(text.optional(), 'receivers of alerts by e-mail, separated by commas'),
      webhookUrl: key(httpUrl.optional(), 'address that alerts are posted to, signed as Standard Webhooks say'),
      webhookSecret: key(text.optional(), 'secret of that signature, whsec_…', { secret: true }),
      slackUrl: key(httpUrl.optional(), 'incoming webhook of Slack, or of a chat that reads the same', {
        secret: true,
      }),
      timeoutMs: key(
        z.number().int().min(100).max(120_000).default(DEFAULTS.alertTimeoutMs),
        'longest time of one try to deliver an alert, in milliseconds',
      ),
    })
    .prefault({}),
  output: key(z.enum(['text', 'json', 'jsonl']).default(DEFAULTS.output), 'how commands print results'),
});

export type TenetConfig = z.output<typeof configSchema>;
