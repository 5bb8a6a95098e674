#include <set>

#include <doctest/doctest.h>

#include "events/retired/retired.hpp"
#include "tests/kit/golden.hpp"
#include "tests/kit/sample.hpp"

namespace pakashop {
namespace {

std::filesystem::path file_of(std::string_view type) {
    return std::filesystem::path{"events"} / (std::string{type} + ".json");
}

// Every name at the top of a stored event.
std::set<std::string> names_in(const std::string& json) {
    JsonParser parser;
    std::set<std::string> out;
    const auto root = parser.parse(json);
    REQUIRE(root.has_value());
    root->for_each_member([&](std::string_view name, JsonValue) { out.emplace(name); });
    return out;
}

TEST_CASE("every event type reads its golden file and writes it again, byte for byte") {
    for (const kit::EventSample& each : kit::event_samples()) {
        CAPTURE(each.type);
        const std::string stored = kit::golden(file_of(each.type), encode_event(each.event));
        const auto decoded = decode_event(each.type, stored);
        REQUIRE(decoded.has_value());
        CHECK(type_of(*decoded) == each.type);
        CHECK(encode_event(*decoded) == stored);
    }
    MESSAGE(kit::event_samples().size() << " event types");
    CHECK(kit::event_samples().size() > 50);
}

TEST_CASE("a fully populated event survives being stored, whatever its type") {
    int types = 0;
    for (const kit::EventSample& each : kit::event_samples()) {
        CAPTURE(each.type);
        const auto decoded = decode_event(each.type, encode_event(each.event));
        REQUIRE(decoded.has_value());
        CHECK(*decoded == each.event);
        ++types;
    }
    CHECK(types > 50);
}

TEST_CASE("a golden file shows every field of its event that had one when it was stored") {
    int fields = 0;
    for (const kit::EventSample& each : kit::event_samples()) {
        CAPTURE(each.type);
        const std::set<std::string> stored =
            names_in(kit::golden(file_of(each.type), encode_event(each.event)));
        for (const auto& field : each.fields) {
            // An optional field may be younger than the file; any other never is.
            if (field.optional) continue;
            CHECK(stored.contains(std::string{field.name}));
            ++fields;
        }
    }
    CHECK(fields > 200);
}

TEST_CASE("no two events share a type, and every golden file is some event's") {
    std::set<std::string> types;
    for (const kit::EventSample& each : kit::event_samples()) {
        CAPTURE(each.type);
        CHECK(types.insert(std::string{each.type}).second);
        CHECK(each.type.find(".v") != std::string_view::npos);
    }
    const auto retired = [&]<class... Old>(std::type_identity<std::tuple<Old...>>) {
        (types.insert(std::string{Old::type}), ...);
    };
    retired(std::type_identity<RetiredEvents>{});
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator{kit::golden_folder() / "events"}) {
        CAPTURE(entry.path().native());
        CHECK(types.contains(entry.path().stem().native()));
        ++files;
    }
    CHECK(static_cast<std::size_t>(files) == types.size());
}

TEST_CASE("an event with a field missing, or of another shape, is malformed") {
    int tried = 0;
    for (const kit::EventSample& each : kit::event_samples()) {
        CAPTURE(each.type);
        const std::string json = encode_event(each.event);
        for (const auto& field : each.fields) {
            if (field.optional) continue;
            std::string renamed = json;
            const std::string quoted = '"' + std::string{field.name} + "\":";
            renamed[renamed.find(quoted) + 1] = '#';
            CHECK(decode_event(each.type, renamed).error() == DecodeError::malformed);
            ++tried;
        }
        for (const char* shape : {"", "[]", "null", "1", "{", "\"\"", "{\"a\":1"}) {
            CHECK(decode_event(each.type, shape).error() == DecodeError::malformed);
        }
    }
    CHECK(tried > 200);
    CHECK(decode_event("order.unheard_of.v1", "{}").error() == DecodeError::unknown_type);
}

}  // namespace
}  // namespace pakashop
