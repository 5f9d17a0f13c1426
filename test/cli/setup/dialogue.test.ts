import assert from 'node:assert/strict';
import { openAzureDevOps } from '../../../src/azure-devops/rest-api.ts';
import { completeOptions, type DialoguePorts } from '../../../src/cli/setup/dialogue/complete-options.ts';
import { needsAnswers, type SetupOptions } from '../../../src/cli/setup/options.ts';
import { CliFailure } from '../../../src/cli/terminal/failure.ts';
import type { Choice, Questions, TextQuestion } from '../../../src/cli/terminal/questions.ts';
import { Secret } from '../../../src/secret.ts';
import type { RecordedServer } from '../../fakes/recorded-server.ts';
import {
  azureDevOpsConnection,
  connectionId,
  entraSubject,
  oldSubject,
  organizationId,
  startCompany,
  tenantId,
  tokens,
} from '../company.ts';
import { accountId, ownPolicy, readOnly } from '../setup-scene.ts';

/** Somebody who gives these answers one after another, as far as the questions take them, and what was said and asked. */
class Somebody implements Questions {
  readonly asked: string[] = [];
  readonly heard: string[] = [];
  readonly offered: string[][] = [];
  private readonly answers: string[];

  constructor(answers: readonly string[]) {
    this.answers = [...answers];
  }

  askText = ({ title, suggestion = '', check }: TextQuestion): Promise<string> => {
    this.asked.push(title);
    for (;;) {
      const answer = this.next(title) || suggestion;
      try {
        check(answer);
        return Promise.resolve(answer);
      } catch (thrown) {
        if (!(thrown instanceof CliFailure)) throw thrown;
        this.heard.push(...thrown.problems.map(({ found }) => found));
      }
    }
  };

  choose = <Value>(title: string, choices: readonly Choice<Value>[]): Promise<Value> => {
    this.asked.push(title);
    this.offered.push(choices.map(one => one.title));
    const wanted = this.next(title);
    const chosen = choices.find(one => one.title === wanted);
    if (chosen === undefined) throw new Error(`${title}: ${wanted} is none of ${choices.map(one => one.title).join()}`);
    return Promise.resolve(chosen.value);
  };

  say = (text: string): void => {
    this.heard.push(text);
  };

  /** All answers that were not asked for. */
  left(): readonly string[] {
    return this.answers;
  }

  private next(title: string): string {
    const answer = this.answers.shift();
    if (answer === undefined) throw new Error(`Nobody answers: ${title}; heard: ${this.heard.join(' | ')}`);
    return answer;
  }
}

const caller = { accountId, partition: 'aws', arn: `arn:aws:iam::${accountId}:user/admin` };
const credentials = new CliFailure(3, [
  { code: 'AwsCredentialsMissing', found: 'No credentials.', expected: 'some.', remedy: 'Sign in.' },
]);

describe('the questions of aws-wif setup', () => {
  let company: RecordedServer;
  let url = '';
  before(async () => {
    company = await startCompany();
    url = `${company.url}/contoso`;
  });
  after(() => company.close());

  interface Scene {
    readonly token?: string | undefined;
    readonly profiles?: readonly string[];
    /** The profile without credentials. */
    readonly expired?: string;
  }

  function open(questions: Questions, { token = tokens.full, profiles = [], expired }: Scene): DialoguePorts {
    return {
      questions,
      hasToken: token !== '',
      openAzureDevOps: ({ url: at }) => Promise.resolve(openAzureDevOps({ url: at, token: new Secret(token) })),
      listProfiles: () => profiles,
      openAccount: ({ profile }) => {
        if (profile !== undefined && profile === expired) return Promise.reject(credentials);
        return Promise.resolve({ readCaller: () => Promise.resolve(caller) } as never);
      },
    };
  }

  /** Returns the options that answers make of those that are given; `options` are all except the partition. */
  async function complete(given: Partial<SetupOptions>, answers: readonly string[], scene: Scene = {}) {
    const somebody = new Somebody(answers);
    const { partition, ...options } = await completeOptions({ partition: 'aws', ...given }, open(somebody, scene));
    assert.deepEqual([partition, somebody.left()], ['aws', []]);
    return { options, somebody };
  }

  const live = () => ({ organizationUrl: url, project: 'Payments', connection: ['aws'] });

  it('asks for all that is missing, with lists of what there is', async () => {
    const { options, somebody } = await complete({}, [url, 'Payments', 'aws', '', '', 'ReadOnlyAccess']);
    assert.deepEqual(options, { ...live(), account: [accountId], roleName: 'Payments-aws', policyArn: [readOnly] });
    const [projects = [], connections = []] = somebody.offered;
    assert.deepEqual(projects, ['Payments']);
    assert.ok(connections.includes(azureDevOpsConnection.name), 'a connection without a subscription');
    for (const other of ['secret', 'toolkit'])
      assert.ok(!connections.includes(other), `the task does not take ${other}`);
    assert.match(somebody.asked[3] ?? '', /arn:aws:iam::111111111111:user\/admin/);
  });

  it('asks for nothing that is given', async () => {
    const all = { ...live(), account: [accountId], roleName: 'deploy', policyArn: [readOnly] };
    const others = { ...live(), account: all.account, policyArn: all.policyArn };
    assert.equal(needsAnswers({ partition: 'aws', ...all }), false);
    assert.deepEqual((await complete(others, ['deploy'])).options, all);
    const without = { ...live(), account: all.account };
    assert.deepEqual((await complete(without, ['deploy', 'none'])).options, { ...all, policyArn: [] });
  });

  it('asks again, with the reason, as often as an answer is wrong', async () => {
    const answers = [
      ...['https://evil.example/contoso', `${company.url}/absent`, url, 'Payments', 'aws'],
      ...['123', '222222222222', accountId, 'a/b', 'deploy', 'another managed policy', 'ReadOnlyAccess'],
      ...['arn:aws:iam::222222222222:policy/other', ownPolicy],
    ];
    const { options, somebody } = await complete({}, answers);
    assert.deepEqual(options, { ...live(), account: [accountId], roleName: 'deploy', policyArn: [ownPolicy] });
    const reasons = [
      /evil\.example/,
      /found no such address/,
      /--account is "123"/,
      /, account 111111111111, /,
      /--role-name is "a\/b"/,
      /--policy-arn is "ReadOnlyAccess"/,
      /policy\/other, but --account/,
    ];
    assert.equal(somebody.heard.length, reasons.length, somebody.heard.join('\n'));
    reasons.forEach((reason, index) => {
      assert.match(somebody.heard[index] ?? '', reason);
    });
  });

  it('takes the name of an organization, and its address without https', async () => {
    for (const [answer, organizationUrl] of [
      ['contoso', 'https://dev.azure.com/contoso'],
      ['contoso.visualstudio.com', 'https://contoso.visualstudio.com'],
      ['dev.azure.com/contoso', 'https://dev.azure.com/contoso'],
    ] as const) {
      const somebody = new Somebody([answer, 'Payments', 'aws', '', '', 'none']);
      const ports = open(somebody, {});
      const toCompany = () => ports.openAzureDevOps({ url: new URL(`${url}/`), name: 'contoso' });
      const options = await completeOptions({ partition: 'aws' }, { ...ports, openAzureDevOps: toCompany });
      assert.equal(options.organizationUrl, organizationUrl);
    }
  });

  it('has names typed where the token may list nothing, and judges them as far as it may', async () => {
    const answers = [url, 'a/b', 'Payments', 'absent', 'secret', 'aws', '', '', 'none'];
    const list = () => Promise.reject(new Error('the scope is missing'));
    const somebody = new Somebody(answers);
    const ports = open(somebody, {});
    const openPart: DialoguePorts['openAzureDevOps'] = async organization => ({
      ...(await ports.openAzureDevOps(organization)),
      listProjects: list,
      listConnections: list,
    });
    const options = await completeOptions({ partition: 'aws' }, { ...ports, openAzureDevOps: openPart });
    assert.deepEqual([options.project, options.connection, somebody.left()], ['Payments', ['aws'], []]);
    assert.match(
      somebody.heard.join('\n'),
      /the scope is missing\n.*"a\/b".*\n.*the scope is missing\n.*no service connection "absent".*\n.*scheme ServicePrincipal/,
    );
  });

  it('takes the subject of the page where there is no token', async () => {
    const { options } = await complete({}, ['p://x', entraSubject, 'aws', '', '', 'none'], { token: '' });
    const ids = { organizationId, tenantId, connectionId: [connectionId], connection: ['aws'] };
    assert.deepEqual(options, { ...ids, account: [accountId], roleName: 'aws', policyArn: [] });
    const old = await complete({}, [oldSubject, 'no id', organizationId, '', '', 'none'], { token: '' });
    const { organization, project, connection } = old.options;
    assert.deepEqual([organization, project, connection], ['contoso', 'Payments', ['aws-old']]);
    assert.match(old.somebody.heard.join('\n'), /--organization-id is "no id"/);
    const other = { project: 'Other' };
    await assert.rejects(complete(other, [oldSubject], { token: '' }), /subject of a different service connection/);
  });

  it('has a profile chosen where there are several, and another one where that has no credentials', async () => {
    const scene = { profiles: ['default', 'old', 'new'], expired: 'old' };
    const { options, somebody } = await complete({ ...live(), roleName: 'x' }, ['old', 'new', '', 'none'], scene);
    assert.deepEqual([options.profile, options.account], [['new'], [accountId]]);
    assert.match(somebody.heard.join(), /No credentials/);
    const none = await complete({ ...live(), roleName: 'x' }, ['none of these', '', 'none'], scene);
    assert.equal(none.options.profile, undefined);
    const given = { ...live(), roleName: 'x', profile: ['old'] };
    await assert.rejects(complete(given, [], scene), credentials);
  });

  it('asks whose account it is where a role is assumed there', async () => {
    const assumeRole = `arn:aws:iam::${accountId}:role/admin`;
    const { options } = await complete({ ...live(), assumeRole, roleName: 'x' }, ['222222222222', '', 'none']);
    assert.deepEqual(options.account, [accountId]);
  });

  const wrong: readonly Partial<SetupOptions>[] = [
    { roleName: 'a/b' },
    { account: ['1'] },
    { organizationUrl: 'http://evil.example' },
    { organizationId: 'x' },
    { organization: 'contoso' },
    { project: 'a/b' },
    { profile: ['a', 'b'] },
    { maxSessionDuration: '1' },
  ];
  for (const given of wrong) {
    it(`asks nothing where an option is wrong: ${JSON.stringify(given)}`, async () => {
      await assert.rejects(complete(given, []), (thrown: unknown) => thrown instanceof CliFailure && thrown.exit === 2);
    });
  }
});
