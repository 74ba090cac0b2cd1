#!/usr/bin/env bash
# Checks the deployable side with AWS's own tools: lints the template, transforms it as CloudFormation will, builds
# it, and runs every built bundle once with its sample event. Uses the `sam` on the path, or installs it into .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1

# The first versions that know AWS::Serverless::WebSocketApi; cfn-lint 1.54 to 1.56 do not.
SAM_VERSION=1.170.0
CFN_LINT_VERSION=1.58.0

if ! command -v sam > /dev/null || ! sam --version | grep -qF "$SAM_VERSION"; then
  if [ ! -x .venv/bin/sam ] || ! .venv/bin/sam --version | grep -qF "$SAM_VERSION"; then
    echo "Installing the SAM CLI $SAM_VERSION into .venv"
    python3 -m venv .venv
    .venv/bin/pip install --quiet "aws-sam-cli==$SAM_VERSION" "cfn-lint==$CFN_LINT_VERSION"
  fi
  export PATH="$PWD/.venv/bin:$PATH"
fi

echo "sam validate --lint"
sam validate --lint

echo "The template, transformed"
"$(head -1 "$(command -v sam)" | cut -c3-)" scripts/check-transform.py

echo "sam build"
started=$SECONDS
sam build > .aws-sam-build.log 2>&1 || { cat .aws-sam-build.log; exit 1; }
rm .aws-sam-build.log
echo "Built in $((SECONDS - started)) s"

echo "Each bundle, with its sample event"
npx tsx scripts/invoke-bundles.ts
