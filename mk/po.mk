# SPDX-License-Identifier: Apache-2.0
# Texts in other languages: po/LANGUAGE.po, made from po/comity.pot, is a catalogue beside the programs.
LANGUAGES  := $(patsubst po/%.po,%,$(wildcard po/*.po))
CATALOGUES := $(LANGUAGES:%=$(B)/share/locale/%/LC_MESSAGES/comity.mo)

$(B)/share/locale/%/LC_MESSAGES/comity.mo: po/%.po
	@mkdir -p $(@D)
	$(Q)msgfmt --check --output-file=$@ $<

.PHONY: po
po: ## Collect what people read into po/comity.pot, and bring the translations up to it
	@mk/po.sh po/comity.pot
	@for language in $(LANGUAGES); do msgmerge --quiet --update --backup=none po/$$language.po po/comity.pot || exit 1; done
