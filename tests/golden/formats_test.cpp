#include <doctest/doctest.h>

#include "events/admission.hpp"
#include "events/any_event.hpp"
#include "events/kernel/cipher.hpp"
#include "events/partition.hpp"
#include "tests/kit/golden.hpp"

namespace pakashop {
namespace {

template <std::size_t N>
std::array<std::uint8_t, N> counting(std::uint8_t from) {
    std::array<std::uint8_t, N> out;
    for (std::uint8_t& byte : out) byte = from++;
    return out;
}

Record full_record() {
    Record record;
    record.generation = "g1";
    record.partition = 0x0203;
    record.epoch = 0x1122334455667788;
    record.node = counting<16>(0x10);
    record.seq = 0x0102030405060708;
    record.prev = counting<32>(0x20);
    record.known = {0x0102030405060707, counting<32>(0x40)};
    record.kind = RecordKind::commit;
    record.key = "ord_1";
    record.command = counting<16>(0x60);
    record.fingerprint = counting<32>(0x80);
    record.command_type = "order.place.v1";
    record.actor = {"usr_1", "customer", "password+totp"};
    record.trace = {"aa", "corr-1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};
    record.at = {1'778'580'000'123};
    record.events = {
        {event_id(record.command, 0), "order:ord_1", 1, "order.placed.v1", 1, R"({"a":"\u00e9"})"},
        {event_id(record.command, 1), "payment:ord_1", 7, "payment.initiated.v2", 2, "{}"}
    };
    record.body = "place";
    return record;
}

TEST_CASE("a record is stored as its golden bytes, for ever") {
    const Record record = full_record();
    const std::string stored =
        kit::golden("record_v1.hex", to_hex(bytes_of(encode_record(record))));
    CHECK(to_hex(bytes_of(encode_record(record))) == stored);
    const auto bytes = from_hex(stored);
    REQUIRE(bytes.has_value());
    const auto decoded = decode_record(text_of(*bytes));
    REQUIRE(decoded.has_value());
    CHECK(decoded->record == record);
    CHECK(decoded->hash == sha256(text_of(*bytes).substr(0, bytes->size() - 32)));
}

TEST_CASE("heads, event ids and derived ids never change") {
    kit::GoldenLines lines;
    for (const std::uint16_t partition : {0, 1, 258, 1023}) {
        const std::string name = "genesis g1 " + std::to_string(partition);
        lines.add(name, to_hex(genesis_head("g1", partition)));
    }
    lines.add("genesis 2026-05 0", to_hex(genesis_head("2026-05", 0)));
    Digest head = genesis_head("g1", 0);
    for (int i = 0; i < 3; ++i) {
        head = next_head(head, sha256(std::to_string(i)));
        lines.add("head after " + std::to_string(i + 1), to_hex(head));
    }
    const CommandId command = counting<16>(1);
    for (const std::uint32_t index : {0U, 1U, 255U, 256U, 70'000U}) {
        lines.add("event id " + std::to_string(index), to_hex(event_id(command, index)));
    }
    lines.add("derived id", derived_id("ord", command, "order"));
    lines.add("derived id, other salt", derived_id("ord", command, "try"));
    lines.add("child id", child_id("pay", "ord_x", 12));
    lines.add("sealing place", sealing_place("order:ord_1", 3));
    lines.check("hashes.txt");
}

TEST_CASE("a key lies in the same slice and partition for ever") {
    kit::GoldenLines lines;
    for (const char* key :
         {"",
          "ord_1",
          "ord_2",
          "shp_1",
          "prd_1",
          "login:abc",
          "coupon:JUNE",
          "invoice_series:1000000000:20260512"}) {
        std::string value = "slice " + std::to_string(slice_of(key));
        for (const std::uint32_t partitions : {1U, 4U, 16U, 64U, 1024U}) {
            value += ", " + std::to_string(partition_of(key, partitions)) + " of ";
            value += std::to_string(partitions);
        }
        lines.add(key, value);
    }
    lines.check("partitions.txt");
}

TEST_CASE("a field is sealed to its golden ciphertext, and opens from it") {
    kit::GoldenLines lines;
    const SealingKeys keys{counting<32>(0)};
    lines.add("encryption key", to_hex(keys.encryption));
    lines.add("nonce key", to_hex(keys.nonce));
    const std::pair<std::string, std::string> cases[] = {
        {"order:ord_1@1/notes", "\"leave it at the gate\""},
        {"order:ord_1@2/notes", "\"leave it at the gate\""},
        {"user:usr_1@1/name", ""},
        {"", "{\"a\":1}"},
        {"a", "bc"},
        {"ab", "c"},
    };
    for (const auto& [context, text] : cases) {
        const std::string box = seal_box(keys, context, text);
        CHECK(open_box(keys, context, box) == text);
        lines.add(context + " | " + text, box);
    }
    lines.check("sealed.txt");
}

}  // namespace
}  // namespace pakashop
