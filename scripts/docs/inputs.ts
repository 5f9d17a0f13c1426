import definition from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/task.json' with { type: 'json' };

interface Input {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly type: string;
  readonly label: string;
  readonly defaultValue: string;
  readonly required: boolean;
  readonly helpMarkDown: string;
  readonly groupName?: string;
  readonly visibleRule?: string;
  readonly options?: Readonly<Record<string, string>>;
}

const inputs: readonly Input[] = definition.inputs;

const types: Readonly<Record<string, string>> = {
  'connectedService:AzureRM': 'service connection',
  'connectedService:WorkloadIdentityUser': 'service connection',
  string: 'text',
  multiLine: 'text of several lines',
  boolean: '`true` or `false`',
};

/** Returns the page about the task's inputs, as Markdown that is still to be formatted. */
export function describeInputs(): string {
  return [
    '# Inputs',
    '',
    '<!-- Made by npm run docs from task.json: change it there. -->',
    '',
    `All inputs of \`${definition.name}@${definition.version.Major}\`. What is wrong with them is reported all at once, before any network call; a \`$(name)\` that no variable resolves is an error in every input. Inputs are read by the names in the headings, an alias is what YAML may write instead.`,
    '',
    '| input | aliases | type | default |',
    '| --- | --- | --- | --- |',
    ...inputs.map(describeRow),
    '',
    ...groups().flatMap(({ title, members }) => ['', `## ${title}`, ...members.flatMap(describeInput)]),
    '',
  ].join('\n');
}

function describeRow(input: Input): string {
  const { name, aliases = [], type } = input;
  const others = aliases.map(alias => `\`${alias}\``).join(', ');
  return `| [\`${name}\`](#${name.toLowerCase()}) | ${others} | ${typeName(type, input)} | ${describeDefault(input)} |`;
}

function describeDefault({ defaultValue, required, visibleRule }: Input): string {
  if (required) return visibleRule === undefined ? 'required' : `for ${codeRule(visibleRule)}`;
  return defaultValue === '' ? '' : `\`${defaultValue}\``;
}

function typeName(type: string, { options = {} }: Pick<Input, 'options'>): string {
  const values = Object.keys(options).map(value => `\`${value}\``);
  if (type === 'pickList') return values.join(' or ');
  const known = types[type];
  if (known === undefined) throw new Error(`scripts/docs/inputs.ts has no words for the type ${type}`);
  return known;
}

/** Groups in the order in which the classic editor shows them, inputs without one first. */
function groups(): readonly { readonly title: string; readonly members: readonly Input[] }[] {
  const named = definition.groups.map(({ name, displayName }) => ({
    title: displayName,
    members: inputs.filter(({ groupName }) => groupName === name),
  }));
  return [{ title: 'Role and Region', members: inputs.filter(({ groupName }) => groupName === undefined) }, ...named];
}

function codeRule(rule: string): string {
  return rule.replace(/^(\w+) = (\w+)$/, '`$1: $2`');
}

function describeInput(input: Input): readonly string[] {
  return [
    '',
    `### ${input.name}`,
    '',
    `${input.label}.${input.visibleRule === undefined ? '' : ` Counts only with ${codeRule(input.visibleRule)}.`}`,
    '',
    input.helpMarkDown,
  ];
}
