import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Faults, splitList } from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/faults.ts';
import {
  checkBoolean,
  checkPrefix,
  checkWholeNumber,
} from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/values.ts';

const limits = [
  { name: 'maxAttempts', least: 1, most: 10 },
  { name: 'timeoutSeconds', least: 5, most: 600 },
  { name: 'durationSeconds', least: 900, most: 43_200 },
];

const noNumbers = [
  '',
  ' ',
  '-1',
  '+7',
  '7.0',
  '7,5',
  '1e1',
  '0x7',
  '7s',
  '７',
  '١',
  'NaN',
  'Infinity',
  'seven',
  '9'.repeat(30),
];

const booleans = [
  { text: 'true', is: true },
  { text: 'True', is: true },
  { text: 'TRUE', is: true },
  { text: 'false', is: false },
  { text: 'False', is: false },
];
const noBooleans = ['', 'yes', 'no', '1', '0', 'on', 'truee', ' true', 'null', 'undefined', 'false;true'];

const prefixes = ['', 'NETWORK_', 'N_', 'A1_', 'A__', 'MY_TEAM_', 'DATABASE_', 'AW_', 'T_', `${'A'.repeat(31)}_`];
const reserved = [
  'INPUT',
  'SECRET',
  'ENDPOINT',
  'SECUREFILE',
  'SYSTEM',
  'AGENT',
  'BUILD',
  'RELEASE',
  'VSTS',
  'TF',
  'AWS',
];
const noPrefixes = [
  'NETWORK',
  'network_',
  'Network_',
  '_',
  '_NETWORK_',
  '1NETWORK_',
  'NET WORK_',
  'NET-WORK_',
  'NET.WORK_',
  'NÉT_',
  'NETWORK_\n',
  '\nNETWORK_',
  'NETWORK_;isOutput=true]_',
  `${'A'.repeat(32)}_`,
  ...reserved.flatMap(word => [`${word}_`, `${word}X_`, `${word}_MORE_`]),
];

const lists = [
  { text: '', items: [] },
  { text: ' ,\n\t, ', items: [] },
  { text: 'a', items: ['a'] },
  { text: 'a,b', items: ['a', 'b'] },
  { text: 'a\r\nb\n\nc , d,', items: ['a', 'b', 'c', 'd'] },
];

describe('tasks/inputs/values', () => {
  describe('numbers are whole and within their limits, never clamped', () => {
    for (const { name, least, most } of limits) {
      for (const value of [least, least + 1, most]) {
        it(`takes ${name} ${value}`, () => {
          assert.equal(checkWholeNumber(name, String(value), least, most), value);
        });
      }

      for (const value of [least - 1, most + 1, 0, -least].map(String).concat(noNumbers)) {
        it(`refuses ${name} "${value}"`, () => {
          const checked = checkWholeNumber(name, value, least, most);
          assert.ok(checked instanceof Faults);
          assert.ok(checked.list[0]?.found.startsWith(`Input ${name} is "${value}"`));
          assert.match(checked.list[0]?.expected ?? '', new RegExp(`whole number from ${least} to ${most}`));
        });
      }
    }
  });

  describe('any text but true and false is a fault, never a silent false', () => {
    for (const { text, is } of booleans) {
      it(`reads ${text} as ${is}`, () => {
        assert.equal(checkBoolean('setVariables', text), is);
      });
    }

    for (const text of noBooleans) {
      it(`refuses "${text}"`, () => {
        const checked = checkBoolean('setVariables', text);
        assert.ok(checked instanceof Faults);
        assert.ok(checked.list[0]?.found.startsWith(`Input setVariables is "${text}"`));
      });
    }
  });

  describe('variablePrefix matches ^[A-Z][A-Z0-9_]{0,30}_$ and begins with no name of Azure Pipelines or AWS', () => {
    for (const text of prefixes) {
      it(`takes "${text}"`, () => {
        assert.equal(checkPrefix(text), text);
      });
    }

    for (const text of noPrefixes) {
      it(`refuses ${JSON.stringify(text)}`, () => {
        const checked = checkPrefix(text);
        assert.ok(checked instanceof Faults);
        const taken = reserved.find(word => text.startsWith(word));
        const why = taken === undefined ? '' : `, which starts with ${taken}.`;
        assert.ok(checked.list[0]?.found.startsWith(`Input variablePrefix is "${text}"${why}`));
      });
    }

    it('takes nothing else, whatever the text', () => {
      fc.assert(
        fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Z_]{1,12}_$/)), text => {
          const checked = checkPrefix(text);
          if (checked instanceof Faults || text === '') return;
          assert.match(checked, /^[A-Z][A-Z0-9_]{0,30}_$/);
          assert.ok(reserved.every(word => !checked.startsWith(word)));
        }),
      );
    });
  });

  for (const { text, items } of lists) {
    it(`splits ${JSON.stringify(text)}`, () => {
      assert.deepEqual(splitList(text), items);
    });
  }
});
