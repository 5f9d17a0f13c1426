import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isSessionName, nameSession } from '../../src/session/session-name.ts';
import { scaleRuns } from '../hardness/fuzz/check.ts';

const valid = ['infra-main-4711-1', 'ab', 'a'.repeat(64), '_+=,.@-', '--', '007'];
const invalid = [
  '',
  'a',
  'a'.repeat(65),
  'a b',
  'a/b',
  'a:b',
  'añb',
  'ab\n',
  '\nab',
  'a\tb',
  'a#b',
  '$(x)',
  'ａｂ',
  'a*',
];

const runs = [
  { name: 'a pipeline', definition: 'infra-main', runId: '4711', attempt: '1', session: 'infra-main-4711-1' },
  { name: 'a second attempt', definition: 'infra-main', runId: '4711', attempt: '2', session: 'infra-main-4711-2' },
  {
    name: 'blanks and slashes',
    definition: 'infra / main (eu)',
    runId: '4711',
    attempt: '1',
    session: 'infra-main-eu-4711-1',
  },
  {
    name: 'all that STS takes',
    definition: 'a_b+c=d,e.f@g-h',
    runId: '1',
    attempt: '1',
    session: 'a_b+c=d,e.f@g-h-1-1',
  },
  {
    name: 'a long name',
    definition: 'x'.repeat(300),
    runId: '4711',
    attempt: '12',
    session: `${'x'.repeat(56)}-4711-12`,
  },
  { name: 'a name in another script', definition: '项目', runId: '4711', attempt: '1', session: 'pipeline-4711-1' },
  { name: 'no name', definition: undefined, runId: '4711', attempt: '1', session: 'pipeline-4711-1' },
  { name: 'nothing at all', definition: undefined, runId: undefined, attempt: undefined, session: 'pipeline-0-1' },
];

describe('session/session-name', () => {
  for (const text of valid) {
    it(`takes "${text}"`, () => {
      assert.equal(isSessionName(text), true);
    });
  }

  for (const text of invalid) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(isSessionName(text), false);
    });
  }

  for (const { name, definition, runId, attempt, session } of runs) {
    it(`calls the session of ${name} ${session}`, () => {
      assert.equal(nameSession({ definition, runId, attempt }), session);
    });
  }

  it('gives a name that STS takes, and cuts only the name of the definition', () => {
    const definition = fc.option(fc.string({ unit: 'binary', maxLength: 300 }), { nil: undefined });
    fc.assert(
      fc.property(
        definition,
        fc.nat({ max: 2 ** 31 - 1 }),
        fc.integer({ min: 1, max: 9999 }),
        (name, runId, attempt) => {
          const session = nameSession({ definition: name, runId: String(runId), attempt: String(attempt) });
          assert.ok(isSessionName(session), session);
          assert.ok(session.endsWith(`-${runId}-${attempt}`), session);
        },
      ),
      scaleRuns(3),
    );
  });

  it('gives a name that STS takes, whatever the three variables hold', () => {
    const text = fc.option(fc.string({ unit: 'binary', maxLength: 200 }), { nil: undefined });
    fc.assert(
      fc.property(text, text, text, (definition, runId, attempt) => {
        const session = nameSession({ definition, runId, attempt });
        assert.ok(isSessionName(session), session);
      }),
      scaleRuns(3),
    );
  });
});
