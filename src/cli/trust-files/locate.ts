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

/**
 * A text, with the colon behind it where it is a name; what structures JSON; a number or a word; a line's end. A text may
 * lack its end, so that none is looked for twice; JSON has no such text.
 */
const tokens = /("(?:[^"\\\n]|\\.)*")(\s*:)?|"(?:[^"\\\n]|\\.)*|[{}[\],]|\n|[^\s{}[\],":]+/g;

function locateInJson(text: string, root: Spot): void {
  const levels: Level[] = [];
  let line = 1;
  for (const [token, name, colon] of text.matchAll(tokens)) {
    const level = levels.at(-1);
    if (token === '\n') line += 1;
    else if (token === '}' || token === ']') levels.pop();
    else if (token === ',') step(level);
    else if (name !== undefined && colon !== undefined) {
      if (level !== undefined) level.name = level.spot === undefined ? '' : String(JSON.parse(name));
      line += colon.split('\n').length - 1;
    } else {
      const spot = level === undefined ? root : level.spot?.inner.get(level.isList ? level.index : level.name);
      if (spot !== undefined) spot.line = line;
      if (token === '{' || token === '[') levels.push({ spot, isList: token === '[', index: 0, name: '' });
    }
  }
}

function step(level: Level | undefined): void {
  if (level?.isList === true) level.index += 1;
}
