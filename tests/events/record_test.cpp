#include "events/record.hpp"

#include <doctest/doctest.h>

#include "events/record_index.hpp"
#include "tests/kit/record_maker.hpp"

namespace pakashop {
namespace {

StagedRecord sample_commit() {
    kit::RecordMaker maker{"g1", 3};
    maker.announce();
    return maker.commit(
        "ord_1", 7, {{"order:ord_1"}, {"payment:ord_1", R"({"text":"\u00e9"})"}, {"order:ord_1"}}
    );
}

// The bytes with another end: the hash that fits them.
std::string rehashed(std::string bytes) {
    bytes.resize(bytes.size() - 32);
    bytes += text_of(sha256(bytes));
    return bytes;
}

TEST_CASE("a record of every kind survives its bytes") {
    for (int kind = 1; kind <= 5; ++kind) {
        Record record = *sample_commit().record;
        record.kind = static_cast<RecordKind>(kind);
        record.body = "body";
        const std::string bytes = encode_record(record);
        const auto decoded = decode_record(bytes);
        REQUIRE(decoded.has_value());
        CHECK(decoded->record == record);
        CHECK(decoded->hash == hash_in(bytes));
        CHECK(encode_record(decoded->record) == bytes);
    }
}

TEST_CASE("a view reads the same fields in place") {
    const StagedRecord staged = sample_commit();
    const auto view = view_record(staged.bytes);
    REQUIRE(view.has_value());
    CHECK(view->generation == "g1");
    CHECK(view->partition == 3);
    CHECK(view->seq == staged.record->seq);
    CHECK(view->prev == staged.record->prev);
    CHECK(view->known == staged.record->known);
    CHECK(view->command == staged.record->command);
    CHECK(view->principal == staged.record->actor.principal);
    CHECK(view->correlation == staged.record->trace.correlation);
    CHECK(view->at == staged.record->at);
    CHECK(view->hash == staged.hash);
    CHECK(view->event_count == 3);
    std::string_view rest = view->events;
    for (const RecordedEvent& expected : staged.record->events) {
        const auto event = next_event(rest);
        REQUIRE(event.has_value());
        CHECK(event->stream == expected.stream);
        CHECK(event->version == expected.version);
        CHECK(event->payload == expected.payload);
        CHECK(event->id == expected.id);
        const bool in_place = event->payload.data() > staged.bytes.data() &&
                              event->payload.data() < staged.bytes.data() + staged.bytes.size();
        CHECK(in_place);
    }
    CHECK_FALSE(next_event(rest).has_value());
}

TEST_CASE("any one bit flipped is noticed") {
    const std::string good = sample_commit().bytes;
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::string bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
        CHECK_FALSE(decode_record(bad).has_value());
    }
}

TEST_CASE("bytes cut anywhere, or with more behind them, are no record") {
    const std::string good = sample_commit().bytes;
    for (std::size_t size = 0; size < good.size(); ++size) {
        CHECK_FALSE(decode_record(std::string_view{good}.substr(0, size)).has_value());
    }
    CHECK_FALSE(decode_record(good + '\0').has_value());
    CHECK(decode_record("").error() == RecordError::truncated);
    CHECK(decode_record(good.substr(0, 35)).error() == RecordError::truncated);
}

TEST_CASE("the reason why bytes are no record is told") {
    const std::string good = sample_commit().bytes;
    std::string bad = good;
    bad[3] = '2';
    CHECK(decode_record(bad).error() == RecordError::unknown_format);
    bad = good;
    bad[0] = 'X';
    CHECK(decode_record(bad).error() == RecordError::malformed);
    bad = good;
    bad[40] = static_cast<char>(bad[40] ^ 1);
    CHECK(decode_record(bad).error() == RecordError::bad_hash);
    CHECK(
        decode_record(rehashed(good.substr(0, good.size() - 40) + std::string(32, 'x'))).error() ==
        RecordError::truncated
    );
    CHECK(
        decode_record(rehashed(good.substr(0, good.size() - 32) + "more" + std::string(32, 'x')))
            .error() == RecordError::malformed
    );
    CHECK(
        decode_record("PKR1" + std::string(record_bytes_max, 'x')).error() == RecordError::malformed
    );
}

// With a hash that fits, only the values themselves can be wrong.
TEST_CASE("impossible values are refused, whatever the hash says") {
    const auto error_of = [](auto change) {
        Record record = *sample_commit().record;
        change(record);
        const auto decoded = decode_record(encode_record(record));
        return decoded ? std::optional<RecordError>{} : std::optional{decoded.error()};
    };
    CHECK(error_of([](Record&) {}) == std::nullopt);
    CHECK(error_of([](Record& r) { r.kind = RecordKind{0}; }) == RecordError::malformed);
    CHECK(error_of([](Record& r) { r.kind = RecordKind{6}; }) == RecordError::malformed);
    CHECK(error_of([](Record& r) { r.events[0].version = 0; }) == RecordError::malformed);
    CHECK(error_of([](Record& r) { r.events[1].version = -1; }) == RecordError::malformed);
    CHECK(error_of([](Record& r) { r.events[0].stream = ""; }) == RecordError::malformed);
    CHECK(error_of([](Record& r) { r.events[2].type = ""; }) == RecordError::malformed);
    CHECK(error_of([](Record& r) {
              r.events.resize(4097, r.events[0]);
          }) == RecordError::malformed);
}

TEST_CASE("lengths that point beyond the bytes are refused, wherever they stand") {
    const std::string good = sample_commit().bytes;
    int refused = 0;
    for (std::size_t at = 4; at + 36 < good.size(); ++at) {
        std::string bad = good;
        bad.replace(at, 4, "\xff\xff\xff\x7f");
        refused += !decode_record(rehashed(bad)).has_value();
    }
    CHECK(refused > 20);
}

TEST_CASE("an event's id follows from its command and index alone") {
    const CommandId command = kit::numbered(7);
    CHECK(event_id(command, 0) == event_id(command, 0));
    CHECK(event_id(command, 0) != event_id(command, 1));
    CHECK(event_id(command, 1) != event_id(command, 256));
    CHECK(event_id(command, 0) != event_id(kit::numbered(8), 0));
}

TEST_CASE("a record names each stream it writes to once, with its first and last version") {
    const StagedRecord staged = sample_commit();
    const auto spans = stream_spans(*staged.record);
    CHECK(spans == std::vector<StreamSpan>{{"order:ord_1", 1, 2}, {"payment:ord_1", 1, 1}});
}

TEST_CASE("the record inside an import is found, however deep") {
    const StagedRecord commit = sample_commit();
    kit::RecordMaker second{"g2", 0};
    second.announce();
    const StagedRecord once = second.import("ord_1", commit.bytes);
    kit::RecordMaker third{"g3", 0};
    third.announce();
    const StagedRecord twice = third.import("ord_1", once.bytes);
    CHECK(original_of(*commit.record).value() == *commit.record);
    CHECK(original_of(*once.record).value() == *commit.record);
    CHECK(original_of(*twice.record).value() == *commit.record);
    Record broken = *once.record;
    broken.body.back() = static_cast<char>(broken.body.back() ^ 1);
    CHECK(original_of(broken).error() == RecordError::bad_hash);
}

}  // namespace
}  // namespace pakashop
