import { readFileSync, statSync } from 'node:fs';
import { EOL } from 'node:os';
import { basename } from 'node:path';

import { escapeCommand } from './logging-command.ts';
import { isVariableSettable } from './restrictions.ts';
import { parseResult } from './results.ts';
import type { StepContext } from './step-context.ts';
import type { LoggingCommand } from './types.ts';
import type { Variables } from './variables.ts';

type Execute = (context: StepContext, command: LoggingCommand) => void;

/** What each `##vso[task.<event>]` does; a throw fails the step. Agent: Agent.Worker/TaskCommandExtension.cs. */
export const taskCommands: Readonly<Record<string, Execute>> = {
  issue: logIssue,
  logissue: logIssue,
  setprogress: () => undefined,
  logdetail: logDetail,
  complete,
  setsecret: (context, { data }) => {
    context.job.masker.addValue(data);
  },
  setvariable: setVariable,
  settaskvariable: setTaskVariable,
  addattachment: (context, { properties, data }) => {
    addAttachment(context, properties['type'] ?? '', properties['name'] ?? '', data);
  },
  uploadsummary: (context, { data }) => {
    if (data === '') throw new Error('Cannot upload summary file, summary file location is not specified.');
    addAttachment(context, summaryType, basename(data), data);
  },
  uploadfile: (context, { data }) => {
    if (data === '') throw new Error('Cannot upload file because file location is not specified.');
    addAttachment(context, 'DistributedTask.Core.FileAttachment', basename(data), data);
  },
  debug: (context, { data }) => {
    context.debug(data);
  },
  prependpath: prependPath,
  setendpoint: (context, { properties, data }) => {
    if (properties['field']?.toLowerCase() === 'authparameter') context.job.masker.addValue(data);
  },
};

export const summaryType = 'DistributedTask.Core.Summary';

function logIssue(context: StepContext, { properties, data }: LoggingCommand): void {
  const { type, sourcepath, linenumber, columnnumber, code } = properties;
  if (type === undefined) {
    context.warning("Can't create TaskIssue from logging event.");
    return;
  }
  const kind = type.toLowerCase();
  if (kind !== 'error' && kind !== 'warning') throw new Error(`issue type ${type} is not an expected issue type.`);
  const place = `${sourcepath ?? ''}(${linenumber ?? ''},${columnnumber ?? ''}): ${type} ${code ?? ''}: `;
  context.addIssue(kind, sourcepath === undefined ? data : place + data);
}

function logDetail(context: StepContext, { properties }: LoggingCommand): void {
  const { id, name, type, parentid } = properties;
  const records = context.job.detailRecords;
  if (id === undefined) throw new Error("Can't update timeline record, timeline record id is not provided.");
  if (records.has(id.toLowerCase())) return;
  if (name === undefined) throw new Error('Name is required for this new timeline record.');
  if (type === undefined) throw new Error('Type is required for this new timeline record.');
  if (parentid !== undefined && !records.has(parentid.toLowerCase()))
    throw new Error('Parent timeline record has not been created for this new timeline record.');
  records.add(id.toLowerCase());
}

function complete(context: StepContext, { properties }: LoggingCommand): void {
  const result = parseResult(properties['result'] ?? '');
  if (result === undefined) throw new Error("Command doesn't have valid result value.");
  context.mergeResult(result);
}

/**
 * The order is the agent's: read-only, several lines, mask, restriction, set. So a refused secret is masked, though
 * only in the form it has within a command; setting it is what masks it as it is.
 */
function setVariable(context: StepContext, { properties, data }: LoggingCommand): void {
  const name = properties['variable'];
  if (name === undefined) throw new Error("Required field 'variable' is missing in ##vso[task.setvariable] command.");
  const secret = isTrue(properties['issecret']);
  refuseReadOnly(context, context.job.variables, 'variable', name);
  if (secret) {
    refuseSeveralLines(context, data);
    context.job.masker.addValue(escapeCommand(data));
  }
  if (!checkSettable(context, name)) return;
  const flags = {
    secret,
    readOnly: isTrue(properties['isreadonly']),
    preserveCase: isTrue(properties['preservecase']),
  };
  context.setVariable(name, data, isTrue(properties['isoutput']), flags);
}

function setTaskVariable(context: StepContext, { properties, data }: LoggingCommand): void {
  const name = properties['variable'];
  if (name === undefined)
    throw new Error("Required field 'variable' is missing in ##vso[task.settaskvariable] command.");
  const secret = isTrue(properties['issecret']);
  refuseReadOnly(context, context.taskVariables, 'task variable', name);
  if (secret) refuseSeveralLines(context, data);
  const flags = {
    secret,
    readOnly: isTrue(properties['isreadonly']),
    preserveCase: isTrue(properties['preservecase']),
  };
  context.taskVariables.set(name, data, flags);
}

function refuseReadOnly(context: StepContext, variables: Variables, kind: string, name: string): void {
  if (!variables.isReadOnly(name)) return;
  const see =
    'See https://github.com/microsoft/azure-pipelines-yaml/blob/master/design/readonly-variables.md for details.';
  if (context.job.variables.isTrue('agent.readOnlyVariables'))
    throw new Error(`Overwriting readonly ${kind} '${name}' is not permitted. ${see}`);
  context.warning(`Overwriting readonly ${kind} '${name}'. This behavior will be disabled in the future. ${see}`);
}

function refuseSeveralLines(context: StepContext, data: string): void {
  const name = 'SYSTEM_UNSAFEALLOWMULTILINESECRET';
  const allowed = context.job.variables.get(name) ?? context.job.agentEnvironment[name];
  if (data.includes(EOL) && allowed?.toLowerCase() !== 'true') throw new Error('Secrets cannot contain multiple lines');
}

function checkSettable(context: StepContext, name: string): boolean {
  const settable = isVariableSettable(context.restrictions, name);
  if (!settable) context.warning(`Setting variable '${name}' has been disabled by the task or build definition.`);
  return settable;
}

function prependPath(context: StepContext, { data }: LoggingCommand): void {
  if (!checkSettable(context, 'PATH')) return;
  if (data === '') throw new Error("Value cannot be null. (Parameter 'prependpath')");
  const paths = context.job.prependedPaths;
  if (paths.includes(data)) paths.splice(paths.indexOf(data), 1);
  paths.push(data);
}

function addAttachment(context: StepContext, type: string, name: string, path: string): void {
  if (type === '') throw new Error("Can't add task attachment, attachment type is not provided.");
  if (name === '') throw new Error("Can't add task attachment, attachment name is not provided.");
  if (/[/\0]/.test(type + name)) throw new Error(`Type or name contains invalid characters: '${type}', '${name}'.`);
  if (path === '' || statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new Error(
      'Cannot upload task attachment file, attachment file location is not specified or attachment file does not exist on disk.',
    );
  const attachment = { type, name, path, content: readFileSync(path, 'utf8') };
  context.attachments.push(attachment);
  context.job.uploads.push(attachment);
}

function isTrue(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === 'true';
}
