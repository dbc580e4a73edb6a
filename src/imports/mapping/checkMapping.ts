import { AppError } from '../../errors/index.js';
import { checkYaml, problemLine, type FileProblem } from '../../yaml/index.js';
import { MAPPING_KEYS, mappingSchema, type Mapping } from './schema.js';

export interface MappingCheck {
  /** null when there is an error among the problems. */
  readonly mapping: Mapping | null;
  readonly problems: readonly FileProblem[];
}

/** Everything that is wrong with a mapping file, as data. */
export function checkMapping(text: string): MappingCheck {
  const { value, problems } = checkYaml(text, { schema: mappingSchema, keys: MAPPING_KEYS, what: 'mapping' });
  return { mapping: value, problems };
}

/** A valid mapping, or one error that lists every problem with its line. */
export function parseMapping(text: string, file: string): Mapping {
  const { mapping, problems } = checkMapping(text);
  if (mapping !== null) return mapping;
  const [first] = problems;
  throw new AppError('mapping.invalid', problems.map((problem) => problemLine(problem, file)).join('\n'), {
    field: first?.field ?? '',
    fix: first?.fix ?? `correct ${file} and run the import again with --dry-run`,
    file,
    problems,
  });
}
