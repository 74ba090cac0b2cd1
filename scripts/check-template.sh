#!/usr/bin/env bash
# Checks the SAM application with AWS tools: lints the template with cfn-lint, checks it with checkov, applies the SAM
# transform, builds the functions, and invokes each bundle once with its sample event. Installs the SAM CLI into .venv if it is
# not on the PATH, and checkov into .venv-checkov. To update checkov, change its version and run
#   echo checkov==VERSION | uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate - \
#     --output-file scripts/check-template/checkov-requirements.txt
set -euo pipefail
cd "$(dirname "$0")/.."
export AWS_DEFAULT_REGION=us-east-1
source scripts/python-tools.sh
source scripts/sam-cli.sh

echo "sam validate --lint"
sam validate --lint
sam validate --lint --template examples/away/template.yaml
sam validate --lint --template examples/bot/template.yaml
sam validate --lint --template web-page.yaml

echo "checkov"
install_checkov
.venv-checkov/bin/checkov --config-file .checkov.yaml --file template.yaml --file web-page.yaml

echo "SAM transform"
"$(head -1 "$(command -v sam)" | cut -c3-)" scripts/check-template/check-transform.py

echo "sam build"
started=$SECONDS
sam build > .aws-sam-build.log 2>&1 || { cat .aws-sam-build.log; exit 1; }
rm .aws-sam-build.log
echo "Built in $((SECONDS - started)) s"

echo "Bundles with their sample events"
npx tsx --conditions=source scripts/check-template/invoke-bundles.ts
