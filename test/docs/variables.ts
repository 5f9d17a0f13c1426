import { listVariables } from '../../scripts/docs/variables.ts';

/** Returns the names of the variables of a form: `$(NAME)` or `$(step.NAME)`. */
export function variableNames(form: 'plain' | 'output'): readonly string[] {
  return listVariables('').flatMap(({ name, output }) => (output === (form === 'output') ? [name] : []));
}
