# SPDX-License-Identifier: Apache-2.0
SHARE = $(DESTDIR)$(PREFIX)/share
UNITS = $(DESTDIR)$(PREFIX)/lib/systemd/system

.PHONY: install
install: all ## Install programs, units, manual, examples and completion under DESTDIR/PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/man/man1 $(SHARE)/man/man8 $(SHARE)/comity/examples \
	    $(SHARE)/bash-completion/completions
	install -m 0755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	install -d $(UNITS)
	for unit in comity-broker comity-node; do \
	    sed 's|@PREFIX@|$(PREFIX)|' mk/$$unit.service.in >$(B)/$$unit.service && \
	    install -m 0644 $(B)/$$unit.service $(UNITS) || exit 1; done
	install -m 0644 $(wildcard docs/man/*.1) $(SHARE)/man/man1
	install -m 0644 $(wildcard docs/man/*.8) $(SHARE)/man/man8
	install -m 0644 $(wildcard examples/*.json) $(SHARE)/comity/examples
	for file in $(wildcard drills/scenarios/*/*.yaml drills/scenarios/*/README.md); do \
	    install -D -m 0644 $$file $(SHARE)/comity/$${file#drills/} || exit 1; done
	install -m 0644 $(REPORT_PAGE) $(SHARE)/comity
	$(B)/bin/comity completion bash >$(B)/comity.bash
	for mo in $(CATALOGUES:$(B)/share/locale/%=%); do \
	    install -D -m 0644 $(B)/share/locale/$$mo $(SHARE)/locale/$$mo || exit 1; done
	install -m 0644 $(B)/comity.bash $(SHARE)/bash-completion/completions/comity
