import assert from 'node:assert/strict';
import { readBundle } from '../../scripts/package/read-bundle.ts';
import { readEnvironment } from '../../scripts/package/read-environment.ts';

const forbidden = [
  'eval("1")',
  '(0,eval)("1")',
  'var e=eval;e("1")',
  'x={"%eval%":eval}',
  'new Function("return 1")()',
  'Function("return this")()',
  'require(name)',
  'require("./a"+name)',
  'var r=require;r("fs")',
  'f(require)',
  'require.resolve("fs")',
  'import(name)',
  'import("fs")',
  'require("left-pad")',
  'require("../other.js")',
  'require("/etc/x.js")',
  'm.createRequire(x)',
  'typeof require=="function"&&require(n)',
];

const allowed = [
  'require("fs")',
  'require("node:fs")',
  'require("./sts.js")',
  'x.eval("1")',
  'x.require(name)',
  'var x={require:1,eval:2}',
  '"eval(1)"',
  '// eval(1)\n1',
  'x instanceof Function',
  'Function.prototype.bind.call(a)',
  'var{require:r}=options',
];

describe('supply/read-bundle', () => {
  for (const text of forbidden) {
    it(`refuses ${text}`, () => {
      assert.ok(readBundle('main.js', text).forbidden.length > 0, 'nothing was found');
    });
  }

  for (const text of allowed) {
    it(`allows ${text}`, () => {
      assert.deepEqual(readBundle('main.js', text).forbidden, []);
    });
  }

  it('lists parts of Node once, without their prefix', () => {
    const { builtins } = readBundle('main.js', 'require("node:fs");require("fs");var a=require("fs/promises")');
    assert.deepEqual(builtins, ['fs', 'fs/promises']);
  });

  it('reads the names of environment variables, whatever process is called', () => {
    const { environment } = readBundle('main.js', 'process.env.A;p.default.env.B;p.env["C"];p.env?.D;p.env[E];env.F');
    assert.deepEqual(environment, ['A', 'B', 'C', 'D']);
  });

  it('reads code that is nested as deep as minified code is', () => {
    const deep = `x=require("fs");y=(${Array(20_000).fill('a').join(',')});`;
    assert.deepEqual(readBundle('main.js', deep).builtins, ['fs']);
  });
});

const reads = [
  { text: "process.env['A']", names: ['A'] },
  { text: 'process.env.A', names: ['A'] },
  { text: 'process.env.lowercase', names: ['lowercase'] },
  { text: 'import_process.default.env.A', names: ['A'] },
  { text: 'env.A', names: ['A'] },
  { text: "environment['a']", names: ['a'] },
  { text: 'const KEY = "A"; env[KEY]', names: ['A'] },
  { text: 'env[KEY]', computed: ['env[KEY]'] },
  { text: 'process.env[`A_${x}`]', computed: ['process.env[`A_${x}`]'] },
  { text: 'f(process.env)', computed: ['process.env as a whole'] },
  { text: 'const { env } = process', computed: ['process.env as a whole'] },
  { text: 'const { env: all } = process', computed: ['process.env as a whole'] },
  { text: 'environment.length; environment.map(f); environment[0]' },
  { text: 'other.A; x.environment.map(f); // process.env.A' },
];

describe('supply/read-environment', () => {
  for (const { text, names = [], computed = [] } of reads) {
    it(text, () => {
      assert.deepEqual(readEnvironment('a.ts', text), { names, computed });
    });
  }
});
