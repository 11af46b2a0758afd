/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HPKE base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, ChaCha20Poly1305 0x0003; only
 * SetupBase and Export. The context's own Seal is never called (docs/protocol.md 8, conditions).
 */
#ifndef COMITY_KEYS_HPKE_H
#define COMITY_KEYS_HPKE_H

#include "base/attributes.h"
#include "base/bytes.h"

#define HPKE_ENC_BYTES 32

/* Secret: lives on the stack of one call or in locked memory; wipe with hpke_wipe. */
struct hpke {
    uint8_t exporter[32];
};

/* Sender. ephemeral: 32 fresh random bytes (the ephemeral private key); wiped by the callee. False: all-zero DH. */
MUST_USE bool hpke_setup_sender(struct hpke *ret, uint8_t ret_enc[HPKE_ENC_BYTES],
                                const uint8_t recipient[32], uint8_t ephemeral[32], struct bytes info);
/* Receiver. False: all-zero DH output (E_HPKE). */
MUST_USE bool hpke_setup_receiver(struct hpke *ret, const uint8_t enc[HPKE_ENC_BYTES],
                                  const uint8_t secret[32], const uint8_t own_public[32], struct bytes info);
/* context.Export(exporter_context, size), size <= 255 * 32. */
void hpke_export(const struct hpke *, struct bytes exporter_context, uint8_t *ret, size_t size);
void hpke_wipe(struct hpke *);

#endif
