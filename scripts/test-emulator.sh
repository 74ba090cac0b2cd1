#!/usr/bin/env bash
# Builds the app and deploys it with the SAM CLI, as an operator does, to an emulator of AWS that needs neither Docker
# nor an account; then holds the end-to-end tests with it. The emulator is installed into .venv-emulator.
set -euo pipefail
cd "$(dirname "$0")/.."
export AWS_DEFAULT_REGION=us-east-1
source scripts/sam-cli.sh

installed=.venv-emulator/requirements.txt
if ! cmp --silent tests/emulator/requirements.txt "$installed"; then
  echo "Installing the emulator into .venv-emulator"
  rm -rf .venv-emulator
  python3 -m venv .venv-emulator
  .venv-emulator/bin/pip install --quiet --requirement tests/emulator/requirements.txt
  cp tests/emulator/requirements.txt "$installed"
fi

export PATH="$PATH:$PWD/.venv-emulator/bin" # the AWS CLI, if there is no other

echo "sam build"
log=$(mktemp)
sam build > "$log" 2>&1 || { cat "$log"; exit 1; }
rm "$log"

npx tsx tests/emulator/run.ts "$@"
