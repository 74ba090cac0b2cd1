import type { ConsoleOptions, Page } from '../console';
import { createConsoleData } from '../console/data';
import { renderStartPage } from '../console/start-page';
import type { OverviewSection } from '../core/overview';
import { createWebsite, type Website } from '../website';
import { createWebsiteBuild, type WebsiteBuild } from '../website/build';
import type { Apis } from './apis';
import type { AwsServices } from './aws-services';
import { createAddressRewriter, resolveOutputs } from './endpoints';
import type { AppServicesOptions } from './options';
import { createOverview } from './overview';

/** The pages of an application: its website, the console, and the overview that the console and the command line show. */
export interface Pages {
  readonly website: Website | undefined;
  readonly websiteBuild: WebsiteBuild | undefined;
  readonly console: Pick<ConsoleOptions, 'data' | 'pages'>;
  overview(): OverviewSection[];
}

export function createPages(options: AppServicesOptions, aws: AwsServices, apis: Apis): Pages {
  const { app, lambda, port, onNotice, onProgress } = options;
  const websiteBuild =
    app.website && createWebsiteBuild({ website: app.website, root: app.root, onNotice, onProgress });
  const outputs = () => resolveOutputs(app, port());
  const website =
    app.website &&
    websiteBuild &&
    createWebsite(app.website, outputs, websiteBuild, {
      rewrite: createAddressRewriter(app, port),
      showsBuildErrors: () => app.website?.build !== undefined || lambda.isWatching(),
    });
  const overview = () =>
    createOverview({
      app,
      port: port(),
      secretValue: aws.secrets.currentValue,
      hasPage: website?.exists() ?? false,
      failedFunctions: lambda.listFailedFunctions(),
    });
  const startPage = () => htmlPage(renderStartPage(app, port(), overview(), options));
  const pages = new Map([
    ['/', startPage],
    ['/_local/start', startPage],
    ['/_local/outputs', () => jsonPage(outputs())],
    ['/_local/calls', () => jsonPage(options.faults.calls())],
    ['/_local/occurrences', () => jsonPage(options.occurrences.list())],
    ['/_local/permissions', () => jsonPage(aws.access.report())],
  ]);
  const data = createData(options, aws, apis, websiteBuild);
  return { website, websiteBuild, console: { data, pages }, overview };
}

function createData(
  { app, lambda, records, faults }: AppServicesOptions,
  { executions, tables, secrets, sqs, states }: AwsServices,
  { webSocketApis }: Apis,
  websiteBuild: WebsiteBuild | undefined,
) {
  return createConsoleData({
    ...{ app, lambda, records, executions, faults, webSocketApis, sqs, states },
    ...(websiteBuild && { websiteBuild }),
    dynamodb: { call: (action, input) => tables.inspect(action, input) },
    itemsVersion: () => tables.version,
    secretValues: () => app.secrets.flatMap(({ arn }) => secrets.currentValue(arn) ?? []),
  });
}

function htmlPage(body: string): Page {
  return { contentType: 'text/html; charset=utf-8', body };
}

function jsonPage(value: unknown): Page {
  return { contentType: 'application/json', body: JSON.stringify(value) };
}
