import { anyText, count, flag, keysOf, list, oneOf, record, text, type Rule } from './rules.ts';

const name = text(/^[A-Za-z][A-Za-z0-9]*$/, 'letters and digits, beginning with a letter');

const version = record({ Major: count, Minor: count, Patch: count }, ['Major', 'Minor', 'Patch']);

const group = record({ name, displayName: text(), isExpanded: flag, visibleRule: text() }, ['name', 'displayName']);

const type = text(
  /^(boolean|filePath|multiLine|pickList|radio|secureFile|string|int|identities|querycontrol|connectedService:.+)$/,
  'an input type of the task schema',
);

const properties = record({
  EditableOptions: oneOf('True', 'False'),
  MultiSelect: oneOf('True', 'False'),
  MultiSelectFlatList: oneOf('True', 'False'),
  DisableManageLink: oneOf('True', 'False'),
  IsSearchable: oneOf('True', 'False'),
  PopulateDefaultValue: oneOf('True', 'False'),
  isVariableOrNonNegativeNumber: oneOf('true', 'false'),
  resizable: flag,
  rows: text(/^\d+$/, 'digits in a string'),
  maxLength: text(/^\d+$/, 'digits in a string'),
  editorExtension: text(),
  EndpointFilterRule: anyText,
});

/** Whatever object: the options of a list are the author's own keys. */
const options: Rule = (value, at) => record(Object.fromEntries(keysOf(value).map(key => [key, anyText])))(value, at);

const input = record(
  {
    name,
    aliases: list(name, 1),
    label: text(/^.{1,60}(?<![.:\s])$/, 'at most 60 characters that do not end in a full stop, a colon or a space'),
    type,
    defaultValue: anyText,
    required: flag,
    helpMarkDown: text(/\S.{20}/s, 'help of more than 20 characters'),
    groupName: name,
    visibleRule: text(),
    properties,
    options,
  },
  ['name', 'label', 'type', 'required', 'helpMarkDown'],
);

const handler = record({ target: text(/^[a-z-]+\.js$/, 'a .js file in the task folder, in lower case') }, ['target']);

/** Only the runners that are not end-of-life; a section that names an older one makes the agent warn. */
const section = record({ Node24: handler, Node20_1: handler }, ['Node24', 'Node20_1']);

/**
 * The keys, types and patterns of task.json: what the published schema says, and stricter where this task is.
 * It does not judge how values refer to one another.
 */
export const taskShape: Rule = record(
  {
    $schema: text(),
    id: text(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'a GUID in lower case'),
    name: text(/^[A-Za-z0-9-]+$/, 'letters, digits and hyphens'),
    friendlyName: text(/^\S.{0,38}\S$/, '2 to 40 characters'),
    description: text(/^\S.{0,198}\S$/, '2 to 200 characters'),
    author: text(),
    helpUrl: text(/^https:\/\//, 'an https address'),
    helpMarkDown: text(),
    category: oneOf('Build', 'Utility', 'Test', 'Package', 'Deploy', 'Azure Pipelines'),
    visibility: list(oneOf('Build', 'Release'), 2),
    runsOn: list(oneOf('Agent', 'DeploymentGroup'), 2),
    version,
    minimumAgentVersion: text(/^\d+\.\d+(\.\d+)?$/, 'an agent version such as 3.232.1'),
    instanceNameFormat: text(),
    releaseNotes: text(),
    preview: flag,
    showEnvironmentVariables: flag,
    demands: list(text()),
    groups: list(group),
    inputs: list(input, 1),
    restrictions: record({ settableVariables: record({ allowed: list(text(), 1) }, ['allowed']) }, [
      'settableVariables',
    ]),
    prejobexecution: section,
    execution: section,
    postjobexecution: section,
    messages: options,
  },
  [
    ...['id', 'name', 'friendlyName', 'description', 'author', 'category', 'visibility', 'runsOn', 'version'],
    ...['minimumAgentVersion', 'instanceNameFormat', 'inputs', 'restrictions', 'execution'],
  ],
);
