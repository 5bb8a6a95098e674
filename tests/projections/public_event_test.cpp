#include "projections/public_event.hpp"

#include <set>

#include <doctest/doctest.h>

#include "adapters/memory/memory_log.hpp"
#include "events/kernel/require.hpp"
#include "events/public_view.hpp"
#include "tests/kit/event_recorder.hpp"
#include "tests/kit/plain_vault.hpp"
#include "tests/kit/sample.hpp"

namespace pakashop::model {
namespace {

DecodedRecord record_of(std::vector<RecordedEvent> events) {
    Record record;
    record.generation = "g1";
    record.partition = 3;
    record.seq = 12;
    record.key = "ord_1";
    record.trace.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    record.at = {1'778'580'000'123};
    record.events = std::move(events);
    const std::string bytes = encode_record(record);
    return decode_record(bytes).value();
}

RecordedEvent accepted(std::string stream) {
    return {
        EventId{9}, std::move(stream), 2, "order.fulfilment_accepted.v1", 1, R"({"shop":"shp_1"})"
    };
}

TEST_CASE("an event is a CloudEvent in binary mode: attributes in headers, public fields as data") {
    const auto events = public_events(record_of({accepted("order:ord_1"), accepted("order:x")}));
    REQUIRE(events.size() == 2);
    const PublicEvent& second = events[1];
    CHECK(second.family == "order");
    CHECK(second.partition == 3);
    CHECK(second.key == "ord_1");
    CHECK(second.data == R"({"shop":"shp_1"})");
    const std::vector<std::pair<std::string_view, std::string>> headers{
        {"content-type", "application/json"},
        {"ce_specversion", "1.0"},
        {"ce_id", "evt_09000000000000000000000000000000"},
        {"ce_source", "urn:pakashop:log:g1:3"},
        {"ce_type", "order.fulfilment_accepted.v1"},
        {"ce_subject", "order:x"},
        {"ce_time", "2026-05-12T10:00:00.123Z"},
        {"ce_sequence", "0000000000000012.00001"},
        {"ce_traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    };
    CHECK(second.headers == headers);
}

TEST_CASE("logins are told to nobody, and what stands beside them keeps its place") {
    const auto failed = to_json(kit::sample<LoginFailed>());
    const std::string type{LoginFailed::type};
    const auto events = public_events(
        record_of({{EventId{1}, "login:ab", 1, type, 1, failed}, accepted("order:ord_1")})
    );
    REQUIRE(events.size() == 1);
    CHECK(events[0].family == "order");
    CHECK(events[0].position == EventPosition{12, 1});
}

TEST_CASE("positions compare as texts the way they compare as numbers, and are read again") {
    const EventPosition positions[] = {{0, 0}, {0, 12}, {9, 99'999}, {10, 0}, {123'456'789'012, 7}};
    for (std::size_t i = 0; i < std::size(positions); ++i) {
        CHECK(parse_event_position(to_text(positions[i])) == positions[i]);
        if (i > 0) CHECK(to_text(positions[i - 1]) < to_text(positions[i]));
    }
    for (const char* wrong :
         {"",
          "12.3",
          "0000000000000012-00001",
          "000000000000001x.00001",
          "0000000000000012.0000x",
          "0000000000000012.000011"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_event_position(wrong));
    }
}

TEST_CASE("the public view of every event has each public field and none that is withheld") {
    int withheld = 0;
    int open = 0;
    JsonParser parser;
    for (const kit::EventSample& each : kit::event_samples()) {
        CAPTURE(each.type);
        const std::string json = encode_public(each.event);
        const auto root = parser.parse(json);
        REQUIRE(root.has_value());
        for (const auto& field : each.fields) {
            CAPTURE(field.name);
            CHECK(root->member(field.name).has_value() == field.told);
            ++(field.told ? open : withheld);
        }
        CHECK(json.find("/person#") == std::string::npos);
        CHECK(json == encode_public(each.event));
    }
    MESSAGE(open << " public fields, " << withheld << " withheld");
    CHECK(open > 300);
    CHECK(withheld >= 23);
}

TEST_CASE("what is stored in the clear and is nobody's business is not published") {
    AgentApplied applied = kit::sample<AgentApplied>();
    applied.registration = "BAA 1234 ZM";
    applied.documents = {{"NRC", "https://papers.example/nrc-of-kelvin.jpg"}};
    CHECK(to_json(applied).find("BAA 1234 ZM") != std::string::npos);
    const std::string agent = encode_public(kit::as_any(applied));
    CHECK(agent.find("BAA") == std::string::npos);
    CHECK(agent.find("papers.example") == std::string::npos);
    CHECK(agent.find("vehicleType") != std::string::npos);
    UserRegistered registered = kit::sample<UserRegistered>();
    registered.login = "5f2c9d";
    CHECK(encode_public(kit::as_any(registered)).find("5f2c9d") == std::string::npos);
}

TEST_CASE("an optional sealed field is left out whether it is there or not") {
    AgentApplied event = kit::sample<AgentApplied>();
    const std::string with = encode_public(kit::as_any(event));
    event.nrc.reset();
    CHECK(encode_public(kit::as_any(event)) == with);
    CHECK(with.find("nrc") == std::string::npos);
}

TEST_CASE("every published event has a schema that names exactly what its public view holds") {
    JsonParser parser;
    std::map<std::string, std::set<std::string>> named;
    for (const EventSchema& each : public_schemas()) {
        const auto root = parser.parse(each.schema);
        REQUIRE(root.has_value());
        auto& names = named[std::string{each.type}];
        root->member("properties")->for_each_member([&](std::string_view name, JsonValue) {
            names.emplace(name);
        });
        CHECK(each.schema.find("sealed") == std::string::npos);
    }
    std::size_t types = 0;
    for (const kit::EventSample& each : kit::event_samples()) {
        CAPTURE(each.type);
        const std::string type{each.type};
        if (!is_published(family_of(type))) {
            CHECK_FALSE(named.contains(type));
            continue;
        }
        std::set<std::string> names;
        const std::string json = encode_public(each.event);
        parser.parse(json)->for_each_member([&](std::string_view name, JsonValue) {
            names.emplace(name);
        });
        CHECK(named[type] == names);
        ++types;
    }
    CHECK(named.size() == types);
    CHECK(types > 90);
}

TEST_CASE("an event nobody knows is not passed over") {
    RecordedEvent strange = accepted("order:ord_1");
    strange.type = "order.unheard_of.v1";
    CHECK_THROWS_AS(public_events(record_of({strange})), CorruptStream);
}

TEST_CASE("the events of an import are of the place they have here") {
    MemoryLog log{"g2", 1};
    kit::PlainVault vault;
    kit::EventRecorder recorder{log, vault};
    const auto old = record_of({accepted("order:ord_1")});
    recorder.import("ord_1", encode_record(old.record));
    recorder.flush();
    const auto entries = log.read(0, 0, 1U << 20).value();
    const auto events = public_events(decode_record(entries.back().bytes).value());
    REQUIRE(events.size() == 1);
    CHECK(events[0].partition == 0);
    CHECK(events[0].position == EventPosition{1, 0});
    CHECK(events[0].headers[3].second == "urn:pakashop:log:g2:0");
}

}  // namespace
}  // namespace pakashop::model
