declare module 'asl-validator' {
  /** Checks a definition in Amazon States Language by its JSON schema. */
  export default function validate(definition: unknown): { isValid: boolean; errors: unknown[] };
}
