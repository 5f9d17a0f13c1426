import { IamRefusal, type Xml } from './iam-answers.ts';
import { invalid, type Parameters } from './iam-parameters.ts';
import { formatRoleArn, type IamAccount, type IamState } from './iam-state.ts';

/** Who signed a call: a key of an account, or the session of a role there. */
export interface IamCaller {
  readonly account: IamAccount;
  readonly state: IamState;
  readonly arn: string;
}

/** Knows keys, and makes sessions of roles. */
export interface IamCallers {
  readonly find: (accessKeyId: string | undefined) => IamCaller;
  readonly answer: (action: string, parameters: Parameters, caller: IamCaller) => Xml;
}

/** Returns STS as far as administrators need it. The signatures themselves are not checked. */
export function createCallers(kept: readonly { readonly account: IamAccount; readonly state: IamState }[]): IamCallers {
  const callers = new Map(
    kept.map(({ account, state }) => {
      const arn = account.callerArn ?? `arn:${state.partition}:iam::${state.accountId}:user/admin`;
      return [account.accessKeyId, { account, state, arn }] as const;
    }),
  );
  const assume = (parameters: Parameters): Xml => {
    const roleArn = parameters.read('RoleArn');
    const name = parameters.read('RoleSessionName');
    const found = kept.find(({ state }) => state.roles.some(role => formatRoleArn(state, role) === roleArn));
    const role = found?.state.roles.find(one => formatRoleArn(found.state, one) === roleArn);
    if (found === undefined || role === undefined)
      throw new IamRefusal(403, 'AccessDenied', `not authorized to perform: sts:AssumeRole on resource: ${roleArn}`);
    const { partition, accountId } = found.state;
    const arn = `arn:${partition}:sts::${accountId}:assumed-role/${role.name}/${name}`;
    const accessKeyId = `ASIA${accountId}${callers.size}`;
    callers.set(accessKeyId, { ...found, arn });
    return {
      AssumedRoleUser: { AssumedRoleId: `AROAEXAMPLE:${name}`, Arn: arn },
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretAccessKey: 'secret-of-an-assumed-role',
        SessionToken: 'token-of-an-assumed-role',
        Expiration: '2099-01-01T00:00:00Z',
      },
    };
  };
  return {
    find: key => {
      const caller = key === undefined ? undefined : callers.get(key);
      if (caller !== undefined) return caller;
      throw new IamRefusal(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
    },
    answer: (action, parameters, caller) => {
      if (action === 'AssumeRole') return assume(parameters);
      if (action !== 'GetCallerIdentity') throw invalid(`Could not find operation ${action}`);
      return { Arn: caller.arn, UserId: 'AIDAEXAMPLE', Account: caller.state.accountId };
    },
  };
}
