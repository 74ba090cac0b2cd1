# `sam build` runs `make build-<logical ID>` for each function in this folder (build_in_source in samconfig.toml).
build-%:
	node scripts/bundle-function.mjs $* "$(ARTIFACTS_DIR)"
