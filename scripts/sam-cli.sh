# Adds the required version of the SAM CLI to the PATH, and installs it into .venv if necessary. Source this file from the
# repository root.
export SAM_CLI_TELEMETRY=0

# The first versions that support AWS::Serverless::WebSocketApi. cfn-lint 1.54 to 1.56 do not.
SAM_VERSION=1.170.0
CFN_LINT_VERSION=1.58.0

if ! command -v sam > /dev/null || ! sam --version | grep -qF "$SAM_VERSION"; then
  if [ ! -x .venv/bin/sam ] || ! .venv/bin/sam --version | grep -qF "$SAM_VERSION"; then
    echo "Installing SAM CLI $SAM_VERSION into .venv"
    python3 -m venv .venv
    .venv/bin/pip install --quiet "aws-sam-cli==$SAM_VERSION" "cfn-lint==$CFN_LINT_VERSION"
  fi
  export PATH="$PWD/.venv/bin:$PATH"
fi
