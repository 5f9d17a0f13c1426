/** What the agent makes of a step in the end, as its timeline record says it. */
export type TaskResult = 'Succeeded' | 'SucceededWithIssues' | 'Failed' | 'Canceled' | 'Skipped' | 'Abandoned';

/** The kinds of job whose tasks run on an agent; YAML pipelines and classic builds are both `build`. */
export type HostType = 'build' | 'release' | 'deployment';

/** A service connection as the server puts it into the job message. */
export interface Endpoint {
  readonly id: string;
  readonly name?: string;
  /** `AzureRM`, `WorkloadIdentityUser`, `AWS`, ...; inputs of another type are refused. Unchecked if it is left out. */
  readonly type?: string;
  readonly url: string;
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
}

export interface AgentProxy {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly bypassList?: readonly string[];
}

export interface AgentCertificates {
  readonly skipValidation?: boolean;
  readonly caFile?: string;
  /** The agent publishes the three paths only together, and the password only with them. */
  readonly client?: {
    readonly certificate: string;
    readonly key: string;
    readonly archive: string;
    readonly password?: string;
  };
}

/** How the agent on this machine was configured. */
export interface AgentSettings {
  readonly version?: string;
  readonly name?: string;
  readonly microsoftHosted?: boolean;
  readonly proxy?: AgentProxy;
  readonly certificates?: AgentCertificates;
}

/** The agent's waits, in milliseconds; tests may shorten them, the defaults are the agent's own. */
export interface AgentTimings {
  readonly sigintWaitMs?: number;
  readonly sigtermWaitMs?: number;
  readonly openStreamsWaitMs?: number;
}

export interface JobOptions {
  readonly hostType?: HostType;
  /** The node binary that plays Node20_1, and any other handler without one of its own. */
  readonly node?: string;
  /** Uses the Node24 handler where a task has one, on this binary (the knob UseNode24withHandlerData). */
  readonly node24?: string;
  /** Whether the job runs in a container, which has the agent's externals and work folder but not its root. */
  readonly container?: boolean;
  /** The job's token: SystemVssConnection always holds it. */
  readonly accessToken?: string;
  /** How System.AccessToken is set: `secret` as in YAML, `plain` as in classic with the option on, `none` without it. */
  readonly accessTokenVariable?: 'secret' | 'plain' | 'none';
  readonly collectionUri?: string;
  /** The URL of SystemVssConnection; default: the collection's, in a release on vsrm.dev.azure.com. */
  readonly serverUri?: string;
  readonly oidcRequestUri?: string;
  readonly organizationId?: string;
  readonly projectId?: string;
  readonly projectName?: string;
  readonly planId?: string;
  readonly jobId?: string;
  readonly definitionId?: string;
  readonly definitionName?: string;
  /** Variables of the job message, by their own names; they win over the harness's, `undefined` leaves one out. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  readonly secretVariables?: Readonly<Record<string, string>>;
  readonly readOnlyVariables?: readonly string[];
  readonly endpoints?: readonly Endpoint[];
  readonly agent?: AgentSettings;
  readonly timings?: AgentTimings;
  /** The agent's work folder is called `_work` unless told; give it blanks or quotes to try odd paths. */
  readonly workFolderName?: string;
  /**
   * Evaluates tasks in this process, if neither Node nor the system makes a difference; see evaluate-step.ts. Left out:
   * each has a process of its own.
   */
  readonly isEvaluated?: boolean;
  /** The environment of the agent's own process; default: only PATH. */
  readonly inheritedEnvironment?: Readonly<Record<string, string>>;
}

/** Restrictions that a step's `target` or a task.json's `restrictions` puts on logging commands. */
export interface StepTarget {
  readonly commands?: 'any' | 'restricted';
  /** `none` allows no variable at all. */
  readonly settableVariables?: 'none' | readonly string[];
}

/** When a step runs, by the state of the job so far; `never` is any condition that is false. */
export type StepCondition = 'succeeded' | 'succeededOrFailed' | 'failed' | 'always' | 'never';

export interface StepOptions {
  readonly displayName?: string;
  /** Default `succeeded`, so a step after a failed one is skipped; `always` also survives a cancel. */
  readonly condition?: StepCondition;
  /** The step's own `env:`, trimmed and macro-expanded. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly continueOnError?: boolean;
  readonly target?: StepTarget;
  /** Cancels the job this long after the step's process started. */
  readonly cancelAfterMs?: number;
  /** Cancels the job when a line (raw, before masking) makes this true. */
  readonly cancelWhen?: (line: string) => boolean;
}

export interface TaskStepOptions extends StepOptions {
  /** The folder that holds task.json, or the path of a folder with exactly one such child. */
  readonly taskDirectory: string;
  /** `name:` in YAML. Left out: the automatic `{TaskName}{n}`; empty: none at all, as in classic. */
  readonly refName?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** Runs the handler again after a failure, as `retryCountOnTaskFailure`; the waits are not taken. */
  readonly retryCountOnTaskFailure?: number;
}

export interface ScriptStepOptions extends StepOptions {
  readonly command: string;
  readonly args?: readonly string[];
  readonly workingDirectory?: string;
}

export interface Issue {
  readonly type: 'error' | 'warning';
  /** Masked, as the run's page shows it. */
  readonly message: string;
}

/** One logging command as the agent parsed it; values are unescaped and not masked. */
export interface LoggingCommand {
  readonly area: string;
  readonly event: string;
  /** By lower-case name. */
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/**
 * A file that a logging command asked to upload. The agent only queues it and reads it some time between the command
 * and the end of the job (JobServerQueue.cs, ProcessFilesUploadQueueAsync), and it swallows what goes wrong then.
 */
export interface Attachment {
  /** `DistributedTask.Core.Summary` for `task.uploadsummary`. */
  readonly type: string;
  readonly name: string;
  readonly path: string;
  /** What the earliest reading gives: the file as it was when the command came. */
  readonly content: string;
}

export interface StepResult {
  readonly displayName: string;
  readonly stage: 'Main' | 'PostJob';
  readonly result: TaskResult;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly durationMs: number;
  /** What the process printed, stdout and stderr as one stream of lines, before masking. */
  readonly rawLines: readonly string[];
  readonly stdoutLines: readonly string[];
  readonly stderrLines: readonly string[];
  /** What a user sees, masked. */
  readonly log: readonly string[];
  readonly issues: readonly Issue[];
  readonly commands: readonly LoggingCommand[];
  /** Output variables as they reach other jobs, by bare name. */
  readonly outputVariables: Readonly<Record<string, { readonly value: string; readonly secret: boolean }>>;
  /** What this step gave to `task.uploadsummary`. */
  readonly uploadedSummaries: readonly Attachment[];
  readonly attachments: readonly Attachment[];
  /** The environment that the agent gave to the process. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface FinishedJob {
  readonly result: TaskResult;
  /** The post-job steps in the order in which they ran. */
  readonly postJobSteps: readonly StepResult[];
  /** Uploads that a late reading, after the post-job steps, would not find as they were: changed or gone. */
  readonly lostUploads: readonly Attachment[];
  /** What Agent.TempDirectory held after the post-job steps and just before the agent emptied it, as relative paths. */
  readonly leftInTempDirectory: readonly string[];
}

/** A running job on a pretended agent. Steps run one after another; each call waits for its step to end. */
export interface Job {
  readonly workFolder: string;
  /** Agent.TempDirectory. */
  readonly tempDirectory: string;
  /** Where the agent has put a task that ran in this job. */
  readonly findTask: (taskDirectory: string) => string;
  readonly runTask: (step: TaskStepOptions) => Promise<StepResult>;
  /** A plain script step (CmdLine, Bash): variables as environment, no secrets, no endpoints. */
  readonly runScript: (step: ScriptStepOptions) => Promise<StepResult>;
  /** Cancels the job as a user does: the running step gets SIGINT, later steps do not run, post-job steps do. */
  readonly cancel: () => void;
  readonly variable: (name: string) => string | undefined;
  readonly isSecret: (name: string) => boolean;
  /** Replaces `$(name)` as the agent does in inputs and `env:`. */
  readonly expand: (text: string) => string;
  readonly mask: (text: string) => string;
  readonly setVariable: (name: string, value: string, options?: { readonly secret?: boolean }) => void;
  readonly listTempDirectory: () => readonly string[];
  /** Runs the post-job steps, last first, ends processes that steps left behind, then removes the job's folders. */
  readonly finish: () => Promise<FinishedJob>;
  /** Ends processes that steps left behind and removes the job's folders, without post-job steps; nothing after `finish`. */
  readonly discard: () => void;
}
