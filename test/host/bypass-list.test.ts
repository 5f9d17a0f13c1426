import assert from 'node:assert/strict';
import { chooseProxy, readProxySettings } from '../../src/host/proxy.ts';

/** Each would keep a matcher that backtracks busy for hours. */
const hostile = ['(a+)+!', '(?:a|a)*!', '((a*)*)*!', '(.*)*!', '.*.*.*.*.*.*.*.*!', '(.{0,40}){0,22}!', '(\\w+\\d?)+!'];

describe('host/bypass-list: hostile lists', () => {
  const readList = (list: readonly string[]) =>
    readProxySettings(
      {
        'Agent.ProxyUrl': 'http://p:1',
        'Agent.ProxyUsername': undefined,
        'Agent.ProxyBypassList': JSON.stringify(list),
      },
      {},
      undefined,
    );
  const lists = [...hostile.map(entry => [entry]), Array.from({ length: 142 }, () => hostile).flat()];
  for (const list of lists) {
    it(`${list.length === 1 ? list.join() : 'a thousand of these'} ends, and matches nothing`, () => {
      const { settings, warnings } = readList(list);
      assert.equal(settings.bypassExpressions.length, list.length);
      assert.deepEqual(warnings, []);
      assert.ok(chooseProxy(new URL(`https://dev.azure.com/${'a'.repeat(5000)}`), settings));
    });
  }

  const long = [
    ['of too many entries', Array.from({ length: 1001 }, () => 'a'), 0, 1],
    ['of too many characters', Array.from({ length: 900 }, () => 'a'.repeat(120)), 0, 1],
    ['with entries that are too long', ['dev', 'a'.repeat(501), 'azure'], 2, 1],
    ['with nothing but mistakes', Array.from({ length: 300 }, () => '*.a'), 0, 11],
  ] as const;
  for (const [name, list, kept, warned] of long) {
    it(`a list ${name}: ${kept} entries are kept, with ${warned} warnings`, () => {
      const { settings, warnings } = readList(list);
      assert.deepEqual([settings.bypassExpressions.length, warnings.length], [kept, warned]);
      for (const warning of warnings) assert.ok(warning.length < 250, warning);
    });
  }
});
