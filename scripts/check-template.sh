#!/usr/bin/env bash
# Checks the deployable side with AWS's own tools: lints the template, transforms it as CloudFormation will, builds
# it, and runs every built bundle once with its sample event. Uses the `sam` on the path, or installs it into .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
export AWS_DEFAULT_REGION=us-east-1
source scripts/sam-cli.sh

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
