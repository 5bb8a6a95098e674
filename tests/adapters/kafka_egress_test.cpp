#include <algorithm>

#include <doctest/doctest.h>

#include "adapters/kafka/admin.hpp"
#include "adapters/kafka/egress.hpp"
#include "tests/adapters/kafka_bench.hpp"

namespace pakashop {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds patience{5000};

bool says(const std::vector<std::string>& notices, std::string_view words, std::string_view topic) {
    return std::ranges::any_of(notices, [&](const std::string& notice) {
        return notice.find(words) != std::string::npos && notice.find(topic) != std::string::npos;
    });
}

TEST_CASE("topics of integrations forget nothing by their brokers' defaults, and weak ones are told"
) {
    kit::strike(
        "topic --create --topic pakashop.events.order --partitions 2 "
        "--config retention.bytes=1000000"
    );
    const std::string brokers = kit::kafka_options().brokers;
    KafkaEventSinkOptions options{.brokers = brokers};
    std::vector<std::string> notices;
    options.on_notice = [&](std::string_view text) { notices.emplace_back(text); };
    KafkaEventSink sink{options};
    const auto opened = sink.open("g1", 2);
    REQUIRE_MESSAGE(opened.has_value(), opened.error().reason);

    const auto admin = kafka::Admin::make(kafka::common_settings(brokers, "test", {}));
    REQUIRE(admin.has_value());
    const auto settings = admin->settings("pakashop.events.payment", patience);
    REQUIRE(settings.has_value());
    CHECK(settings->at("retention.ms") == "-1");
    CHECK(settings->at("retention.bytes") == "-1");
    CHECK(settings->at("cleanup.policy") == "delete");

    CHECK(says(notices, "retention.bytes is 1000000, should be -1", "pakashop.events.order"));
    CHECK_FALSE(says(notices, "retention.bytes is", "pakashop.events.payment"));
    CHECK(says(notices, "copies of each message: 1,", "pakashop.events.payment"));
    CHECK(says(notices, "copies of each message: 1,", "pakashop.egress.places"));
    const std::size_t told = notices.size();
    REQUIRE(sink.open("g1", 2).has_value());
    CHECK(notices.size() == told);

    // A log that has grown meets the topics of the one before it.
    const auto grown = sink.open("g2", 4);
    REQUIRE_FALSE(grown.has_value());
    CHECK(grown.error().kind == model::SinkProblem::Kind::refused);
    CHECK(grown.error().reason.find("has 2 partitions, the log 4") != std::string::npos);
    CHECK(grown.error().reason.find("delete the topics pakashop.events.*") != std::string::npos);
}

}  // namespace
}  // namespace pakashop
