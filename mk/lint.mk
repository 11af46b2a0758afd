# SPDX-License-Identifier: Apache-2.0
# What git knows or would add; a file that is deleted but not yet committed is left out.
files      = $(wildcard $(shell git ls-files -co --exclude-standard -- $(1)))
C_FILES    = $(call files,'*.c' '*.h')
SH_FILES   = $(call files,'*.sh' .ci/run) $(shell grep -lE '^\#!.*(bash|sh)$$' $(call files,'*.t'))
BATS_FILES = $(call files,'*.bats' '*.bash')
TEXT_FILES = $(call files,'*.md' '*.c' '*.h' '*.sh' '*.def' '*.proto' '*.ts' '*.mjs')
# bats runs each test in a subshell and sets variables of its own: what shellcheck says of those is not true there.
BATS_TRUE := --exclude=SC2030,SC2031,SC2034,SC2153,SC2154
TIDY_BASE ?= HEAD~1

.PHONY: lint check-format check-layers check-symbols check-shell check-spelling tidy format
lint: check-format check-layers check-symbols check-shell check-spelling check-page tidy ## Format, layers, symbols, shell, spelling, types of the page, clang-tidy (TIDY=all: every file)

check-format:
	@clang-format --dry-run --Werror $(C_FILES)

format: ## Reformat the C files
	@clang-format -i $(C_FILES)

check-layers: ## Includes go down the picture of docs/architecture.md only
	@mk/layers.sh

check-symbols: $(foreach l,base proto keys broker nodes,$(B)/lib/lib$(l).a) ## The cores call nothing but what mk/symbols.allow names
	@mk/symbols.sh $(B)

check-shell:
	@shellcheck $(SH_FILES)
	@$(if $(BATS_FILES),shellcheck --shell=bats $(BATS_TRUE) $(BATS_FILES))
	@locked=$$(find $(TEST_SCRIPTS) ! -perm -u+x); [ -z "$$locked" ] || { echo "cannot be run (chmod +x): $$locked" >&2; exit 1; }

check-spelling:
	@codespell --ignore-words mk/spelling.words $(TEXT_FILES)

tidy: $(GENERATED)
	@mk/tidy.sh "$(TIDY)" "$(TIDY_BASE)" "$(CFLAGS_COMMON)"
