/**
 * YAML files that people write (gate policies, import mappings), read so that every problem has its line, what was expected
 * and what was probably meant. It knows no file's meaning: the form is given.
 */
export { checkYaml, type YamlCheck, type YamlForm } from './checkYaml.js';
export { nearest } from './nearest.js';
export { fieldName, problemLine, type FileProblem } from './problem.js';
export type { Place } from './locate.js';
