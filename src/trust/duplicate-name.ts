/** An object or a list that was entered and not left yet. */
interface Level {
  readonly path: string;
  readonly isList: boolean;
  readonly names: Set<string>;
  /** Where the next value in it is. */
  next: string;
  index: number;
}

/** A text, with the colon behind it where it is a name, or what structures JSON. Numbers and words are passed over. */
const tokens = /("(?:[^"\\]|\\(?:[^]|$))*(?:"|$))(\s*:)?|[{}[\],]/g;

/**
 * Returns the path of the first name that an object has twice, however its letters are written; undefined if there is
 * none. `JSON.parse` keeps the last of them and says nothing.
 *
 * The text has to be JSON: it is not checked again.
 */
export function findDuplicateName(
  json: string,
  memberPath: (path: string, name: string) => string,
): string | undefined {
  const levels: Level[] = [];
  for (const [token, text, colon] of json.matchAll(tokens)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') levels.push(enter(level?.next ?? '$', token === '['));
    else if (token === '}' || token === ']') levels.pop();
    else if (level === undefined) continue;
    else if (token === ',') step(level);
    else if (text !== undefined && colon !== undefined) {
      const name = String(JSON.parse(text));
      level.next = memberPath(level.path, name);
      if (level.names.has(name)) return level.next;
      level.names.add(name);
    }
  }
  return undefined;
}

function enter(path: string, isList: boolean): Level {
  return { path, isList, names: new Set(), next: isList ? `${path}[0]` : path, index: 0 };
}

function step(level: Level): void {
  if (!level.isList) return;
  level.index += 1;
  level.next = `${level.path}[${level.index}]`;
}
