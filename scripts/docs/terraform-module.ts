import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHcl } from '../../test/infra/parse-hcl.ts';

type Blocks<T> = Readonly<Record<string, readonly T[]>>;

interface Variable {
  readonly description: string;
  readonly type: string;
  readonly default?: unknown;
}

interface Files {
  readonly variable: Blocks<Variable>;
  readonly output: Blocks<{ readonly description: string }>;
  readonly resource: Readonly<Record<string, object>>;
  readonly data: Readonly<Record<string, object>>;
  readonly terraform: readonly [
    { readonly required_version: string; readonly required_providers: readonly [Versions] },
  ];
}

type Versions = Readonly<Record<string, { readonly version: string }>>;

const begin = '<!-- BEGIN_TF_DOCS -->';
const end = '<!-- END_TF_DOCS -->';

/**
 * Returns a Terraform module's README with its requirements, resources, inputs and outputs between the marks of
 * terraform-docs, in its format `markdown document`.
 *
 * @see https://terraform-docs.io/reference/markdown-document/
 */
export async function describeTerraformModule(folder: string): Promise<string> {
  const read = async (name: string): Promise<object> => parseHcl(name, readFileSync(join(folder, name), 'utf8'));
  const names = ['main.tf', 'variables.tf', 'outputs.tf', 'versions.tf'];
  const files = Object.assign({}, ...(await Promise.all(names.map(read)))) as Files;
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const [before = ''] = readme.split(begin);
  const [, after = ''] = readme.split(end);
  return `${before}${begin}\n\n${describeFiles(files)}\n\n${end}${after}`;
}

function describeFiles({ terraform: [{ required_version, required_providers }], ...files }: Files): string {
  const providers = Object.entries(required_providers[0]).map(([name, { version }]) => `- ${name} (${version})`);
  const variables = sortKeys(files.variable).map(([name, [variable]]) => ({ name, variable }));
  const isRequired = (variable: Variable | undefined): boolean => variable !== undefined && !('default' in variable);
  return [
    '## Requirements',
    'The following requirements are needed by this module:',
    ...[`- terraform (${required_version})`, ...providers],
    '## Providers',
    'The following providers are used by this module:',
    ...providers,
    '## Modules',
    'No modules.',
    '## Resources',
    'The following resources are used by this module:',
    [...listResources(files.resource, 'resource'), ...listResources(files.data, 'data source')].join('\n'),
    '## Required Inputs',
    'The following input variables are required:',
    ...variables.filter(({ variable }) => isRequired(variable)).flatMap(describeInput),
    '## Optional Inputs',
    'The following input variables are optional (have default values):',
    ...variables.filter(({ variable }) => !isRequired(variable)).flatMap(describeInput),
    '## Outputs',
    'The following outputs are exported:',
    ...sortKeys(files.output).flatMap(([name, [output]]) => [
      `### ${name}`,
      `Description: ${output?.description ?? ''}`,
    ]),
  ].join('\n\n');
}

function listResources(types: Readonly<Record<string, object>>, kind: 'resource' | 'data source'): readonly string[] {
  return sortKeys(types).flatMap(([type, named]) =>
    Object.keys(named).map(name => {
      const page = `${kind.replace(' ', '-')}s/${type.replace(/^aws_/, '')}`;
      return `- [${type}.${name}](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/${page}) (${kind})`;
    }),
  );
}

function describeInput({ name, variable }: { readonly name: string; readonly variable: Variable | undefined }) {
  if (variable === undefined) return [];
  // An expression, as the parser writes it: ${map(string)}.
  const type = variable.type.replace(/^\$\{([^]*)\}$/, '$1');
  return [
    `### ${name}`,
    `Description: ${variable.description}`,
    type.includes('\n') ? `Type:\n\n\`\`\`hcl\n${type}\n\`\`\`` : `Type: \`${type}\``,
    ...('default' in variable ? [`Default: \`${JSON.stringify(variable.default)}\``] : []),
  ];
}

function sortKeys<T>(values: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1));
}
