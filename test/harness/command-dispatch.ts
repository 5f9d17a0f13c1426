import { parseCommand, unescapeCommand } from './logging-command.ts';
import { isCommandAllowed } from './restrictions.ts';
import type { StepContext } from './step-context.ts';
import { taskCommands } from './task-commands.ts';
import type { HostType, LoggingCommand } from './types.ts';

interface Area {
  readonly hosts: readonly HostType[];
  readonly events: readonly string[];
}

const everywhere: readonly HostType[] = ['build', 'release', 'deployment'];

/** Areas whose commands are accepted here without effect. Agent: every class that sets CommandArea. */
const otherAreas: ReadonlyMap<string, Area> = new Map(
  Object.entries({
    artifact: { hosts: ['build', 'release'], events: ['associate', 'upload'] },
    build: { hosts: everywhere, events: ['uploadlog', 'uploadsummary', 'updatebuildnumber', 'addbuildtag'] },
    codecoverage: { hosts: ['build'], events: ['publish'] },
    release: { hosts: ['release', 'deployment'], events: ['updatereleasename'] },
    results: { hosts: everywhere, events: ['publish', 'publishtoevidencestore'] },
    telemetry: { hosts: everywhere, events: ['publish'] },
  }),
);

const task: Area = { hosts: everywhere, events: Object.keys(taskCommands) };
const reference = 'Please reference documentation (http://go.microsoft.com/fwlink/?LinkId=817296)';

/**
 * Takes a line that a process printed: carries out its logging command, else logs it as text. An unknown area is a
 * warning and the line is gone; an unknown event in a known area fails the step.
 * Agent: Agent.Worker/WorkerCommandManager.cs and NodeHandler.cs, OnDataReceived.
 */
export function processLine(context: StepContext, line: string): void {
  const command = parseCommand(line);
  if (command === undefined) {
    if (line.includes('##vso')) context.warning(notLegal(line));
    context.write(line);
    return;
  }
  context.commands.push(command);
  const area = command.area.toLowerCase() === 'task' ? task : otherAreas.get(command.area.toLowerCase());
  if (area === undefined) {
    context.warning(`Cannot find command extension for ##vso[${command.area}.command]. ${reference}`);
  } else if (!area.hosts.includes(context.job.hostType)) {
    const host =
      context.job.hostType === 'build' ? 'Build' : context.job.hostType === 'release' ? 'Release' : 'Deployment';
    context.error(`${command.area} commands are not supported for ${host} flow. ${reference}`);
    context.failCommand();
    context.write(line);
  } else {
    processCommand(context, area, command, line);
  }
}

function notLegal(line: string): string {
  const list = 'https://go.microsoft.com/fwlink/?LinkId=817296';
  return `'${line}' contains logging command keyword '##vso', but it's not a legal command. Please see the list of accepted commands: ${list}`;
}

function processCommand(context: StepContext, area: Area, command: LoggingCommand, line: string): void {
  try {
    executeCommand(context, area, command);
  } catch (error) {
    context.error(`Unable to process command '${line}' successfully. ${reference}`);
    context.error(error instanceof Error ? error.message : String(error));
    context.failCommand();
  }
  if (area !== task || command.event.toLowerCase() !== 'debug') context.debug(`Processed: ${unescapeCommand(line)}`);
}

function executeCommand(context: StepContext, area: Area, command: LoggingCommand): void {
  const event = command.event.toLowerCase();
  if (!area.events.includes(event)) {
    const name = command.area.toLowerCase();
    throw new Error(
      `##vso[${name}.${command.event}] is not a recognized command for ${name} command extension. ${reference}.`,
    );
  }
  if (!isCommandAllowed(context.restrictions, command.area, command.event)) {
    const refused = `##vso[${command.area}.${command.event}] is not allowed in this step due to policy restrictions.`;
    context.warning(`${refused} ${reference}`);
    return;
  }
  if (area === task) taskCommands[event]?.(context, command);
}
