// Fails on a broken import direction, and on a module count that shows the check saw nothing.
import { execFileSync } from 'node:child_process';

const MINIMUM_MODULES = 400;
const rooms = [
  'packages/record/src',
  'packages/ghost/src',
  'src',
  'workflows',
  'activities',
  'workers',
  'bench',
  'examples',
];

let text;
try {
  text = execFileSync(
    'node_modules/.bin/depcruise',
    ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...rooms],
    {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    },
  );
} catch (error) {
  text = error.stdout;
}
const { summary } = JSON.parse(text);
for (const { rule, from, to } of summary.violations) console.error(`${rule.severity} ${rule.name}: ${from} → ${to}`);
console.log(
  `${summary.totalCruised} modules, ${summary.totalDependenciesCruised} imports, ${summary.error} violations`,
);
if (summary.totalCruised < MINIMUM_MODULES) {
  console.error(
    `only ${summary.totalCruised} modules were seen, at least ${MINIMUM_MODULES} expected: the check did not see the code`,
  );
  process.exit(1);
}
process.exit(summary.error > 0 ? 1 : 0);
