/** How the runtime treats a template. */
export interface SupportReport {
  /** The resources of the template, without generated ones. */
  readonly resources: readonly ResourceSupport[];
  readonly findings: readonly Finding[];
}

/**
 * The support of a resource: it works as on AWS (`emulated`), the template can refer to it and nothing else depends on it
 * (`inert`), or the application does not work without it (`unsupported`).
 */
export interface ResourceSupport {
  readonly support: 'emulated' | 'inert' | 'unsupported';
  readonly logicalId: string;
  readonly type: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** The consequence of an inert or unsupported type. Empty for emulated types. */
  readonly note: string;
}

/**
 * `trigger`: events that a function or a state machine does not receive. `placeholder`: a parameter without a value, which AWS requires. `unsupported`: a setting that has no effect here. `security`: a protection that has no effect here. `warning`: a likely
 * mistake, which AWS accepts.
 */
export type FindingKind = 'trigger' | 'placeholder' | 'unsupported' | 'security' | 'warning';

/** A difference between the runtime and AWS, at a place in the template. */
export interface Finding {
  readonly kind: FindingKind;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** For example `Resources.ChatApi.Properties.Auth`. */
  readonly path: string;
  readonly message: string;
}
