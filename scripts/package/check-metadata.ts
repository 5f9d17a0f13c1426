import type { Files } from './check-files.ts';
import type { ManifestView } from './check-manifest.ts';
import { quote, type Finding } from './finding.ts';
import { fieldOf } from './task-view.ts';

function readText(files: Files, path: string): string {
  return Buffer.from(files.get(path) ?? []).toString('utf8');
}

function readScopes(files: Files): unknown {
  try {
    return fieldOf(JSON.parse(readText(files, 'extension.vsomanifest')), 'scopes');
  } catch {
    return undefined;
  }
}

/** What the packager wrote about the package, next to the manifest that it was given. */
export function checkMetadata(files: Files, manifest: ManifestView): readonly Finding[] {
  const identity = /<Identity[^>]*>/.exec(readText(files, 'extension.vsixmanifest'))?.[0] ?? '';
  const wanted = { Id: manifest.id, Publisher: manifest.publisher, Version: manifest.version };
  const wrong = Object.entries(wanted).filter(([name, value]) => !identity.includes(` ${name}="${value}"`));
  const scopes = readScopes(files);
  return [
    ...wrong.map(([name, value]) => ({
      at: 'extension.vsixmanifest',
      found: identity === '' ? 'no Identity' : identity,
      expected: `${name}="${value}"`,
      do: 'Package again from a clean build.',
    })),
    ...(Array.isArray(scopes) && scopes.length === 0
      ? []
      : [{ at: 'extension.vsomanifest/scopes', found: quote(scopes), expected: '[]', do: 'Package again.' }]),
  ];
}
