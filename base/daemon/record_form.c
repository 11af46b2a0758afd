/* SPDX-License-Identifier: Apache-2.0 */
#include "base/daemon/record_form.h"

#include "base/ensure.h"

#define LABEL "comity/v1/rec"

static const struct {
    const char *word, *numbers, *blobs;
} forms[RECORD_KINDS] = {
#define RECORD_ENTRY(name, word, numbers, blobs) [RECORD_##name] = {word, numbers, blobs},
#include "base/daemon/record_entries.def"
#undef RECORD_ENTRY
};

const char *record_word(enum record_kind kind)
{
    return kind > RECORD_NONE && kind < RECORD_KINDS ? forms[kind].word : "?";
}

static size_t count_names(const char *names)
{
    size_t count = names[0] == '\0' ? 0 : 1;
    for (; *names != '\0'; names++) {
        count += *names == ' ';
    }
    return count;
}

size_t record_number_count(enum record_kind kind)
{
    ensure(kind > RECORD_NONE && kind < RECORD_KINDS);
    return count_names(forms[kind].numbers);
}

size_t record_blob_count_min(enum record_kind kind)
{
    ensure(kind > RECORD_NONE && kind < RECORD_KINDS);
    return count_names(forms[kind].blobs);
}

void record_stream_key(uint8_t ret[crypto_secretstream_xchacha20poly1305_KEYBYTES],
                       const uint8_t secret[RECORD_KEY_BYTES], const struct record_head *head)
{
    crypto_generichash_state state;
    ensure(crypto_generichash_init(&state, secret, RECORD_KEY_BYTES,
                                   crypto_secretstream_xchacha20poly1305_KEYBYTES) == 0);
    (void)crypto_generichash_update(&state, (const uint8_t *)LABEL, sizeof LABEL);
    (void)crypto_generichash_update(&state, head->bytes, sizeof head->bytes);
    (void)crypto_generichash_final(&state, ret, crypto_secretstream_xchacha20poly1305_KEYBYTES);
    sodium_memzero(&state, sizeof state);
}

void record_write_u64(uint8_t ret[8], uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        ret[i] = (uint8_t)(value >> (8 * i));
    }
}

void record_write_u32(uint8_t ret[4], uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        ret[i] = (uint8_t)(value >> (8 * i));
    }
}

uint64_t record_read_u64(const uint8_t from[8])
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++) {
        value |= (uint64_t)from[i] << (8 * i);
    }
    return value;
}

uint32_t record_read_u32(const uint8_t from[4])
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++) {
        value |= (uint32_t)from[i] << (8 * i);
    }
    return value;
}
