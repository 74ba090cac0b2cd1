#!/usr/bin/env bash
# Creates or updates the stack STACK-web, which hosts the web page of a deployed stack. Uploads the built page with a
# config.json from the outputs of the stack, and invalidates the CloudFront distribution. Requires only the AWS CLI, because code
# from npm must not have access to the credentials of a deployment.
# Usage: bash scripts/deploy-web/upload.sh STACK FOLDER [PARAMETER=VALUE...]   parameters of web-page.yaml to change
#        bash scripts/deploy-web/upload.sh STACK --delete                      deletes the page and its stack
set -euo pipefail

stack=$1
folder=$2
shift 2
page_stack=$stack-web
template=$(dirname "$0")/../../web-page.yaml

fail() {
  echo "$1" >&2
  exit 1
}

# Usage: read_output STACK OUTPUT
read_output() {
  aws cloudformation describe-stacks --stack-name "$1" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue | [0]"
}

content_type_of() {
  case $1 in
    *.html) echo 'text/html; charset=utf-8' ;;
    *.js) echo 'text/javascript; charset=utf-8' ;;
    *.css) echo 'text/css; charset=utf-8' ;;
    *.json) echo application/json ;;
    *.svg) echo image/svg+xml ;;
    *.woff2) echo font/woff2 ;;
    *) fail "$1 has an unknown content type. Add it to scripts/deploy-web/upload.sh." ;;
  esac
}

# Vite includes a content hash in the file names of assets, so the content of a URL never changes.
cache_control_of() {
  case $1 in
    assets/*-????????.*) echo 'public, max-age=31536000, immutable' ;;
    *) echo no-cache ;;
  esac
}

upload() {
  local key=$1 file=$2 type
  type=$(content_type_of "$key")
  aws s3api put-object --bucket "$bucket" --key "$key" --body "$file" --content-type "$type" \
    --cache-control "$(cache_control_of "$key")" > /dev/null
}

# Lists the files of the page, except config.json and index.html. A local config.json must not replace the file of the stack.
# index.html is uploaded last, after all files that it refers to.
list_files() {
  (cd "$folder" && find . -type f ! -path ./index.html ! -path ./config.json | cut -c 3- | LC_ALL=C sort)
}

# Changes only the given parameters. All other parameters keep their values.
deploy_stack() {
  aws cloudformation deploy --stack-name "$page_stack" --template-file "$template" --no-fail-on-empty-changeset \
    --parameter-overrides "WebSocketUrl=$web_socket_url" "BroadcastUrl=$(read_output "$stack" BroadcastUrl)" "$@" ||
    fail "The stack $page_stack was not deployed; the chat is not affected. Its events name the cause:
  aws cloudformation describe-stack-events --stack-name $page_stack
If AWS has not verified the account for CloudFront, ask support. If the stack could not be created, delete it before you try again:
  "'npm run deploy:web -- --stack '"$stack --delete"
}

upload_page() {
  local config key count=2
  config=$(mktemp)
  printf '{"webSocketUrl":"%s"}\n' "$web_socket_url" > "$config"
  while read -r key; do
    upload "$key" "$folder/$key"
    count=$((count + 1))
  done <<< "$files"
  upload config.json "$config"
  upload index.html "$folder/index.html"
  rm "$config"
  aws cloudfront create-invalidation --distribution-id "$(read_output "$page_stack" WebDistributionId)" --paths '/*' > /dev/null
  echo "Uploaded $count files to $(read_output "$page_stack" WebPageUrl)"
}

# CloudFormation deletes only empty buckets. If the creation of the stack failed, there is no bucket.
delete_stack() {
  local bucket
  bucket=$(read_output "$page_stack" WebBucketName)
  [ "$bucket" = None ] || aws s3 rm "s3://$bucket" --recursive > /dev/null
  aws cloudformation delete-stack --stack-name "$page_stack"
  aws cloudformation wait stack-delete-complete --stack-name "$page_stack"
  echo "Deleted the stack $page_stack."
}

command -v aws > /dev/null || fail 'AWS CLI not found. Install it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html'
if [ "$folder" = --delete ]; then
  delete_stack
  exit
fi
[ -f "$folder/index.html" ] || fail "$folder has no index.html. Check the build output."
files=$(list_files)
# Fail before the first change if a file has an unknown type.
while read -r key; do content_type_of "$key" > /dev/null; done <<< "$files"
web_socket_url=$(read_output "$stack" WebSocketUrl)
[ "$web_socket_url" != None ] || fail "The stack $stack has no output WebSocketUrl. Use the name of a stack of template.yaml."
deploy_stack "$@"
bucket=$(read_output "$page_stack" WebBucketName)
upload_page
