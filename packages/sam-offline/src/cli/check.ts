import { loadTemplate } from '../app-model/load-template';
import { isFullySupported } from '../template/support-table';
import type { TemplateArguments } from './command-line';
import { JSON_OUTPUT, TEXT_OUTPUT } from './output';
import { DEFAULT_PORT, fillPort } from './port-placeholder';
import { readSamConfig } from './samconfig';

/**
 * Prints how the runtime treats a template, without starting the application. Returns whether the runtime supports the whole
 * template.
 *
 * @throws TemplateError if the template is not valid on AWS
 */
export function check({ template, parameters, values, config, strict, json }: TemplateArguments): boolean {
  const samConfig = readSamConfig(template, config);
  const region = process.env.AWS_REGION ?? samConfig.region;
  const { support } = loadTemplate({
    file: template,
    parameters: fillPort(parameters, DEFAULT_PORT),
    parameterDefaults: fillPort(samConfig.parameters, DEFAULT_PORT),
    ...(region !== undefined && { region }),
    values,
    strict,
    requireSources: true,
  });
  (json ? JSON_OUTPUT : TEXT_OUTPUT).support(support);
  return isFullySupported(support);
}
