#!/usr/bin/env bash
# Passes files from one job of a workflow to the next job. Usage:
#   bash scripts/artifact.sh pack ARCHIVE PATH...              prints sha256=HASH, an output of the job
#   bash scripts/artifact.sh unpack ARCHIVE SHA256 FOLDER      extracts the archive if it has this hash
# An archive may contain only folders and files. A link could make a later job read or replace other files.
set -euo pipefail

pack() {
  local archive=$1
  shift
  tar --create --file "$archive" --dereference --sort=name "$@"
  echo "sha256=$(sha256sum "$archive" | cut -d ' ' -f 1)"
}

unpack() {
  local archive=$1 hash=$2 folder=$3
  if ! [[ $hash =~ ^[0-9a-f]{64}$ ]] || ! echo "$hash  $archive" | sha256sum --check --status; then
    echo "$archive does not have the SHA-256 hash '$hash'. Run the whole workflow again." >&2
    return 1
  fi
  if tar --list --verbose --file "$archive" | grep --invert-match '^[-d]' >&2; then
    echo "$archive contains more than files and folders." >&2
    return 1
  fi
  mkdir -p "$folder"
  tar --extract --file "$archive" --directory "$folder" --no-same-owner
}

command=$1
shift
case $command in
  pack) pack "$@" ;;
  unpack) unpack "$@" ;;
  *) echo "Unknown command $command. Use pack or unpack." >&2; exit 1 ;;
esac
