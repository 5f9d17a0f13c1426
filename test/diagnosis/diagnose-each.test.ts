import assert from 'node:assert/strict';
import {
  describeFailure,
  diagnose,
  diagnoseEach,
  diagnoseRenewal,
  writeHeadline,
} from '../../src/diagnosis/diagnose.ts';
import type { FailedRole, RefusedCall } from '../../src/diagnosis/refused-call.ts';
import { errorCodes, type ErrorCode, type Fault } from '../../src/errors.ts';
import { describeIssuer, parseIssuer, describeSubject, parseSubject } from '../../src/identity/issuer.ts';
import { isRoleArn, parseRoleArn } from '../../src/session/role-arn.ts';
import { judgeStsRefusal } from '../../src/session/sts-refusal.ts';
import { call, hub, issuers } from './refused-calls.ts';

type Refusal = Readonly<{ code: string; message: string; status: number }>;
const denied: Refusal = { code: 'AccessDenied', message: 'Not authorized to perform sts:Assume', status: 403 };
const noProvider: Refusal = { code: 'InvalidIdentityToken', message: 'No OpenIDConnect provider found', status: 400 };

/** A role as a run knows it that was refused it. */
function refused(name: string, refusal = denied, change: Partial<RefusedCall> = {}, accountId = '111111111111') {
  const role = parseRoleArn(`arn:aws:iam::${accountId}:role/${name}`);
  assert.ok(isRoleArn(role));
  const action = change.caller === undefined ? 'AssumeRoleWithWebIdentity' : 'AssumeRole';
  const [fault] = judgeStsRefusal(refusal, { action, role, region: 'eu-west-1', durationSeconds: 3600 }).faults;
  assert.ok(fault !== undefined);
  const { partition, text: arn } = role;
  const site = { partition, accountId, arn };
  return { ...site, profile: name, fault, call: call(fault.code, { role: site, ...change }) } satisfies FailedRole;
}

/** A role that failed without an answer of STS. */
function failed(name: string, fault: Partial<Fault>): FailedRole {
  const whole = { code: 'NetworkTimeout' as const, found: 'No answer.', expected: 'one.', remedy: 'Wait.', ...fault };
  return { ...refused(name), fault: whole, call: undefined };
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

const accounts = (index: number) => String(100_000_000_000 + index);

/** The log's lines, each error of several lines counted as such. */
function listLog(roles: readonly FailedRole[], asked: number, isSummaryShown = true): readonly string[] {
  const { errors, lines } = describeFailure({ causes: diagnoseEach(roles), asked }, isSummaryShown);
  return [...errors, ...lines].flatMap(text => text.split('\n'));
}

describe('diagnosis/diagnose, for several roles', () => {
  const rows: readonly (readonly [string, readonly FailedRole[], readonly number[]])[] = [
    ['one cause in one account', ['a', 'b', 'c'].map(name => refused(name)), [3]],
    ['one cause in many accounts', range(200).map(index => refused(`r${index}`, denied, {}, accounts(index))), [200]],
    ['two causes, the larger first', [refused('a', noProvider), refused('b'), refused('c')], [2, 1]],
    ['chained roles and others', [refused('a'), refused('b', denied, { caller: hub })], [1, 1]],
    [
      'the same but for the attempts',
      [failed('a', { found: 'x (2 attempts)' }), failed('b', { found: 'x (3 attempts)' })],
      [2],
    ],
    ['messages that differ', [failed('a', { found: 'x' }), failed('b', { found: 'y' })], [1, 1]],
    [
      'a provider that is missing in two accounts',
      ['1', '2'].map(n => refused('a', noProvider, {}, n.repeat(12))),
      [2],
    ],
    ['nothing', [], []],
  ];
  for (const [name, roles, sizes] of rows) {
    it(`names each cause once, with its roles: ${name}`, () => {
      assert.deepEqual(
        diagnoseEach(roles).map(cause => cause.roles.length),
        sizes,
      );
    });
  }

  it('speaks of no single account where there are several', () => {
    const [cause] = diagnoseEach(['1', '2'].map(n => refused('a', noProvider, {}, n.repeat(12))));
    assert.doesNotMatch(
      JSON.stringify([cause?.fault, cause?.diagnosis?.likely, cause?.diagnosis?.fix]),
      /\d{12}[^-\d]/,
    );
    assert.match(cause?.fault.found ?? '', /^AWS STS refused 2 roles with/);
  });

  const headlines: readonly (readonly [string, readonly FailedRole[], number, readonly string[]])[] = [
    ['one role', [refused('a')], 1, []],
    [
      '79 of 81',
      range(79).map(index => refused(`r${index}`)),
      81,
      ['79 of 81 roles were refused; no credentials were published.'],
    ],
    [
      'a role that got no answer',
      [refused('a'), failed('b', {})],
      3,
      ['2 of 3 roles were not obtained; no credentials were published.'],
    ],
  ];
  for (const [name, roles, asked, headline] of headlines) {
    it(`has the headline for ${name}`, () => {
      assert.deepEqual(writeHeadline({ causes: diagnoseEach(roles), asked }), headline);
    });
  }

  const many: readonly (readonly [string, readonly FailedRole[]])[] = [
    ['one cause', range(200).map(index => refused(`r${index}`, denied, {}, accounts(index)))],
    ['two', range(200).map(index => refused(`r${index}`, index % 2 === 0 ? denied : noProvider))],
    [
      'no two alike',
      range(200).map(index => refused(`r${index}`, { code: 'Odd', message: `m${'x'.repeat(index)}`, status: 400 })),
    ],
    ['nothing from AWS', range(200).map(index => failed(`r${index}`, { found: `x${'x'.repeat(index)}` }))],
  ];
  for (const [name, roles] of many) {
    it(`needs at most 40 lines for 200 refused roles: ${name}`, () => {
      const lines = listLog(roles, 200);
      assert.ok(lines.length <= 40, lines.join('\n'));
      assert.match(lines[0] ?? '', /^200 of 200 roles/);
    });
  }

  const refusals = errorCodes.filter(code => diagnose(call(code, { caller: hub })) !== undefined);
  for (const code of refusals) {
    const changes = [{}, { claims: issuers.old }, { caller: hub }];
    for (const change of changes.filter(one => diagnose(call(code, one)) !== undefined)) {
      it(`needs at most 15 lines for one role, and says what to run in the third: ${code}, ${Object.keys(change).join()}`, () => {
        const role = refused('a', denied, change);
        const lines = listLog([{ ...role, fault: { ...role.fault, code }, call: { ...role.call, code } }], 1);
        assert.ok(lines.length <= 15, lines.join('\n'));
        const [what, why, run] = lines;
        assert.match(what ?? '', new RegExp(`^${code}: AWS STS refused `));
        assert.match(why ?? '', /^ {2}Expected: /);
        assert.match(
          run ?? '',
          /, run: aws-wif diagnose --role arn:aws:iam::111111111111:role\/a(?: --organization-id .+)?$/,
        );
        for (const whole of [issuers.entra.iss, issuers.entra.sub, issuers.old.iss, issuers.old.sub]) {
          assert.ok(!lines.join('\n').includes(whole), lines.join('\n'));
        }
        // What the line about the ID token has said.
        for (const { iss, sub } of Object.values(issuers)) {
          for (const said of [describeIssuer(parseIssuer(iss)), describeSubject(parseSubject(sub))]) {
            assert.ok(!lines.join('\n').includes(said), lines.join('\n'));
          }
        }
      });
    }
  }

  it('keeps the remedy of a refusal whose cause AWS names, in front of the command', () => {
    const message = 'with an explicit deny in a service control policy';
    const lines = listLog([refused('a', { ...denied, message }, { said: message })], 1);
    assert.match(
      lines[2] ?? '',
      /administrators .+ its service control policy\. .+ another kind may deny .+ To check role, .+ aws-wif diagnose/,
    );
    assert.match(listLog([refused('a')], 1)[2] ?? '', /What to do: To find the cause, /);
  });

  const summaries: readonly (readonly [ErrorCode, string])[] = [
    ['StsAccessDenied', 'the statement to add, and the whole issuer and subject'],
    ['StsThrottled', 'the whole issuer and subject'],
  ];
  for (const [code, holds] of summaries) {
    it(`says what the run summary has that the log has not: ${code}`, () => {
      const role = refused('a');
      const [last] = listLog([{ ...role, call: { ...role.call, code } }], 1).slice(-1);
      assert.equal(last, `  The run summary (tab Extensions) has ${holds}, which the agent masks here.`);
    });
  }

  it('shows the statement in the log where no summary is shown, and writes it so that the agent masks no part of it', () => {
    const [statement = ''] = listLog([refused('a')], 1, false).slice(-1);
    const json = statement.replace(/^ {2}The statement to add to the trust policy: /, '');
    assert.ok(!json.includes(issuers.entra.sub) && !json.includes(issuers.entra.iss), json);
    assert.ok(JSON.stringify(JSON.parse(json)).includes(issuers.entra.sub), json);
    assert.ok(
      !listLog([refused('a')], 1)
        .join('\n')
        .includes('"Effect"'),
    );
  });
});

describe('diagnosis/diagnose, of an ID token that was not renewed', () => {
  const renewals: readonly ErrorCode[] = ['TokenRequestForbidden', 'ConnectionNotFound', 'TokenMissing'];
  for (const code of renewals) {
    it(`explains ${code}`, () => {
      const diagnosis = diagnoseRenewal(code, issuers.old);
      assert.match(diagnosis?.likely.join('\n') ?? '', /refused the next one/);
      assert.equal(diagnosis?.statement, undefined);
    });
  }

  const others: readonly ErrorCode[] = ['StsAccessDenied', 'NetworkTimeout', 'TokenNotForConnection', 'InternalError'];
  for (const code of others) {
    it(`has none for ${code}`, () => {
      assert.equal(diagnoseRenewal(code, issuers.old), undefined);
    });
  }
});
