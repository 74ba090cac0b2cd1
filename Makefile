# `sam build` runs `make build-<logical ID>` for each function in this folder (build_in_source in samconfig.toml). With BUNDLES,
# the folder of an earlier build, it copies the bundle of the function from there and runs no code from npm.
build-%:
ifdef BUNDLES
	cp -R "$(BUNDLES)/$*/." "$(ARTIFACTS_DIR)"
else
	node scripts/bundle-function.mjs $* "$(ARTIFACTS_DIR)"
endif
