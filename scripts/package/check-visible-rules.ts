import { quote, type Finding } from './finding.ts';
import type { InputView, TaskView } from './task-view.ts';

const clausePattern =
  /^(?<name>\w+)\s+(?<operator>=|==|!=|in|not in|contains|notContains|startsWith|endsWith|NotEndsWith)\s+(?<value>\S.*)$/i;

type Ruled = { readonly at: string; readonly name: string; readonly visibleRule: string };

/** What a clause's value may be, where its input has a closed list of values. */
function listValues(input: InputView): readonly string[] | undefined {
  if (input.type === 'boolean') return ['true', 'false'];
  return input.options.length > 0 ? input.options : undefined;
}

function judgeClause(clause: string, owner: Ruled, inputs: readonly InputView[]): string | undefined {
  const { name, value } = clausePattern.exec(clause.trim())?.groups ?? {};
  if (name === undefined || value === undefined) return 'a clause of the form `input = value`';
  const input = inputs.find(candidate => candidate.name === name);
  if (!input) return `the main name of an input instead of ${quote(name)}`;
  if (input.name === owner.name) return 'another input than the one that carries the rule';
  const values = listValues(input);
  return values && !values.includes(value) ? `${values.join(' or ')} as the value of ${name}` : undefined;
}

/** Whether a rule that compares closed lists alone has one outcome for all their values. */
function isConstant(rule: string, inputs: readonly InputView[]): boolean {
  const clauses = rule.split(/&&|\|\|/).map(clause => clausePattern.exec(clause.trim())?.groups ?? {});
  if (!clauses.every(({ operator = '' }) => ['=', '==', '!='].includes(operator))) return false;
  const names = [...new Set(clauses.map(({ name = '' }) => name))];
  const lists = names.map(name =>
    inputs.filter(input => input.name === name).flatMap(input => listValues(input) ?? []),
  );
  if (lists.some(list => list.length === 0)) return false;
  const choices = lists.reduce<readonly (readonly string[])[]>(
    (found, list) => found.flatMap(choice => list.map(value => [...choice, value])),
    [[]],
  );
  const outcomes = choices.map(choice => {
    const held = clauses.map(
      ({ name = '', operator, value }) => (choice[names.indexOf(name)] === value) !== (operator === '!='),
    );
    return rule.includes('||') ? held.includes(true) : !held.includes(false);
  });
  return new Set(outcomes).size === 1;
}

function checkRule(owner: Ruled, inputs: readonly InputView[]): readonly Finding[] {
  const rule = owner.visibleRule;
  const at = `${owner.at}/visibleRule`;
  const mixed = rule.includes('&&') && rule.includes('||') ? ['either && or ||: the editor cannot read both'] : [];
  const clauses = rule.split(/&&|\|\|/).flatMap(clause => judgeClause(clause, owner, inputs) ?? []);
  const wrong = [...mixed, ...clauses];
  const never =
    wrong.length === 0 && isConstant(rule, inputs) ? ['a rule that some values fulfil and others do not'] : [];
  return [...wrong, ...never].map(expected => ({ at, found: quote(rule), expected, do: 'Correct the rule.' }));
}

/** What is wrong with the rules that show and hide inputs and groups: the editor says nothing, it hides for ever. */
export function checkVisibleRules(task: TaskView): readonly Finding[] {
  const owners: readonly Ruled[] = [...task.inputs, ...task.groups.map(group => ({ ...group, name: '' }))];
  return owners.filter(owner => owner.visibleRule !== '').flatMap(owner => checkRule(owner, task.inputs));
}
