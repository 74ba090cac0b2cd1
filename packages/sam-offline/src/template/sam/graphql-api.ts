import { createGeneratedResource, type Resource } from '../stack/resource';
import { getMember, type Node } from '../yaml/node';

export const GRAPHQL_API = 'AWS::Serverless::GraphQLApi';

/** The properties for whose members SAM generates resources, with the type and the suffix of the logical ID. */
const GENERATED = {
  ApiKeys: ['AWS::AppSync::ApiKey', ''],
  DataSources: ['AWS::AppSync::DataSource', 'DataSource'],
  Functions: ['AWS::AppSync::FunctionConfiguration', ''],
} as const;

/**
 * Creates the resources of a GraphQL API, so that templates can refer to them. The runtime does not serve the API.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-graphql.html
 */
export function createGraphQlParts(api: Resource): Resource[] {
  return Object.entries(GENERATED).flatMap(([property, [type, suffix]]) =>
    listMembers(getMember(api.properties, property)).map(([name, node]) => {
      const key = name.replace(/[^A-Za-z0-9]/g, '');
      return createGeneratedResource(
        { ...api, location: node.location },
        `${api.logicalId}${key}${suffix}`,
        type,
      );
    }),
  );
}

/** Lists the members of a property. Data sources are grouped by service: `DataSources.DynamoDb.NAME`. */
function listMembers(node: Node | undefined): [string, Node][] {
  if (node?.kind !== 'map') return [];
  const groups = [...node.entries].filter(([name]) => ['DynamoDb', 'Lambda'].includes(name));
  return groups.length > 0 ? groups.flatMap(([, group]) => listMembers(group)) : [...node.entries];
}
