import { flag, list, oneOf, record, text, type Rule } from './rules.ts';

const path = text(/^[\w.-]+(\/[\w.-]+)*$/, 'a relative path with forward slashes');
const file = record({ path }, ['path']);
const identifier = text(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'letters, digits, hyphens and underscores');

const contribution = record(
  {
    id: identifier,
    description: text(),
    type: oneOf('ms.vss-distributed-task.task'),
    targets: list(oneOf('ms.vss-distributed-task.tasks'), 1),
    properties: record({ name: path }, ['name']),
  },
  ['id', 'description', 'type', 'targets', 'properties'],
);

const link = record({ uri: text(/^https:\/\//, 'an https address') }, ['uri']);

/**
 * The keys, types and limits of vss-extension.json: what the packager and the Marketplace require, and stricter where
 * this extension is. It does not judge whether the files that it names exist.
 */
export const manifestShape: Rule = record(
  {
    manifestVersion: oneOf(1),
    id: identifier,
    publisher: identifier,
    version: text(/^\d+\.\d+\.\d+$/, 'a version such as 1.2.3'),
    name: text(/^\S.{0,78}\S$/, '2 to 80 characters'),
    description: text(/^\S.{0,198}\S$/, '2 to 200 characters'),
    public: flag,
    categories: list(oneOf('Azure Pipelines'), 1),
    tags: list(text()),
    targets: list(record({ id: oneOf('Microsoft.VisualStudio.Services.Cloud') }, ['id']), 1),
    scopes: (value, at) =>
      Array.isArray(value) && value.length > 0
        ? [{ at, found: JSON.stringify(value), expected: 'no scopes', do: 'Remove them: a task needs none.' }]
        : list(text())(value, at),
    icons: record({ default: path }, ['default']),
    content: record({ details: file, license: file }, ['details', 'license']),
    contributions: list(contribution, 1),
    files: list(record({ path, addressable: flag }, ['path']), 1),
    galleryFlags: list(oneOf('Preview', 'Free')),
    branding: record({ color: text(/^#[0-9a-f]{6}$/i, 'a colour such as #0f7a78'), theme: oneOf('light', 'dark') }),
    links: record({
      ...{ getstarted: link, learn: link, support: link, repository: link, issues: link },
      ...{ license: link, privacypolicy: link },
    }),
    repository: record({ type: oneOf('git'), uri: text(/^https:\/\//, 'an https address') }, ['type', 'uri']),
  },
  [
    ...['manifestVersion', 'id', 'publisher', 'version', 'name', 'description', 'public', 'categories', 'targets'],
    ...['scopes', 'icons', 'content', 'contributions', 'files'],
  ],
);
