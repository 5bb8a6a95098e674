#include <algorithm>

#include <doctest/doctest.h>

#include "adapters/kafka/delivery.hpp"
#include "adapters/kafka/topics.hpp"
#include "tests/adapters/kafka_bench.hpp"

namespace pakashop {
namespace {

// Why a log does not open: the kind, and words that must be in the text.
void check_refused(
    const KafkaLogOptions& options,
    KafkaLogError error,
    const std::vector<std::string>& words
) {
    const auto log = KafkaLog::open(options);
    REQUIRE_FALSE(log.has_value());
    INFO(log.error().detail);
    CHECK(log.error().error == error);
    for (const std::string& word : words) {
        CHECK(log.error().detail.find(word) != std::string::npos);
    }
}

TEST_CASE("a topic that is missing, or of another size, is refused with what to do") {
    const std::string generation = kit::make_generation(2);
    check_refused(
        kit::log_options_of("absent", 2),
        KafkaLogError::missing,
        {"pakashop.log.absent", "pakashop log create"}
    );
    check_refused(
        kit::log_options_of(generation, 16),
        KafkaLogError::foreign,
        {"has 2 partitions, not 16", "fixed"}
    );
    CHECK(kit::open_log(kit::log_options_of(generation, 2))->partitions() == 2);
}

TEST_CASE("a weak topic is refused by name of each weakness, and taken with a notice if allowed") {
    auto options = kit::log_options_of(kit::make_generation(1), 1);
    options.allow_weak_topic = false;
    check_refused(options, KafkaLogError::weak, {"replication is 1", "min.insync.replicas is 1"});
    options.allow_weak_topic = true;
    std::vector<std::string> notices;
    options.kafka.on_notice = [&](std::string_view text) { notices.emplace_back(text); };
    kit::open_log(options);
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].find("may lose what it acknowledged") != std::string::npos);
}

TEST_CASE("a topic that throws records away is never taken for a log") {
    kit::strike(
        "topic --create --topic pakashop.log.unfit --partitions 1 --config cleanup.policy=compact "
        "--config max.message.bytes=1000000"
    );
    check_refused(
        kit::log_options_of("unfit", 1),
        KafkaLogError::weak,
        {"cleanup.policy is compact", "retention.ms is", "max.message.bytes is 1000000"}
    );
}

TEST_CASE("generations are listed, and none is made twice") {
    const std::string generation = kit::make_generation(1);
    const auto known = KafkaLog::generations(kit::kafka_options());
    REQUIRE(known.has_value());
    CHECK(std::ranges::find(*known, generation) != known->end());
    const auto again = KafkaLog::create_topic(kit::kafka_options(), {generation, 1, true});
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().error == KafkaLogError::exists);
}

TEST_CASE("a topic that gets fewer copies than it should says so when it is made") {
    auto options = kit::kafka_options();
    std::vector<std::string> notices;
    options.on_notice = [&](std::string_view text) { notices.emplace_back(text); };
    REQUIRE(KafkaLog::create_topic(options, {"single", 1, true}).has_value());
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].find("pakashop.log.single gets 1 copy for good") != std::string::npos);
}

TEST_CASE("a cluster has one name, by whatever addresses it is reached") {
    auto options = kit::log_options_of(kit::make_generation(1), 1);
    const std::string name = kit::open_log(options)->cluster_id();
    CHECK_FALSE(name.empty());
    std::string& brokers = options.kafka.brokers;
    const auto host = brokers.find("127.0.0.1");
    REQUIRE(host != std::string::npos);
    brokers.replace(host, std::string_view{"127.0.0.1"}.size(), "localhost");
    CHECK(kit::open_log(options)->cluster_id() == name);
}

TEST_CASE("a broker that is away is waited for aloud, and then it is an error") {
    auto options = kit::log_options_of("g1", 1);
    options.kafka.brokers = "127.0.0.1:1";
    options.kafka.start_patience = std::chrono::milliseconds{1000};
    std::vector<std::string> notices;
    options.kafka.on_notice = [&](std::string_view text) { notices.emplace_back(text); };
    check_refused(options, KafkaLogError::unreachable, {"127.0.0.1:1", "start them"});
    REQUIRE_FALSE(notices.empty());
    CHECK(notices[0].find("waiting for Kafka at 127.0.0.1:1") != std::string::npos);
}

TEST_CASE("a setting that librdkafka does not know is told by its name") {
    auto options = kit::log_options_of("g1", 1);
    options.kafka.client_settings = {{"security.protokol", "ssl"}};
    check_refused(options, KafkaLogError::misconfigured, {"security.protokol"});
}

TEST_CASE("settings that the log rests on cannot be replaced from outside") {
    auto options = kit::log_options_of(kit::make_generation(1), 1);
    options.kafka.client_settings = {
        {"acks", "0"}, {"enable.idempotence", "true"}, {"auto.offset.reset", "latest"}
    };
    kit::Node node{options, 1};
    node.lead(0);
    CHECK(node.commit() == AppendOutcome::durable);
}

TEST_CASE("a topic of three copies needs no more than what is asked of it") {
    kafka::TopicState topic{64, 3, kafka::settings_for(3, false)};
    CHECK(kafka::faults_of(topic).unfit.empty());
    CHECK(kafka::faults_of(topic).weak.empty());
    topic.settings["unclean.leader.election.enable"] = "true";
    CHECK(kafka::faults_of(topic).weak.size() == 1);
    topic.replication = 1;
    CHECK(kafka::faults_of(topic).weak.size() == 3);
    topic.settings["flush.messages"] = "1";
    CHECK(kafka::faults_of(topic).weak.size() == 2);
    topic.settings.clear();
    CHECK(kafka::faults_of(topic).unfit.size() == 4);
    CHECK(kafka::replication_for(1) == 1);
    CHECK(kafka::replication_for(2) == 1);
    CHECK(kafka::replication_for(5) == 3);
}

TEST_CASE("a batch is durable only whole, acknowledged and where it has to lie") {
    using kafka::Report;
    struct Row {
        std::vector<Report> reports;
        kafka::Berth berth;
        AppendOutcome outcome;
    };
    const Row rows[] = {
        {{{true, 5}, {true, 6}}, {5, true}, AppendOutcome::durable},
        {{{true, 6}, {true, 7}}, {5, true}, AppendOutcome::unknown},
        {{{true, 6}, {true, 7}}, {5, false}, AppendOutcome::durable},
        {{{true, 5}, {true, 7}}, {5, false}, AppendOutcome::unknown},
        {{{true, 6}, {true, 5}}, {5, false}, AppendOutcome::unknown},
        {{{true, 5}, {false, 6}}, {5, true}, AppendOutcome::unknown},
        {{{false, -1}, {true, 5}}, {5, true}, AppendOutcome::unknown},
        {{{true, -1}, {true, 0}}, {0, false}, AppendOutcome::unknown},
        {{{true, 4}, {true, 5}}, {5, true}, AppendOutcome::regressed},
        {{{true, 4}, {true, 5}}, {5, false}, AppendOutcome::regressed},
        {{{false, -1}, {true, 4}}, {5, true}, AppendOutcome::regressed},
        {{{false, 4}, {true, 5}}, {5, true}, AppendOutcome::unknown},
    };
    for (const Row& row : rows) CHECK(kafka::judge(row.reports, row.berth) == row.outcome);
    MESSAGE("checked ", std::size(rows), " batches");
}

}  // namespace
}  // namespace pakashop
