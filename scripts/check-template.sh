#!/usr/bin/env bash
# Checks the SAM application with AWS tools: lints the template, applies the SAM transform, builds the functions, and
# invokes each bundle once with its sample event. Installs the SAM CLI into .venv if it is not on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
export AWS_DEFAULT_REGION=us-east-1
source scripts/sam-cli.sh

echo "sam validate --lint"
sam validate --lint

echo "SAM transform"
"$(head -1 "$(command -v sam)" | cut -c3-)" scripts/check-transform.py

echo "sam build"
started=$SECONDS
sam build > .aws-sam-build.log 2>&1 || { cat .aws-sam-build.log; exit 1; }
rm .aws-sam-build.log
echo "Built in $((SECONDS - started)) s"

echo "Bundles with their sample events"
npx tsx --conditions=source scripts/invoke-bundles.ts
