import type { AzureDevOps } from '../../../azure-devops/rest-api.ts';
import { classifyConnection } from '../../../identity/connection-kinds.ts';
import { askConnections, askOrganizationId, type OpenAzureDevOps } from '../../connections/ask-azure-devops.ts';
import {
  parseOrganizationUrl,
  type Organization,
  requireNamedConnections,
  type ConnectionOptions,
} from '../../connections/options.ts';
import { askUntil, type Choice, type Questions } from '../../terminal/questions.ts';
import { taskKinds } from '../report.ts';
import { askSubject } from './ask-subject.ts';

export interface ConnectionPorts {
  readonly questions: Questions;
  readonly openAzureDevOps: OpenAzureDevOps;
  /** Whether there is a token to ask Azure DevOps with. */
  readonly hasToken: boolean;
}

/**
 * Returns the options that name a connection: chosen from what Azure DevOps lists, typed if it does not list it, and by
 * the subject on the connection's page if there is no token.
 */
export async function askConnection(given: ConnectionOptions, ports: ConnectionPorts): Promise<ConnectionOptions> {
  const { questions, hasToken } = ports;
  if (!hasToken && given.organizationUrl === undefined) return askSubject(given, questions);
  const { organizationUrl, organization, azureDevOps } = await askOrganization(given, ports);
  const asked = { organization, azureDevOps, questions };
  const project = given.project ?? (await askProject(asked));
  const connection = given.connection ?? [await askName(asked, project)];
  return { organizationUrl, project, connection };
}

interface Opened {
  readonly organizationUrl: string;
  readonly organization: Organization;
  readonly azureDevOps: AzureDevOps;
}

interface Asked extends Omit<Opened, 'organizationUrl'> {
  readonly questions: Questions;
}

async function askOrganization(
  { organizationUrl: given }: ConnectionOptions,
  { questions, openAzureDevOps }: ConnectionPorts,
): Promise<Opened> {
  const open = async (organizationUrl: string): Promise<Opened> => {
    const organization = parseOrganizationUrl(organizationUrl);
    return { organizationUrl, organization, azureDevOps: await openAzureDevOps(organization) };
  };
  if (given !== undefined) return open(given);
  return askUntil(questions, ['OrganizationNotFound'], async () => {
    const answer = await questions.askText({
      title: 'Azure DevOps organization (URL or name)',
      check: text => {
        parseOrganizationUrl(completeUrl(text));
      },
    });
    const opened = await open(completeUrl(answer));
    await askOrganizationId(opened.organization, opened.azureDevOps);
    return opened;
  });
}

/** People copy an organization's address with or without its beginning, or know its name. */
function completeUrl(text: string): string {
  if (text.includes('://')) return text;
  return text.includes('/') || /\.visualstudio\.com$/i.test(text) ? `https://${text}` : `https://dev.azure.com/${text}`;
}

async function askProject({ azureDevOps, questions }: Asked): Promise<string> {
  const projects = await listOrSay(questions, 'projects', () => azureDevOps.listProjects());
  const names = projects.map(({ name }) => name).sort((one, other) => one.localeCompare(other));
  if (names.length > 0) {
    return questions.choose(
      'Project',
      names.map(name => ({ value: name, title: name })),
    );
  }
  return questions.askText({
    title: 'Project',
    check: project => {
      requireListed({ project });
    },
  });
}

async function askName({ organization, azureDevOps, questions }: Asked, project: string): Promise<string> {
  const choices = await listOrSay(questions, 'service connections', async () => {
    const { connections } = await azureDevOps.listConnections({ id: project, name: project });
    return connections.flatMap((one): readonly Choice<string>[] => {
      const { name: kind, title } = classifyConnection(one);
      return taskKinds.includes(kind) ? [{ value: one.name, title: one.name, hint: title }] : [];
    });
  });
  const sorted = choices.toSorted((one, other) => one.title.localeCompare(other.title));
  if (sorted.length > 0) return questions.choose('Service connection', sorted);
  const wrong = ['ConnectionNotFound', 'ConnectionAmbiguous', 'ConnectionSchemeUnsupported'];
  return askUntil(questions, wrong, async () => {
    const name = await questions.askText({
      title: 'Name of the service connection',
      check: connection => {
        requireListed({ connection: [connection] });
      },
    });
    await askConnections({ organization, project, names: [name] }, azureDevOps);
    return name;
  });
}

/**
 * Throws for what cannot be meant among the options of a connection that Azure DevOps lists; what is missing is left out. The
 * readers of the options judge the answers, too.
 */
export function requireListed(given: ConnectionOptions): void {
  const right = {
    organizationUrl: 'https://dev.azure.com/organization',
    project: 'project',
    connection: ['connection'],
  };
  requireNamedConnections({ ...right, ...given });
}

/** A token may lack the scope for a list, and yet be enough for what is named; a list that is empty is said, too. */
async function listOrSay<One>(
  { say }: Questions,
  what: string,
  list: () => Promise<readonly One[]>,
): Promise<readonly One[]> {
  try {
    const found = await list();
    if (found.length === 0) say(`Azure DevOps lists no ${what} for this token that the task can use.`);
    return found;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    say(`Azure DevOps could not list the ${what}: ${why}`);
    return [];
  }
}
