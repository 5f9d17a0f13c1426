import { readJobEnvironment } from '../../src/azure-devops/job-environment.ts';
import { buildTaskEnvironment } from '../harness/environment.ts';
import { createMasker } from '../harness/masking.ts';
import { Variables, type VariableFlags } from '../harness/variables.ts';

export const guid = '64171687-7a59-4fce-b2c8-823278dcf176';

export type Posed = readonly (readonly [name: string, value: string, flags?: VariableFlags])[];

/** What a step reads in a job with these variables, beside what its agent's machine and its `env:` say. */
export function readJob(
  posed: Posed,
  machine: Readonly<Record<string, string>> = {},
  platform: NodeJS.Platform = 'linux',
) {
  const masker = createMasker();
  const variables = new Variables(masker);
  for (const [name, value, flags] of posed) variables.set(name, value, flags);
  const added = buildTaskEnvironment({
    stepEnvironment: new Map(),
    variables,
    inputs: new Map([['region', 'eu-west-1']]),
    endpoints: [
      {
        id: undefined,
        url: 'https://dev.azure.com/contoso/',
        scheme: 'OAuth',
        parameters: { AccessToken: 't' },
        data: {},
      },
      {
        id: guid,
        url: 'https://management.azure.com/',
        scheme: 'WorkloadIdentityFederation',
        parameters: { serviceprincipalid: 'p' },
        data: {},
      },
    ],
    taskVariables: new Variables(masker),
    prependedPaths: [],
    agentEnvironment: machine,
  });
  return readJobEnvironment({ ...machine, ...Object.fromEntries(added) }, platform);
}

/** How another variable's name becomes the same environment variable. */
export const poses: Readonly<Record<string, (name: string) => Posed[number]>> = {
  'with underscores': name => [name.replaceAll('.', '_'), 'posed'],
  'in capitals': name => [name.replaceAll('.', '_').toUpperCase(), 'posed'],
  'with blanks': name => [name.replace(/[._]/g, ' '), 'posed'],
  'with dots': name => [name.replaceAll('_', '.'), 'posed'],
  'with preserveCase': name => [name.replace(/[._ ]/g, '_').toUpperCase(), 'posed', { preserveCase: true }],
  'with preserveCase, in small letters': name => [
    name.replace(/[._ ]/g, ' ').toLowerCase(),
    'posed',
    { preserveCase: true },
  ],
};
