import { readTokens } from '../../json.ts';
import type { FilePath } from './trust-source.ts';
import { locateInYaml } from './yaml.ts';

/**
 * Returns the lines, counted from 1, on which values of a file's text stand: of one that is not found there (in a text within a
 * text, behind an alias) that of the value around it. The text is one that `readTrustFile` took.
 */
export function locateLines(text: string, paths: readonly FilePath[]): readonly number[] {
  if (!/^\s*[{["%]/.test(text)) return locateInYaml(text, paths);
  const root = plant(paths);
  locateInJson(text, root);
  return paths.map(path => findLine(root, path));
}

/** A value that is looked for, or one around it. */
interface Spot {
  readonly inner: Map<string | number, Spot>;
  line: number | undefined;
}

function plant(paths: readonly FilePath[]): Spot {
  const root: Spot = { inner: new Map(), line: undefined };
  for (const path of paths) {
    let spot = root;
    for (const part of path) {
      const next = spot.inner.get(part) ?? { inner: new Map<string | number, Spot>(), line: undefined };
      spot.inner.set(part, next);
      spot = next;
    }
  }
  return root;
}

function findLine(root: Spot, path: FilePath): number {
  let [spot, line]: [Spot | undefined, number] = [root, root.line ?? 1];
  for (const part of path) {
    spot = spot?.inner.get(part);
    line = spot?.line ?? line;
  }
  return line;
}

/** An object or a list that was entered and not left yet. */
interface Level {
  readonly spot: Spot | undefined;
  readonly isList: boolean;
  index: number;
  name: string;
}

/** A text; what structures JSON; how a number or a word begins; a line's end. */
const tokens = /["{}[\],\n]|\b\w/g;

function locateInJson(text: string, root: Spot): void {
  const levels: Level[] = [];
  let line = 1;
  for (const [mark, index, end, isName] of readTokens(text, tokens)) {
    const level = levels.at(-1);
    if (mark === '\n') line += 1;
    else if (mark === '}' || mark === ']') levels.pop();
    else if (mark === ',') step(level);
    else if (isName) {
      if (level !== undefined) level.name = level.spot === undefined ? '' : String(JSON.parse(text.slice(index, end)));
    } else {
      const spot = level === undefined ? root : level.spot?.inner.get(level.isList ? level.index : level.name);
      if (spot !== undefined) spot.line = line;
      if (mark === '{' || mark === '[') levels.push({ spot, isList: mark === '[', index: 0, name: '' });
    }
  }
}

function step(level: Level | undefined): void {
  if (level?.isList === true) level.index += 1;
}
