/** What a request says of itself: condition keys in lower case, each with its values. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

interface Operator {
  readonly negated: boolean;
  readonly matches: (actual: string, expected: string, context: Expansion) => boolean;
}

interface Expansion {
  readonly context: RequestContext;
  /** Policies of version 2008-10-17 have no variables. */
  readonly variables: boolean;
}

const operators: Readonly<Record<string, Operator>> = {
  ...pair('StringEquals', 'StringNotEquals', (actual, expected, at) => compile(expected, at, false).test(actual)),
  ...pair('StringLike', 'StringNotLike', (actual, expected, at) => compile(expected, at, true).test(actual)),
  ...pair('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', (actual, expected, at) =>
    compile(expected, at, false, 'i').test(actual),
  ),
  ...pair('ArnEquals', 'ArnNotEquals', matchArn),
  ...pair('ArnLike', 'ArnNotLike', matchArn),
  Bool: { negated: false, matches: (actual, expected) => actual.toLowerCase() === expected.toLowerCase() },
  ...compareBy('Numeric', Number),
  ...compareBy('Date', text => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text))),
};

/**
 * Whether every condition holds, as
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html says.
 */
export function holds(block: ConditionBlock, context: RequestContext, variables: boolean): boolean {
  return Object.entries(block).every(([operator, conditions]) =>
    Object.entries(conditions).every(([key, expected]) =>
      holdsOne(operator, context.get(key.toLowerCase()), [expected].flat(), { context, variables }),
    ),
  );
}

/** Throws for an operator that the stand-in does not know, so that no test rests on a guess. */
export function checkOperators(block: ConditionBlock): void {
  for (const text of Object.keys(block)) readOperator(text);
}

function holdsOne(text: string, actual: readonly string[] | undefined, expected: readonly string[], at: Expansion) {
  const { set, name, ifExists } = readOperator(text);
  const absent = actual === undefined || actual.length === 0;
  if (name === 'Null') return expected.some(value => (value.toLowerCase() === 'true') === absent);
  const { negated, matches } = findOperator(name);
  // A missing key satisfies ForAllValues and every negated operator: the trap of many a policy.
  if (absent) return set !== 'ForAnyValue' && (ifExists || set === 'ForAllValues' || negated);
  const passes = (value: string) => expected.some(one => matches(value, one, at)) !== negated;
  const every = set === 'ForAllValues' || (set === undefined && negated);
  return every ? actual.every(passes) : actual.some(passes);
}

function readOperator(text: string): { set: string | undefined; name: string; ifExists: boolean } {
  const {
    set,
    name = '',
    ifExists,
  } = /^(?:(?<set>ForAllValues|ForAnyValue):)?(?<name>\w+?)(?<ifExists>IfExists)?$/.exec(text)?.groups ?? {};
  if (name !== 'Null') findOperator(name);
  return { set, name, ifExists: ifExists !== undefined };
}

function findOperator(name: string): Operator {
  const operator = operators[name];
  if (!operator) throw new Error(`the stand-in does not know the condition operator ${name}`);
  return operator;
}

function pair(positive: string, negative: string, matches: Operator['matches']): Record<string, Operator> {
  return { [positive]: { negated: false, matches }, [negative]: { negated: true, matches } };
}

function compareBy(prefix: string, read: (text: string) => number): Record<string, Operator> {
  const compare = (holdsFor: (difference: number) => boolean): Operator['matches'] => {
    return (actual, expected) => holdsFor(read(actual) - read(expected));
  };
  return {
    ...pair(
      `${prefix}Equals`,
      `${prefix}NotEquals`,
      compare(difference => difference === 0),
    ),
    [`${prefix}LessThan`]: { negated: false, matches: compare(difference => difference < 0) },
    [`${prefix}LessThanEquals`]: { negated: false, matches: compare(difference => difference <= 0) },
    [`${prefix}GreaterThan`]: { negated: false, matches: compare(difference => difference > 0) },
    [`${prefix}GreaterThanEquals`]: { negated: false, matches: compare(difference => difference >= 0) },
  };
}

/** Each of the six parts on its own: a star does not reach over a colon. */
function matchArn(actual: string, expected: string, at: Expansion): boolean {
  const parts = splitArn(actual);
  const patterns = splitArn(expected);
  return (
    parts.length === patterns.length &&
    parts.every((part, index) => compile(patterns[index] ?? '', at, true).test(part))
  );
}

function splitArn(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

const impossible = /(?!)/;

const compiled = new Map<string, RegExp>();

/** What a text without variables means is the same in every request, and thousands are judged by the same few. */
function compile(text: string, at: Expansion, wildcards: boolean, flags = ''): RegExp {
  if (at.variables && text.includes('${')) return compileAnew(text, at, wildcards, flags);
  const key = `${String(wildcards)} ${flags} ${text}`;
  const pattern = compiled.get(key) ?? compileAnew(text, { ...at, variables: false }, wildcards, flags);
  compiled.set(key, pattern);
  return pattern;
}

/** The text as a pattern; variables are replaced, and a variable without a value matches nothing. */
function compileAnew(text: string, { context, variables }: Expansion, wildcards: boolean, flags: string): RegExp {
  const tokens = text.match(variables ? /\$\{[^}]*\}|[^]/gu : /[^]/gu) ?? [];
  const sources = tokens.map(token => (token.length > 2 ? expand(token, context) : compileOne(token, wildcards)));
  return sources.includes(undefined) ? impossible : new RegExp(`^${sources.join('')}$`, `su${flags}`);
}

function expand(token: string, context: RequestContext): string | undefined {
  const name = token.slice(2, -1);
  if (['*', '?', '$'].includes(name)) return quote(name);
  const [value] = context.get(name.toLowerCase()) ?? [];
  return value === undefined ? undefined : quote(value);
}

function compileOne(character: string, wildcards: boolean): string {
  if (wildcards && character === '*') return '.*';
  return wildcards && character === '?' ? '.' : quote(character);
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Matches a text with the wildcards of IAM, for actions and resources. */
export function matchWildcards(pattern: string, text: string, flags = ''): boolean {
  return compile(pattern, { context: new Map(), variables: false }, true, flags).test(text);
}
