# Installs the Python tools of this repository into virtual environments. Source this file from the repository root.

# Installs a list of packages into a folder, unless the folder already contains the same list.
# Usage: install_python_tools FOLDER REQUIREMENTS [PIP OPTION...]
install_python_tools() {
  local folder=$1 requirements=$2
  shift 2
  if cmp --silent "$requirements" "$folder/requirements.txt"; then return; fi
  echo "Installing $requirements into $folder"
  rm -rf "$folder"
  python3 -m venv "$folder"
  # Python compiles modules when it imports them, so precompiling all modules is not necessary.
  "$folder/bin/pip" install --quiet --no-compile --require-hashes --requirement "$requirements" "$@"
  cp "$requirements" "$folder/requirements.txt"
}

# The requirements file lists all packages. Without `--no-deps`, pip rejects the pinned packages that have extras.
install_sam_cli() { install_python_tools .venv scripts/sam-cli/requirements.txt --no-deps; }
install_checkov() { install_python_tools .venv-checkov scripts/check-template/checkov-requirements.txt; }
install_emulator() { install_python_tools .venv-emulator tests/emulator/requirements.txt; }
