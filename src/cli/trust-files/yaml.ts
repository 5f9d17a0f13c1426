import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type Node,
} from 'yaml';
import { maxDepth, unreadableFile, type FilePath } from './trust-source.ts';

/** CloudFormation's own limit for a template is 1 MB. */
const maxCharacters = 1_000_000;

/** Aliases count as what they stand for, so that a few lines cannot become millions of values. */
const maxValues = 200_000;

/**
 * The short forms of CloudFormation's intrinsic functions. Each becomes the object that JSON templates have in its place.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
 */
const intrinsics = new Set(
  (
    'Ref Condition And Base64 Cidr Equals FindInMap GetAtt GetAZs If ImportValue Join Length Not Or Select Split Sub ' +
    'ToJsonString Transform'
  )
    .split(' ')
    .map(name => `!${name}`),
);

const coreTag = /^(?:!|tag:yaml\.org,2002:(?:map|seq|str|null|bool|int|float))$/;

/**
 * Returns the value of a CloudFormation template in YAML: YAML 1.2's core schema, so that a date stays text. Throws, with line
 * and column, for mistakes, for tags that are not CloudFormation's, for keys that stand twice, and for what is too deep or too much.
 */
export function parseTemplateYaml(text: string): unknown {
  if (text.length > maxCharacters) {
    throw unreadableFile(`The file is YAML with more than ${maxCharacters} characters.`, 'Check the path.');
  }
  const document = compose(text);
  const [error] = document.errors;
  if (error !== undefined) throw unreadableAt(text, error.pos[0], `YAML that cannot be read (${error.code})`);
  return readNode(document.contents, { text, targets: findTargets(document), depth: 0, count: { values: 0 } });
}

function compose(text: string, lineCounter = new LineCounter()): Document {
  try {
    return parseDocument(text, { schema: 'core', uniqueKeys: true, merge: false, logLevel: 'silent', lineCounter });
  } catch {
    throw unreadableFile('The file is YAML that is nested too deeply.', 'Check the path.');
  }
}

/** Returns what aliases stand for, in one pass: the library looks through the document for each of them. */
function findTargets(document: Document): ReadonlyMap<Alias, Node | undefined> {
  const [anchors, targets] = [new Map<string, Node>(), new Map<Alias, Node | undefined>()];
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) targets.set(node, anchors.get(node.source));
      else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

interface Reading {
  readonly text: string;
  readonly targets: ReadonlyMap<Alias, Node | undefined>;
  readonly depth: number;
  readonly count: { values: number };
}

function readNode(node: unknown, reading: Reading): unknown {
  const { text, targets, depth, count } = reading;
  count.values += 1;
  if (depth > maxDepth || count.values > maxValues) {
    const [what, max] = depth > maxDepth ? ['levels', maxDepth] : ['values', maxValues];
    throw unreadableFile(`The file is YAML with more than ${max} ${what}, including its aliases.`, 'Check the path.');
  }
  if (!isNode(node)) return node ?? null;
  const inner = { ...reading, depth: depth + 1 };
  if (isAlias(node)) return readNode(targets.get(node), inner);
  const value = isMap(node)
    ? Object.fromEntries(node.items.map(pair => [readKey(pair.key), readNode(pair.value, inner)]))
    : isSeq(node)
      ? node.items.map(item => readNode(item, inner))
      : isScalar(node)
        ? node.value
        : null;
  const { tag = '' } = node;
  if (tag === '' || coreTag.test(tag)) return value;
  if (intrinsics.has(tag)) return { [nameFunction(tag)]: value };
  throw unreadableAt(text, node.range?.[0] ?? 0, 'a tag that is not a CloudFormation intrinsic function');
}

function readKey(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

function nameFunction(tag: string): string {
  const name = tag.slice(1);
  return name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`;
}

function unreadableAt(text: string, offset: number, found: string) {
  const lines = text.slice(0, offset).split('\n');
  const column = (lines.at(-1)?.length ?? 0) + 1;
  return unreadableFile(
    `The file cannot be read at line ${lines.length}, column ${column}: it has ${found}.`,
    'Correct it there, or export the policy from IAM (aws iam get-role).',
  );
}

/** Returns the lines on which values of a template's text stand; of one that is not found that of the value around it. */
export function locateInYaml(text: string, paths: readonly FilePath[]): readonly number[] {
  const lines = new LineCounter();
  const document = compose(text, lines);
  return paths.map(path => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true);
      const offset = isNode(node) ? node.range?.[0] : undefined;
      if (offset !== undefined) return lines.linePos(offset).line;
    }
    return 1;
  });
}
