import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { checkPackage } from '../../scripts/package/check-package.ts';
import { compareInputs } from '../../scripts/package/check-inputs.ts';
import { checkSchema } from '../../scripts/package/check-schema.ts';
import { checkTask } from '../../scripts/package/check-task.ts';
import { formatFinding } from '../../scripts/package/finding.ts';
import { readInputNames, readSchema } from '../../scripts/package/read-package.ts';
import { viewTask } from '../../scripts/package/task-view.ts';
import { change, gone, inputPath, listPaths, readParts } from './real-package.ts';

const real = readParts();
const at = (name: string) => `task.json/${inputPath(real.task, name)}`;

const input = { type: 'string', label: 'More', required: false, helpMarkDown: 'Help that says what a person can do.' };
const picker = { ...input, name: 'more', type: 'pickList', options: { one: 'One', two: 'Two' } };
const old = { Node24: { target: 'main.js' }, Node20_1: { target: 'main.js' }, Node16: { target: 'main.js' } };

type Row = readonly [what: string, path: string, value: unknown, finding: RegExp];

const brokenTasks: readonly Row[] = [
  ['id that is no GUID', 'task.json/id', 'aws', /id: found "aws"; expected a GUID/],
  ['name with a space', 'task.json/name', 'AWS Assume', /name: found "AWS Assume"; expected letters/],
  ['no name', 'task.json/name', gone, /name: found nothing; expected the key "name"/],
  ['friendlyName of 41 characters', 'task.json/friendlyName', 'x'.repeat(41), /friendlyName.*expected 2 to 40/],
  ['no friendlyName', 'task.json/friendlyName', gone, /found nothing; expected the key "friendlyName"/],
  ['description of 201 characters', 'task.json/description', 'x'.repeat(201), /description.*expected 2 to 200/],
  ['unknown key', 'task.json/satisfies', ['aws'], /satisfies: found the unknown key "satisfies"/],
  ['unknown category', 'task.json/category', 'Azure Pipeline', /category: found "Azure Pipeline"/],
  ['unknown visibility', 'task.json/visibility', ['Build', 'Preview'], /visibility\/1: found "Preview"/],
  ['visibility without Release', 'task.json/visibility', ['Build'], /visibility: .*a list of at least 2/],
  ['unknown runsOn', 'task.json/runsOn', ['Agent', 'MachineGroups'], /runsOn\/1: found "MachineGroups"/],
  ['runsOn twice the same', 'task.json/runsOn', ['Agent', 'Agent'], /runsOn: .*a list without repeats/],
  ['version as a string', 'task.json/version/Minor', '0', /version\/Minor: found "0"; expected a whole number/],
  ['no patch version', 'task.json/version/Patch', gone, /version\/Patch: found nothing/],
  ['major version 2 in the folder V1', 'task.json/version/Major', 2, /version\/Major: found 2; expected 1/],
  ['other version than the package', 'task.json/version/Minor', 7, /task.json\/version: found "1\.7\.0"/],
  ['agent version that is none', 'task.json/minimumAgentVersion', '3', /minimumAgentVersion: found "3"/],
  ['agent without Node 20', 'task.json/minimumAgentVersion', '3.232.0', /expected 3\.232\.1 or newer/],
  ['agent of an older major', 'task.json/minimumAgentVersion', '2.999.9', /expected 3\.232\.1 or newer/],
  ['step name with an unknown input', 'task.json/instanceNameFormat', 'Assume $(role)', /found \$\(role\)/],
  ['step name with an alias', 'task.json/instanceNameFormat', 'Assume $(roleToAssume)', /found \$\(roleToAssume\)/],
  ['help link without https', 'task.json/helpUrl', 'http://docs.aws.amazon.com/', /helpUrl.*an https address/],
  [
    'link to an unknown host',
    'task.json/helpMarkDown',
    'See [more](https://example.com/).',
    /https:\/\/example\.com\//,
  ],
  ['showEnvironmentVariables as a string', 'task.json/showEnvironmentVariables', 'true', /expected true or false/],
  ['no inputs', 'task.json/inputs', gone, /inputs: found nothing/],
  ['inputs as an object', 'task.json/inputs', {}, /inputs: found {}; expected a list/],
  ['input that is a string', 'task.json/inputs/-', 'more', /found "more"; expected an object/],
  ['input with an unknown key', `${at('region')}/default`, 'x', /found the unknown key "default"/],
  ['input name with a hyphen', `${at('region')}/name`, 'aws-region', /name: found "aws-region"/],
  ['input without a label', `${at('region')}/label`, gone, /label: found nothing/],
  ['label that ends in a colon', `${at('region')}/label`, 'AWS Region:', /label: found "AWS Region:"/],
  ['input without help', `${at('region')}/helpMarkDown`, gone, /helpMarkDown: found nothing/],
  ['input of an unknown type', `${at('region')}/type`, 'text', /type: found "text"; expected an input type/],
  ['connection without its type', `${at('serviceConnection')}/type`, 'connectedService:', /type: found "connectedS/],
  ['required as a string', `${at('region')}/required`, 'false', /required: found "false"; expected true or false/],
  [
    'two inputs of one name',
    'task.json/inputs/-',
    { ...input, name: 'region' },
    /found the name or alias "region" twice/,
  ],
  ['names that differ by case', 'task.json/inputs/-', { ...input, name: 'ROLEARN' }, /alias "ROLEARN" twice/],
  ['alias that is an input', `${at('region')}/aliases`, ['roleArn'], /alias "roleArn" twice|alias "region" twice/],
  ['alias used twice', `${at('region')}/aliases`, ['roleToAssume'], /alias "roleToAssume" twice/],
  ['alias with an underscore', `${at('region')}/aliases`, ['aws_region'], /aliases\/0: found "aws_region"/],
  ['aliases as a string', `${at('region')}/aliases`, 'awsRegion', /aliases: found "awsRegion"; expected a list/],
  ['empty list of aliases', `${at('region')}/aliases`, [], /aliases: .*a list of at least 1/],
  ['default of a boolean that is yes', `${at('setVariables')}/defaultValue`, 'yes', /found "yes"; expected "true" or/],
  ['default of a boolean in capitals', `${at('setVariables')}/defaultValue`, 'True', /found "True"; expected "true"/],
  ['default as JSON boolean', `${at('setVariables')}/defaultValue`, true, /found true; expected a string/],
  ['default as a number', `${at('maxAttempts')}/defaultValue`, 5, /found 5; expected a string/],
  ['default of a connection', `${at('serviceConnection')}/defaultValue`, 'x', /found "x"; expected "" for an input/],
  ['required and a default', `${at('serviceConnection')}/defaultValue`, 'aws', /found required with the default "aws"/],
  [
    'int with a default in words',
    'task.json/inputs/-',
    { ...input, name: 'more', type: 'int', defaultValue: 'x' },
    /digits/,
  ],
  ['list with a default outside it', 'task.json/inputs/-', { ...picker, defaultValue: 'three' }, /found "three"; exp/],
  ['unknown group', `${at('stsEndpoint')}/groupName`, 'expert', /found "expert"; expected the name of a group/],
  [
    'group without inputs',
    'task.json/groups/-',
    { name: 'more', displayName: 'More' },
    /group "more" without an input/,
  ],
  ['group twice', 'task.json/groups/-', { name: 'session', displayName: 'More' }, /the group "session" twice/],
  ['group without a title', 'task.json/groups/0/displayName', gone, /displayName: found nothing/],
  ['group with an unknown key', 'task.json/groups/0/expanded', true, /the unknown key "expanded"/],
  ['rule with an unknown input', `${at('region')}/visibleRule`, 'role = x', /main name of an input instead of "role"/],
  ['rule with an alias', `${at('region')}/visibleRule`, 'roleToAssume = x', /instead of "roleToAssume"/],
  ['rule about itself', `${at('region')}/visibleRule`, 'region = x', /another input than the one that carries/],
  ['rule without a value', `${at('region')}/visibleRule`, 'roleArn', /a clause of the form/],
  [
    'rule with && and ||',
    `${at('region')}/visibleRule`,
    'roleArn = a && maxAttempts = b || maxAttempts = c',
    /either &&/,
  ],
  [
    'rule with a boolean that is yes',
    `${at('region')}/visibleRule`,
    'setVariables = yes',
    /true or false as the value/,
  ],
  [
    'rule with a value that the list does not have',
    `${at('serviceConnection')}/visibleRule`,
    'connectionType = AzureRM',
    /azureRM or azureDevOps as the value of connectionType/,
  ],
  [
    'rule that no value fulfils',
    `${at('serviceConnection')}/visibleRule`,
    'connectionType = azureRM && connectionType = azureDevOps',
    /some values fulfil and others do not/,
  ],
  [
    'rule that every value fulfils',
    `${at('serviceConnection')}/visibleRule`,
    'connectionType = azureRM || connectionType != azureRM',
    /some values fulfil and others do not/,
  ],
  [
    'rule of a group',
    'task.json/groups/0/visibleRule',
    'nothing = x',
    /groups\/0\/visibleRule: .*main name of an input/,
  ],
  ['filter rule that is no string', `${at('serviceConnection')}/properties/EndpointFilterRule`, 1, /expected a string/],
  ['unknown property', `${at('sessionPolicy')}/properties/Rows`, '6', /the unknown key "Rows"/],
  ['rows as a number', `${at('sessionPolicy')}/properties/rows`, 6, /rows: found 6; expected digits in a string/],
  ['resizable as a string', `${at('sessionPolicy')}/properties/resizable`, 'true', /resizable: found "true"/],
  ['no execution', 'task.json/execution', gone, /execution: found nothing/],
  ['no Node20_1', 'task.json/execution/Node20_1', gone, /execution\/Node20_1: found nothing/],
  ['no Node24', 'task.json/execution/Node24', gone, /execution\/Node24: found nothing/],
  ['end-of-life Node', 'task.json/execution', old, /execution\/Node16: found the unknown key/],
  [
    'post-job section without Node24',
    'task.json/postjobexecution',
    { Node20_1: { target: 'main.js' } },
    /Node24: found/,
  ],
  ['handler without a target', 'task.json/execution/Node24/target', gone, /Node24\/target: found nothing/],
  ['handler file that is not packed', 'task.json/execution/Node24/target', 'index.js', /V1\/index\.js: found no such/],
  ['handler outside the folder', 'task.json/execution/Node24/target', '../main.js', /target: found "\.\.\/main\.js"/],
  ['handler that is TypeScript', 'task.json/execution/Node24/target', 'main.ts', /target: found "main\.ts"/],
  ['no restrictions', 'task.json/restrictions', gone, /restrictions: found nothing/],
  ['missing settable variable', 'task.json/restrictions/settableVariables/allowed/0', gone, /no "AWS_ACCESS_KEY_ID"/],
  [
    'any variable settable',
    'task.json/restrictions/settableVariables/allowed',
    ['*'],
    /found "\*"; expected no variable/,
  ],
  ['any AWS variable settable', 'task.json/restrictions/settableVariables/allowed/-', '*AWS_*', /found "\*AWS_\*"/],
  [
    'settable variables as text',
    'task.json/restrictions/settableVariables/allowed',
    '*',
    /allowed: found "\*"; expected a l/,
  ],
  ['restricted commands', 'task.json/restrictions/commands', { mode: 'restricted' }, /mode: found "restricted"/],
  ['output variables', 'task.json/outputVariables', [{ name: 'x' }], /outputVariables: .*expected no outputVariables/],
  [
    'help that hides the leak',
    `${at('outputCredentials')}/helpMarkDown`,
    'Sets the keys as output variables.',
    /the leak/,
  ],
];

const brokenManifests: readonly Row[] = [
  ['manifest version 2', 'vss-extension.json/manifestVersion', 2, /manifestVersion: found 2/],
  ['no publisher', 'vss-extension.json/publisher', gone, /publisher: found nothing/],
  ['publisher with a space', 'vss-extension.json/publisher', 'my company', /publisher: found "my company"/],
  ['id with a full stop', 'vss-extension.json/id', 'aws.wif', /id: found "aws\.wif"/],
  ['version in two parts', 'vss-extension.json/version', '1.0', /version: found "1\.0"; expected a version/],
  ['other version', 'vss-extension.json/version', '1.0.1', /version: found "1\.0\.1"; expected "1\.0\.0"/],
  ['description of 201 characters', 'vss-extension.json/description', 'x'.repeat(201), /description.*2 to 200/],
  ['no description', 'vss-extension.json/description', gone, /description: found nothing/],
  ['public as a string', 'vss-extension.json/public', 'false', /public: found "false"; expected true or false/],
  ['no category', 'vss-extension.json/categories', [], /categories: .*at least 1/],
  ['unknown category', 'vss-extension.json/categories', ['Build and release'], /categories\/0: found/],
  ['target that is a server', 'vss-extension.json/targets/0/id', 'Microsoft.VisualStudio.Services', /targets\/0\/id/],
  ['a scope', 'vss-extension.json/scopes', ['vso.build'], /scopes: found \["vso\.build"\]; expected no scopes/],
  ['no scopes', 'vss-extension.json/scopes', gone, /scopes: found nothing/],
  [
    'icon that is not packed',
    'vss-extension.json/icons/default',
    'images/icon.png',
    /images\/icon\.png: found no such/,
  ],
  ['icon of 32 pixels', 'vss-extension.json/icons/default', 'AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/icon.png', /128x128/],
  ['page that is not packed', 'vss-extension.json/content/details/path', 'README.md', /README\.md: found no such file/],
  ['no license', 'vss-extension.json/content/license', gone, /license: found nothing/],
  [
    'other contribution type',
    'vss-extension.json/contributions/0/type',
    'ms.vss-web.hub',
    /type: found "ms\.vss-web\.hub"/,
  ],
  ['no contribution', 'vss-extension.json/contributions', [], /contributions: .*at least 1/],
  ['contribution of another folder', 'vss-extension.json/contributions/0/properties/name', 'Task', /no path "Task"/],
  [
    'files without the task',
    'vss-extension.json/files',
    [{ path: 'images' }],
    /files: found no path "AWSAssumeRoleWIF"/,
  ],
  ['path with a backslash', 'vss-extension.json/files/0/path', 'tasks\\x', /files\/0\/path: .*a relative path/],
  ['unknown key', 'vss-extension.json/icon', 'icon.png', /found the unknown key "icon"/],
];

function applyRow([, path, value]: Row) {
  const [document = '', ...steps] = path.split('/');
  const changed = (current: unknown, name: string) =>
    document === name ? change(current, steps.join('/'), value) : current;
  return {
    ...real,
    task: changed(real.task, 'task.json'),
    manifest: changed(real.manifest, 'vss-extension.json'),
  };
}

describe('package check', () => {
  it('finds nothing wrong with the extension', () => {
    assert.deepEqual(checkPackage(real).map(formatFinding), []);
  });

  for (const row of [...brokenTasks, ...brokenManifests]) {
    it(`finds, without the schema: ${row[1].split('/')[0] ?? ''}, ${row[0]}`, () => {
      const findings = checkPackage(applyRow(row)).map(formatFinding);
      assert.ok(
        findings.some(line => row[3].test(line)),
        `no finding matches ${String(row[3])}:\n${findings.join('\n')}`,
      );
    });
  }

  it('returns all findings, not the first', () => {
    const twice = change(change(real.task, 'name', 'a b'), 'id', 'x');
    assert.ok(checkTask(twice).length >= 2);
  });

  it('judges documents that are no objects', () => {
    for (const task of [null, [], 'task', 1]) assert.notDeepEqual(checkPackage({ ...real, task }), []);
    for (const manifest of [null, [], 'manifest']) assert.notDeepEqual(checkPackage({ ...real, manifest }), []);
  });
});

describe('inputs of task.json and inputs.ts', () => {
  const declared = viewTask(real.task);
  const names = declared.inputs.map(input => input.name);

  it('are the same', async () => {
    const read = await readInputNames();
    if (read) assert.deepEqual(compareInputs(declared, read).map(formatFinding), []);
  });

  it('differ where the code reads one more', () => {
    assert.match(
      compareInputs(declared, [...names, 'more'])
        .map(formatFinding)
        .join(),
      /found no more/,
    );
  });

  it('differ where the code reads one less', () => {
    assert.match(compareInputs(declared, names.slice(1)).map(formatFinding).join(), /found connectionType/);
  });
});

describe('published schema of task.json', () => {
  const schema = readSchema();

  it('accepts the task', () => {
    if (schema) assert.deepEqual(checkSchema(real.task, schema).map(formatFinding), []);
  });

  it('refuses nothing that the own checks let pass', () => {
    if (!schema) return;
    const values = [gone, null, 7, 'a b', true, {}, [{}]];
    // What is judged of one entry of a list is judged of each; inputs differ in which keys they have.
    const paths = new Map(listPaths(real.task).map(path => [path.replaceAll(/\d+/g, '#'), path]));
    for (const path of paths.values()) {
      for (const value of values) {
        const task = change(real.task, path, value);
        const missed = checkTask(task).length === 0 && checkSchema(task, schema).length > 0;
        assert.ok(!missed, `only the schema refuses ${path} = ${inspect(value)}`);
      }
    }
  });
});
