/** Directions of import; see README, "Where things are". Checked by tools/checkLayers.mjs, which also counts modules. */
const domains = '^src/(drift|replay|gate|agents|ledger|inquiry|people|nightly|alerts)/';
module.exports = {
  forbidden: [
    {
      name: 'record-depends-on-noble-alone',
      severity: 'error',
      from: { path: '^packages/record/src' },
      to: { pathNot: ['^packages/record/src', 'node_modules/@noble/'] },
    },
    {
      name: 'ghost-sees-record-only',
      severity: 'error',
      from: { path: '^packages/ghost/src' },
      to: { path: '^(src|workflows|activities|workers)/' },
    },
    {
      name: 'domains-are-pure',
      severity: 'error',
      comment: 'drift, replay, gate, agents, ledger and people know no database, no Temporal and no outer room',
      from: { path: domains },
      to: {
        path: [
          'node_modules/pg/',
          'node_modules/@temporalio/',
          '^src/(db|api|cli|platform|services|runtime)/',
          '^(workflows|activities|workers)/',
        ],
      },
    },
    {
      name: 'db-sees-domains-only',
      severity: 'error',
      from: { path: '^src/db/' },
      to: {
        path: [
          '^src/(api|cli|platform|services|runtime)/',
          '^(workflows|activities|workers)/',
          'node_modules/@temporalio/',
        ],
      },
    },
    {
      name: 'nothing-imports-api-or-cli',
      severity: 'error',
      from: { pathNot: '^(src/(api|cli|runtime)/|workers/|bench/|test/)' },
      to: { path: '^src/(api|cli)/' },
    },
    {
      name: 'cli-is-imported-by-nothing',
      severity: 'error',
      from: { pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'workflows-import-types-and-pure-code',
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        path: ['^src/(db|api|cli|platform|services|config)/', '^activities/', '^workers/', 'node_modules/pg/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'activities-do-not-import-workflows-or-workers',
      severity: 'error',
      from: { path: '^activities/' },
      to: { path: ['^workers/', '^workflows/', '^src/(api|cli|runtime)/'] },
    },
    {
      name: 'runtime-and-cli-know-workflows-by-name',
      severity: 'error',
      comment: 'they start workflows by name and id; only types and ids cross',
      from: { path: '^src/' },
      to: {
        path: ['^workflows/', '^activities/', '^workers/'],
        pathNot: '^workflows/ids\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    {
      name: 'rooms-have-one-door',
      severity: 'error',
      comment: 'another room is entered through its index.ts',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/([^/]+)/.+', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.platform.json' },
    exclude: { path: '(^|/)dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
