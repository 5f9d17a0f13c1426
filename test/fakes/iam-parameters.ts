import { IamRefusal } from './iam-answers.ts';

/** A call of the query protocol. */
export class Parameters {
  readonly #form: URLSearchParams;

  constructor(body: string) {
    this.#form = new URLSearchParams(body);
  }

  find(name: string): string | undefined {
    return this.#form.get(name) ?? undefined;
  }

  read(name: string): string {
    const value = this.find(name);
    if (value === undefined || value === '') throw invalid(`Value null at '${name}' failed to satisfy constraint`);
    return value;
  }

  readNumber(name: string, least: number, most: number): number | undefined {
    const text = this.find(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw invalid(`Value '${text}' at '${name}' failed to satisfy constraint: between ${least} and ${most}`);
  }

  list(name: string): readonly string[] {
    return this.#collect(place => this.#form.get(`${name}.member.${place}`) ?? undefined);
  }

  readTags(): Readonly<Record<string, string>> {
    const pairs = this.#collect((place): readonly [string, string] | undefined => {
      const key = this.#form.get(`Tags.member.${place}.Key`);
      return key === null ? undefined : [key, this.#form.get(`Tags.member.${place}.Value`) ?? ''];
    });
    if (pairs.length > 50) throw new IamRefusal(409, 'LimitExceeded', 'Cannot exceed quota for TagsPerResource: 50');
    if (pairs.some(([key]) => key === '' || /^aws:/i.test(key))) throw invalid('Invalid tag key');
    return Object.fromEntries(pairs);
  }

  #collect<T>(read: (place: number) => T | undefined): readonly T[] {
    const found: T[] = [];
    for (let place = 1; ; place += 1) {
      const value = read(place);
      if (value === undefined) return found;
      found.push(value);
    }
  }
}

export function invalid(message: string): IamRefusal {
  return new IamRefusal(400, 'ValidationError', message);
}
