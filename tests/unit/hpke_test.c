/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "keys/hpke.h"

static void unhex(uint8_t *ret, size_t size, const char *hex)
{
    assert_true(hex_read(ret, size, bytes_of_text(hex)));
}

/* RFC 9180 A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode. */
static const char *const INFO = "4f6465206f6e2061204772656369616e2055726e";
static const char *const EPHEMERAL = "f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600";
static const char *const RECIPIENT = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a";
static const char *const SECRET = "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb";
static const char *const ENC = "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a";
static const char *const EXPORTER = "a3b010d4994890e2c6968a36f64470d3c824c8f5029942feb11e7a74b2921922";

static void check_exports(const struct hpke *hpke)
{
    static const struct {
        const char *context;
        const char *value;
    } exports[] = {
        {"", "4bbd6243b8bb54cec311fac9df81841b6fd61f56538a775e7c80a9f40160606e"},
        {"00", "8c1df14732580e5501b00f82b10a1647b40713191b7c1240ac80e2b68808ba69"},
        {"54657374436f6e74657874", "5acb09211139c43b3090489a9da433e8a30ee7188ba8b0a9a1ccf0c229283e53"},
    };
    uint8_t expected[32];
    unhex(expected, sizeof expected, EXPORTER);
    assert_memory_equal(hpke->exporter, expected, sizeof expected);
    for (size_t i = 0; i < sizeof exports / sizeof exports[0]; i++) {
        uint8_t context[16];
        uint8_t value[32];
        size_t size = strlen(exports[i].context) / 2;
        unhex(context, size, exports[i].context);
        unhex(expected, sizeof expected, exports[i].value);
        hpke_export(hpke, bytes_of(context, size), value, sizeof value);
        assert_memory_equal(value, expected, sizeof expected);
    }
}

static void sender_makes_the_published_values(void **state)
{
    (void)state;
    uint8_t info[20], ephemeral[32], recipient[32], enc[32], expected[32];
    struct hpke hpke;
    unhex(info, sizeof info, INFO);
    unhex(ephemeral, 32, EPHEMERAL);
    unhex(recipient, 32, RECIPIENT);
    unhex(expected, 32, ENC);
    assert_true(hpke_setup_sender(&hpke, enc, recipient, ephemeral, bytes_of(info, sizeof info)));
    assert_memory_equal(enc, expected, 32);
    assert_true(bytes_all_zero(bytes_of(ephemeral, 32))); /* wiped */
    check_exports(&hpke);
    hpke_wipe(&hpke);
    assert_true(bytes_all_zero(bytes_of(&hpke, sizeof hpke)));
}

static void receiver_makes_the_published_values(void **state)
{
    (void)state;
    uint8_t info[20], secret[32], own[32], enc[32];
    struct hpke hpke;
    unhex(info, sizeof info, INFO);
    unhex(secret, 32, SECRET);
    unhex(own, 32, RECIPIENT);
    unhex(enc, 32, ENC);
    assert_true(hpke_setup_receiver(&hpke, enc, secret, own, bytes_of(info, sizeof info)));
    check_exports(&hpke);
}

static void info_and_own_key_change_everything(void **state)
{
    (void)state;
    uint8_t secret[32], own[32], enc[32], expected[32];
    struct hpke hpke;
    unhex(secret, 32, SECRET);
    unhex(own, 32, RECIPIENT);
    unhex(enc, 32, ENC);
    unhex(expected, 32, EXPORTER);
    assert_true(hpke_setup_receiver(&hpke, enc, secret, own, bytes_of_text("comity/v1/slot")));
    assert_memory_not_equal(hpke.exporter, expected, 32);
    uint8_t info[20];
    unhex(info, sizeof info, INFO);
    own[0] ^= 1;
    assert_true(hpke_setup_receiver(&hpke, enc, secret, own, bytes_of(info, sizeof info)));
    assert_memory_not_equal(hpke.exporter, expected, 32);
}

/* The points of low order on Curve25519, canonical and not, with and without the ignored top bit. */
static const char *const LOW_ORDER[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

static void an_all_zero_result_is_refused_on_both_sides(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof LOW_ORDER / sizeof LOW_ORDER[0]; i++) {
        uint8_t point[32], secret[32], own[32], enc[32] = {0};
        struct hpke hpke;
        unhex(point, 32, LOW_ORDER[i]);
        unhex(secret, 32, SECRET);
        unhex(own, 32, RECIPIENT);
        assert_false(hpke_setup_receiver(&hpke, point, secret, own, bytes_of_text("info")));
        assert_false(hpke_setup_sender(&hpke, enc, point, secret, bytes_of_text("info")));
        assert_true(bytes_all_zero(bytes_of(enc, 32)));
        assert_true(bytes_all_zero(bytes_of(secret, 32))); /* wiped on failure too */
    }
}

/* RFC 9180 5.3: the length is part of what is hashed, so a shorter export is no prefix of a longer one. */
static void exports_of_every_length(void **state)
{
    (void)state;
    static uint8_t longest[255 * 32];
    struct hpke hpke;
    uint8_t part[100];
    memset(&hpke, 7, sizeof hpke);
    hpke_export(&hpke, bytes_of_text("x"), longest, sizeof longest);
    hpke_export(&hpke, bytes_of_text("x"), part, sizeof part);
    assert_memory_not_equal(part, longest, sizeof part);
    assert_memory_not_equal(longest, longest + 32, 32);
    hpke_export(&hpke, bytes_of_text("x"), part, 0);
}

int main(void)
{
    if (sodium_init() < 0) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sender_makes_the_published_values),
        cmocka_unit_test(receiver_makes_the_published_values),
        cmocka_unit_test(info_and_own_key_change_everything),
        cmocka_unit_test(an_all_zero_result_is_refused_on_both_sides),
        cmocka_unit_test(exports_of_every_length),
    };
    return cmocka_run_group_tests_name("hpke", tests, NULL, NULL);
}
