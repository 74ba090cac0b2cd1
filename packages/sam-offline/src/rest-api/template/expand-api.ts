import { createHash } from 'node:crypto';
import { API_KEY, USAGE_PLAN, USAGE_PLAN_KEY } from '../../api-gateway/types';
import { REST_DEPLOYMENT, REST_STAGE } from '../../template/resource-types';
import { createGeneratedResource, type Resource } from '../../template/stack/resource';
import { createList, createMap, createScalar, getMember, getText, type Node } from '../../template/yaml/node';

/**
 * Creates the resources that SAM generates for an AWS::Serverless::Api: a deployment, a stage, and the usage plan in `Auth`
 * with an API key. Templates can refer to the stage as `Api.Stage`.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-api.html
 */
export function expandApi(api: Resource): Resource[] {
  const stageName = getMember(api.properties, 'StageName');
  if (!stageName) return [];
  const properties = createMap(stageName.location, { StageName: stageName });
  // As in SAM, a hash makes the ID different from declared IDs.
  const hash = createHash('sha256').update(api.logicalId).digest('hex').slice(0, 10);
  return [
    createGeneratedResource(api, `${api.logicalId}Deployment${hash}`, REST_DEPLOYMENT),
    createGeneratedResource(api, `${api.logicalId}${getText(stageName) ?? ''}Stage`, REST_STAGE, properties),
    ...createUsagePlan(api, stageName),
  ];
}

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiusageplan.html */
function createUsagePlan(api: Resource, stageName: Node): Resource[] {
  const plan = getMember(getMember(api.properties, 'Auth'), 'UsagePlan');
  const kind = getText(getMember(plan, 'CreateUsagePlan'));
  if (!plan || kind === undefined || kind === 'NONE') return [];
  const { location } = plan;
  const scalar = (value: string | boolean) => createScalar(location, value);
  const ref = (logicalId: string) => createMap(location, { Ref: scalar(logicalId) });
  // On AWS, a shared usage plan contains all APIs of the template. The runtime creates a plan with an API key for each API.
  const prefix = api.logicalId;
  const stage = createMap(location, { ApiId: ref(api.logicalId), Stage: stageName });
  const names = ['Quota', 'Throttle', 'UsagePlanName', 'Description'];
  return [
    createGeneratedResource(
      api,
      `${prefix}UsagePlan`,
      USAGE_PLAN,
      createMap(location, {
        ...Object.fromEntries(names.map((name) => [name, getMember(plan, name)])),
        ApiStages: createList(location, [stage]),
      }),
    ),
    createGeneratedResource(api, `${prefix}ApiKey`, API_KEY, createMap(location, { Enabled: scalar(true) })),
    createGeneratedResource(
      api,
      `${prefix}UsagePlanKey`,
      USAGE_PLAN_KEY,
      createMap(location, {
        KeyId: ref(`${prefix}ApiKey`),
        KeyType: scalar('API_KEY'),
        UsagePlanId: ref(`${prefix}UsagePlan`),
      }),
    ),
  ];
}
