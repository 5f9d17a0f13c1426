import assert from 'node:assert/strict';
import { asWifError, errorCodes, findHelp, formatFault, WifError, type Fault } from '../src/errors.ts';

const fault: Fault = {
  code: 'InputInvalid',
  found: 'Input region is "mars".',
  expected: 'the name of an AWS region.',
  remedy: 'Correct the region.',
};
const other: Fault = { ...fault, code: 'AccountNotAllowed', found: 'The role is in account 111111111111.' };

describe('errors', () => {
  it('lists every code once', () => {
    assert.equal(new Set(errorCodes).size, errorCodes.length);
  });

  it('formats a fault as what was found, what was expected, what to do', () => {
    assert.equal(
      formatFault(fault),
      'InputInvalid: Input region is "mars".\n  Expected: the name of an AWS region.\n  What to do: Correct the region.',
    );
  });

  it('adds the page that explains the code where the build knows a public address', () => {
    assert.equal(findHelp('InputInvalid'), undefined);
    const page = 'https://github.com/contoso/wif/blob/HEAD/docs/troubleshooting.md';
    Object.assign(globalThis, { helpPage: page });
    try {
      assert.match(formatFault(fault), new RegExp(`\\n  Read: ${page}#inputinvalid$`));
    } finally {
      Reflect.deleteProperty(globalThis, 'helpPage');
    }
  });

  describe('WifError', () => {
    it('carries one fault', () => {
      const error = new WifError(fault);
      assert.equal(error.code, 'InputInvalid');
      assert.equal(error.name, 'WifError');
      assert.equal(error.message, formatFault(fault));
      assert.deepEqual(error.faults, [fault]);
      assert.equal(error.retriable, undefined);
    });

    it('carries all faults that were found together, under the code of the first', () => {
      const error = new WifError([fault, other]);
      assert.equal(error.code, 'InputInvalid');
      assert.deepEqual(error.faults, [fault, other]);
      assert.equal(error.message, `${formatFault(fault)}\n${formatFault(other)}`);
    });

    it('keeps its cause and whether it may be retried', () => {
      const cause = new Error('below');
      const error = new WifError(fault, { cause, retriable: { afterMs: 3 } });
      assert.equal(error.cause, cause);
      assert.deepEqual(error.retriable, { afterMs: 3 });
    });

    for (const part of ['found', 'expected', 'remedy'] as const) {
      it(`outside text loses logging commands and control characters in ${part}`, () => {
        const error = new WifError({ ...fault, [part]: 'a\n##vso[task.complete result=Succeeded;]\u001b[31m\u202e' });
        const shown = error.faults[0]?.[part] ?? '';
        assert.doesNotMatch(shown, /##vso\[|[\p{Cc}\u202e]/u);
        assert.doesNotMatch(error.message, /##vso\[|(?!\n)\p{Cc}|\u202e/u);
        assert.match(shown, /vso\[task\.complete/);
      });
    }

    const counts = [
      { attempts: 1, found: 'Input region is "mars".' },
      { attempts: 2, found: 'Input region is "mars". (2 attempts)' },
      { attempts: 10, found: 'Input region is "mars". (10 attempts)' },
    ];
    for (const { attempts, found } of counts) {
      it(`says "${found}" after ${attempts} attempts and is not retriable any more`, () => {
        const cause = new Error('below');
        const error = new WifError(fault, { cause, retriable: {} }).afterAttempts(attempts);
        assert.deepEqual(error.faults, [{ ...fault, found }]);
        assert.equal(error.cause, cause);
        assert.equal(error.retriable, undefined);
      });
    }

    it('says how often it was tried even where the text was cut for its length', () => {
      const error = new WifError({ ...fault, found: 'x'.repeat(5000) }).afterAttempts(3);
      assert.match(error.message, /3 attempts/);
    });

    it('says it once, where what was tried again had tried again itself', () => {
      const error = new WifError(fault, { retriable: {} }).afterAttempts(2).afterAttempts(5);
      assert.match(error.message, /\(2 attempts\)\n/);
      assert.doesNotMatch(error.message, /5 attempts/);
    });
  });

  describe('asWifError', () => {
    it('returns a WifError as it is', () => {
      const error = new WifError(fault);
      assert.equal(asWifError(error), error);
    });

    const thrown = [
      { name: 'an Error', value: new RangeError('out of range'), found: 'RangeError: out of range' },
      { name: 'a string', value: 'a text', found: 'a text' },
      { name: 'nothing', value: undefined, found: 'undefined' },
      { name: 'null', value: null, found: 'null' },
    ];
    for (const { name, value, found } of thrown) {
      it(`returns ${name} as a defect of the task with its cause`, () => {
        const error = asWifError(value);
        assert.equal(error.code, 'InternalError');
        assert.equal(error.cause, value);
        assert.equal(error.retriable, undefined);
        assert.ok(error.message.includes(found), error.message);
      });
    }
  });
});
