import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage } from '../../scripts/package/check-package.ts';
import { formatFinding } from '../../scripts/package/finding.ts';
import { linkOverview, readRepository, repositoryPattern } from '../../scripts/package/public-address.ts';
import { packStage } from '../../scripts/package/pack.ts';
import { readJson, readPackage, readVersion, root } from '../../scripts/package/read-package.ts';
import { stageAddress } from '../../scripts/package/stage-address.ts';
import { copyBuilt } from '../harness/build-once.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { taskFolder } from './real-package.ts';

const repository = 'https://github.com/contoso/wif';

type Packed = Awaited<ReturnType<typeof packPlain>>;

/** Gives the staged extension another name, as somebody does who publishes it as his own. */
function rename(stage: string): void {
  const path = join(stage, 'vss-extension.json');
  writeFileSync(path, JSON.stringify({ ...(readJson(path) as object), name: 'Roles for pipelines' }));
}

/** Stages and packs the built extension without an address; test/package/build.test.ts packs one with it. */
async function packPlain() {
  const stage = copyBuilt('build');
  stageAddress(stage, undefined);
  const parts = await readPackage(packStage(stage, makeScratchFolder('addressed')), stage, readVersion());
  return { stage, parts, findings: checkPackage(parts).map(formatFinding) };
}

describe('package/public-address', () => {
  let plain: Packed;
  let addressed = '';

  before(async () => {
    plain = await packPlain();
    addressed = copyBuilt('build');
    rename(addressed);
    stageAddress(addressed, repository);
  });

  const links: readonly (readonly [text: string, linked: string, unlinked: string])[] = [
    [
      'See [setup](docs/setup.md#guard-it).',
      `See [setup](${repository}/blob/HEAD/docs/setup.md#guard-it).`,
      'See setup (`docs/setup.md` in the package).',
    ],
    ['![picture](images/flow.png)', '![picture](images/flow.png)', '![picture](images/flow.png)'],
    ['[x](https://learn.microsoft.com/)', '[x](https://learn.microsoft.com/)', '[x](https://learn.microsoft.com/)'],
    ['[x](#below)', '[x](#below)', '[x](#below)'],
    ['# AWS Assume Role (WIF)', '# Roles for $1', '# Roles for $1'],
    ['## Below', '## Below', '## Below'],
  ];
  for (const [text, linked, unlinked] of links) {
    it(`the Marketplace page: ${text}`, () => {
      assert.equal(linkOverview(text, 'Roles for $1', repository), linked);
      assert.equal(linkOverview(text, 'Roles for $1', undefined), unlinked);
    });
  }

  it('is an https address without a query', () => {
    for (const wrong of ['http://github.com/a/b', 'https://github.com', 'https://github.com/a/b?x', 'git@x:y', ''])
      assert.doesNotMatch(wrong, repositoryPattern);
    assert.match(repository, repositoryPattern);
  });

  it('may stand in the manifest, once for all', () => {
    assert.equal(readRepository({ repository: { type: 'git', uri: repository } }), repository);
    assert.equal(readRepository({}), undefined);
  });

  it('stands in the manifest, in the help link and on the page', () => {
    const { helpUrl } = readJson(join(addressed, taskFolder, 'task.json')) as { readonly helpUrl: string };
    assert.equal(helpUrl, `${repository}/blob/HEAD/docs/README.md`);
    const targets = readFileSync(join(addressed, 'vss-extension.json'), 'utf8').match(/blob\/HEAD\/[^"]+/g) ?? [];
    assert.ok(targets.length >= 5, targets.join());
    for (const target of targets) assert.ok(existsSync(join(root, target.replace('blob/HEAD/', ''))), target);
    assert.match(
      readFileSync(join(addressed, 'overview.md'), 'utf8'),
      /\(https:\/\/github\.com\/contoso\/wif\/blob\/HEAD\//,
    );
    assert.ok(!existsSync(join(addressed, 'docs')));
  });

  it('without one the documentation is in the package, and the page links to none of it', () => {
    const { stage, parts, findings } = plain;
    assert.deepEqual(findings, []);
    for (const path of ['docs/setup.md', 'SECURITY.md', 'infra/terraform-aws-azure-devops-oidc/main.tf'])
      assert.ok(parts.files.has(path), path);
    assert.doesNotMatch(readFileSync(join(stage, 'overview.md'), 'utf8'), /(?<!!)\[[^\]]+\]\((?!https:|#)/);
  });

  it('a package holds nothing but pages beside them', () => {
    const { parts } = plain;
    const files = new Map(parts.files).set('docs/stray.ts', new Uint8Array([1])).set('docs/x.exe', new Uint8Array([1]));
    assert.equal(checkPackage({ ...parts, files }).length, 2);
  });

  it('the name stands in the manifest alone', () => {
    const page = readFileSync(join(addressed, 'overview.md'), 'utf8');
    assert.match(page, /^# Roles for pipelines$/m);
    assert.doesNotMatch(page + readFileSync(join(addressed, 'vss-extension.json'), 'utf8'), /AWS Assume Role \(WIF\)/);
  });
});
