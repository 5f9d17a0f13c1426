import { formatIssuer } from '../../identity/issuer.ts';
import { isGithub, recogniseIssuer, stripScheme } from '../oidc-provider.ts';
import { changeCondition } from './corrections.ts';
import type { Finding } from './finding.ts';
import { isHard } from './operators.ts';
import { found, isOfProvider, type NamedProvider, type ProviderKey, type Scene } from './scene.ts';

/** Returns where the keys of a statement's conditions are not those of its providers. */
export function findKeyMistakes(scene: Scene): readonly Finding[] {
  return [...findSeveral(scene), ...scene.keys.flatMap(key => findPrefix(scene, key))];
}

/** Returns whether a provider's callers never get in, since a condition that has to hold is on another one's claims. */
export function isShutOut({ keys, providers }: Scene, provider: NamedProvider): boolean {
  return keys.some(
    key => isHard(key.condition) && !isOfProvider(key, provider) && providers.some(other => isOfProvider(key, other)),
  );
}

function findSeveral(scene: Scene): readonly Finding[] {
  const { providers } = scene;
  if (providers.length === 0 || !providers.every(provider => isShutOut(scene, provider))) return [];
  const means = `The statement asks for claims of several providers at once (${providers.map(({ arn }) => arn.url).join(', ')}): a token is of one, so the statement never applies.`;
  const remedy = 'Write one statement for each provider, each with keys of its own.';
  return [found(scene, { code: 'KeysOfSeveralProviders', severity: 'medium', means, remedy })];
}

/** Keys have no letter case; all else in them must be the provider's. */
function findPrefix(scene: Scene, key: ProviderKey): readonly Finding[] {
  const { prefix, claim, condition } = key;
  if (scene.providers.length === 0 || scene.providers.some(({ arn }) => arn.url === prefix)) return [];
  // Of a provider's URL that is mistaken itself the keys may be right: then the provider is the one thing to mend.
  if (scene.providers.some(({ meant }) => meant !== undefined && stripScheme(formatIssuer(meant.issuer)) === prefix))
    return [];
  if (isGithub(prefix))
    return scene.providers.some(({ arn }) => isGithub(arn.url)) ? [] : [reportGithub(scene, prefix)];
  const near = scene.providers.find(provider => isNear(provider, prefix));
  const right = `${near?.arn.url ?? ''}:${claim}`;
  if (near === undefined) return [reportForeignKey(scene, condition.key)];
  const harmless = near.arn.url.toLowerCase() === prefix.toLowerCase();
  return [
    found(
      scene,
      {
        code: 'KeyPrefixMistaken',
        severity: harmless ? 'low' : 'medium',
        means: harmless
          ? `The key ${condition.key} differs from the provider's URL in letter case. AWS reads it all the same.`
          : `The key ${condition.key} is not the provider's: no request ever has it.`,
        remedy: `Write ${right}.`,
      },
      changeCondition(scene, condition, one => ({ ...one, key: right })),
    ),
  ];
}

function isNear({ arn, meant }: NamedProvider, prefix: string): boolean {
  if (arn.url.toLowerCase() === prefix.toLowerCase()) return true;
  const other = recogniseIssuer(prefix);
  return other !== undefined && meant !== undefined && formatIssuer(other.issuer) === formatIssuer(meant.issuer);
}

function reportForeignKey(scene: Scene, key: string): Finding {
  return found(scene, {
    code: 'KeyOfOtherProvider',
    severity: 'medium',
    means: `The key ${key} is of another provider than the statement's: no request of its callers ever has it.`,
    remedy: 'Write one statement for each provider, each with keys of its own.',
  });
}

/** Returns the finding for what was copied from GitHub. */
export function reportGithub(scene: Scene, text: string): Finding {
  return found(scene, {
    code: 'CopiedFromGithub',
    severity: 'medium',
    means: `"${text}" is the issuer of GitHub Actions, from whose examples this was copied: tokens of Azure DevOps never match it.`,
    remedy: 'Name the provider, the subject and the audience of the service connection (aws-wif trust-policy).',
  });
}
