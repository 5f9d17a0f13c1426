import { checkInputs } from './check-inputs.ts';
import { checkRestrictions } from './check-restrictions.ts';
import { checkVisibleRules } from './check-visible-rules.ts';
import { quote, type Finding } from './finding.ts';
import { isRecord } from './rules.ts';
import { taskShape } from './task-shape.ts';
import { viewTask, type TaskView } from './task-view.ts';

/** The first agent with the Node 20 runner. */
const firstAgent = [3, 232, 1];

/** Hosts of public documentation that texts may link to. */
const linkedHosts = ['learn.microsoft.com', 'docs.aws.amazon.com'];

function isOlder(version: string, least: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  const index = least.findIndex((part, position) => (parts[position] ?? 0) !== part);
  return index >= 0 && (parts[index] ?? 0) < (least[index] ?? 0);
}

function checkAgent({ minimumAgentVersion: version }: TaskView): readonly Finding[] {
  if (!isOlder(version, firstAgent)) return [];
  const expected = `${firstAgent.join('.')} or newer, the first agent with the Node20_1 runner`;
  return [{ at: 'task.json/minimumAgentVersion', found: quote(version), expected, do: 'Raise it.' }];
}

/** A new major version is another task to a pipeline (`@2`) and lives in a folder of its own. */
function checkMajor({ major }: TaskView): readonly Finding[] {
  if (major === 1) return [];
  return [{ at: 'task.json/version/Major', found: quote(major), expected: '1', do: 'A new major gets a new folder.' }];
}

/** Every text in the JSON value, with its path. */
function listTexts(value: unknown, at: string): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[at, value]];
  if (!Array.isArray(value) && !isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, entry]) => listTexts(entry, `${at}/${key}`));
}

function checkLinks(task: unknown, repository: string | undefined): readonly Finding[] {
  const known = [...linkedHosts, ...(repository === undefined ? [] : [repository.slice('https://'.length)])];
  return listTexts(task, 'task.json')
    .flatMap(([at, text]) => findLinks(at, text).map(link => ({ at, link })))
    .filter(({ link }) => !known.some(host => link.startsWith(`https://${host}/`)))
    .map(({ at, link }) => ({
      at,
      found: `a link to ${link}`,
      expected: `https links to ${linkedHosts.join(' or ')}`,
      do: 'Link to public documentation, or add the host to scripts/package/check-task.ts.',
    }));
}

function findLinks(at: string, text: string): readonly string[] {
  if (at === 'task.json/helpUrl') return [text];
  return [...text.matchAll(/\]\(([^)]*)\)/g)].map(([, link]) => link ?? '');
}

/** Output variables reach the server's records: the help must say so where the author decides. */
function checkLeakWarning(task: TaskView): readonly Finding[] {
  const input = task.inputs.find(({ name }) => name === 'outputCredentials');
  if (!input || input.helpMarkDown.includes('Job preparation parameters')) return [];
  const expected = 'the leak between stages by its name, "Job preparation parameters"';
  return [{ at: `${input.at}/helpMarkDown`, found: quote(input.helpMarkDown), expected, do: 'Name it in the help.' }];
}

/**
 * All that is wrong with task.json on its own, without the published schema; it may link to the project's repository.
 */
export function checkTask(task: unknown, repository?: string): readonly Finding[] {
  const view = viewTask(task);
  return [
    ...taskShape(task, 'task.json'),
    ...checkAgent(view),
    ...checkMajor(view),
    ...checkInputs(view),
    ...checkVisibleRules(view),
    ...checkRestrictions(task, view),
    ...checkLinks(task, repository),
    ...checkLeakWarning(view),
  ];
}
