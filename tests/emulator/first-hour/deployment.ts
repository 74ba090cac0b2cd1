import { checkSavedDefaults, deployWithEnterKey } from '../guided';
import { findLeftovers } from '../leftovers';
import { expectSuccess, npmRun, runProcess } from '../operator';
import { checkDeployWeb } from '../page';
import { addFailingResource, writeRelease } from '../releases';
import { expectStatus, isProtected, STACK, smoke } from './stack';
import { expect, expectNone, expectPassed, type Step } from './step';

/**
 * Creates the steps that deploy the application. The first attempt to create the stack fails.
 *
 * @param config a copy of samconfig.toml, in which the guided deployment saves the answers
 */
export function createDeploymentSteps(config: string): Step[] {
  const deployGuided = (...options: string[]) => deployWithEnterKey(['--config-file', config, ...options]);
  return [
    {
      name: 'Check the new account: npm run admin -- preflight',
      async run() {
        const { code, stdout } = await npmRun('admin', 'preflight');
        expect(code === 0 && stdout.includes(`There is no stack ${STACK} yet.`), stdout);
        return stdout.trim().split('\n');
      },
    },
    {
      name: 'A first deployment that fails: sam deploy --guided, with a resource that cannot be created',
      async run() {
        const template = await writeRelease('failing', addFailingResource);
        const deployment = await deployGuided('--template-file', template);
        expect(deployment.code !== 0, deployment.stdout);
        await expectStatus('ROLLBACK_COMPLETE');
        expectNone(await findLeftovers());
        return ['CloudFormation rolled the creation back (ROLLBACK_COMPLETE), and no resource is left'];
      },
    },
    {
      name: 'Recover: preflight names the command, sam delete',
      async run() {
        const before = await npmRun('admin', 'preflight');
        const command = `sam delete --stack-name ${STACK}`;
        expect(before.code === 1 && before.stdout.includes(`Delete it first: ${command}`), before.stdout);
        expectSuccess(await runProcess('sam', ['delete', '--stack-name', STACK, '--no-prompts']));
        const after = await npmRun('admin', 'preflight');
        expect(after.code === 0 && after.stdout.includes(`There is no stack ${STACK} yet.`), after.stdout);
        return [`preflight failed and named "${command}"; after it, preflight passed`];
      },
    },
    {
      name: 'Deploy again: sam deploy --guided, with the Enter key only',
      async run() {
        const deployment = await deployGuided();
        expectSuccess(deployment);
        await checkSavedDefaults(deployment, config);
        await expectStatus('CREATE_COMPLETE');
        return [
          `${deployment.prompts.length} prompts answered; the saved values are the defaults of the template`,
        ];
      },
    },
    {
      name: 'Test it and protect its data: npm run smoke, and the command that it prints',
      async run() {
        const { stdout } = await npmRun('smoke', '--stack', STACK);
        const command = /^ +(aws dynamodb update-table .* --deletion-protection-enabled)$/m.exec(stdout)?.[1];
        expect(command !== undefined, stdout);
        expectSuccess(await runProcess('bash', ['-c', command]));
        expect(await isProtected(), 'The table is not protected.');
        return [await smoke(), 'the chat table is protected'];
      },
    },
    {
      name: 'Host the page: npm run deploy:web',
      async run() {
        const results = await checkDeployWeb(STACK);
        expectPassed(results);
        return [`CloudFront serves all files and config.json (${results.length} checks)`];
      },
    },
  ];
}
