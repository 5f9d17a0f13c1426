import { readFileSync } from 'node:fs';
import { escapeHtml } from './escape-html.ts';

interface TaskInput {
  readonly name: string;
  readonly type: string;
  readonly label: string;
  readonly defaultValue?: string;
  readonly required?: boolean;
  readonly groupName?: string;
  /** `input = value`, the only form that this task uses. */
  readonly visibleRule?: string;
  readonly options?: Readonly<Record<string, string>>;
}

interface TaskDefinition {
  readonly friendlyName: string;
  readonly groups: readonly { readonly name: string; readonly displayName: string; readonly isExpanded: boolean }[];
  readonly inputs: readonly TaskInput[];
}

/** What somebody has filled in. */
const filled: Readonly<Record<string, string>> = {
  serviceConnection: 'aws',
  roleArn: 'arn:aws:iam::111111111111:role/deploy',
  region: 'eu-west-1',
  profiles: 'network = arn:aws:iam::222222222222:role/deploy',
};

/** Returns a page with the task's inputs as the classic editor shows them: groups that are closed show their name. */
export function renderClassicInputs(taskJson: string): string {
  const { friendlyName, groups, inputs: all } = JSON.parse(readFileSync(taskJson, 'utf8')) as TaskDefinition;
  const inputs = all.filter(input => isVisible(input, all));
  const ungrouped = inputs.filter(({ groupName }) => groupName === undefined);
  const sections = groups.map(({ name, displayName, isExpanded }) => {
    const shown = isExpanded ? inputs.filter(({ groupName }) => groupName === name) : [];
    const mark = isExpanded ? '⌄' : '›';
    return `<h2>${mark} ${escapeHtml(displayName)}</h2>${shown.map(renderInput).join('')}`;
  });
  return page(`<h1>${escapeHtml(friendlyName)}</h1>${ungrouped.map(renderInput).join('')}${sections.join('')}`);
}

function isVisible({ visibleRule }: TaskInput, all: readonly TaskInput[]): boolean {
  const [name, wanted] = visibleRule?.split(' = ') ?? [];
  return wanted === undefined || all.some(input => input.name === name && valueOf(input) === wanted);
}

function valueOf({ name, defaultValue = '' }: TaskInput): string {
  return filled[name] ?? defaultValue;
}

function renderInput(input: TaskInput): string {
  const { type, label, required, options } = input;
  const value = options?.[valueOf(input)] ?? valueOf(input);
  if (type === 'boolean') {
    return `<label class="check"><span class="box">${value === 'true' ? '✓' : ''}</span>${escapeHtml(label)}</label>`;
  }
  const kind = type === 'multiLine' ? 'area' : 'line';
  const mark = type.startsWith('connectedService') || type === 'pickList' ? '<span class="arrow">⌄</span>' : '';
  const star = required === true ? ' <b>*</b>' : '';
  return `<label>${escapeHtml(label)}${star}<span class="${kind}">${escapeHtml(value)}${mark}</span></label>`;
}

function page(body: string): string {
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 0; padding: 20px 28px; width: 634px; background: #fff; color: #222;
      font: 14px 'Liberation Sans', Arial, sans-serif; }
    h1 { font-size: 19px; margin: 0 0 18px; }
    h2 { font-size: 15px; margin: 18px 0 10px; padding-top: 12px; border-top: 1px solid #e3e8ea; }
    label { display: block; margin-bottom: 12px; }
    b { color: #c0392b; }
    .line, .area { display: block; margin-top: 4px; padding: 7px 10px; min-height: 16px; border: 1px solid #bcc8cc;
      border-radius: 2px; font: 13px 'Liberation Mono', monospace; position: relative; }
    .area { min-height: 44px; white-space: pre; }
    .arrow { position: absolute; right: 10px; }
    .box { display: inline-block; width: 15px; height: 15px; margin-right: 8px; border: 1px solid #8aa0a6;
      line-height: 15px; text-align: center; vertical-align: -3px; color: #0f7a78; font-weight: bold; }
  </style><body>${body}`;
}
