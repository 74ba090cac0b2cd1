#!/usr/bin/env bash
# Uploads the built web page to the bucket of a deployed stack, with a config.json from the outputs of the stack, and
# invalidates the CloudFront distribution. It needs only the AWS CLI: code from npm must not see the credentials of a deployment.
# Usage: bash scripts/deploy-web/upload.sh STACK [FOLDER]    uploads the page, by default from packages/web/dist
#        bash scripts/deploy-web/upload.sh STACK --empty     deletes the page, because CloudFormation deletes only empty buckets
set -euo pipefail

stack=$1
folder=${2:-packages/web/dist}

fail() {
  echo "$1" >&2
  exit 1
}

read_output() {
  aws cloudformation describe-stacks --stack-name "$stack" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue | [0]"
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

# Vite puts a hash of the content into the names of assets, so their content never changes.
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

# Lists the files of the page. A local config.json must not replace the file of the stack. index.html is uploaded last, so that it
# never refers to a file that is not uploaded yet.
list_files() {
  (cd "$folder" && find . -type f ! -path ./index.html ! -path ./config.json | cut -c 3- | LC_ALL=C sort)
}

upload_page() {
  local config files key page_url distribution count=2
  page_url=$(read_output WebPageUrl)
  distribution=$(read_output WebDistributionId)
  config=$(mktemp)
  printf '{"webSocketUrl":"%s"}\n' "$(read_output WebSocketUrl)" > "$config"
  files=$(list_files)
  # Fails before the first upload if a file has an unknown type.
  while read -r key; do content_type_of "$key" > /dev/null; done <<< "$files"
  while read -r key; do
    upload "$key" "$folder/$key"
    count=$((count + 1))
  done <<< "$files"
  upload config.json "$config"
  upload index.html "$folder/index.html"
  rm "$config"
  aws cloudfront create-invalidation --distribution-id "$distribution" --paths '/*' > /dev/null
  echo "Uploaded $count files to $page_url"
}

empty_bucket() {
  local deleted
  deleted=$(aws s3 rm "s3://$bucket" --recursive)
  echo "Deleted $(grep --count '^delete:' <<< "$deleted" || true) files."
}

command -v aws > /dev/null || fail 'AWS CLI not found. Install it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html'
[ "$folder" = --empty ] || [ -f "$folder/index.html" ] || fail "$folder has no index.html. Check the build output."
bucket=$(read_output WebBucketName)
[ "$bucket" != None ] || fail "The stack $stack does not host the web page. Deploy it with HostWebPage=true."
if [ "$folder" = --empty ]; then empty_bucket; else upload_page; fi
