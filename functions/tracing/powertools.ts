import { Tracer as PowertoolsTracer } from '@aws-lambda-powertools/tracer';
import type { Tracer } from './tracer';

/** Creates a tracer that uses Powertools Tracer, which uses the X-Ray SDK. Configured by its environment variables. */
export function createTracer(tracer = new PowertoolsTracer()): Tracer {
  return {
    isEnabled: () => tracer.isTracingEnabled(),
    captureClient: (client) => tracer.captureAWSv3Client(client),
    async runInSubsegment(name, work) {
      const parent = tracer.isTracingEnabled() ? tracer.getSegment() : undefined;
      const subsegment = parent?.addNewSubsegment(name);
      if (subsegment) tracer.setSegment(subsegment);
      try {
        return await work();
      } catch (error) {
        tracer.addErrorAsMetadata(error as Error);
        throw error;
      } finally {
        subsegment?.close();
        if (parent) tracer.setSegment(parent);
      }
    },
    annotate: (key, value) => tracer.putAnnotation(key, value),
    addError: (error) => tracer.addErrorAsMetadata(error),
  };
}
