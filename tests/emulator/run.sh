#!/usr/bin/env bash
# Deploys the app to an AWS emulator with the SAM CLI. Requires neither Docker nor an AWS account. Installs the emulator in
# .venv-emulator.
#   npm run test:emulator -- first-hour   simulates the first hour with a new account (first-hour.ts)
#   npm run test:emulator                 runs the first hour, and then the end-to-end tests against another stack (run.ts)
#   npm run test:emulator -- TEST...      runs only these end-to-end tests
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

case ${1:-} in
  first-hour) npx tsx tests/emulator/first-hour.ts ;;
  '')
    npx tsx tests/emulator/first-hour.ts
    npx tsx tests/emulator/run.ts
    ;;
  *) npx tsx tests/emulator/run.ts "$@" ;;
esac
