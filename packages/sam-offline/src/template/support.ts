/** A report on the parts of a template that the runtime supports. */
export interface SupportReport {
  /** The resources that the template declares. Excludes generated resources. */
  readonly resources: readonly ResourceSupport[];
  readonly findings: readonly Finding[];
}

/**
 * The support level of a resource. An `emulated` resource works as on AWS. An `inert` resource has no effect, but the template
 * can refer to it. An `unsupported` resource does not work, and the application may depend on it.
 */
export interface ResourceSupport {
  readonly support: 'emulated' | 'inert' | 'unsupported';
  readonly logicalId: string;
  readonly type: string;
  readonly file: string;
  /** The line number, starting at 1. */
  readonly line: number;
  /** The consequence of an inert or unsupported type. Empty for emulated types. */
  readonly note: string;
}

/**
 * The kind of a finding:
 * - `trigger`: events that a function or a state machine does not receive
 * - `placeholder`: a parameter without a value, which AWS requires
 * - `unsupported`: a setting that has no effect in the runtime
 * - `security`: a protection that the runtime does not enforce
 * - `warning`: a probable mistake that AWS accepts
 */
export type FindingKind = 'trigger' | 'placeholder' | 'unsupported' | 'security' | 'warning';

/** A difference between the runtime and AWS, with its location in the template. */
export interface Finding {
  readonly kind: FindingKind;
  readonly file: string;
  /** The line number, starting at 1. */
  readonly line: number;
  /** The path of the value, for example `Resources.ChatApi.Properties.Auth`. */
  readonly path: string;
  readonly message: string;
}
