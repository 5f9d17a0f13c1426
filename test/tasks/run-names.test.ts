import assert from 'node:assert/strict';
import { readJobEnvironment } from '../../src/azure-devops/job-environment.ts';
import { judgeRun } from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/run-names.ts';

const uri = 'https://dev.azure.com/contoso/p/_apis/distributedtask/hubs/build/plans/1/jobs/2/oidctoken';
const build = {
  'System.HostType': 'build',
  'System.OidcRequestUri': uri,
  'Build.DefinitionName': 'infra',
  'System.DefinitionName': 'infra',
  'Build.BuildId': '4711',
  'Build.BuildUri': 'vstfs:///Build/Build/4711',
  'System.JobAttempt': '1',
  'System.PhaseAttempt': '1',
  'System.StageAttempt': '1',
};
const release = {
  'System.HostType': 'release',
  'System.OidcRequestUri': uri.replace('hubs/build', 'hubs/release'),
  'Release.DefinitionName': 'ship',
  'Release.ReleaseId': '118',
  'Release.ReleaseUri': 'vstfs:///ReleaseManagement/Release/118',
  'Release.AttemptNumber': '1',
};

/** The job's variables, of which those with underscores were written last. */
function judge(variables: Readonly<Record<string, string>>) {
  const format = (name: string) => name.replace(/[. ]/g, '_').toUpperCase();
  const values = Object.fromEntries(Object.entries(variables).map(([name, value]) => [format(name), value]));
  return judgeRun(
    readJobEnvironment({ ...values, VSTS_PUBLIC_VARIABLES: JSON.stringify(Object.keys(variables)) }, 'linux').find,
  );
}

describe('tasks/run-names', () => {
  it('a build and a release are called by their own names, without a word', () => {
    assert.deepEqual(judge(build), {
      run: { definition: 'infra', runId: '4711', attempt: '1' },
      conflict: undefined,
      warnings: [],
    });
    assert.deepEqual(judge(release).run, { definition: 'ship', runId: '118', attempt: '1' });
    const posed = { ...build, 'Release.ReleaseId': '99', 'Release.DefinitionName': 'payroll' };
    assert.deepEqual(judge(posed), judge(build));
  });

  const equal = {
    BUILD_BUILDID: '4711',
    BUILD_DEFINITIONNAME: 'infra',
    SYSTEM_JOBATTEMPT: '1',
    SYSTEM_HOSTTYPE: 'build',
  };
  for (const [name, value] of Object.entries(equal)) {
    it(`${name} set to its own value is one value`, () => {
      assert.deepEqual(judge({ ...build, [name]: value }), judge(build));
    });

    it(`${name} set to another is a conflict that names both`, () => {
      const { conflict } = judge({ ...build, [name]: 'release' });
      assert.match(conflict ?? '', new RegExp(`"${name}"`));
      assert.match(conflict ?? '', /^Input roleSessionName is empty.+"\w+\.\w+" and "/);
    });
  }

  it('a witness that is posed, too, is none', () => {
    const posed = { ...build, BUILD_BUILDID: '9999', BUILD_BUILDURI: 'vstfs:///Build/Build/9999' };
    assert.match(judge(posed).conflict ?? '', /BUILD_BUILDID/);
  });

  const overwritten = [
    { 'Build.BuildId': '9999' },
    { 'Build.DefinitionName': 'payroll' },
    { 'System.JobAttempt': '7' },
    { 'System.JobAttempt': 'x' },
    { 'System.JobAttempt': 'x'.repeat(5000) },
    { 'Build.DefinitionName': 'x'.repeat(5000) },
    { 'Build.BuildUri': 'Build.BuildId '.repeat(5000) },
    { 'System.HostType': 'release', 'Release.ReleaseId': '99' },
  ];
  for (const one of overwritten) {
    it(`${Object.keys(one).join(' and ')} overwritten under the own name is a warning`, () => {
      const { conflict, warnings } = judge({ ...build, ...one });
      assert.deepEqual([conflict, warnings.length], [undefined, 1]);
      const [warning = ''] = warnings;
      assert.ok(warning.includes(Object.keys(one)[0] ?? '-'), warning);
      assert.ok(warning.length < 500 && warning.includes('set roleSessionName'), warning);
    });
  }

  it('says nothing of attempts that are counted apart, or where there is no witness', () => {
    const retried = { ...build, 'System.JobAttempt': '2', 'System.PhaseAttempt': '2', 'System.StageAttempt': '3' };
    assert.deepEqual(judge(retried), { ...judge(build), run: { definition: 'infra', runId: '4711', attempt: '2' } });
    assert.deepEqual(judge({ ...retried, 'System.JobAttempt': '1' }).warnings, []);
    assert.deepEqual(judge({ ...release, 'Release.AttemptNumber': '3' }).warnings, []);
    const { 'Build.BuildUri': uriOfBuild, 'System.DefinitionName': name, ...alone } = build;
    assert.deepEqual(judge(alone), judge(build), `${uriOfBuild} ${name}`);
  });
});
