import type { Answer, Fault, RecordedRequest } from './faults.ts';
import { IamRefusal, sendRefusal, sendResult, type Service, type Xml } from './iam-answers.ts';
import { createCallers, type IamCaller, type IamCallers } from './iam-callers.ts';
import { Parameters } from './iam-parameters.ts';
import { providerOperations } from './iam-providers.ts';
import { roleOperations, type Paging } from './iam-roles.ts';
import { keepAccount, type IamAccount, type IamState } from './iam-state.ts';
import { startRecordedServer, type RecordedServer, type ServerOptions } from './recorded-server.ts';

export { iamFaults } from './iam-answers.ts';
export type { IamAccount, IamProvider, IamRole, IamState, KeptProvider, KeptRole } from './iam-state.ts';

/** A call that came; `done` is false if it was refused. */
export interface IamCall {
  readonly service: Service;
  readonly action: string;
  readonly accountId: string | undefined;
  readonly parameters: Parameters;
  readonly done: boolean;
}

/** A promise that it returns is waited for. */
type Listener = (call: IamCall) => unknown;

/** IAM, and STS as far as administrators need it. AWS_ENDPOINT_URL leads both here. */
export interface IamServer extends RecordedServer {
  /** Calls that were answered by the service itself, in order; a planned fault that does no work leaves none. */
  readonly calls: readonly IamCall[];
  /** What is kept of an account, by its id or by one of its keys; it may be read and changed at any time. */
  state(account: string): IamState;
  /** A copy of all that is kept of an account. */
  snapshot(account: string): IamState;
  /** Plans a fault for the n-th request from now, counted from 1, and `times - 1` that follow it; those of a key only. */
  failCall(n: number, fault: Fault, times?: number, accessKeyId?: string): void;
  /** Does something just before the n-th request from now is answered. */
  beforeCall(n: number, act: () => void): void;
  /** Is told of every answered call, when its work is done; the caller hears of it when the listener has come to its end. */
  watch(listener: Listener): void;
}

/**
 * Starts IAM's query API with state. Which account is asked goes by the access key in the signature; the signature itself
 * is not checked. Accounts with the same id are kept apart: each key has its own.
 */
export async function startIam(
  accounts: readonly IamAccount[],
  { pageSize = 100, ...server }: Partial<Paging> & ServerOptions = {},
): Promise<IamServer> {
  const kept = accounts.map(account => ({ account, state: keepAccount(account) }));
  const rules: Rules = { callers: createCallers(kept), pageSize, calls: [], listeners: [], acts: [] };
  const recorded = await startRecordedServer(request => answer(request, rules), server);
  const state = (name: string): IamState => {
    const found = kept.find(({ account }) => account.accountId === name || account.accessKeyId === name);
    if (found === undefined) throw new Error(`there is no account ${name}`);
    return found.state;
  };
  return extend(recorded, rules, state);
}

/** Getters of the server stay what they are. */
function extend(recorded: RecordedServer, rules: Rules, state: (name: string) => IamState): IamServer {
  const own = {
    calls: rules.calls,
    state,
    snapshot: (name: string) => structuredClone(state(name)),
    failCall: (n: number, fault: Fault, times = 1, accessKeyId?: string) => {
      let seen = 0;
      recorded.failNext(fault, times, request => {
        if (accessKeyId !== undefined && readSignature(request).accessKeyId !== accessKeyId) return false;
        seen += 1;
        return seen >= n;
      });
    },
    beforeCall: (n: number, act: () => void) => {
      const first = recorded.requests.length + n;
      rules.acts.push({ isDue: () => recorded.requests.length >= first, act });
    },
    watch: (listener: Listener) => {
      rules.listeners.push(listener);
    },
  };
  return Object.create(recorded, Object.getOwnPropertyDescriptors(own)) as IamServer;
}

interface Rules extends Paging {
  readonly callers: IamCallers;
  readonly calls: IamCall[];
  readonly listeners: Listener[];
  readonly acts: { readonly isDue: () => boolean; readonly act: () => void }[];
}

const versions = { iam: '2010-05-08', sts: '2011-06-15' } as const;

async function answer(request: RecordedRequest, rules: Rules): Promise<Answer> {
  const due = rules.acts.findIndex(({ isDue }) => isDue());
  if (due >= 0)
    rules.acts.splice(due, 1).forEach(({ act }) => {
      act();
    });
  const { service, accessKeyId } = readSignature(request);
  const parameters = new Parameters(request.body);
  const action = parameters.find('Action') ?? '';
  const told = { service, action, parameters };
  let caller: IamCaller | undefined;
  try {
    caller = rules.callers.find(accessKeyId);
    const result = perform({ ...told, caller }, rules);
    await tell({ ...told, accountId: caller.state.accountId, done: true }, rules);
    return sendResult(service, action, result);
  } catch (error) {
    if (!(error instanceof IamRefusal)) throw error;
    await tell({ ...told, accountId: caller?.state.accountId, done: false }, rules);
    return sendRefusal(service, error);
  }
}

interface Asked {
  readonly service: Service;
  readonly action: string;
  readonly parameters: Parameters;
  readonly caller: IamCaller;
}

function perform({ service, action, parameters, caller }: Asked, { callers, pageSize }: Rules): Xml {
  const { account, state, arn } = caller;
  if (parameters.find('Version') !== versions[service])
    throw new IamRefusal(400, 'InvalidAction', `Could not find operation ${action}`);
  if (account.denied?.includes(action)) {
    throw new IamRefusal(
      403,
      'AccessDenied',
      `User: ${arn} is not authorized to perform: ${service}:${action} on resource: *`,
    );
  }
  if (service === 'sts') return callers.answer(action, parameters, caller);
  const operation = roleOperations[action] ?? providerOperations[action];
  if (operation === undefined) throw new IamRefusal(400, 'InvalidAction', `Could not find operation ${action}`);
  return operation(parameters, state, { pageSize });
}

function readSignature({ headers }: RecordedRequest): {
  readonly service: Service;
  readonly accessKeyId: string | undefined;
} {
  const pattern = /Credential=([^/]+)\/\d{8}\/[^/]+\/(iam|sts)\/aws4_request/;
  const [, accessKeyId, service] = pattern.exec(headers.authorization ?? '') ?? [];
  return { service: service === 'sts' ? 'sts' : 'iam', accessKeyId };
}

async function tell(call: IamCall, { calls, listeners }: Rules): Promise<void> {
  calls.push(call);
  await Promise.all(listeners.map(listener => listener(call)));
}
