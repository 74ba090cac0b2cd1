# Adds the required version of the SAM CLI to the PATH, and installs it into .venv if necessary. Source this file from the
# repository root. To update it, change the version here and run
#   printf 'aws-sam-cli==VERSION\ncfn-lint==VERSION\n' | uv pip compile --universal --python-version 3.11 --generate-hashes \
#     --no-header --no-annotate - --output-file scripts/sam-cli/requirements.txt
export SAM_CLI_TELEMETRY=0

# The first version that supports AWS::Serverless::WebSocketApi. cfn-lint 1.54 to 1.56 do not support it.
SAM_VERSION=1.170.0

if ! command -v sam > /dev/null || ! sam --version | grep -qF "$SAM_VERSION"; then
  source scripts/python-tools.sh
  install_sam_cli
  export PATH="$PWD/.venv/bin:$PATH"
fi
