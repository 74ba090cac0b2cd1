# `sam build` calls `make build-<logical id>` for each function, from this folder (build_in_source in samconfig.toml).
build-%:
	node scripts/bundle-function.mjs $* "$(ARTIFACTS_DIR)"
