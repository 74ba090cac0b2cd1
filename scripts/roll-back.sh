#!/usr/bin/env bash
# Rolls back a stack to the release before a deployment. Requires only the AWS CLI.
# Usage: bash scripts/roll-back.sh save STACK      before a deployment: saves the template and the parameters of the stack
#        bash scripts/roll-back.sh watch STACK [MINUTES]   after a deployment: exits with 3 if an alarm of the stack goes off
#        bash scripts/roll-back.sh restore STACK   deploys the saved template and parameters
#
# The template refers to the code of its release, which SAM stores in its bucket. This script stores the template and the
# parameters in the same bucket, where only the deployment role can change them. It does not restore data: each release can read
# the items of the previous and the next release.
set -euo pipefail

# Alarms need up to five minutes of metrics, which arrive some minutes late.
WATCHED_MINUTES=10

command=$1
stack=$2
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

# Returns the name of SAM's bucket (resolve_s3 in samconfig.toml).
find_bucket() {
  aws cloudformation describe-stacks --stack-name aws-sam-cli-managed-default --output text \
    --query "Stacks[0].Outputs[?OutputKey=='SourceBucket'].OutputValue | [0]"
}

save() {
  local bucket
  # Version 1 of the AWS CLI accepts parameters only as a list of strings.
  if ! aws cloudformation describe-stacks --stack-name "$stack" --output json \
    --query "Stacks[0].Parameters[].join('=', [ParameterKey, ParameterValue])" > "$folder/parameters.json"; then
    echo "There is no stack $stack yet, so there is nothing to save."
    return
  fi
  aws cloudformation get-template --stack-name "$stack" --template-stage Original --output text --query TemplateBody \
    > "$folder/template.yaml"
  bucket=$(find_bucket)
  aws s3 cp --recursive "$folder" "s3://$bucket/$stack/previous/" > /dev/null
  echo "Saved the release of $stack."
}

# Returns the given alarms that have changed to ALARM since a time, one per line.
# Usage: list_new_alarms TIME ALARM...
list_new_alarms() {
  local since=$1 name changed_at
  shift
  aws cloudwatch describe-alarms --alarm-names "$@" --state-value ALARM --output text \
    --query 'MetricAlarms[].[AlarmName, StateTransitionedTimestamp]' |
    while read -r name changed_at; do
      if [[ $changed_at > $since ]]; then echo "$name"; fi # both times are in UTC, in the format of ISO 8601
    done
}

watch() {
  local minutes=${1:-$WATCHED_MINUTES} minute deployed_at alarms new
  deployed_at=$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
    --query 'Stacks[0].[LastUpdatedTime || CreationTime]')
  mapfile -t alarms < <(aws cloudformation list-stack-resources --stack-name "$stack" --output text \
    --query "StackResourceSummaries[?ResourceType=='AWS::CloudWatch::Alarm'].[PhysicalResourceId]")
  [ ${#alarms[@]} -gt 0 ] || { echo "$stack has no alarms." >&2; return 1; }
  for ((minute = 0; ; minute += 1)); do
    new=$(list_new_alarms "$deployed_at" "${alarms[@]}")
    if [ -n "$new" ]; then
      printf 'These alarms have gone off since the deployment of %s:\n%s\n' "$stack" "$new" >&2
      return 3
    fi
    ((minute < minutes)) || break
    echo "No alarm has gone off. Watching for $((minutes - minute)) more minutes."
    sleep 60
  done
  echo "No alarm of $stack has gone off."
}

restore() {
  local bucket
  bucket=$(find_bucket)
  aws s3 cp --recursive "s3://$bucket/$stack/previous/" "$folder" > /dev/null
  if [ ! -f "$folder/template.yaml" ]; then
    echo "There is no earlier release of $stack." >&2
    exit 1
  fi
  aws cloudformation deploy --stack-name "$stack" --template-file "$folder/template.yaml" --s3-bucket "$bucket" --s3-prefix "$stack" \
    --parameter-overrides "file://$folder/parameters.json" --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \
    --no-fail-on-empty-changeset
  echo "Rolled back $stack to the previous release."
}

case $command in
  save) save ;;
  watch) watch "${3:-}" ;;
  restore) restore ;;
  *)
    echo 'Use save, watch or restore.' >&2
    exit 1
    ;;
esac
