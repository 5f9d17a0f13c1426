import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv from 'ajv';
import { listOwnImports, listPackages, readLock, readMetafile } from '../../scripts/package/bundled.ts';
import { readJson, root } from '../../scripts/package/read-package.ts';
import { count, list, oneOf, record, text, type Rule } from '../../scripts/package/rules.ts';
import { formatPurl, makeSbom, readIntegrity, type SbomSubject } from '../../scripts/package/sbom.ts';
import { buildOnce } from '../harness/build-once.ts';

const purl = text(/^pkg:npm\/(?:%40[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/, 'a package URL');

const hash: Rule = (value, at) =>
  [
    record({ alg: oneOf('SHA-256'), content: text(/^[0-9a-f]{64}$/) }, ['alg', 'content'])(value, at),
    record({ alg: oneOf('SHA-512'), content: text(/^[0-9a-f]{128}$/) }, ['alg', 'content'])(value, at),
  ].sort((one, other) => one.length - other.length)[0] ?? [];

const license = record({ license: record({ id: oneOf('MIT', 'ISC', 'Apache-2.0', 'BSD-3-Clause') }, ['id']) }, [
  'license',
]);

const required = ['type', 'bom-ref', 'name', 'version', 'hashes', 'licenses'];

const common = { 'bom-ref': text(), name: text(), version: text(/^\d+\.\d+\.\d+$/), hashes: list(hash, 1), purl };

const component = record(
  { ...common, type: oneOf('library'), group: text(/^@/), scope: oneOf('required'), licenses: list(license, 1) },
  [...required, 'purl'],
);

const subjectShape = record(
  { ...common, type: oneOf('application'), description: text(), licenses: list(license, 1) },
  required,
);

/** What CycloneDX 1.6 asks for and these files use: https://cyclonedx.org/docs/1.6/json/. */
const shape = record(
  {
    $schema: oneOf('http://cyclonedx.org/schema/bom-1.6.schema.json'),
    bomFormat: oneOf('CycloneDX'),
    specVersion: oneOf('1.6'),
    serialNumber: text(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
    version: count,
    metadata: record({ lifecycles: list(record({ phase: oneOf('build') })), component: subjectShape }, ['component']),
    components: list(component, 1),
    dependencies: list(record({ ref: text(), dependsOn: list(purl) }, ['ref']), 1),
  },
  ['bomFormat', 'specVersion', 'serialNumber', 'version', 'metadata', 'components', 'dependencies'],
);

type Sbom = {
  readonly serialNumber: string;
  readonly components: readonly { readonly name: string; readonly purl: string; readonly hashes: unknown }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
};

const subject: SbomSubject = {
  name: 'contoso.aws-assume-role-wif',
  version: '1.2.3',
  description: 'An extension.',
  license: 'MIT',
  sha256: 'a'.repeat(64),
};

function makeReal(group: 'task' | 'cli'): Sbom {
  const metafile = readMetafile(join(buildOnce(), 'dist'), group);
  return makeSbom(subject, listPackages(metafile, readLock()), listOwnImports(metafile)) as Sbom;
}

/** The published schema and those that it refers to, where copies stand beside the project. */
function readOfficial(): Ajv.ValidateFunction | undefined {
  const folder = resolve(root, '../shared/data/cyclonedx');
  if (!existsSync(folder)) return undefined;
  const ajv = new Ajv({ allErrors: true, unknownFormats: 'ignore', logger: false });
  const read = (name: string) => {
    const { $id, ...schema } = readJson(join(folder, `${name}.SNAPSHOT.schema.json`)) as { $id: string };
    assert.ok($id.startsWith('http://cyclonedx.org/schema/'), `${name} is another schema: ${$id}`);
    return schema;
  };
  for (const name of ['spdx', 'jsf-0.82'])
    ajv.addSchema(read(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  return ajv.compile({ ...read('bom-1.6'), $id: 'http://cyclonedx.org/schema/bom-1.6.schema.json' });
}

describe('supply/sbom', () => {
  for (const group of ['task', 'cli'] as const) {
    it(`of ${group} has the shape of CycloneDX 1.6`, () => {
      assert.deepEqual(shape(makeReal(group), 'sbom'), []);
    });

    it(`of ${group} is what the published schema asks for`, () => {
      const validate = readOfficial();
      if (!validate) {
        console.log(
          '*** SKIPPED: no published schema of CycloneDX beside the project; only the own shape was checked. ***',
        );
        return;
      }
      assert.equal(validate(makeReal(group)), true, JSON.stringify(validate.errors));
      assert.equal(validate({ ...makeReal(group), components: [{ type: 'library' }] }), false);
    });

    it(`of ${group} says who uses whom, with nobody left over`, () => {
      const { components, dependencies } = makeReal(group);
      const [own, ...others] = dependencies;
      assert.equal(own?.ref, `${subject.name}@${subject.version}`);
      assert.deepEqual(
        others.map(({ ref }) => ref),
        components.map(one => one.purl),
      );
      const used = new Set(dependencies.flatMap(({ dependsOn }) => dependsOn));
      assert.deepEqual(
        components.map(one => one.purl).filter(one => !used.has(one)),
        [],
      );
    });
  }

  it('has the hashes of package-lock.json', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { integrity: string }>;
    };
    const { components } = makeReal('task');
    const [hpagent] = components.filter(({ name }) => name === 'hpagent');
    const base64 = packages['node_modules/hpagent']?.integrity.replace('sha512-', '') ?? '';
    assert.deepEqual(hpagent?.hashes, [{ alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }]);
  });

  it('gets the same number for the same content, another for another', () => {
    const numbers = [subject, { ...subject }, { ...subject, version: '1.2.4' }].map(
      one => (makeSbom(one, [], []) as Sbom).serialNumber,
    );
    assert.equal(numbers[0], numbers[1]);
    assert.notEqual(numbers[0], numbers[2]);
  });

  const wrong: readonly (readonly [string, (sbom: Sbom) => unknown])[] = [
    ['another format', sbom => ({ ...sbom, bomFormat: 'SPDX' })],
    ['a key that CycloneDX does not know', sbom => ({ ...sbom, author: 'x' })],
    ['a component without a hash', sbom => ({ ...sbom, components: [{ ...sbom.components[0], hashes: [] }] })],
    [
      'a package URL without a version',
      sbom => ({ ...sbom, components: [{ ...sbom.components[0], purl: 'pkg:npm/q' }] }),
    ],
  ];
  for (const [what, change] of wrong) {
    it(`would not pass with ${what}`, () => {
      assert.notDeepEqual(shape(change(makeReal('task')), 'sbom'), []);
    });
  }

  it('writes package URLs', () => {
    assert.equal(formatPurl('@aws-sdk/client-sts', '3.1.0'), 'pkg:npm/%40aws-sdk/client-sts@3.1.0');
    assert.equal(formatPurl('q', '1.5.1'), 'pkg:npm/q@1.5.1');
  });

  it('reads every integrity that npm writes, and no other', () => {
    assert.deepEqual(readIntegrity('sha1-qg== sha512-/w=='), [
      { alg: 'SHA-1', content: 'aa' },
      { alg: 'SHA-512', content: 'ff' },
    ]);
    for (const one of ['', 'md5-AA==', 'sha512', 'sha512-!'])
      assert.throws(() => readIntegrity(one), /is none that npm writes/, one);
  });
});
