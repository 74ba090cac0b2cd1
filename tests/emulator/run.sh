#!/usr/bin/env bash
# npm run test:emulator: deploys the app with the SAM CLI to an AWS emulator and runs the end-to-end tests against it. Needs
# neither Docker nor an AWS account. Installs the emulator into .venv-emulator.
set -euo pipefail
cd "$(dirname "$0")/../.."
export AWS_DEFAULT_REGION=us-east-1
source scripts/python-tools.sh
source scripts/sam-cli.sh
install_emulator
export PATH="$PATH:$PWD/.venv-emulator/bin" # provides the AWS CLI if none is installed

sources=(template.yaml samconfig.toml Makefile esbuild.json package.json package-lock.json functions chat aws statemachines scripts/bundle-function.mjs)
built=.aws-sam/build/template.yaml # `sam build` writes it last
if [ -f "$built" ] && [ -z "$(find "${sources[@]}" -newer "$built" -print -quit)" ]; then
  echo "sam build: the functions are up to date"
else
  echo "sam build"
  log=$(mktemp)
  sam build > "$log" 2>&1 || { cat "$log"; exit 1; }
  rm "$log"
fi

npx tsx tests/emulator/run.ts "$@"
